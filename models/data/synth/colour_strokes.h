// Drawings with some of the colours that the photograph is to have: what a network learns from that
// follows a person's coloured strokes.
#pragma once

#include <vector>

#include "models/data/picture.h"
#include "models/data/random_stream.h"

namespace imago {

/// One touch of colour. `coverage` holds 0 or 1 for each pixel, row by row, and has at least one 1.
struct ColourStroke {
  enum class Kind { line, blot, fill };
  Kind kind = Kind::line;
  uint8_t colour[3] = {};  // the mean of the photograph's pixels that it covers, rounded
  std::vector<uint8_t> coverage;
};

/// A stroke of a brush that ends where the photograph's colour becomes another one, an ellipse, or
/// the area of one colour around a point. `photo` is RGB.
ColourStroke draw_colour_stroke(const Picture& photo, RandomStream& random);

/// How many strokes a training drawing has: none in a third of them, else 1 to `most` ≥ 0, few more
/// often than many.
int draw_stroke_count(int most, RandomStream& random);

/// `count` strokes, one over the other, under the lines. `drawing` is one channel, dark lines on
/// white, of the photograph's size; the result is RGB, of lines on paper: black on white, or with
/// `white_on_black` the other way round. With no strokes it is grey everywhere: the drawing or its
/// negative.
Picture coloured(const Picture& drawing, const Picture& photo, int count, bool white_on_black,
                 RandomStream& random);

}  // namespace imago
