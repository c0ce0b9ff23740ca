// Pictures made of random numbers alone, by a network that was trained to (networks/sampler.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "models/networks/generator.h"
#include "models/sound/wav.h"

namespace imago {

class Device;         // compute/vk/device.h
class NetworkRunner;  // models/translate/network_runner.h
struct Planes;        // models/translate/planes.h

/// What a picture is made of: the same gives the same picture.
struct SampleOrder {
  uint64_t seed = 0;
  int label = 0;  // a class of the network; without labels 0
  /// > 0, for pictures that are more usual and less varied: random numbers beyond it are drawn
  /// again (the truncation trick of Brock et al. 2019, section 3.1); of StyleGAN2 the share that is
  /// kept of the distance from the mean (Karras et al. 2019, appendix B).
  float truncation = 0;
};

/// "1 picture", "3 sounds", "5 rows": so many of what the network makes, for messages.
std::string counted(int64_t count, const ModelInfo& info);

/// The numbers that the network is given: the latent, and behind it what asks for the label.
std::vector<float> latent_of(const SampleOrder& order, const ModelInfo& info);

class SampleMaker {
 public:
  /// Throws Error where the network is no sampler; OutOfMemory, DeviceError.
  SampleMaker(Device& device, Generator generator);
  ~SampleMaker();

  const ModelInfo& info() const { return generator_.info; }
  /// The number of the class of this name. Throws Error naming those that there are.
  int label_named(const std::string& name) const;
  /// Throws NotFinite, OutOfMemory, DeviceError.
  Image make(const SampleOrder& order);
  /// Of a network of sounds (ModelInfo::rate).
  Sound make_sound(const SampleOrder& order);

 private:
  Planes planes_of(const SampleOrder& order);

  const Generator generator_;
  std::unique_ptr<NetworkRunner> runner_;
};

/// So many pictures on the device of this name, of seeds from `seed` on; labels take turns.
/// `progress` gets how many are done; returning false ends it, with those. Throws as SampleMaker.
std::vector<Image> make_samples(const std::string& device, Generator generator, int64_t count,
                                uint64_t seed,
                                const std::function<bool(int64_t done)>& progress = {});

struct GenerateRequest {
  std::filesystem::path folder;  // made if need be; what lies in it already is an error
  int64_t count = 64;
  uint64_t seed = 0;  // of the first one; the next ones have the numbers that follow
  std::string label =
      {};                // of all; empty: the labels take turns, so that there are as many of each
  float truncation = 0;  // of SampleOrder
  /// A sheet of the first pictures, so many across and down, beside the folder:
  /// "<folder>-grid.png".
  struct Grid {
    int columns = 8, rows = 8;
  };
  std::optional<Grid> grid = {};
};

struct GenerateResult {
  int64_t written = 0;
  std::filesystem::path index, grid;  // empty: none
  bool finished = false;
};

/// Writes <folder>/000000.png…, of networks of sounds 000000.wav…, and <folder>/index.csv with the
/// columns file, label (of networks with labels) and seed, as which the folder is a data set for
/// training with labels. All pictures say that they were made by a trained model. `progress` gets
/// how many are done; returning false ends it, with an index of those that are. Throws Error, and
/// what SampleMaker throws.
GenerateResult generate(SampleMaker& maker, const GenerateRequest& request,
                        const std::function<bool(int64_t done)>& progress = {});

}  // namespace imago
