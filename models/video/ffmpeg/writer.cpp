// Frames to films.
#include <optional>

#include "models/video/ffmpeg/encoder.h"
#include "models/video/ffmpeg/join.h"
#include "models/video/ffmpeg/parts.h"
#include "models/video/ffmpeg/segments.h"
#include "models/video/film_formats.h"

namespace imago {
namespace ffmpeg {
namespace {

/// How many frames are encoded between two places to go on from: about two seconds, or ten minutes
/// of a network that makes a frame in ten seconds.
constexpr int64_t kSegmentFrames = 60;

class Writer : public FilmWriter {
 public:
  explicit Writer(const FilmPlan& plan)
      : plan_(plan), encoder_(plan_), whole_(is_animation_format(plan_.format)) {
    const bool anew = whole_ || plan_.source.empty();
    encoder_.open();  // says what it does not take before anything is kept
    const std::string left_out = check_companions();
    parts_.emplace(plan_.output, settings());
    if (anew && !parts_->segments().empty()) parts_->forget();
    count_kept();
    note_ = encoder_.note();
    if (!left_out.empty()) add_note(left_out);
    if (parts_->began_anew() && !plan_.source.empty())
      add_note("begun anew: what was there of it was made with other settings or of another film");
    if (kept_ > 0) add_note("goes on after the " + std::to_string(kept_) + " frames that are done");
  }

  int64_t frames_kept() const override { return kept_; }
  int64_t last_time() const override { return last_time_; }
  std::string note() const override { return note_; }
  bool holds_alpha() const override { return plan_.alpha && has_alpha(encoder_.pixel_format()); }
  int bits() const override { return depth_of(encoder_.pixel_format()) > 8 ? 16 : 8; }

  void write(const FilmFrame& frame) override {
    if (!segment_) begin_segment();
    encoder_.encode(frame, [&](const AVPacket& packet) { segment_->add(packet); });
    if (++in_segment_ == kSegmentFrames && !whole_) end_segment();
  }

  void finish() override {
    if (segment_) end_segment();
    join(plan_, encoder_.context(), parts_->segments());
    parts_->remove();
  }

 private:
  /// All that the frames depend on.
  std::string settings() const {
    std::error_code ignored;
    const auto changed =
        std::filesystem::last_write_time(plan_.source, ignored).time_since_epoch().count();
    return "source " + std::filesystem::absolute(plan_.source, ignored).string() + "\nsize " +
           std::to_string(std::filesystem::file_size(plan_.source, ignored)) + "\nchanged " +
           std::to_string(changed) + "\nformat " + plan_.format + "\nencoder " +
           encoder_.codec().name + " " + std::to_string(avcodec_version()) + "\nquality " +
           std::to_string(plan_.options.quality) + "\nsize " + std::to_string(plan_.width) + "x" +
           std::to_string(plan_.height) + " " + av_get_pix_fmt_name(encoder_.pixel_format()) +
           "\n" + plan_.settings + "\n";
  }

  std::string check_companions() const {
    if (whole_ || plan_.source.empty()) return {};
    return companions_of(*open_input(plan_.source), plan_.format).left_out;
  }

  void count_kept() {
    const Packet packet = make_packet();
    for (const auto& path : parts_->segments())
      for (SegmentReader segment(path); segment.next(*packet, false);) {
        last_time_ = kept_ == 0 ? packet->pts : std::max(last_time_, packet->pts);
        ++kept_;
      }
  }

  void add_note(const std::string& text) { note_ += (note_.empty() ? "" : "; ") + text; }

  void begin_segment() {
    encoder_.open();
    segment_.emplace(parts_->next());
    in_segment_ = 0;
  }

  void end_segment() {
    encoder_.drain([&](const AVPacket& packet) { segment_->add(packet); });
    segment_->commit();
    segment_.reset();
    parts_->add();
  }

  const FilmPlan plan_;
  FilmEncoder encoder_;
  const bool whole_;  // of one segment: its frames depend on those before
  std::optional<Parts> parts_;
  std::optional<SegmentWriter> segment_;
  int64_t in_segment_ = 0, kept_ = 0, last_time_ = 0;
  std::string note_;
};

}  // namespace
}  // namespace ffmpeg

std::unique_ptr<FilmWriter> open_film_writer(const FilmPlan& plan) {
  return std::make_unique<ffmpeg::Writer>(plan);
}

}  // namespace imago
