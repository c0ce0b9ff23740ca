// TIFF pixels, through libtiff. Internal to models/image.
#pragma once

#include "models/image/codecs/formats.h"

namespace imago::formats {

/// One page, as its directory describes it: a kind that decode_tif accepts.
struct TifFacts {
  uint64_t directory = 0;  // where in the file it stands
  int width = 0, height = 0, bits = 0, samples = 0;
  int photometric = 0;
  bool planar = false, alpha = false, premultiplied = false;
};

/// As stored, not turned.
Raster decode_tif_pixels(Bytes file, const TifFacts& facts);

}  // namespace imago::formats
