// Between FFmpeg's frames and rasters. Internal to models/video.
#pragma once

#include <array>

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// What the file does not say of its colours is as players take it: BT.709 from 720 rows on, else
/// BT.601.
int matrix_of(const FilmColour& colour, int height);

/// How a picture lies in its file: which way it is turned to stand upright.
struct Turn {
  bool transposed = false;                      // rows become columns
  bool mirrored_x = false, mirrored_y = false;  // then, of the upright picture
};
/// From a display matrix (libavutil/display.h); what is no multiple of 90° is left.
Turn turn_of(const int32_t* matrix);
/// Stands upright.
Raster turned(Raster raster, const Turn& turn);

/// Frames to rasters of this size, 8 or 16 bits, with alpha or without.
class FrameReader {
 public:
  FrameReader(int width, int height, bool alpha, int bits, FilmColour colour)
      : width_(width), height_(height), alpha_(alpha), bits_(bits), colour_(colour) {}
  Raster read(const AVFrame& frame);

 private:
  int width_, height_;
  bool alpha_;
  int bits_;
  FilmColour colour_;
  Scaler scaler_;
};

/// Rasters to frames of an encoder's pixel format.
class FrameMaker {
 public:
  FrameMaker(int width, int height, AVPixelFormat format, FilmColour colour)
      : width_(width), height_(height), format_(format), colour_(colour) {}
  Frame make(const Raster& raster);

 private:
  int width_, height_;
  AVPixelFormat format_;
  FilmColour colour_;
  Scaler scaler_;
};

/// Whether it has red, green and blue, be it by way of a palette.
bool is_rgb(AVPixelFormat format);
bool has_alpha(AVPixelFormat format);
int depth_of(AVPixelFormat format);

}  // namespace imago::ffmpeg
