// The frames of an animation laid over one another, as APNG and GIF define it. Internal to
// models/image.
#pragma once

#include "models/image/image.h"

namespace imago::formats {

/// What becomes of a frame's area once the next frame comes.
enum class Dispose { keep, clear, restore };

class Canvas {
 public:
  /// Transparent.
  Canvas(int width, int height, int channels, int bits);

  /// Shows a frame with its upper left corner at (x, y), inside the canvas. `over`: what is
  /// transparent in it lets the canvas through, else it replaces that. The frame has the canvas's
  /// channels and bits, alpha or not.
  void show(const Raster& frame, int x, int y, Dispose dispose, bool over);

  /// What is seen now; without alpha if it is opaque.
  Raster picture() const;

 private:
  void dispose_last();

  Raster canvas_, before_;
  int x_ = 0, y_ = 0, width_ = 0, height_ = 0;  // of the last frame
  Dispose dispose_ = Dispose::keep;
};

}  // namespace imago::formats
