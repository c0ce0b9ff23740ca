// Translating pictures: what the command line and the app call. Knows devices, models and pictures;
// shows none of Vulkan.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "models/networks/generator.h"

namespace imago {

struct DeviceOptions;  // compute/device.h

/// One Vulkan device as a person wants to see it.
struct DeviceSummary {
  int index = 0;
  std::string name;           // "NVIDIA GeForce RTX 3060"
  std::string kind;           // "discrete", "integrated", "virtual", "cpu"
  std::string driver;         // driver name and version
  std::string api_version;    // "1.3.224"
  uint64_t memory_bytes = 0;  // largest device-local heap
  std::vector<std::pair<std::string, uint64_t>> limits;  // the ones that matter here
  std::string golden;                                    // "passed", "failed: …", "not yet run"
};

/// All usable devices, best first (discrete, integrated, virtual, CPU). Empty if there is no
/// driver. `check`: runs the golden-tile check on devices where it has not run yet (about a second
/// each).
std::vector<DeviceSummary> list_devices(bool check = false);

struct TranslateOptions {
  int tile = 0;                // side of a tile in input pixels; 0: from the free device memory
  bool self_ensemble = false;  // average over the eight flips and rotations
  /// The average over so many shifts of the picture, 1…8, for networks of scale 1: takes away the
  /// weave that strided and transposed convolutions leave. Not said: ModelInfo::shifts.
  std::optional<int> shifts = {};
  bool stochastic = false;  // dropout on
  uint64_t seed = 0;
  double scale = 0;  // wanted output scale; 0: the network's own
  /// Pictures with a longer shorter side than this are given to the network reduced to it, and its
  /// result is enlarged again; 0: none are. Not said: ModelInfo::side.
  std::optional<int> side = {};
  /// A network's two channels are grey and alpha; else it makes no picture, see refuse_channels.
  bool grey_alpha = false;
  /// What batch norm divides by: the picture's own statistics or those learnt in training;
  /// automatic: as the network's paper says.
  enum class Statistics { automatic, batch, running };
  Statistics statistics = Statistics::automatic;
};

/// Throws Error unless what the network makes is a picture: one channel, three, or two if the
/// options say what they are.
void refuse_channels(const ModelInfo& info, const TranslateOptions& options);

struct Progress {
  double fraction = 0;       // of this picture, 0…1
  double seconds_left = -1;  // -1: not known yet
};
/// Called from the translating thread, first with 0 and last with 1, never with less than before;
/// return false to cancel (the call then throws Cancelled).
using ProgressCallback = std::function<bool(const Progress&)>;

/// A network on a device. Keeps its weights and compiled programs there from picture to picture.
/// A device that was lost under one picture is opened again for the next.
/// Not thread-safe: one thread at a time.
class Translator {
 public:
  /// `device`: index or part of a name as list_devices gives them; empty: the best.
  /// Throws Error: no such device, golden-tile check failed, weights do not fit…
  Translator(Generator generator, const std::string& device = "");
  Translator(Generator generator, const std::string& device, const DeviceOptions& options);
  ~Translator();
  Translator(Translator&&) noexcept;
  Translator& operator=(Translator&&) noexcept;

  const ModelInfo& info() const;
  const DeviceSummary& device() const;

  /// Translates one picture. Grey pictures go through RGB networks as grey RGB and come back as the
  /// network makes them. Alpha is scaled, not translated; but a network that makes colour of grey
  /// is given what is transparent as white paper, and its result is opaque. Throws Error.
  Image translate(const Image& image, const TranslateOptions& options,
                  const ProgressCallback& progress = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
