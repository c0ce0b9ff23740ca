#include "models/video/player.h"

#include <exception>
#include <utility>

namespace imago {
namespace {

/// A film that is further behind than this is too much for the machine: it plays on from here,
/// slower than it should, instead of showing nothing.
constexpr std::chrono::milliseconds kHopeless(500);

FilmPlayer::Clock::duration seconds(double count) {
  return std::chrono::duration_cast<FilmPlayer::Clock::duration>(
      std::chrono::duration<double>(count));
}

}  // namespace

FilmPlayer::FilmPlayer(Open open, Pace pace, bool repeat, Listener listener)
    : open_(std::move(open)),
      pace_(pace),
      listener_(std::move(listener)),
      repeat_(repeat),
      thread_([this] { run(); }) {}

FilmPlayer::~FilmPlayer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FilmPlayer::run() {
  try {
    std::string note;
    for (bool first = true, more = true; more; first = false) {
      const std::unique_ptr<FilmReader> film = open_();
      if (first && listener_.opened) listener_.opened(film->info());
      if (!play(*film)) return;
      note = film->note();
      more = repeat_;
    }
    if (listener_.ended) listener_.ended(note);
  } catch (const std::exception& error) {
    if (listener_.failed) listener_.failed(error);
  }
}

/// To its last frame; false where it was ended before.
bool FilmPlayer::play(FilmReader& film) {
  const FilmInfo& info = film.info();
  const double unit = static_cast<double>(info.unit.numerator) / info.unit.denominator;
  Clock::time_point start, end = Clock::now();
  bool first = true;
  while (std::optional<FilmFrame> frame = film.read()) {
    const auto now = Clock::now();
    if (pace_ == Pace::at_once) {
      if (!wait_until(now)) return false;
      listener_.frame(std::move(frame->picture), now);
      continue;
    }
    const auto time = seconds(static_cast<double>(frame->time) * unit);
    if (std::exchange(first, false) || now > start + time + kHopeless) start = now - time;
    const auto due = start + time;
    end = due + seconds(static_cast<double>(frame->duration) * unit);
    if (!wait_until(due)) return false;
    if (now < end) listener_.frame(std::move(frame->picture), due);
  }
  return wait_until(pace_ == Pace::at_once ? Clock::now() : end);
}

bool FilmPlayer::wait_until(Clock::time_point due) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, due, [this] { return closing_; });
}

}  // namespace imago
