// The chunks of a WebP file. Internal to models/image.
#pragma once

#include "models/image/codecs/formats.h"

namespace imago::formats {

struct WebpFacts {
  Bytes file;  // without what follows its declared end
  bool animated = false;
  int frames = 1;
};

/// Throws ImageError for a file that is not whole.
WebpFacts check_webp(Bytes file);

/// A WebP with this metadata (each may be empty) in place of what it had.
std::vector<std::byte> add_webp_metadata(Bytes file, Bytes exif, Bytes icc, Bytes xmp);

}  // namespace imago::formats
