#include "models/video/ffmpeg/handles.h"

#include <new>

namespace imago::ffmpeg {
namespace {

/// FFmpeg's libraries are quiet: what is wrong is thrown.
[[maybe_unused]] const bool kQuiet = [] {
  av_log_set_level(AV_LOG_QUIET);
  return true;
}();

constexpr char kFilmFormats[] =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,gif,apng,asf,ivf,nut,"
    "mxf,h264,hevc,obu,av1,yuv4mpegpipe,dv,rm,wtv,live_flv";

template <class T>
T* required(T* made) {
  if (!made) throw std::bad_alloc();
  return made;
}

}  // namespace

Frame make_frame() { return Frame(required(av_frame_alloc())); }
Packet make_packet() { return Packet(required(av_packet_alloc())); }

std::string text_of(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof(text));
  return text;
}

int check(int result, const std::string& what) {
  if (result == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (result < 0) throw FilmError(what + ": " + text_of(result));
  return result;
}

Input open_input(const std::filesystem::path& path) {
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  av_dict_set(&options, "format_whitelist", kFilmFormats, 0);
  AVFormatContext* opened = nullptr;
  const int result =
      avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  if (result == AVERROR_INVALIDDATA || result == AVERROR(EINVAL))
    throw FilmError("not a film, or its beginning is damaged");
  check(result, "cannot open the film");
  Input input(opened);
  check(avformat_find_stream_info(opened, nullptr), "cannot read the film");
  return input;
}

int frame_stream(const AVFormatContext& input) {
  int best = -1;
  int64_t most = -1;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS))
      continue;
    const bool chosen = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
    const int64_t score =
        int64_t{parameters.width} * parameters.height + (chosen ? int64_t{1} << 40 : 0);
    if (score > most) most = score, best = static_cast<int>(i);
  }
  return best;
}

int64_t time_offset(const AVFormatContext& input) {
  if (input.start_time == AV_NOPTS_VALUE) return 0;
  const bool anywhere = (input.iformat->flags & AVFMT_TS_DISCONT) != 0;
  return anywhere || input.start_time < 0 ? input.start_time : 0;
}

}  // namespace imago::ffmpeg
