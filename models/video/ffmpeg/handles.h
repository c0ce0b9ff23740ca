// FFmpeg's objects as C++ owns them, and its errors. Internal to models/video.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "models/video/film.h"

namespace imago::ffmpeg {

struct Closer {
  void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
using Input = std::unique_ptr<AVFormatContext, Closer>;
using Codec = std::unique_ptr<AVCodecContext, Closer>;
using Parameters = std::unique_ptr<AVCodecParameters, Closer>;
using Frame = std::unique_ptr<AVFrame, Closer>;
using Packet = std::unique_ptr<AVPacket, Closer>;
using Scaler = std::unique_ptr<SwsContext, Closer>;

Frame make_frame();
Packet make_packet();

/// FFmpeg's words for one of its errors.
std::string text_of(int error);
/// Throws FilmError "WHAT: FFmpeg's words" for a negative result; std::bad_alloc for no memory.
int check(int result, const std::string& what);

/// Opens a film's file and looks at its streams. Only the formats of films, and only this file:
/// playlists and formats that name further files are refused. Throws FilmError.
Input open_input(const std::filesystem::path& path);
/// The stream with the frames (no cover picture); -1: none.
int frame_stream(const AVFormatContext& input);
/// What is taken off all times of a file, in microseconds: formats of broadcasting begin anywhere,
/// the others mean what they say.
int64_t time_offset(const AVFormatContext& input);

inline AVRational rational(FilmFraction fraction) {
  return {fraction.numerator, fraction.denominator};
}
inline FilmFraction fraction(AVRational rational) { return {rational.num, rational.den}; }

/// gif, apng and webp of one frame are no films; see is_moving.
std::unique_ptr<FilmReader> open_animated_webp(const std::filesystem::path& path,
                                               int64_t max_pixels);
bool is_webp(const std::filesystem::path& path);

}  // namespace imago::ffmpeg
