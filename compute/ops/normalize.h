// The normalisation op as the fusion pass sees it.
#pragma once

#include "compute/ops/ops.h"
#include "compute/ops/unary.h"

namespace imago {

/// Normalisation with what can ride on its output:
///   y = activation((x - mean) / sqrt(variance + epsilon) * scale + shift)
/// Inputs in this order, each only where its flag says: x, scale {1,C,1,1}, shift {1,C,1,1}.
/// `axes` are {h,w} or {n,h,w}; the variance is the biased one.
struct NormalizeSettings {
  Axes axes;
  float epsilon = 0;
  uint32_t has_scale = 0, has_shift = 0;
  UnarySettings activation;
};
extern const struct Op kNormalize;

}  // namespace imago
