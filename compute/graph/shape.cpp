#include "compute/graph/shape.h"

namespace imago {

std::string to_string(const Shape& shape) {
  return std::to_string(shape.n) + "x" + std::to_string(shape.c) + "x" + std::to_string(shape.h) +
         "x" + std::to_string(shape.w);
}

}  // namespace imago
