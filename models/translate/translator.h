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
#include "models/image/writer.h"
#include "models/networks/generator.h"
#include "models/translate/precision.h"

namespace imago {

struct DeviceOptions;  // compute/vk/device.h
class NetworkRunner;

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
  std::string golden_fp16;  // the same in fp16; "no fp16" where the device stores none
};

/// All usable devices, best first (discrete, integrated, virtual, CPU). Empty if there is no
/// driver. `check`: on which of them the golden-tile check runs now (about a second each).
enum class GoldenCheck { none, where_missing, anew };
std::vector<DeviceSummary> list_devices(GoldenCheck check = GoldenCheck::none);

struct TranslateOptions {
  int tile = 0;                // side of a tile in input pixels; 0: from the free device memory
  bool self_ensemble = false;  // average over the eight flips and rotations
  /// The average over so many shifts of the picture, 1…8, for networks of scale 1: takes away the
  /// checkerboard artefacts of strided and transposed convolutions. Not said: ModelInfo::shifts.
  std::optional<int> shifts = {};
  bool stochastic = false;  // dropout on
  uint64_t seed = 0;
  double scale = 0;  // wanted output scale; 0: the network's own
  int width = 0;     // wanted output width, whatever the scale then is; 0: `scale` says
  /// Pictures with a longer shorter side than this are given to the network reduced to it, and its
  /// result is enlarged again; 0: none are. Not said: ModelInfo::side.
  std::optional<int> side = {};
  /// A network's two channels are grey and alpha; else it makes no picture, see refuse_channels.
  bool grey_alpha = false;
  /// What batch norm divides by: the picture's own statistics or those learnt in training;
  /// automatic: as the network's paper says.
  enum class Statistics { automatic, batch, running };
  Statistics statistics = Statistics::automatic;
  Precision precision = Precision::automatic;
};

/// Throws Error unless what the network makes is a picture: one channel, three, or two if the
/// options say what they are.
void refuse_channels(const ModelInfo& info, const TranslateOptions& options);

/// Whether pictures that do not fit into a device's memory are cut into tiles for this network.
bool can_be_cut(const Generator& generator);

struct Progress {
  double fraction = 0;       // of this picture, 0…1
  double seconds_left = -1;  // -1: not known yet
  std::string note = {};     // what a person should know of how it is done; empty: nothing
};
/// Called from the translating thread, first with 0 and last with 1, never with less than before;
/// return false to cancel (the call then throws Cancelled).
using ProgressCallback = std::function<bool(const Progress&)>;

/// Translates one picture. Grey pictures go through RGB networks as grey RGB and come back as the
/// network makes them, but grey from networks that restore (planes.h). Alpha is scaled, not
/// translated, and the colours under full transparency do not matter; but a network that makes
/// colour of grey is given what is transparent as white paper, and its result is opaque. Throws
/// NotFinite (the network's result has values that are no numbers), OutOfMemory, DeviceError,
/// Cancelled, ImageError.
Image translate_image(NetworkRunner& runner, const Image& image, const TranslateOptions& options,
                      const ProgressCallback& progress = {});

struct OutputSize {
  int64_t width = 0, height = 0;
};
/// Of what becomes of a picture of this size.
OutputSize output_size(int64_t width, int64_t height, const TranslateOptions& options,
                       const ModelInfo& info);

/// Bytes of the machine's memory that results may be kept in without pushing others out.
int64_t free_memory();

/// Called before anything is computed with how the rows of the result are best kept and what goes
/// with them; the writer may take them in another layout of that size.
using OpenWriter = std::function<std::unique_ptr<ImageWriter>(const RowLayout& wanted,
                                                              const ImageMetadata& metadata)>;
/// The same result as translate_image, written as it comes from the network, so that neither all of
/// it nor all of the picture is ever there as floats. (All of it is where several are averaged.)
/// Returns the writer with all rows, not finished.
std::unique_ptr<ImageWriter> translate_rows(NetworkRunner& runner, Raster picture,
                                            const TranslateOptions& options, const OpenWriter& open,
                                            const ProgressCallback& progress = {});

/// A picture that Translator::begin_rows has given to the device; of no use without the translator.
class RowTranslation {
 public:
  struct Impl;
  explicit RowTranslation(std::unique_ptr<Impl> impl);
  ~RowTranslation();
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A network on a device, or several, each of which is given what the one before it made. Keeps
/// weights and compiled programs there from picture to picture. A device that was lost under one
/// picture is opened again for the next.
/// Not thread-safe: one thread at a time.
class Translator {
 public:
  /// `device`: index or part of a name as list_devices gives them; empty: the best.
  /// Throws Error: no such device, golden-tile check failed, weights do not fit…
  Translator(Generator generator, const std::string& device = "");
  Translator(Generator generator, const std::string& device, const DeviceOptions& options);
  /// One or more networks, in this order. Between two of them a picture is rounded to its bits, as
  /// if it had been saved without loss and opened again; TranslateOptions::scale is that of the
  /// whole, and the other options hold for each.
  explicit Translator(std::vector<Generator> networks, const std::string& device = "");
  Translator(std::vector<Generator> networks, const std::string& device,
             const DeviceOptions& options);
  ~Translator();
  Translator(Translator&&) noexcept;
  Translator& operator=(Translator&&) noexcept;

  /// Of several networks: "colourize, upscale-x4", the scales multiplied, the channels of what goes
  /// in and comes out, and else the last network's.
  const ModelInfo& info() const;
  const std::vector<Generator>& networks() const;
  const DeviceSummary& device() const;

  /// As translate_image.
  Image translate(const Image& image, const TranslateOptions& options,
                  const ProgressCallback& progress = {});

  /// As the functions above.
  std::unique_ptr<ImageWriter> translate_rows(Raster picture, const TranslateOptions& options,
                                              const OpenWriter& open,
                                              const ProgressCallback& progress = {});

  /// The same in two steps for pictures that follow each other, so that one is read and another
  /// written while the device works: two may be begun before the first of them is finished, and
  /// nothing else asked for meanwhile. Null, with nothing computed, the picture still there and
  /// `open` not called, where it takes more than windows at once (NetworkRunner::can_begin), or is
  /// of another kind than one that is under way. Throws as translate_rows; after OutOfMemory the
  /// picture is still there.
  std::unique_ptr<RowTranslation> begin_rows(Raster& picture, const TranslateOptions& options,
                                             const OpenWriter& open);
  /// Of the earliest that was begun. `progress` gets its share done.
  std::unique_ptr<ImageWriter> finish_rows(RowTranslation& begun,
                                           const ProgressCallback& progress = {});

  /// As NetworkRunner::busy_seconds, since the device was opened last.
  std::optional<double> busy_seconds() const;

 private:
  friend class RowTranslation;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
