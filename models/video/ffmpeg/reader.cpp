#include "models/video/ffmpeg/reader.h"

#include <cmath>
#include <vector>

#include "models/video/ffmpeg/picture_converter.h"
#include "models/video/ffmpeg/versions.h"
#include "models/video/film_formats.h"

namespace imago {
namespace ffmpeg {
namespace {

class Reader : public FilmReader {
 public:
  explicit Reader(const Opening& opening) : opening_(opening) {
    open();
    describe(opening.max_pixels);
  }

  std::optional<FilmFrame> read() override {
    while (true) {
      const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (result == 0) {
        if (std::optional<FilmFrame> film_frame = take()) return film_frame;
      } else if (result == AVERROR_EOF) {
        return std::nullopt;
      } else if (result == AVERROR(EAGAIN)) {
        feed();
      } else {
        note_damage(packet_time_);
      }
    }
  }

  void skip_beyond(int64_t time) override {
    // To the key frame before it, and on from there; from the beginning where that fails.
    const int64_t place = time + offset_;
    if (avformat_seek_file(input_.get(), stream_->index, INT64_MIN, place, place, 0) >= 0) {
      avcodec_flush_buffers(decoder_.get());
      begin_anew();
      if (const std::optional<FilmFrame> first = read(); first && first->time <= time) {
        skip_until_ = time;
        return;
      }
    }
    open();
    begin_anew();
    skip_until_ = time;
  }

  std::string note() const override {
    if (damaged_ == 0) return {};
    std::string text =
        damaged_ == 1 ? "damaged at " : "damaged in " + std::to_string(damaged_) + " places: ";
    for (size_t i = 0; i < damage_.size(); ++i) text += (i > 0 ? ", " : "") + film_time(damage_[i]);
    if (static_cast<size_t>(damaged_) > damage_.size()) text += "…";
    return text;
  }

 private:
  void open() {
    decoder_.reset();
    input_ = opening_.input();
    const int index = frame_stream(*input_);
    if (index < 0) throw FilmError("the file has no frames: there is only sound in it");
    for (unsigned i = 0; i < input_->nb_streams; ++i)
      if (static_cast<int>(i) != index) input_->streams[i]->discard = AVDISCARD_ALL;
    stream_ = input_->streams[index];
    offset_ = av_rescale_q(time_offset(*input_), {1, AV_TIME_BASE}, stream_->time_base);
    const AVCodecParameters& parameters = *stream_->codecpar;
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    if (!codec)
      throw FilmError(std::string("the film is ") + avcodec_get_name(parameters.codec_id) +
                      ", which the FFmpeg of this build cannot decode");
    decoder_.reset(avcodec_alloc_context3(codec));
    if (!decoder_) throw std::bad_alloc();
    check(avcodec_parameters_to_context(decoder_.get(), &parameters), "cannot read the film");
    decoder_->pkt_timebase = stream_->time_base;
    decoder_->thread_count = opening_.at_once ? 1 : 0;  // each thread holds a frame back
    if (opening_.at_once) decoder_->flags |= AV_CODEC_FLAG_LOW_DELAY;
    check(avcodec_open2(decoder_.get(), codec, nullptr),
          std::string("cannot decode ") + codec->name);
    frame_ = make_frame();
    packet_ = make_packet();
  }

  void describe(int64_t max_pixels) {
    const AVCodecParameters& parameters = *stream_->codecpar;
    const auto format = static_cast<AVPixelFormat>(parameters.format);
    if (parameters.width <= 0 || parameters.height <= 0 || format == AV_PIX_FMT_NONE)
      throw FilmError("no frame of the film can be decoded");
    if (int64_t{parameters.width} * parameters.height > max_pixels)
      throw FilmError("frames of " + std::to_string(parameters.width) + "×" +
                      std::to_string(parameters.height) + " are larger than the " +
                      std::to_string(max_pixels) + " pixels allowed; say --max-pixels");
    if (const int32_t* matrix = display_matrix(*stream_)) turn_ = turn_of(matrix);
    AVRational aspect = av_guess_sample_aspect_ratio(input_.get(), stream_, nullptr);
    if (aspect.num <= 0 || aspect.den <= 0) aspect = {1, 1};
    info_.width = turn_.transposed ? parameters.height : parameters.width;
    info_.height = turn_.transposed ? parameters.width : parameters.height;
    info_.aspect = fraction(turn_.transposed ? av_inv_q(aspect) : aspect);
    info_.alpha = has_alpha(format);
    info_.bits = depth_of(format) > 8 ? 16 : 8;
    info_.unit = fraction(stream_->time_base);
    info_.rate = fraction(av_guess_frame_rate(input_.get(), stream_, nullptr));
    if (stream_->avg_frame_rate.num > 0) info_.rate = fraction(stream_->avg_frame_rate);
    info_.colour = {parameters.color_primaries, parameters.color_trc, parameters.color_space,
                    parameters.color_range == AVCOL_RANGE_JPEG};
    if (const char* name = av_get_pix_fmt_name(format)) {
      info_.pixel_format = name;
      if (info_.pixel_format.starts_with("yuvj")) info_.colour.full_range = true;
    }
    info_.codec = avcodec_get_name(parameters.codec_id);
    if (stream_->duration > 0)
      info_.seconds = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
    else if (input_->duration > 0)
      info_.seconds = static_cast<double>(input_->duration) / AV_TIME_BASE;
    info_.frames = stream_->nb_frames;
    if (info_.frames <= 0 && info_.rate.numerator > 0)
      info_.frames = std::llround(info_.seconds * av_q2d(rational(info_.rate)));
    usual_duration_ = info_.rate.numerator > 0
                          ? std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rational(info_.rate)),
                                                              stream_->time_base))
                          : 1;
    converter_.emplace(parameters.width, parameters.height, info_.alpha, info_.bits, info_.colour);
  }

