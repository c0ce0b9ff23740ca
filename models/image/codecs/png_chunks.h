// What the chunks of a PNG say, found without decoding. Internal to models/image.
#pragma once

#include "models/image/codecs/formats.h"

namespace imago::formats {

/// One image of an animation (fcTL and what follows it).
struct PngFrame {
  uint32_t x = 0, y = 0, width = 0, height = 0;
  uint8_t dispose = 0, blend = 0;
  std::vector<Bytes> data;  // the compressed pixels, in pieces
};

struct PngFacts {
  int width = 0, height = 0, bits = 0, colour_type = 0;
  Bytes header, palette, transparency;  // the contents of IHDR, PLTE, tRNS
  std::vector<PngFrame> frames;         // empty: no animation
  bool first_is_frame = false;          // IDAT is the animation's first frame
  ColourChunks colour;
  std::optional<Resolution> resolution;

  int pages() const;
};

/// Walks all chunks. Throws ImageError where one that is needed is missing or damaged; others that
/// are damaged are left out.
PngFacts read_png_chunks(Bytes file);

/// A file with one frame of an animation as its picture.
std::vector<std::byte> png_of_frame(const PngFacts& facts, const PngFrame& frame);

}  // namespace imago::formats
