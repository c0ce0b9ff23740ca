#include "models/translate/picture_run.h"

#include <algorithm>

#include "models/translate/network_runner.h"

namespace imago {

PictureRun::PictureRun(NetworkRunner& runner, Way way, const PlaneReader& picture)
    : runner_(runner), way_(std::move(way)), picture_(picture) {
  ++runner_.begun_;
  if (way_.shifts > 1) mean_.emplace(runner.result_of(picture_));
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

const Tile& PictureRun::tile(size_t window) const {
  return way_.grid.tiles[window % way_.grid.tiles.size()];
}

/// What a pass sees.
PlaneReader PictureRun::shifted(size_t pass) const {
  const Place place = shift_place(static_cast<int>(pass));
  return padded(picture_, way_.grid.width, way_.grid.height, place.left, place.top);
}

bool PictureRun::submit() {
  const auto free = std::ranges::find(runner_.slots_, false);
  if (submitted_ == windows() || free == runner_.slots_.end()) return false;
  const auto slot = static_cast<int>(free - runner_.slots_.begin());
  const Tile& window = tile(submitted_);
  give_window(shifted(submitted_ / way_.grid.tiles.size()), window, way_.grid, way_.ports,
              runner_.tables_, *way_.program, slot);
  way_.program->submit(slot, {static_cast<uint32_t>(way_.seed),
                              static_cast<uint32_t>(way_.seed >> 32), window.index, 0});
  *free = true;
  slots_.push_back(slot);
  ++submitted_;
  return true;
}

/// Where the parts of a pass go.
OutputSink PictureRun::sink_of(size_t pass) {
  const int scale = runner_.info().scale;
  if (!mean_) return clipped(*sink_, picture_.width * scale, picture_.height * scale);
  const Place place = shift_place(static_cast<int>(pass));
  return [this, left = place.left * scale, top = place.top * scale](const OutputPart& part) {
    accumulate(*mean_, part.values, part.x - left, part.y - top,
               1.0f / static_cast<float>(way_.shifts));
  };
}

void PictureRun::finish_window() {
  const int slot = slots_.front();
  slots_.pop_front();
  runner_.slots_[static_cast<size_t>(slot)] = false;
  way_.program->wait(slot);
  runner_.count_busy(way_.program->busy_seconds(slot));
  const size_t pass = finished_ / way_.grid.tiles.size();
  if (finished_ % way_.grid.tiles.size() == 0) rows_done_ = 0;
  try {
    hand_on(*way_.program, slot, way_.ports, tile(finished_), way_.grid, runner_.info(), rows_done_,
            sink_of(pass));
  } catch (const NotFinite&) {
    if (!way_.half) throw;
    runner_.tell_of_overflow(way_.tell);
    runner_.redo_window(shifted(pass), way_, tile(finished_), rows_done_, sink_of(pass));
  }
  ++finished_;
  if (done() && mean_) sink_->take({0, 0, *mean_, mean_->height});
}

}  // namespace imago
