// Normalisation and its gradient as the fusion pass sees them.
#pragma once

#include "compute/ops/ops.h"
#include "compute/ops/unary.h"
#include "compute/vk/device.h"

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

/// normalize_dx, of dy * scale where there is a scale. Inputs: dy, x, scale {1,C,1,1} where its
/// flag says so.
struct NormalizeDxSettings {
  Axes axes;
  float epsilon = 0;
  uint32_t has_scale = 0;
};
extern const struct Op kNormalizeDx;

/// Sums {1,C,1,1} of dy * x_hat, which is the gradient of the scale, or of dy, that of the shift,
/// from what normalize_dx of the same dy and x computes on its way. Inputs: dy, x.
struct NormalizeSumsSettings {
  Axes axes;
  float epsilon = 0;
  uint32_t of_shift = 0;
};
extern const struct Op kNormalizeSums;

/// Whether the kernels of the device add up over workgroups: not on CPU drivers, and not without
/// arithmetic over subgroups.
bool reduces_in_workgroups(const DeviceProperties& device);

}  // namespace imago
