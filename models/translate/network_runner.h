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
#include "models/translate/meter.h"
#include "models/translate/output_parts.h"
#include "models/translate/picture_run.h"
#include "models/translate/planes.h"
#include "models/translate/precision.h"
#include "models/translate/program_cache.h"
#include "models/translate/sweeps.h"
#include "models/translate/tiles.h"

namespace imago {

struct RunOptions {
  Precision precision = Precision::fp32;
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

class NetworkRunner {
 public:
  /// Of a generator's own weights, which are copied to the device. Device and generator must
  /// outlive the runner. Throws OutOfMemory, DeviceError.
  NetworkRunner(Device& device, const Generator& generator);

  /// Of weights that are being trained: what `parameters` holds at each run under the names
  /// `parameter_names` has for the network's own, BuildOptions::prefix included. With the kernels
  /// of `tuning`, which is not none, so that the training's pictures stay the same bit for bit.
  NetworkRunner(Device& device, const Generator& generator, const Parameters& parameters,
                std::function<std::string(const std::string&)> parameter_names,
                std::shared_ptr<const TuningTable> tuning);

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

  /// Whether `begin` takes such a picture: each of its windows goes through the network at once (no
  /// sweeps, no flips, a second of work or so), and those that are begun are of the same kind.
  /// `wants_bytes`: of the sink that it is delivered to. Throws OutOfMemory, DeviceError.
  bool can_begin(const PlaneReader& picture, const RunOptions& options, bool wants_bytes);
  /// Prepares a picture for being given to the device window by window, so that one is read and
  /// another written while the device works. Several may be begun, of which each is done in its
  /// turn; nothing else may be asked of the runner meanwhile. What it gives is what `run` gives.
  std::unique_ptr<PictureRun> begin(const PlaneReader& picture, const RunOptions& options,
                                    bool wants_bytes);

  /// Frees what others hold of the device's memory, and says whether that was anything. It is asked
  /// where memory is short, and before a picture of a size that was not seen yet is cut, so that
  /// this does not depend on others.
  void when_memory_is_short(std::function<bool()> make_room) { make_room_ = std::move(make_room); }

  /// Gives back the memory of the programs that are kept for the next picture.
  /// Says whether there were any.
  bool forget_programs();

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
    NumberType storage;
  };
  /// The weights, stored in one way or the other, and what runs with them.
  struct Stored {
    Stored(const NetworkRunner& runner, NumberType storage);
    const std::optional<Parameters> own;
    ProgramCache programs;
  };
  friend class PictureRun;

  void choose_storage(const RunOptions& options);
  void tell_of_overflow(const std::function<void(const std::string&)>& tell) const;
  Stored& stored(NumberType storage);
  ProgramCache& programs() { return stored(storage_).programs; }
  Reach& reach(const BuildOptions& build);
  int halo(const BuildOptions& build);
  int smallest_tile() const;
  const Choice* known_choice(int width, int height, const BuildOptions& build) const;
  int choose_tile(int width, int height, const RunOptions& options);
  std::optional<PictureRun::Way> way_of(const PlaneReader& picture, const RunOptions& options,
                                        bool wants_bytes);
  Planes result_of(const PlaneReader& picture) const;
  std::unique_ptr<Sweeps> sweeps_of(int width, int height, const BuildOptions& build) const;
  int largest_fitting_tile(int width, int height, const BuildOptions& build);
  bool fits(int tile, int width, int height, const BuildOptions& build, const Sweeps* sweeps);
  void count_busy(const std::optional<double>& seconds);
  void redo_window(const PlaneReader& picture, const PictureRun::Way& way, const Tile& tile,
                   int& rows_done, const OutputSink& sink);
  void run_window(Program& program, const RunOptions& options, const Tile& tile, Meter& meter);
  void run_sweeps(const PlaneReader& picture, const RunOptions& options, int tile, int pass,
                  Meter& meter, int& rows_done, const OutputSink& sink);
  int smaller_tile(int failed, const PlaneReader& picture, const BuildOptions& build,
                   const OutOfMemory& error);
  Planes run_small(const Planes& picture, const BuildOptions& build);
  void halve_until_it_fits(const PlaneReader& picture, const RunOptions& options, int& tile,
                           const std::function<void()>& run);
  void run_pass(const PlaneReader& picture, const RunOptions& options, int pass, Meter& meter,
                int& tile, const OutputSink& sink);
  void run_tile(const PlaneReader& picture, const RunOptions& options, const PictureRun::Way& way,
                const Tile& tile, Meter& meter, int& rows_done, const OutputSink& sink);
  void run_turned(const PlaneReader& picture, const RunOptions& options, int turn,
                  const TileGrid& grid, const Tile& tile, Meter& meter, const OutputSink& sink);
  void run_mean(const PlaneReader& picture, const RunOptions& options, int shifts, Meter& meter,
                int& tile, const OutputSink& sink);
  PictureRun::Way way_for(const PlaneReader& picture, const RunOptions& options, int tile,
                          bool wants_bytes);
  void run_tiles(const PlaneReader& picture, const RunOptions& options, int tile, int pass,
                 Meter& meter, int& rows_done, const OutputSink& sink);
  Planes run_pass(const PlaneReader& picture, const RunOptions& options, int pass, Meter& meter,
                  int& tile);
  Planes run_ensemble(const PlaneReader& picture, const RunOptions& options, int& pass,
                      Meter& meter, int& tile);

  Device& device_;
  const Generator& generator_;
  const Parameters* trained_ = nullptr;  // weights that are being trained, if it is those
  std::function<std::string(const std::string&)> parameter_names_;
  std::shared_ptr<const TuningTable> tuning_;
  NumberType storage_ = NumberType::fp32;  // of the picture asked for last
  std::optional<bool> half_agrees_;        // the golden tile in fp16, once it was asked for
  std::unique_ptr<Stored> full_, half_;    // made when first needed
  std::vector<Reach> reaches_;
  std::vector<Choice> choices_;
  ByteTables tables_;
  std::function<bool()> make_room_ = [] { return false; };
  std::optional<double> busy_seconds_ = 0.0;
  // Of the pictures that are begun: how many, and which slots are taken.
  int begun_ = 0;
  std::array<bool, Program::kSlots> slots_ = {};
};

}  // namespace imago
