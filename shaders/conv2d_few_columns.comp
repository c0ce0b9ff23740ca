// First step of a convolution with few outputs: the inputs of each of them one behind the other.
//
//   u[t][p][k] = x[n][c][i*stride - padding + ky][j*stride - padding + kx]
//   of the output p = (n,i,j) and the weight 4t + k = (c,ky,kx), zero outside x
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer; u {C*Kh*Kw / 4, outputs, 4} fp32.
// One invocation: one vec4. Grid: (ceil(C*Kh*Kw / 4 / kLanes), outputs, 1).
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const int kKernelH = 3;
layout(constant_id = 2) const int kKernelW = 3;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer U { vec4 u[]; };

layout(push_constant) uniform Push {
  int channels, height, width;  // of x
  int out_height, out_width;
  int stride, padding;
};

const int kTaps = kKernelH * kKernelW;

void main() {
  const int t = int(gl_GlobalInvocationID.x);
  if (4 * t >= channels * kTaps) return;
  const int p = int(gl_WorkGroupID.y);
  const int top = p / out_width % out_height * stride - padding;
  const int left = p % out_width * stride - padding;
  const int n = p / (out_width * out_height);
  vec4 value;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int weight = 4 * t + k;
    const int row = top + weight % kTaps / kKernelW;
    const int column = left + weight % kKernelW;
    const int line = (n * channels + weight / kTaps) * height + clamp(row, 0, height - 1);
    const float v = texelFetch(x, line * width + clamp(column, 0, width - 1)).r;
    const bool counts = row >= 0 && row < height && column >= 0 && column < width;
    value[k] = counts ? v : 0.0;
  }
  u[t * int(gl_NumWorkGroups.y) + p] = value;
}
