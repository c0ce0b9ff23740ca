// How close a generator's pictures come to what they should be.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/measure/compare_features.h"
#include "models/measure/perceptual.h"
#include "models/networks/generator.h"
#include "models/translate/translator.h"

namespace imago {

class Device;  // compute/vk/device.h

struct EvaluationOptions {
  DataOptions data;  // aligned pairs (phase "val", "test"…), or photos for an upscaling network
  /// Phase whose pictures the guesses that need no network are made from: "train" gives them what
  /// the network had. Empty: the measured pictures themselves, which makes them harder to beat.
  std::string baseline_phase = {};
  TranslateOptions translate = {.precision = Precision::fp32};  // how the network makes pictures
  int samples = 0;                                              // pictures to show in the sheet
  FeatureNetwork* features = nullptr;   // compares results and inputs with the targets, as sets
  PerceptualDistance* lpips = nullptr;  // compares each result and input with its target
  std::filesystem::path sheet;          // written where samples > 0: input, output, target
};

/// Averages over the pictures. Of upscaled ones as papers have it: luma, without a border of as
/// many pixels as the scale.
struct Score {
  double absolute_error = 0;  // L1 as a share of the range
  double psnr = 0;            // dB
  double ssim = 0;
  /// Of all pictures, at most the first 200, together: sliced_wasserstein_distance (metrics.h).
  double swd = 0;
};

/// The network, and what needs none: made from the targets of EvaluationOptions::baseline_phase.
struct Evaluation {
  int64_t pictures = 0;
  Score model;
  Score identity;     // the input itself (upscaling: enlarged bicubically)
  Score mean_colour;  // the average colour of the targets everywhere
  /// Not for upscaling: the input darkened or brightened and its contrast changed, each channel by
  /// the factor and offset with the least squared error over all pictures.
  std::optional<Score> fitted;
  /// Not for upscaling: the average of the targets, pixel by pixel.
  std::optional<Score> mean_picture;
  /// With EvaluationOptions::lpips the mean over the pictures.
  struct Perceived {
    std::string name;
    Estimate model, identity;
  };
  std::optional<Perceived> perceived;
  std::optional<FeatureComparison> features;  // with EvaluationOptions::features
  /// Of pictures that could not be measured and are in none of the above (damaged, too small):
  /// sentences that begin with the file.
  std::vector<std::string> failures;
};

/// Evaluates every example of the data set, with the network's pictures just as `imago translate`
/// makes them: translate_image. Throws DataError where there is no data set, Error where network
/// and data do not fit together or no picture at all can be measured, NotFinite, OutOfMemory,
/// DeviceError.
Evaluation evaluate_generator(Device& device, const Generator& generator,
                              const EvaluationOptions& options);

}  // namespace imago
