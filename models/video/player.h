// Films and cameras in real time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "models/video/film.h"

namespace imago {

/// A thread that gives the frames of a film when they are due, as a camera would: what is late is
/// left out, never handed on in a hurry.
class FilmPlayer {
 public:
  using Clock = std::chrono::steady_clock;
  using Open = std::function<std::unique_ptr<FilmReader>()>;
  /// All are called by the thread.
  struct Listener {
    std::function<void(const FilmInfo&)> opened = {};
    /// `at`: when it was due; of a camera when it was read.
    std::function<void(Raster picture, Clock::time_point at)> frame = {};
    /// After the last frame; `note` as of the FilmReader. Nothing follows.
    std::function<void(const std::string& note)> ended = {};
    /// Why there are no more frames. Nothing follows.
    std::function<void(const std::exception&)> failed = {};
  };
  /// at_its_times: frames wait until they are due. at_once: they come when they come (cameras).
  enum class Pace { at_its_times, at_once };

  FilmPlayer(Open open, Pace pace, bool repeat, Listener listener);
  /// Ends with the frame that is being read, and waits for that.
  ~FilmPlayer();
  FilmPlayer(const FilmPlayer&) = delete;
  FilmPlayer& operator=(const FilmPlayer&) = delete;

  /// Whether the film begins anew after its last frame. Any thread may say so at any time.
  void repeat(bool on) { repeat_ = on; }

 private:
  void run();
  bool play(FilmReader& film);
  /// False where there is no more to play.
  bool wait_until(Clock::time_point due);

  const Open open_;
  const Pace pace_;
  const Listener listener_;
  std::atomic<bool> repeat_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;  // by the mutex
  std::thread thread_;    // last: it ends before anything it uses
};

}  // namespace imago
