// JPEG through libjpeg-turbo itself. Internal to models/image.
#pragma once

#include "models/image/codecs/formats.h"
#include "models/image/output.h"

namespace imago {

/// A stream that read_jpg_segments prepared, as 8-bit grey or RGB; CMYK is taken for inverted, as
/// Adobe stores it; each side divided by `divisor` (1, 2, 4 or 8) and rounded up. Prints nothing.
/// Throws ImageError for whatever libjpeg objects to, be it a warning only, and std::bad_alloc.
Raster decode_jpg_pixels(formats::Bytes stream, int divisor);

}  // namespace imago
