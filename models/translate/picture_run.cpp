#include "models/translate/picture_run.h"

#include <algorithm>

#include "models/translate/network_runner.h"

namespace imago {

PictureRun::PictureRun(NetworkRunner& runner, Way way, const PlaneReader& picture)
    : runner_(runner),
      way_(std::move(way)),
      picture_(picture),
      columns_(static_cast<size_t>(std::ranges::count(way_.grid.tiles, 0, &Tile::y))) {
  ++runner_.begun_;
  if (is_moved(way_.shifts, runner.info()))
    mean_.emplace(picture_, runner.info(), way_.grid, way_.shifts);
}

PictureRun::~PictureRun() {
  for (const int slot : slots_) {
    try {
      way_.program->wait(slot);
    } catch (const std::exception&) {
      // Nobody waits for its result, and the device tells the next who asks.
    }
    runner_.slots_[static_cast<size_t>(slot)] = false;
  }
  --runner_.begun_;
}

void PictureRun::deliver_to(OutputSink sink) { sink_ = std::move(sink); }

PictureRun::Window PictureRun::window(size_t number) const {
  const size_t pass = number / columns_, column = number % columns_;
  const auto shifts = static_cast<size_t>(way_.shifts);
  return {way_.grid.tiles[pass / shifts * columns_ + column], static_cast<int>(pass % shifts),
          column == 0, column + 1 == columns_};
}

/// What a pass sees.
PlaneReader PictureRun::shifted(int shift) const {
  const Place place = shift_place(shift, runner_.info());
  return padded(picture_, way_.grid.width, way_.grid.height, place.left, place.top);
}

bool PictureRun::submit() {
  const auto free = std::ranges::find(runner_.slots_, false);
  if (submitted_ == windows() || free == runner_.slots_.end()) return false;
  const auto slot = static_cast<int>(free - runner_.slots_.begin());
  const auto [tile, shift, begins, ends] = window(submitted_);
  give_window(shifted(shift), tile, way_.grid, way_.ports, runner_.tables_, *way_.program, slot);
  way_.program->submit(slot, {static_cast<uint32_t>(way_.seed),
                              static_cast<uint32_t>(way_.seed >> 32), tile.index, 0});
  *free = true;
  slots_.push_back(slot);
  ++submitted_;
  return true;
}

/// Where the parts of a pass go.
OutputSink PictureRun::sink_of(int shift) {
  if (mean_) return mean_->sink_of(shift);
  const int scale = runner_.info().scale;
  return clipped(*sink_, picture_.width * scale, picture_.height * scale);
}

void PictureRun::finish_window() {
  const int slot = slots_.front();
  slots_.pop_front();
  runner_.slots_[static_cast<size_t>(slot)] = false;
  way_.program->wait(slot);
  runner_.count_busy(way_.program->busy_seconds(slot));
  const auto [tile, shift, begins, ends] = window(finished_);
  if (mean_ && begins) rows_done_ = tile.y * runner_.info().scale;
  try {
    hand_on(*way_.program, slot, way_.ports, tile, way_.grid, runner_.info(), rows_done_,
            sink_of(shift));
  } catch (const NotFinite&) {
    if (!way_.half) throw;
    runner_.tell_of_overflow(way_.tell);
    runner_.redo_window(shifted(shift), way_, tile, rows_done_, sink_of(shift));
  }
  ++finished_;
  if (mean_ && ends && shift + 1 == way_.shifts) mean_->finish_band(tile, *sink_);
}

}  // namespace imago
