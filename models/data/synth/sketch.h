// Photographs turned into drawings of their edges: what a network that colours drawings learns
// from.
#pragma once

#include "models/data/picture.h"
#include "models/data/random_stream.h"

namespace imago {

enum class EdgeDetector {
  canny,       // thin lines along the ridges of the gradient (Canny 1986)
  gradient,    // Scharr's gradient: broad lines where it is steep, soft ones at `softness` 1
  difference,  // soft lines on the dark side of edges (Winnemöller, Kyprianidis, Olsen 2012)
  threshold,   // darker than its surroundings by some amount
  contours,    // Canny's lines redrawn with few straight strokes (Douglas, Peucker 1973)
};

/// Lengths are in pixels of a picture whose shorter side is 256 and grow with the picture. The
/// defaults are those of validation; they draw the same of the same photo.
struct SketchOptions {
  EdgeDetector detector = EdgeDetector::canny;
  double flatten = 40;        // steps of brightness below about this, of 255, are smoothed; 0: none
  double smoothing = 1.3;     // sigma of the blur before the detector, > 0
  double detail = 0.10;       // share of the pixels whose edges are strong enough, in (0, 1)
  double inhibition = 0.6;    // of edges among many others, as texture has, from 0 to 1
  double softness = 0.3;      // from black and white (0) to pencil (1)
  double width = 2;           // of canny's and contours' lines
  double shortest = 14;       // lines shorter than this are left out
  double dropped = 0;         // probability that a line shorter than `long_line` is left out
  double long_line = 60;      // see above
  double simplification = 2;  // how far contours' strokes may stray from the edge
  double wobble = 0;          // how far lines are moved, smoothly, at most
  double ink = 1;             // darkness of the lines, in (0, 1]
  double gaps = 0;            // share of the lines that is missing, in stretches
};

/// One of the detectors, with settings by chance.
SketchOptions draw_sketch_options(RandomStream& random);

/// One of the pens (canny, contours), as people draw who are no draughtsmen: lines 1 to 7 wide,
/// shaky and open, and few beside the outlines.
SketchOptions draw_hand_options(RandomStream& random);

/// Dark lines on white: one channel, the size of `photo`, which has 1 or 3. `random` decides which
/// lines are dropped and how they wobble. Throws DataError.
Picture sketch(const Picture& photo, const SketchOptions& options, RandomStream& random);

}  // namespace imago
