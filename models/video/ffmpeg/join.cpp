#include "models/video/ffmpeg/join.h"

#include <algorithm>
#include <optional>

#include "models/video/ffmpeg/encoder.h"
#include "models/video/ffmpeg/file_output.h"
#include "models/video/ffmpeg/segments.h"
#include "models/video/ffmpeg/subtitles.h"
#include "models/video/film_formats.h"

namespace imago::ffmpeg {
namespace {

/// When frames are decoded. They are stored in the order of decoding; each is decoded as much
/// earlier than it is shown as the one that waits longest needs.
class DecodingTimes {
 public:
  explicit DecodingTimes(const std::vector<std::filesystem::path>& segments) {
    std::vector<int64_t> stored;
    const Packet packet = make_packet();
    for (const auto& path : segments)
      for (SegmentReader segment(path); segment.next(*packet, false);)
        stored.push_back(packet->pts);
    shown_ = stored;
    std::ranges::sort(shown_);
    for (size_t i = 0; i < stored.size(); ++i) {
      const auto place =
          static_cast<size_t>(std::ranges::lower_bound(shown_, stored[i]) - shown_.begin());
      if (i > place) delay_ = std::max(delay_, i - place);
    }
  }

  int64_t of(size_t index) const {
    if (index >= delay_) return shown_[index - delay_];
    return shown_[index] - (shown_[delay_] - shown_.front());
  }
  size_t count() const { return shown_.size(); }

 private:
  std::vector<int64_t> shown_;
  size_t delay_ = 0;
};

/// The packets of all segments as one stream.
class Frames {
 public:
  Frames(const std::vector<std::filesystem::path>& segments)
      : segments_(segments), times_(segments) {}

  size_t count() const { return times_.count(); }

  bool next(AVPacket& packet) {
    while (true) {
      if (!segment_) {
        if (next_segment_ == segments_.size()) return false;
        segment_.emplace(segments_[next_segment_++]);
      }
      if (segment_->next(packet)) {
        packet.dts = times_.of(index_++);
        return true;
      }
      segment_.reset();
    }
  }

 private:
  const std::vector<std::filesystem::path>& segments_;
  const DecodingTimes times_;
  std::optional<SegmentReader> segment_;
  size_t next_segment_ = 0, index_ = 0;
};

class Joining {
 public:
  Joining(const FilmPlan& plan, const AVCodecContext& encoder,
          const std::vector<std::filesystem::path>& segments)
      : plan_(plan), frames_(segments), file_(plan.output) {
    if (frames_.count() == 0) throw FilmError("the film has no frames");
    const AVOutputFormat& container = container_of(plan.format);
    AVFormatContext* made = nullptr;
    check(avformat_alloc_output_context2(&made, &container, nullptr, nullptr),
          "cannot write " + plan.format);
    output_.reset(made);
    made->pb = file_.context();
    made->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (!is_animation_format(plan.format) && !plan.source.empty()) open_source();
    add_frames(encoder);
    for (const Companions::Stream& stream : companions_.streams) add_companion(stream);
    add_words();
  }

  void run() {
    AVDictionary* options = nullptr;
    if (plan_.format == "apng") av_dict_set(&options, "plays", "0", 0);
    if (is_animation_format(plan_.format)) av_dict_set(&options, "loop", "0", 0);
    const int result = avformat_write_header(output_.get(), &options);
    av_dict_free(&options);
    require(result, "cannot begin the film");
    interleave();
    require(av_write_trailer(output_.get()), "cannot end the film");
    file_.commit();
  }

 private:
  struct FreeOutput {
    void operator()(AVFormatContext* output) const { avformat_free_context(output); }
  };

  /// What writing to the file threw says more than FFmpeg's number for it.
  void require(int result, const std::string& what) {
    file_.rethrow();
    check(result, what);
  }

  AVStream& add_stream() {
    AVStream* stream = avformat_new_stream(output_.get(), nullptr);
    if (!stream) throw std::bad_alloc();
    return *stream;
  }

  void open_source() {
    source_ = open_input(plan_.source);
    companions_ = companions_of(*source_, plan_.format);
    offset_ = time_offset(*source_);
    for (unsigned i = 0; i < source_->nb_streams; ++i)
      if (std::ranges::find(companions_.streams, static_cast<int>(i), &Companions::Stream::index) ==
          companions_.streams.end())
        source_->streams[i]->discard = AVDISCARD_ALL;
    targets_.resize(source_->nb_streams);
  }