  void begin_anew() {
    last_time_.reset();
    skip_until_.reset();
  }

  /// The next packet to the decoder; at the end of the file, that it is the end.
  void feed() {
    const int result = av_read_frame(input_.get(), packet_.get());
    if (result == AVERROR_EOF || (result < 0 && ++failed_reads_ > 100)) {
      avcodec_send_packet(decoder_.get(), nullptr);
      return;
    }
    if (result < 0) return note_damage(packet_time_);
    failed_reads_ = 0;
    if (packet_->stream_index == stream_->index) {
      const int64_t time = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
      if (time != AV_NOPTS_VALUE) packet_time_ = time - offset_;
      if (avcodec_send_packet(decoder_.get(), packet_.get()) < 0) note_damage(packet_time_);
    }
    av_packet_unref(packet_.get());
  }

  /// The decoder's frame as one of the film; none if it is to be skipped.
  std::optional<FilmFrame> take() {
    const int64_t told = frame_->best_effort_timestamp;
    int64_t time = told != AV_NOPTS_VALUE ? told - offset_
                   : last_time_           ? *last_time_ + last_duration_
                                          : 0;
    if (last_time_ && time <= *last_time_) time = *last_time_ + 1;
    last_time_ = time;
#if LIBAVUTIL_VERSION_MAJOR >= 58
    const int64_t duration = frame_->duration;
#else
    const int64_t duration = frame_->pkt_duration;
#endif
    last_duration_ = duration > 0 ? duration : usual_duration_;
    if (skip_until_ && time <= *skip_until_) return std::nullopt;
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0)
      note_damage(time);
    FilmFrame film_frame;
    film_frame.picture = turned(converter_->read(*frame_), turn_);
    film_frame.time = time;
    film_frame.duration = last_duration_;
    return film_frame;
  }

  void note_damage(int64_t time) {
    if (skip_until_ && time <= *skip_until_) return;
    if (time == last_damage_) return;
    last_damage_ = time;
    ++damaged_;
    constexpr size_t kNamed = 5;
    if (damage_.size() < kNamed)
      damage_.push_back(static_cast<double>(time) * av_q2d(stream_->time_base));
  }

  const Opening opening_;
  Input input_;
  AVStream* stream_ = nullptr;
  Codec decoder_;
  Frame frame_;
  Packet packet_;
  Turn turn_;
  std::optional<FrameReader> converter_;
  int64_t offset_ = 0, packet_time_ = 0, usual_duration_ = 1, last_duration_ = 1;
  std::optional<int64_t> last_time_, skip_until_, last_damage_;
  int64_t damaged_ = 0;
  int failed_reads_ = 0;
  std::vector<double> damage_;  // seconds
};

}  // namespace

std::unique_ptr<FilmReader> open_reader(const Opening& opening) {
  return std::make_unique<Reader>(opening);
}

}  // namespace ffmpeg

std::unique_ptr<FilmReader> open_film(const std::filesystem::path& path, int64_t max_pixels) {
  if (ffmpeg::is_webp(path)) return ffmpeg::open_animated_webp(path, max_pixels);
  return ffmpeg::open_reader(
      {.input = [path] { return ffmpeg::open_input(path); }, .max_pixels = max_pixels});
}

bool is_moving(const std::filesystem::path& path) {
  try {
    const std::unique_ptr<FilmReader> film = open_film(path, ImageReadOptions{}.max_pixels);
    return film->read() && film->read();
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace imago
