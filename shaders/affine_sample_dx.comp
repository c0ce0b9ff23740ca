// The gradient of affine_sample.comp with respect to x, NCHW: each pixel of y gave back to the
// pixels of x the shares it took. The mirrored copies of a pixel of x lie at its row plus multiples
// of 2 (height - 1) and at as much minus its row, columns alike; what takes from a copy lies within
// a parallelogram of y, around which a box of y's pixels is searched, so that nothing is scattered
// and the sum has one order.
// Workgroups along y and z are channels and images (planes.glsl); one invocation computes a few
// pixels of one plane of dx.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(std430, binding = 0) readonly buffer Dy { float dy[]; };
layout(std430, binding = 1) readonly buffer Theta { float theta[]; };
layout(std430, binding = 2) writeonly buffer Dx { float dx[]; };
layout(push_constant) uniform Push {
  uint pixels;
  int height, width;
};

vec3 column, row;
vec2 middle;

// What all of y takes from the copy of a pixel at `copy`, within a box of y around its origin there.
acc_t taken(uint plane, vec2 copy, mat2 inverted, vec2 reach) {
  vec2 centre = inverted * (copy - middle - vec2(column.z, row.z)) + middle;
  ivec2 low = max(ivec2(ceil(centre - reach)), ivec2(0));
  ivec2 high = min(ivec2(floor(centre + reach)), ivec2(width, height) - 1);
  acc_t total = 0.0;
  for (int h = low.y; h <= high.y; ++h)
    for (int w = low.x; w <= high.x; ++w) {
      vec3 at = vec3(vec2(w, h) - middle, 1.0);
      vec2 place = vec2(dot(column, at), dot(row, at)) + middle;
      vec2 share = max(1.0 - abs(place - copy), 0.0);
      total += dy[plane + uint(h * width + w)] * share.x * share.y;
    }
  return total;
}

void main() {
  uint plane = plane_index() * pixels;
  uint t = gl_WorkGroupID.z * 6;
  column = vec3(theta[t], theta[t + 1], theta[t + 2]);
  row = vec3(theta[t + 3], theta[t + 4], theta[t + 5]);
  middle = 0.5 * vec2(width - 1, height - 1);
  float determinant = column.x * row.y - column.y * row.x;
  bool singular = abs(determinant) < 1e-12;
  mat2 inverted = singular ? mat2(0.0)
                           : mat2(row.y, -row.x, -column.y, column.x) / determinant;
  // Half of the box, a little larger than it need be for rounding.
  vec2 reach = singular ? vec2(width, height)
                        : abs(inverted[0]) + abs(inverted[1]) + 1e-3;
  vec2 period = vec2(2 * (width - 1), 2 * (height - 1));
  vec2 spread = vec2(dot(abs(column.xy), middle), dot(abs(row.xy), middle)) + 1.0;
  vec2 first = middle + vec2(column.z, row.z) - spread, last = first + 2.0 * spread;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    int h = int(p) / width, w = int(p) - h * width;
    bvec2 edge = bvec2(w == 0 || w == width - 1, h == 0 || h == height - 1);
    acc_t total = 0.0;
    // A pixel of the border is its own mirror image.
    for (int side_h = edge.y ? 1 : -1; side_h <= 1; side_h += 2)
      for (int side_w = edge.x ? 1 : -1; side_w <= 1; side_w += 2) {
        vec2 own = vec2(side_w * w, side_h * h);
        ivec2 from = ivec2(ceil((first - own) / period)), to = ivec2(floor((last - own) / period));
        for (int i = from.y; i <= to.y; ++i)
          for (int j = from.x; j <= to.x; ++j)
            total += taken(plane, own + vec2(j, i) * period, inverted, reach);
      }
    dx[plane + p] = total;
  }
}