  void add_frames(const AVCodecContext& encoder) {
    AVStream& stream = add_stream();
    check(avcodec_parameters_from_context(stream.codecpar, &encoder), "cannot write the frames");
    stream.codecpar->codec_tag =
        encoder.codec_id == AV_CODEC_ID_HEVC && (plan_.format == "mp4" || plan_.format == "mov")
            ? MKTAG('h', 'v', 'c', '1')
            : 0;
    stream.time_base = encoder.time_base;
    stream.avg_frame_rate = rational(plan_.info.rate);
    stream.sample_aspect_ratio = encoder.sample_aspect_ratio;
    stream.disposition = AV_DISPOSITION_DEFAULT;
    if (!source_) return;
    const int own = frame_stream(*source_);
    if (own >= 0) av_dict_copy(&stream.metadata, source_->streams[own]->metadata, 0);
    av_dict_set(&stream.metadata, "encoder", nullptr, 0);
    av_dict_set(&stream.metadata, "rotate", nullptr, 0);
  }

  void add_companion(const Companions::Stream& stream) {
    const AVStream& from = *source_->streams[stream.index];
    AVStream& to = add_stream();
    Target& target = targets_[static_cast<size_t>(stream.index)];
    if (stream.rewritten != AV_CODEC_ID_NONE) {
      target.converter = std::make_unique<SubtitleConverter>(from, stream.rewritten);
      check(avcodec_parameters_from_context(to.codecpar, &target.converter->context()),
            "cannot write the subtitles");
    } else {
      check(avcodec_parameters_copy(to.codecpar, from.codecpar), "cannot copy the sound");
      const bool same_tag = av_codec_get_id(output_->oformat->codec_tag,
                                            from.codecpar->codec_tag) == from.codecpar->codec_id;
      if (!same_tag) to.codecpar->codec_tag = 0;
    }
    to.time_base = from.time_base;
    to.disposition = from.disposition;
    av_dict_copy(&to.metadata, from.metadata, 0);
    target.stream = to.index;
  }

