// The convolution ops as the fusion pass sees them.
#pragma once

#include "compute/ops/ops.h"
#include "compute/ops/unary.h"

namespace imago {

struct DeviceProperties;

extern const struct Op kConv2d;
extern const struct Op kConv2dDx;

/// The size of conv2d_dw's result cannot be told from its inputs.
struct Conv2dDwSettings {
  Conv2dSettings conv;  // output_padding counts for nothing
  int kernel_h = 1, kernel_w = 1;
};
extern const struct Op kConv2dDw;

/// conv2d or conv2d_dx with everything that can ride on its output:
///   y = activation(conv(x, w) + bias) * scale + residual
/// and, for conv2d, on its input: a border of conv.padding pixels that is not zero, or x upsampled.
/// Inputs in this order, each only where its flag says: x, w, bias {1,C,1,1}, slope of prelu
/// {1,C,1,1} or {1,1,1,1}, residual (shape of y).
struct ConvFusedSettings {
  Conv2dSettings conv;
  uint32_t transposed = 0;  // conv2d_dx
  uint32_t has_bias = 0, has_slope = 0, has_residual = 0;
  UnarySettings activation;  // identity, leaky_relu, tanh or clamp; identity with has_slope: prelu
  float scale = 1;
  PadMode border = PadMode::zero;
  int upsample = 1;  // by nearest neighbours; 2 with a padding of 1 alone
};

/// Whether a device has a kernel for a convolution of these shapes whose input needs work first (a
/// border, upsampling): else that is left to ops of its own.
bool reads_such_input(const DeviceProperties& device, const Shape& x, const Shape& w,
                      const ConvFusedSettings& settings);
extern const struct Op kConvFused;

}  // namespace imago
