// The gradient of upsample.comp's bilinear form with respect to x, r = FACTOR, NCHW: each pixel of y
// gave the share it took from a pixel of x,
//   dx[i,j] = sum of dy[h,w] * share(h, i) * share(w, j)
// where the shares that fall outside x go to the border pixels.
// Workgroups along y and z are channels and images (planes.glsl); one invocation computes a few
// pixels of one plane of dx.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int FACTOR = 2;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) writeonly buffer Dx { store_t dx[]; };
layout(push_constant) uniform Push {
  uint pixels;
  int height, width;
};

// What position h of an axis of y takes from pixel i of `size` pixels of x.
float share(int h, int i, int size) {
  float at = (float(h) + 0.5) / float(FACTOR) - 0.5;
  float taken = max(0.0, 1.0 - abs(at - float(i)));
  if (i == 0 && at < 0.0) taken = 1.0;
  if (i == size - 1 && at > float(i)) taken = 1.0;
  return taken;
}

void main() {
  uint from = plane_index() * pixels * uint(FACTOR * FACTOR);
  uint to = plane_index() * pixels;
  int y_width = width * FACTOR;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    int i = int(p) / width;
    int j = int(p) - i * width;
    int top = max(i - 1, 0) * FACTOR, bottom = min(i + 2, height) * FACTOR;
    int left = max(j - 1, 0) * FACTOR, right = min(j + 2, width) * FACTOR;
    acc_t total = 0.0;
    for (int h = top; h < bottom; ++h) {
      acc_t row = 0.0;
      for (int w = left; w < right; ++w)
        row += acc_t(dy[from + uint(h * y_width + w)]) * share(w, j, width);
      total += row * share(h, i, height);
    }
    dx[to + p] = store_t(total);
  }
}
