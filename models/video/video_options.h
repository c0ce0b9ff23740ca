// Every option of writing films, declared once (models/options/option.h).
#pragma once

#include <string>
#include <vector>

#include "models/options/option.h"

namespace imago {

struct VideoOptions {
  std::string codec;  // "h264", or an encoder of FFmpeg's: "libx264"; empty: what the format likes
  int quality = 80;   // 1…100; 100: without loss where the codec can
};

/// In the order of help.
const std::vector<Option<VideoOptions>>& video_options();

}  // namespace imago
