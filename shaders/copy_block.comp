// Copies a block of n, c, h, w elements from one place in x to another place in y, all NCHW.
// Workgroups along y and z are channels and images (planes.glsl); one invocation copies a few
// elements of one plane of the block.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool WHOLE_PLANES = false;  // the block's rows touch in x and in y

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels, width;  // of the block's planes
  uint x_begin, x_image, x_channel, x_row;  // first element; elements from one to the next
  uint y_begin, y_image, y_channel, y_row;
};

void main() {
  uint from = x_begin + gl_WorkGroupID.z * x_image + gl_WorkGroupID.y * x_channel;
  uint to = y_begin + gl_WorkGroupID.z * y_image + gl_WorkGroupID.y * y_channel;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    if (WHOLE_PLANES) {
      y[to + p] = x[from + p];
    } else {
      uint row = p / width;
      uint column = p - row * width;
      y[to + row * y_row + column] = x[from + row * x_row + column];
    }
  }
}
