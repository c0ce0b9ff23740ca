#include "models/video/ffmpeg/encoder.h"

#include <algorithm>
#include <cmath>

#include "models/video/ffmpeg/palette.h"
#include "models/video/ffmpeg/versions.h"
#include "models/video/film_formats.h"

namespace imago::ffmpeg {
namespace {

/// What people call a codec, and its encoders, best first.
struct CodecName {
  const char* name;
  std::vector<const char*> other_names;
  std::vector<const char*> encoders;
};

const std::vector<CodecName>& codec_names() {
  static const std::vector<CodecName> kNames = {
      {"h264", {"avc", "x264"}, {"libx264", "libopenh264", "h264_nvenc", "h264_videotoolbox"}},
      {"hevc", {"h265", "x265"}, {"libx265", "hevc_nvenc", "hevc_videotoolbox"}},
      {"av1", {}, {"libaom-av1", "librav1e", "libsvtav1"}},
      {"vp9", {}, {"libvpx-vp9"}},
      {"vp8", {}, {"libvpx"}},
      {"ffv1", {}, {"ffv1"}},
      {"prores", {}, {"prores_ks", "prores"}},
      {"mjpeg", {}, {"mjpeg"}},
      {"mpeg4", {}, {"mpeg4"}},
      {"gif", {}, {"gif"}},
      {"apng", {}, {"apng"}},
      {"webp", {}, {"libwebp_anim"}}};
  return kNames;
}

const AVCodec* first_of(const CodecName& name) {
  for (const char* encoder : name.encoders)
    if (const AVCodec* found = avcodec_find_encoder_by_name(encoder)) return found;
  return nullptr;
}

bool fits(const AVOutputFormat& container, const AVCodec& codec) {
  return avformat_query_codec(&container, codec.id, FF_COMPLIANCE_NORMAL) == 1;
}

/// "h264, hevc and vp9": the codecs this build has for the container.
std::string codecs_for(const AVOutputFormat& container) {
  std::vector<std::string> names;
  for (const CodecName& name : codec_names())
    if (const AVCodec* codec = first_of(name); codec && fits(container, *codec))
      names.push_back(name.name);
  std::string text;
  for (size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text.empty() ? "none" : text;
}

std::vector<const char*> usual_codecs(const std::string& format) {
  if (format == "webm") return {"vp9", "av1", "vp8"};
  if (format == "gif") return {"gif"};
  if (format == "apng") return {"apng"};
  if (format == "webp") return {"webp"};
  return {"h264", "hevc", "av1", "vp9", "mpeg4"};
}

bool has_option(const AVCodecContext& context, const char* name) {
  return context.priv_data && av_opt_find(context.priv_data, name, nullptr, 0, 0);
}

void set_option(AVCodecContext& context, const char* name, const std::string& value) {
  if (has_option(context, name)) av_opt_set(context.priv_data, name, value.c_str(), 0);
}

/// Constant quality on the codec's own scale, where less is better. 80 is 18 of 51 (H.264, HEVC)
/// and 24 of 63 (VP9, AV1), about where people stop seeing a difference.
void set_quality(AVCodecContext& context, int quality) {
  const std::string name = context.codec->name;
  const bool large_scale = context.codec_id == AV_CODEC_ID_AV1 ||
                           context.codec_id == AV_CODEC_ID_VP9 ||
                           context.codec_id == AV_CODEC_ID_VP8;
  const int most = large_scale ? 63 : 51;
  const int level =
      std::min(most, static_cast<int>(std::lround((100 - quality) * (large_scale ? 1.2 : 0.9))));
  if (name == "libwebp_anim") {
    set_option(context, "quality", std::to_string(quality));
    set_option(context, "lossless", quality == 100 ? "1" : "0");
  } else if (name == "libx264" && quality == 100) {
    set_option(context, "qp", "0");
  } else if (has_option(context, "crf")) {
    set_option(context, "crf", std::to_string(level));
    if (name == "libvpx-vp9" && quality == 100) set_option(context, "lossless", "1");
    if (name == "libvpx") context.bit_rate = 200'000'000;  // crf alone is no upper bound there
  } else if (has_option(context, "cq")) {
    set_option(context, "cq", std::to_string(std::max(1, level)));
  } else if (has_option(context, "qp")) {
    set_option(context, "qp", std::to_string(level));
  } else {
    context.flags |= AV_CODEC_FLAG_QSCALE;
    context.global_quality =
        FF_QP2LAMBDA * std::clamp(static_cast<int>(std::lround((100 - quality) * 0.3)), 1, 31);
  }
}

void set_habits(AVCodecContext& context, int quality) {
  const std::string name = context.codec->name;
  if (name == "libx265")
    set_option(context, "x265-params",
               quality == 100 ? "log-level=none:lossless=1" : "log-level=none");
  if (name == "libvpx-vp9") {
    set_option(context, "row-mt", "1");
    set_option(context, "cpu-used", "2");
  }
  // What it leaves out of a frame it finds by comparing indices, which mean other colours in each.
  if (name == "gif") set_option(context, "gifflags", "0");
  if (name == "libsvtav1") set_option(context, "preset", "8");  // talks on stderr
  if (name == "libaom-av1") {
    set_option(context, "cpu-used", "6");
    set_option(context, "row-mt", "1");
  }
  if (name == "prores_ks")
    set_option(context, "profile", context.pix_fmt == AV_PIX_FMT_YUVA444P10 ? "4444" : "hq");
  if (name == "ffv1") {
    context.level = 3;
    set_option(context, "slicecrc", "1");
  }
}

bool wants_even_sides(AVPixelFormat format, int width, int height) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return (width & ((1 << descriptor->log2_chroma_w) - 1)) != 0 ||
         (height & ((1 << descriptor->log2_chroma_h) - 1)) != 0;
}

bool lossless(const AVCodec& codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec.id);
  return descriptor && (descriptor->props & AV_CODEC_PROP_LOSSY) == 0;
}

}  // namespace

