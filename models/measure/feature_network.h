// A network that turns pictures into features, by which sets of pictures are compared
// (feature_metrics.h): a classifier that was trained here, or one that the user has.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/translate/planes.h"

namespace imago {

class Device;             // compute/vk/device.h
class Parameters;         // compute/vk/program.h
struct ClassifierConfig;  // models/networks/classifier.h

/// What a network has of one picture.
struct Answer {
  std::vector<float> features;
  int label = -1;  // of a classifier: of the largest logit
};

class FeatureNetwork {
 public:
  /// Of a file, told apart by its tensors:
  ///   a run of `imago train classifier`: what its last layer is given,
  ///   torchvision's VGG16 or VGG19: the means over the last feature map, of 224 x 224 pixels.
  /// Throws Error naming the file where it is none of these, CheckpointError, OutOfMemory,
  /// DeviceError.
  FeatureNetwork(Device& device, const std::filesystem::path& path);
  /// A classifier that is being trained: what `parameters` holds at each run under `prefix` and the
  /// keys. `side`: of its pictures.
  FeatureNetwork(Device& device, const ClassifierConfig& config, int side,
                 const std::vector<std::string>& labels, const Parameters& parameters,
                 const std::string& prefix);
  ~FeatureNetwork();
  FeatureNetwork(FeatureNetwork&&) noexcept;

  /// "classifier 1c9d0f2e", "VGG16 3f6e2d10": with a checksum of the weights, so that figures of
  /// two networks are not taken for figures of one.
  const std::string& name() const;
  /// Of a classifier: its classes, in the order of their numbers; else none.
  const std::vector<std::string>& labels() const;
  int channels() const;
  /// Pictures are resized to squares of this side.
  int side() const;

  /// Pictures of any size in [-1, 1], of 1 or 3 channels. Throws ShapeError for others, NotFinite,
  /// OutOfMemory, DeviceError.
  std::vector<Answer> look(std::span<const Planes> pictures);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
