// A picture at affinely transformed places, NCHW. With theta = (a, b, c, d, e, f) of each image and
// places counted from the picture's middle, in pixels,
//   y[h,w] = x at (row d w' + e h' + f, column a w' + b h' + c)
// between the four pixels around that place, the picture mirrored at its border pixels without end.
// Workgroups along y and z are channels and images (planes.glsl); one invocation computes a few
// pixels of one plane of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer Theta { float theta[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint pixels;
  int height, width;
};

// The two pixels of an axis that a place lies between, and the share of the second.
struct Between {
  int low, high;
  float share;
};

Between between(float place, int size) {
  float last = float(size - 1);
  float v = abs(place);
  v -= 2.0 * last * floor(v / (2.0 * last));
  v = clamp(v > last ? 2.0 * last - v : v, 0.0, last);
  int low = min(int(v), size - 1);
  return Between(low, min(low + 1, size - 1), v - float(low));
}

void main() {
  uint plane = plane_index() * pixels;
  uint t = gl_WorkGroupID.z * 6;
  vec3 column = vec3(theta[t], theta[t + 1], theta[t + 2]);
  vec3 row = vec3(theta[t + 3], theta[t + 4], theta[t + 5]);
  vec2 middle = 0.5 * vec2(width - 1, height - 1);
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    int h = int(p) / width;
    vec3 at = vec3(vec2(int(p) - h * width, h) - middle, 1.0);
    Between u = between(dot(column, at) + middle.x, width);
    Between v = between(dot(row, at) + middle.y, height);
    uint above = plane + uint(v.low * width), below = plane + uint(v.high * width);
    float upper = mix(x[above + u.low], x[above + u.high], u.share);
    float lower = mix(x[below + u.low], x[below + u.high], u.share);
    y[plane + p] = mix(upper, lower, v.share);
  }
}
