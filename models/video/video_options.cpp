#include "models/video/video_options.h"

namespace imago {

namespace {
// GCC 12 breaks on a table of it that comes before any object of it.
[[maybe_unused]] const Option<VideoOptions> kFirst;
}  // namespace

const std::vector<Option<VideoOptions>>& video_options() {
  static const std::vector<Option<VideoOptions>> all = {
      {.name = "codec",
       .group = OptionGroup::films,
       .help =
           "How the frames of a film are encoded: h264, hevc, av1, vp9, ffv1, prores, mjpeg, or "
           "an encoder by FFmpeg's name; default: h264, vp9 in a webm",
       .field = +[](VideoOptions& o) -> std::string& { return o.codec; },
       .type = "NAME"},
      {.name = "quality",
       .group = OptionGroup::films,
       .help = "Of a film's frames, from 1 to 100: 80 looks like the original, 100 is without loss "
               "where "
               "the codec can",
       .field = +[](VideoOptions& o) -> int& { return o.quality; },
       .range = {1, 100}},
  };
  return all;
}

}  // namespace imago
