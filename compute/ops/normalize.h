#pragma once
#include "compute/ops.h"
#include "compute/ops/unary.h"
namespace imago {
struct NormalizeSettings {
  Axes axes;
  float epsilon = 1e-5f;
  uint32_t has_scale = 0, has_shift = 0;
  UnarySettings activation;
};
extern const struct Op kNormalize;
}  // namespace imago
