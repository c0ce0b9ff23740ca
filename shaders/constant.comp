// y = value everywhere. One invocation writes one element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push { uint count; float value; };

void main() {
  uint i = flat_index();
  if (i < count) y[i] = value;
}