  void add_words() {
    if (source_) {
      av_dict_copy(&output_->metadata, source_->metadata, 0);
      for (const char* of_the_file :
           {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time"})
        av_dict_set(&output_->metadata, of_the_file, nullptr, 0);
      copy_chapters();
    }
    const AVDictionaryEntry* own = av_dict_get(output_->metadata, "comment", nullptr, 0);
    const std::string comment = own ? own->value + ("; " + plan_.made_by) : plan_.made_by;
    av_dict_set(&output_->metadata, "comment", comment.c_str(), 0);
  }

  void copy_chapters() {
    // FFmpeg frees them with the film, by its own allocator.
    const unsigned count = source_->nb_chapters;
    if (count == 0) return;
    output_->chapters = static_cast<AVChapter**>(av_calloc(count, sizeof(AVChapter*)));
    if (!output_->chapters) throw std::bad_alloc();
    for (unsigned i = 0; i < count; ++i) {
      const AVChapter& from = *source_->chapters[i];
      auto* to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
      if (!to) throw std::bad_alloc();
      output_->chapters[output_->nb_chapters++] = to;
      const int64_t offset = av_rescale_q(offset_, {1, AV_TIME_BASE}, from.time_base);
      to->id = from.id;
      to->time_base = from.time_base;
      to->start = from.start - offset;
      to->end = from.end - offset;
      av_dict_copy(&to->metadata, from.metadata, 0);
    }
  }

  /// Frames and the source's other streams by the time at which they are decoded.
  void interleave() {
    const Packet frame = make_packet(), other = make_packet();
    bool has_frame = frames_.next(*frame), has_other = next_other(*other);
    while (has_frame || has_other) {
      const bool frame_first =
          has_frame &&
          (!has_other || av_compare_ts(frame->dts, rational(plan_.info.unit), other->dts,
                                       output_->streams[other->stream_index]->time_base) <= 0);
      if (frame_first) {
        frame->stream_index = 0;
        av_packet_rescale_ts(frame.get(), rational(plan_.info.unit),
                             output_->streams[0]->time_base);
        write(*frame);
        has_frame = frames_.next(*frame);
      } else {
        write(*other);
        has_other = next_other(*other);
      }
    }
  }

  void write(AVPacket& packet) {
    packet.pos = -1;
    require(av_interleaved_write_frame(output_.get(), &packet), "cannot write the film");
  }

  /// In the units of its stream of the film.
  bool next_other(AVPacket& packet) {
    if (companions_.streams.empty()) return false;
    int damaged = 0;
    while (true) {
      const int result = av_read_frame(source_.get(), &packet);
      if (result == AVERROR_EOF || (result < 0 && ++damaged > 100)) return false;
      if (result < 0) continue;
      const auto index = static_cast<size_t>(packet.stream_index);
      const Target* target = index < targets_.size() ? &targets_[index] : nullptr;
      if (target && target->stream >= 0 &&
          (!target->converter || target->converter->convert(packet)))
        break;
      av_packet_unref(&packet);
    }
    const AVStream& from = *source_->streams[packet.stream_index];
    const AVStream& to =
        *output_->streams[targets_[static_cast<size_t>(packet.stream_index)].stream];
    const int64_t offset = av_rescale_q(offset_, {1, AV_TIME_BASE}, from.time_base);
    if (packet.pts != AV_NOPTS_VALUE) packet.pts -= offset;
    if (packet.dts != AV_NOPTS_VALUE) packet.dts -= offset;
    if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
    packet.stream_index = to.index;
    av_packet_rescale_ts(&packet, from.time_base, to.time_base);
    return true;
  }

  const FilmPlan& plan_;
  Frames frames_;
  FileOutput file_;
  std::unique_ptr<AVFormatContext, FreeOutput> output_;
  Input source_;
  Companions companions_;
  /// What becomes of a stream of the source.
  struct Target {
    int stream = -1;  // of the film; -1: nothing
    std::unique_ptr<SubtitleConverter> converter;
  };
  std::vector<Target> targets_;
  int64_t offset_ = 0;
};

/// "mkv", or "mkv or mov": containers that hold a codec.
std::string containers_for(AVCodecID codec) {
  std::string text;
  for (const char* format : {"mp4", "mov", "mkv", "webm"})
    if (avformat_query_codec(&container_of(format), codec, FF_COMPLIANCE_NORMAL) == 1)
      text += (text.empty() ? "" : " or ") + std::string(format);
  return text;
}

}  // namespace

Companions companions_of(const AVFormatContext& source, const std::string& format) {
  Companions found;
  if (is_animation_format(format)) return found;
  const AVOutputFormat& container = container_of(format);
  for (unsigned i = 0; i < source.nb_streams; ++i) {
    const AVCodecParameters& parameters = *source.streams[i]->codecpar;
    const bool sound = parameters.codec_type == AVMEDIA_TYPE_AUDIO;
    const bool words = parameters.codec_type == AVMEDIA_TYPE_SUBTITLE;
    const bool fonts = parameters.codec_type == AVMEDIA_TYPE_ATTACHMENT && format == "mkv";
    if (!sound && !words && !fonts) continue;
    const bool fits =
        fonts || avformat_query_codec(&container, parameters.codec_id, FF_COMPLIANCE_NORMAL) == 1;
    const AVCodecID text =
        fits || !words ? AV_CODEC_ID_NONE : text_codec_for(parameters.codec_id, format);
    if (fits || text != AV_CODEC_ID_NONE) {
      found.streams.push_back({static_cast<int>(i), text});
      continue;
    }
    const std::string name = avcodec_get_name(parameters.codec_id);
    const std::string into = containers_for(parameters.codec_id);
    const std::string advice = into.empty() ? "" : "; " + into + " can";
    if (sound)
      throw FilmError("its sound is " + name + ", which " + format + " cannot hold" + advice);
    found.left_out += (found.left_out.empty() ? "" : "; ") +
                      ("subtitles are left out: they are " + name) + ", which " + format +
                      " cannot hold" + advice;
  }
  return found;
}

void join(const FilmPlan& plan, const AVCodecContext& context,
          const std::vector<std::filesystem::path>& segments) {
  Joining(plan, context, segments).run();
}

}  // namespace imago::ffmpeg
