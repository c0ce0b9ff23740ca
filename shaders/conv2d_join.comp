// The slices of a convolution's sum (conv2d_tiled.comp) put together:
//
//   y[i] = epilogue( sum over slices of partial[slice][i] )
//
// in the order of the slices. One invocation: one element. Grid: flat_index() over the elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "epilogue.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Partial { float partial[]; };
layout(std430, binding = 1) readonly buffer Bias { float bias[]; };
layout(std430, binding = 2) readonly buffer Slope { float slope[]; };
layout(std430, binding = 3) readonly buffer Residual { store_t residual[]; };
layout(std430, binding = 4) writeonly buffer Y { mixed_t y[]; };
layout(push_constant) uniform Push {
  int slices, elements, channels, plane;
  EpilogueScalars scalars;
};

void main() {
  const int at = int(flat_index());
  if (at >= elements) return;
  acc_t sum = 0.0;
  for (int slice = 0; slice < slices; ++slice) sum += partial[slice * elements + at];
  const int channel = at / plane % channels;
  const float b = kHasBias != 0 ? bias[channel] : 0.0;
  const float s = kActivation == kPrelu ? slope[channel * kSlopeStride] : 0.0;
  const float add = kHasResidual != 0 ? acc_t(residual[at]) : 0.0;
  y[at] = mixed_t(epilogue(sum, b, s, add, scalars));
}
