// y[0] = the loss scale of optimizer SLOT, with INVERSE one divided by it. One invocation.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "random.glsl"

layout(local_size_x = 1) in;
layout(constant_id = 0) const uint SLOT = 0;
layout(constant_id = 1) const bool INVERSE = false;

layout(std430, binding = 0) writeonly buffer Y { float y[]; };
layout(std430, binding = 1) readonly buffer Step { StepParams step; };

void main() {
  float scale = step.optimizers[SLOT].loss_scale;
  y[0] = INVERSE ? 1.0 / scale : scale;
}
