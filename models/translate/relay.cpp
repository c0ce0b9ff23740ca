#include "models/translate/relay.h"

#include <algorithm>
#include <utility>

#include "models/translate/raster_writer.h"

namespace imago {

std::unique_ptr<Relay::Picture> Relay::begin(Raster& picture, std::vector<Leg> legs,
                                             const OpenWriter& open) {
  Raster header{
      picture.width, picture.height, picture.channels, picture.alpha, picture.bits, {}, {}, {}};
  for (const Leg& leg : legs) {
    const ModelInfo& info = leg.runner->info();
    const RowStage::Seen seen = RowStage::seen(header, leg.options, info);
    PlaneReader sized(info.in_channels, seen.height, seen.width, {});
    sized.samples = seen.samples;
    if (!leg.runner->can_begin(sized, leg.run, seen.wants_bytes)) return nullptr;
    header.width = seen.wanted.width;
    header.height = seen.wanted.height;
    header.channels = seen.wanted.channels;
    header.alpha = seen.wanted.alpha;
  }
  auto begun = std::make_unique<Picture>(*this, std::move(legs));
  begun->open_ = open;
  begun->begin_leg(picture);
  begun_.push_back(begun.get());
  fill();
  return begun;
}

/// Gives the device what it has room for.
void Relay::fill() {
  for (Picture* picture : begun_)
    while (picture->run_ && picture->run_->submit()) under_way_.push_back(picture);
}

std::unique_ptr<ImageWriter> Relay::finish(Picture& picture,
                                           const std::function<bool(double)>& progress) {
  while (!picture.failure_ && !picture.writer_) {
    fill();
    Picture* const first = under_way_.front();
    under_way_.pop_front();
    first->finish_window();
    if (progress && picture.run_) {
      const double legs = static_cast<double>(picture.legs_.size());
      if (!progress((static_cast<double>(picture.leg_) + picture.run_->share_done()) / legs))
        throw Cancelled();
    }
  }
  std::erase(begun_, &picture);
  if (picture.failure_) std::rethrow_exception(picture.failure_);
  fill();
  return std::move(picture.writer_);
}

Relay::Picture::~Picture() {
  std::erase(relay_.begun_, this);
  std::erase(relay_.under_way_, this);
}

/// The picture is still there after an error of the device.
void Relay::Picture::begin_leg(Raster& picture) {
  const Leg& leg = legs_[leg_];
  run_.reset();
  stage_ = std::make_unique<RowStage>(picture, leg.options, leg.runner->info());
  const auto begin = [&](bool wants_bytes) {
    run_ = leg.runner->begin(stage_->reader(), leg.run, wants_bytes);
  };
  try {
    begin(stage_->wants_bytes());
  } catch (...) {
    picture = stage_->take_back();
    throw;
  }
  stage_->open(leg_ + 1 == legs_.size() ? open_ : into_raster(made_));
  OutputSink sink = stage_->sink();
  if (stage_->wants_bytes() && !sink.take_bytes) {  // a writer that keeps the rows otherwise
    run_.reset();
    begin(false);
  }
  run_->deliver_to(std::move(sink));
}

/// What goes wrong is told to whoever waits for this picture.
void Relay::Picture::finish_window() {
  if (failure_) return;
  try {
    run_->finish_window();
    if (run_->done()) next_leg();
  } catch (...) {
    failure_ = std::current_exception();
    run_.reset();
  }
}

void Relay::Picture::next_leg() {
  run_.reset();
  std::unique_ptr<ImageWriter> writer = stage_->finish();
  if (++leg_ == legs_.size()) {
    writer_ = std::move(writer);
    return;
  }
  Raster next = std::move(made_);
  begin_leg(next);
}

}  // namespace imago
