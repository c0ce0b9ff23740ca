// Transposed convolution with few inputs, last step: adds up what the inputs gave each output.
//
//   y[n][c][h][v] = epilogue( sum over k, l with (h + padding - k) % stride == 0 (and so for v)
//                             of z[p][c][k][l] ),  p = (n, (h+padding-k)/stride, (v+padding-l)/stride)
//
// z of conv2d_few_scatter, {N*H*W, Cout, Kh, Kw}, and bias {Cout}, slope {Cout} or {1} and residual,
// shaped as y: R32_SFLOAT texel buffers. One invocation: one pixel of y.
// Grid: (ceil(out_height*out_width / kLanes), Cout, N).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) uniform textureBuffer z;
layout(set = 0, binding = 1) uniform textureBuffer bias;
layout(set = 0, binding = 2) uniform textureBuffer slope;
layout(set = 0, binding = 3) uniform textureBuffer residual;
layout(set = 0, binding = 4) writeonly buffer Y { store_t y[]; };

layout(push_constant) uniform Push {
  int height, width;  // of the input
  int out_channels, out_height, out_width;
  int kernel_h, kernel_w, stride, padding;
  EpilogueScalars scalars;
};

void main() {
  const int pixel = int(gl_GlobalInvocationID.x);
  if (pixel >= out_height * out_width) return;
  const int c = int(gl_WorkGroupID.y);
  const int n = int(gl_WorkGroupID.z);
  const int top = pixel / out_width + padding;
  const int left = pixel % out_width + padding;

  float sum = 0.0;
  for (int k = top % stride; k < kernel_h; k += stride)
    for (int l = left % stride; l < kernel_w; l += stride) {
      const int i = (top - k) / stride;  // top - k is a multiple, also where it is negative
      const int j = (left - l) / stride;
      const int p = (n * height + clamp(i, 0, height - 1)) * width + clamp(j, 0, width - 1);
      const float v = texelFetch(z, ((p * out_channels + c) * kernel_h + k) * kernel_w + l).r;
      sum += i >= 0 && i < height && j >= 0 && j < width ? v : 0.0;
    }

  const int at = (n * out_channels + c) * out_height * out_width + pixel;
  const float b = kHasBias != 0 ? texelFetch(bias, c).r : 0.0;
  const float a = kActivation == kPrelu ? texelFetch(slope, c * kSlopeStride).r : 0.0;
  const float add = kHasResidual != 0 ? texelFetch(residual, at).r : 0.0;
  y[at] = store_t(epilogue(sum, b, a, add, scalars));
}
