// Reads frames of whatever FFmpeg opens. Internal to models/video.
#pragma once

#include <functional>

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

struct Opening {
  std::function<Input()> input;  // called again where reading begins anew
  int64_t max_pixels;            // of a frame
  bool at_once = false;          // no frame waits in the decoder for those after it
};
/// Throws FilmError.
std::unique_ptr<FilmReader> open_reader(const Opening& opening);

}  // namespace imago::ffmpeg
