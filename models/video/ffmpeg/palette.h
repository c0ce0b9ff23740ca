// Frames of 256 colours, for gif. Internal to models/video.
#pragma once

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// A frame of the format pal8 with colours of its own: by median cut (Heckbert 1982, "Color image
/// quantization for frame buffer display"), errors spread as by Floyd and Steinberg (1976). Pixels
/// of an alpha below one half become the transparent colour.
Frame paletted(const Raster& raster);

}  // namespace imago::ffmpeg
