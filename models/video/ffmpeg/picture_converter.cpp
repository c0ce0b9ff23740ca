#include "models/video/ffmpeg/picture_converter.h"

#include <cstring>
#include <new>

namespace imago::ffmpeg {
namespace {

constexpr int kAccurate =
    SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;

AVPixelFormat format_of(const Raster& raster) {
  if (raster.bits == 16) return raster.alpha ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGB48;
  return raster.alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
}

/// The formats of MJPEG's time say the range by their name; the scaler wants it said apart.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

struct Side {
  int width, height;
  AVPixelFormat format;
  int matrix;
  bool full_range;
};

void prepare(Scaler& scaler, const Side& from, const Side& to) {
  SwsContext* const before = scaler.release();
  scaler.reset(sws_getCachedContext(before, from.width, from.height, from.format, to.width,
                                    to.height, to.format, kAccurate, nullptr, nullptr, nullptr));
  if (!scaler) {
    const char* name = av_get_pix_fmt_name(from.format);
    throw FilmError(std::string("frames of the pixel format ") + (name ? name : "?") +
                    " cannot be converted");
  }
  constexpr int kOne = 1 << 16;
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(from.matrix), from.full_range,
                           sws_getCoefficients(to.matrix), to.full_range, 0, kOne, kOne);
}

}  // namespace

int matrix_of(const FilmColour& colour, int height) {
  if (colour.matrix != AVCOL_SPC_UNSPECIFIED && colour.matrix != AVCOL_SPC_RGB)
    return colour.matrix;
  return height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

Turn turn_of(const int32_t* m) {
  // A point x, y of the picture is shown at x m[0] + y m[3], x m[1] + y m[4].
  const auto size = [](int32_t value) { return std::abs(static_cast<double>(value)); };
  Turn turn;
  turn.transposed = size(m[1]) > size(m[0]);
  turn.mirrored_x = (turn.transposed ? m[3] : m[0]) < 0;
  turn.mirrored_y = (turn.transposed ? m[1] : m[4]) < 0;
  return turn;
}

Raster turned(Raster raster, const Turn& turn) {
  if (!turn.transposed && !turn.mirrored_x && !turn.mirrored_y) return raster;
  Raster upright = raster;
  if (turn.transposed) std::swap(upright.width, upright.height);
  const size_t pixel = raster.pixel_bytes();
  for (int y = 0; y < upright.height; ++y) {
    std::byte* to = upright.row(y);
    for (int x = 0; x < upright.width; ++x, to += pixel) {
      int across = turn.mirrored_x ? upright.width - 1 - x : x;
      int down = turn.mirrored_y ? upright.height - 1 - y : y;
      if (turn.transposed) std::swap(across, down);
      std::memcpy(to, raster.row(down) + static_cast<size_t>(across) * pixel, pixel);
    }
  }
  return upright;
}

Raster FrameReader::read(const AVFrame& frame) {
  Raster raster;
  raster.width = width_;
  raster.height = height_;
  raster.alpha = alpha_;
  raster.bits = bits_;
  raster.samples.resize(raster.row_bytes() * static_cast<size_t>(height_));
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const int matrix = matrix_of(colour_, frame.height);
  const bool full = colour_.full_range || without_range(format) != format ||
                    frame.color_range == AVCOL_RANGE_JPEG;
  prepare(scaler_, {frame.width, frame.height, without_range(format), matrix, full},
          {width_, height_, format_of(raster), SWS_CS_DEFAULT, true});
  uint8_t* rows[4] = {reinterpret_cast<uint8_t*>(raster.samples.data())};
  const int strides[4] = {static_cast<int>(raster.row_bytes())};
  check(sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows, strides),
        "cannot convert a frame");
  return raster;
}

Frame FrameMaker::make(const Raster& raster) {
  Frame frame = make_frame();
  frame->format = format_;
  frame->width = width_;
  frame->height = height_;
  check(av_frame_get_buffer(frame.get(), 0), "cannot make a frame");
  prepare(scaler_, {raster.width, raster.height, format_of(raster), SWS_CS_DEFAULT, true},
          {width_, height_, format_, matrix_of(colour_, height_), colour_.full_range});
  const uint8_t* rows[4] = {reinterpret_cast<const uint8_t*>(raster.samples.data())};
  const int strides[4] = {static_cast<int>(raster.row_bytes())};
  check(sws_scale(scaler_.get(), rows, strides, 0, raster.height, frame->data, frame->linesize),
        "cannot convert a frame");
  return frame;
}

bool is_rgb(AVPixelFormat format) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return descriptor && (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

bool has_alpha(AVPixelFormat format) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return descriptor && (descriptor->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0;
}

int depth_of(AVPixelFormat format) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return descriptor ? descriptor->comp[0].depth : 8;
}

}  // namespace imago::ffmpeg
