// The folder beside a film in which its encoded parts wait until it is whole. Internal to
// models/video.
#pragma once

#include <vector>

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// Held by one process at a time.
class Parts {
 public:
  /// Opens the folder or makes it. Parts that were made with other settings are removed. Throws
  /// FilmError where another process is at work in it, Error where it cannot be written.
  Parts(const std::filesystem::path& output, const std::string& settings);
  ~Parts();
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// Those that are whole, in their order.
  const std::vector<std::filesystem::path>& segments() const { return segments_; }
  /// Where the next one goes; `add` once it is whole.
  std::filesystem::path next() const;
  void add() { segments_.push_back(next()); }
  /// Whether there were parts of other settings.
  bool began_anew() const { return began_anew_; }
  /// The parts go, the folder stays.
  void forget();
  /// All of it goes.
  void remove();

 private:
  const std::filesystem::path folder_;
  std::vector<std::filesystem::path> segments_;
  bool began_anew_ = false;
  int lock_ = -1;
};

}  // namespace imago::ffmpeg
