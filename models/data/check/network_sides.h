// What a network asks of the pictures it is given.
#pragma once

namespace imago {

/// Sides that are multiples of `multiple` and at least `minimum`; these suit every picture.
struct NetworkSides {
  int multiple = 1, minimum = 1;
};

}  // namespace imago
