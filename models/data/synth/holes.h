// Photographs with parts painted over, for networks that learn to fill them in.
#pragma once

#include "models/data/picture.h"
#include "models/data/random_stream.h"

namespace imago {

/// A white square in the middle, 30 % of the sides: the `blank` of pix2pix-tensorflow.
Picture with_blank(const Picture& photo);

/// Rectangles, ellipses and strokes, one to five of them, in grey or in white; now and then
/// with_blank. Something is always painted, and nothing more once a third of the picture is; the
/// other pixels stay as they are.
Picture with_holes(const Picture& photo, RandomStream& random);

}  // namespace imago
