// Pictures that go through one network or several while others are read and written. Internal to
// models/translate: Translator::begin_rows.
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <vector>

#include "models/translate/row_stage.h"

namespace imago {

/// Hands pictures from network to network. All that is given to the device comes back in the order
/// in which it was given.
class Relay {
 public:
  /// One network of the way.
  struct Leg {
    NetworkRunner* runner;
    TranslateOptions options;
    RunOptions run;
  };
  class Picture;

  /// Null, with the picture still there and `open` not called, where a network would not begin it
  /// (NetworkRunner::can_begin). Throws as Translator::begin_rows.
  std::unique_ptr<Picture> begin(Raster& picture, std::vector<Leg> legs, const OpenWriter& open);
  /// Works on all that are begun until this one is through. `progress` gets its share done.
  std::unique_ptr<ImageWriter> finish(Picture& picture,
                                      const std::function<bool(double)>& progress);

  bool idle() const { return begun_.empty(); }

 private:
  void fill();

  std::deque<Picture*> begun_;      // in the order in which they were
  std::deque<Picture*> under_way_;  // whose windows the device has, the earliest first
};

class Relay::Picture {
 public:
  Picture(Relay& relay, std::vector<Leg> legs) : relay_(relay), legs_(std::move(legs)) {}
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

 private:
  friend class Relay;
  void begin_leg(Raster& picture);
  void finish_window();
  void next_leg();

  Relay& relay_;
  const std::vector<Leg> legs_;
  OpenWriter open_;  // of the last leg
  size_t leg_ = 0;
  std::unique_ptr<RowStage> stage_;  // before run_, which reads it
  std::unique_ptr<PictureRun> run_;
  Raster made_;  // by a leg that is not the last
  std::unique_ptr<ImageWriter> writer_;
  std::exception_ptr failure_;
};

}  // namespace imago
