// A picture that the device works on window by window, while the host does something else.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "models/networks/generator.h"
#include "models/translate/mean_rows.h"
#include "models/translate/output_parts.h"

namespace imago {

struct RunOptions;
class NetworkRunner;

/// What NetworkRunner::begin gives: the windows of a picture, of one after the other of its passes.
/// Runner, picture and sink must outlive it.
class PictureRun {
 public:
  /// How a picture is done: in tiles of `grid`, each given to a program with these ports; where
  /// there are several shifts, as many times, and the mean is the result.
  struct Way {
    Program* program = nullptr;
    TileGrid grid;
    Ports ports;
    Shape shape = {};  // of a window
    BuildOptions build = {};
    int shifts = 1;
    uint64_t seed = 0;
    bool half = false;                                  // the program's numbers are stored in fp16
    std::function<void(const std::string&)> tell = {};  // RunOptions::tell
  };
  PictureRun(NetworkRunner& runner, Way way, const PlaneReader& picture);
  /// Waits for what is under way.
  ~PictureRun();
  PictureRun(const PictureRun&) = delete;
  PictureRun& operator=(const PictureRun&) = delete;

  /// Where its parts go; before anything is submitted.
  void deliver_to(OutputSink sink);

  /// Gives the next window to the device; false where there is none or no room for it now.
  /// Throws DeviceError, OutOfMemory.
  bool submit();
  /// Waits for the earliest window that is under way and hands its result on. Throws NotFinite,
  /// DeviceError, what the sink throws.
  void finish_window();
  bool done() const { return finished_ == windows(); }
  /// The share of its windows that are finished.
  double share_done() const {
    return static_cast<double>(finished_) / static_cast<double>(windows());
  }

 private:
  /// All passes bring a band before any goes on to the next.
  struct Window {
    const Tile& tile;
    int shift;
    bool begins, ends;  // the pass's band
  };
  size_t windows() const { return way_.grid.tiles.size() * static_cast<size_t>(way_.shifts); }
  Window window(size_t number) const;
  PlaneReader shifted(int shift) const;
  OutputSink sink_of(int shift);

  NetworkRunner& runner_;
  const Way way_;
  const PlaneReader picture_;
  std::optional<OutputSink> sink_;
  const size_t columns_;          // tiles in a band
  std::optional<MeanRows> mean_;  // of shifts
  std::deque<int> slots_;         // of the windows under way, the earliest first
  size_t submitted_ = 0, finished_ = 0;
  int rows_done_ = 0;  // of the pass that is being finished
};

}  // namespace imago
