// The shape of every tensor in Imago.
#pragma once

#include <cstdint>
#include <string>

#include "compute/graph/number_type.h"

namespace imago {

/// Sizes of a dense tensor in NCHW order (W fastest). Every tensor has exactly these four
/// dimensions: a convolution weight is {C_out, C_in, K_h, K_w}, a per-channel vector {1, C, 1, 1}.
struct Shape {
  int64_t n = 1, c = 1, h = 1, w = 1;

  int64_t elements() const { return n * c * h * w; }
  int64_t bytes(NumberType type = NumberType::fp32) const { return elements() * bytes_of(type); }
  /// Axis 0..3 = N, C, H, W.
  int64_t operator[](int axis) const { return axis == 0 ? n : axis == 1 ? c : axis == 2 ? h : w; }
  int64_t& operator[](int axis) { return axis == 0 ? n : axis == 1 ? c : axis == 2 ? h : w; }
  bool operator==(const Shape&) const = default;
};

/// "1x64x32x32", for messages.
std::string to_string(const Shape& shape);

}  // namespace imago
