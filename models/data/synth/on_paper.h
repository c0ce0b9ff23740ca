// Photographs of single things on white as small things anywhere on a sheet of paper, and begun
// drawings of them: people do not fill the sheet, and a drawing comes line by line.
#pragma once

#include "models/data/picture.h"
#include "models/data/random_stream.h"

namespace imago {

/// Where a photo lies on the sheet, in pixels; it may reach beyond the sheet.
struct SheetPlace {
  int x = 0, y = 0, width = 0, height = 0;
};

/// 0.4 to 1 of the sides, anywhere; at most a sixth of a side lies outside.
SheetPlace draw_sheet_place(const Picture& photo, RandomStream& random);
/// The photo made smaller and put there on a white sheet of its own size.
Picture on_paper(const Picture& photo, const SheetPlace& place);

/// What of a sheet nobody has drawn on yet: all beyond a waving line through the thing at `place`.
class UndrawnPart {
 public:
  UndrawnPart(const SheetPlace& place, RandomStream& random);
  bool holds(int x, int y) const;
  /// It becomes `ground`, in all channels.
  void clear(Picture& picture, uint8_t ground) const;

 private:
  double x_, y_;                    // a point of the line
  double across_x_, across_y_;      // one pixel away from it, into this part
  double height_, length_, phase_;  // of the waves
};

}  // namespace imago
