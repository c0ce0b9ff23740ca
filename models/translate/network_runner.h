// The one way to run a generator: `imago translate`, the app, evaluation and validation during
// training all do it through this.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compute/vk/program.h"
#include "models/networks/generator.h"
#include "models/translate/planes.h"
#include "models/translate/program_cache.h"
#include "models/translate/sweeps.h"
#include "models/translate/tiles.h"

namespace imago {

/// The network made values that are no numbers or infinite.
class NotFinite : public Error {
 public:
  using Error::Error;
};

struct RunOptions {
  BuildOptions build = {};     // usually Generator::defaults
  int tile = 0;                // side of a tile in input pixels; 0: the picture whole where it fits
  bool self_ensemble = false;  // mean over the eight flips and rotations
  int shifts = 1;              // cycle spinning: mean over so many shifts, where the scale is 1
  uint64_t seed = 0;           // of dropout
  /// Gets the share done of the picture: first 0, last 1, never less than before. Returning false
  /// ends the run: it throws Cancelled.
  std::function<bool(double)> progress = {};
  /// Gets a sentence of what a person should know of how this picture is done, before it is.
  std::function<void(const std::string&)> tell = {};
};

/// A rectangle of a picture's result that is finished.
struct OutputPart {
  int x, y;              // its upper left pixel in the result
  const Planes& values;  // finite, in the network's range
  int band_end;          // all of the rows above this one come before any part of those below
};
/// Parts come in bands from top to bottom, every band as wide as the result and begun by its upper
/// left part; a band that the device ran out of memory for is begun again, perhaps a lower one.
/// What came before an error is worth nothing.
using OutputSink = std::function<void(const OutputPart&)>;

class NetworkRunner {
 public:
  /// Of a generator's own weights, which are copied to the device. Device and generator must
  /// outlive the runner. Throws OutOfMemory, DeviceError.
  NetworkRunner(Device& device, const Generator& generator);

  /// Of weights that are being trained: what `parameters` holds at each run under the names
  /// `parameter_names` has for the network's own, BuildOptions::prefix included.
  NetworkRunner(Device& device, const Generator& generator, const Parameters& parameters,
                std::function<std::string(const std::string&)> parameter_names);

  NetworkRunner(const NetworkRunner&) = delete;
  NetworkRunner& operator=(const NetworkRunner&) = delete;

  const ModelInfo& info() const { return generator_.info; }
  const BuildOptions& defaults() const { return generator_.defaults; }

  /// Runs the network on a picture of any size, in the network's range: it is mirrored beyond its
  /// right and lower edge to sides that the network takes, and cut into tiles where it would not
  /// fit into memory (sweeps.h, where the network looks at the whole picture). The same picture and
  /// options give the same result whatever was run before.
  /// Throws NotFinite, OutOfMemory (even the smallest tile does not fit), DeviceError, Cancelled.
  void run(const PlaneReader& picture, const RunOptions& options, const OutputSink& sink);
  Planes run(const PlaneReader& picture, const RunOptions& options);

  /// A picture that the device works on.
  struct Begun {
    Program* program;
    int slot;
    TileGrid grid;
    int width, height;  // of the result
  };
  /// Gives a picture to the device and returns, where it goes through the network whole and at once
  /// (one tile, one pass, a second of work or so); else nothing is done. So many may be under way
  /// that are of one size; nothing else may be asked of the runner meanwhile. What it gives is what
  /// `run` gives. Throws OutOfMemory, DeviceError.
  static constexpr int kMostBegun = Program::kSlots;
  std::optional<Begun> begin(const PlaneReader& picture, const RunOptions& options);
  /// Waits for the earliest of those begun, and hands its result on. Throws NotFinite, DeviceError.
  void finish(const Begun& begun, const OutputSink& sink);
  /// Waits for it, whatever becomes of it.
  void abandon(const Begun& begun) noexcept;

  /// Gives back the memory of the programs that are kept for the next picture.
  void forget_programs() { programs_.clear(); }

  /// Seconds of all runs so far in which the device had work of them, by its own clock; nothing
  /// where it has none.
  std::optional<double> busy_seconds() const { return busy_seconds_; }

 private:
  /// How far tiles see beyond their edges with these options; -1: the network looks at everything.
  struct Reach {
    BuildOptions build;
    int exact = -1;               // the theoretical radius
    std::optional<int> measured;  // see halo.h
  };
  /// The tile chosen for a picture of this size.
  struct Choice {
    BuildOptions build;
    int width, height, tile;
  };
  class Meter;

  Reach& reach(const BuildOptions& build);
  int halo(const BuildOptions& build);
  int smallest_tile() const;
  int choose_tile(int width, int height, const RunOptions& options);
  std::unique_ptr<Sweeps> sweeps_of(int width, int height, const BuildOptions& build) const;
  int largest_fitting_tile(int width, int height, const BuildOptions& build);
  bool fits(int tile, int width, int height, const BuildOptions& build, const Sweeps* sweeps);
  void count_busy(const std::optional<double>& seconds);
  void run_window(Program& program, const RunOptions& options, const Tile& tile, Meter& meter);
  void hand_on(std::span<const float> window, const Tile& tile, const TileGrid& grid,
               int& rows_done, const OutputSink& sink) const;
  void run_sweeps(const PlaneReader& picture, const RunOptions& options, int tile, int pass,
                  Meter& meter, int& rows_done, const OutputSink& sink);
  int smaller_tile(int failed, const PlaneReader& picture, const BuildOptions& build,
                   const OutOfMemory& error);
  Planes run_small(const Planes& picture, const BuildOptions& build);
  void run_pass(const PlaneReader& picture, const RunOptions& options, int pass, Meter& meter,
                int& tile, const OutputSink& sink);
  void run_tiles(const PlaneReader& picture, const RunOptions& options, int tile, int pass,
                 Meter& meter, int& rows_done, const OutputSink& sink);
  Planes run_pass(const PlaneReader& picture, const RunOptions& options, int pass, Meter& meter,
                  int& tile);
  Planes run_ensemble(const PlaneReader& picture, const RunOptions& options, int& pass,
                      Meter& meter, int& tile);

  Device& device_;
  const Generator& generator_;
  const std::optional<Parameters> own_;
  ProgramCache programs_;
  std::vector<Reach> reaches_;
  std::vector<Choice> choices_;
  std::optional<double> busy_seconds_ = 0.0;
  int next_slot_ = 0;
};

}  // namespace imago