const AVOutputFormat& container_of(const std::string& format) {
  const std::string name = format == "mkv" ? "matroska" : format;
  const AVOutputFormat* found = av_guess_format(name.c_str(), nullptr, nullptr);
  if (!found) throw FilmError("the FFmpeg of this build does not write " + format);
  return *found;
}

const AVCodec& choose_encoder(const FilmPlan& plan) {
  const AVOutputFormat& container = container_of(plan.format);
  std::string wanted = plan.options.codec;
  std::ranges::transform(wanted, wanted.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string there_is = "; for " + plan.format + " this build has " + codecs_for(container);
  if (wanted.empty()) {
    for (const char* usual : usual_codecs(plan.format))
      for (const CodecName& name : codec_names())
        if (name.name == std::string(usual))
          if (const AVCodec* codec = first_of(name)) return *codec;
    throw FilmError("the FFmpeg of this build has no encoder for " + plan.format);
  }
  const AVCodec* codec = nullptr;
  bool known = false;
  for (const CodecName& name : codec_names())
    if (wanted == name.name ||
        std::ranges::find(name.other_names, wanted) != name.other_names.end())
      known = true, codec = first_of(name);
  if (!codec) codec = avcodec_find_encoder_by_name(wanted.c_str());
  if (!codec && known)
    throw FilmError("the FFmpeg of this build has no encoder for " + wanted + there_is);
  if (!codec || codec->type != AVMEDIA_TYPE_VIDEO)
    throw FilmError("there is no codec '" + wanted + "'" + there_is);
  if (!fits(container, *codec))
    throw FilmError(wanted + " does not go into " + plan.format + there_is);
  return *codec;
}

namespace {

/// The source's colours as they are said of frames in `format`.
FilmColour colour_in(AVPixelFormat format, const FilmPlan& plan) {
  FilmColour colour = plan.info.colour;
  if (is_rgb(format)) {
    colour.full_range = true;
    colour.matrix = AVCOL_SPC_RGB;
  } else {
    if (is_rgb(av_get_pix_fmt(plan.info.pixel_format.c_str()))) colour.full_range = false;
    colour.matrix = matrix_of(colour, plan.height);
  }
  return colour;
}

}  // namespace

FilmEncoder::FilmEncoder(const FilmPlan& plan)
    : plan_(plan),
      codec_(choose_encoder(plan)),
      format_(choose_format()),
      colour_(colour_in(format_, plan)),
      maker_(plan.width, plan.height, format_, colour_) {}

AVPixelFormat FilmEncoder::choose_format() {
  if (codec_.id == AV_CODEC_ID_GIF) return AV_PIX_FMT_PAL8;
  const AVPixelFormat* formats = formats_of(codec_);
  if (!formats) return AV_PIX_FMT_YUV420P;
  AVPixelFormat own = av_get_pix_fmt(plan_.info.pixel_format.c_str());
  const bool animation = is_animation_format(plan_.format);
  if (animation)
    own = plan_.alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  else if (own == AV_PIX_FMT_NONE || (is_rgb(own) && !lossless(codec_)))
    own =
        plan_.alpha && codec_.id == AV_CODEC_ID_PRORES ? AV_PIX_FMT_YUVA444P10 : AV_PIX_FMT_YUV420P;
  if (codec_.id == AV_CODEC_ID_WEBP) return AV_PIX_FMT_RGB32;
  const auto best = [&](AVPixelFormat like) {
    return avcodec_find_best_pix_fmt_of_list(formats, like, plan_.alpha ? 1 : 0, nullptr);
  };
  AVPixelFormat chosen = best(own);
  if (av_pix_fmt_desc_get(chosen)->flags & AV_PIX_FMT_FLAG_HWACCEL)
    throw FilmError(std::string(codec_.name) + " wants frames on its own device; name another");
  if (wants_even_sides(chosen, plan_.width, plan_.height)) {
    chosen = best(depth_of(chosen) > 8 ? AV_PIX_FMT_YUV444P10 : AV_PIX_FMT_YUV444P);
    if (wants_even_sides(chosen, plan_.width, plan_.height) && codec_.id != AV_CODEC_ID_MJPEG)
      note_ = std::to_string(plan_.width) + "×" + std::to_string(plan_.height) +
              " has an odd side, which some players do not show";
    else
      note_ =
          "an odd side needs colours at full resolution (4:4:4), which some players do not show";
  }
  return chosen;
}

FilmEncoder::~FilmEncoder() {
  // SVT-AV1 waits for ever to be closed where it was never told that frames end.
  if (fresh_) avcodec_send_frame(context_.get(), nullptr);
}

void FilmEncoder::open() {
  if (fresh_) return;
  context_.reset(avcodec_alloc_context3(&codec_));
  if (!context_) throw std::bad_alloc();
  AVCodecContext& context = *context_;
  context.width = plan_.width;
  context.height = plan_.height;
  context.pix_fmt = format_;
  context.time_base = rational(plan_.info.unit);
  if (plan_.info.rate.numerator > 0) context.framerate = rational(plan_.info.rate);
  context.sample_aspect_ratio = rational(plan_.info.aspect);
  context.color_range = colour_.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.colorspace = static_cast<AVColorSpace>(colour_.matrix);
  context.color_primaries = static_cast<AVColorPrimaries>(colour_.primaries);
  context.color_trc = static_cast<AVColorTransferCharacteristic>(colour_.transfer);
  context.strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // MJPEG of any range
  context.thread_count = 0;
  if (container_of(plan_.format).flags & AVFMT_GLOBALHEADER)
    context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_quality(context, plan_.options.quality);
  set_habits(context, plan_.options.quality);
  check(avcodec_open2(&context, &codec_, nullptr),
        std::string("the encoder ") + codec_.name + " does not take frames of " +
            std::to_string(plan_.width) + "×" + std::to_string(plan_.height) + " as " +
            av_get_pix_fmt_name(format_));
  durations_.clear();
  fresh_ = true;
}

void FilmEncoder::encode(const FilmFrame& film_frame, const Sink& sink) {
  Frame frame =
      format_ == AV_PIX_FMT_PAL8 ? paletted(film_frame.picture) : maker_.make(film_frame.picture);
  frame->pts = film_frame.time;
  frame->color_range = context_->color_range;
  frame->colorspace = context_->colorspace;
  frame->color_primaries = context_->color_primaries;
  frame->color_trc = context_->color_trc;
  frame->sample_aspect_ratio = context_->sample_aspect_ratio;
  fresh_ = false;
  durations_[film_frame.time] = film_frame.duration;
  check(avcodec_send_frame(context_.get(), frame.get()), "a frame could not be encoded");
  receive(sink);
}

void FilmEncoder::drain(const Sink& sink) {
  check(avcodec_send_frame(context_.get(), nullptr), "the last frames could not be encoded");
  receive(sink);
}

void FilmEncoder::receive(const Sink& sink) {
  const Packet packet = make_packet();
  while (true) {
    const int result = avcodec_receive_packet(context_.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    check(result, "a frame could not be encoded");
    if (const auto found = durations_.find(packet->pts); found != durations_.end()) {
      packet->duration = found->second;
      durations_.erase(found);
    }
    sink(*packet);
    av_packet_unref(packet.get());
  }
}

}  // namespace imago::ffmpeg
