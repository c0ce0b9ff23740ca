// How fast can this device multiply and add? Each invocation runs rounds * kUnrolled steps of kChains
// independent multiply-adds, all in registers. For the bench only.
#version 450
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push { uint count; uint rounds; };

const int kChains = 12;
const int kUnrolled = 16;

void main() {
  uint i = (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * 64 + gl_LocalInvocationIndex;
  if (i >= count) return;
  float a = x[i];
  float v[kChains];
  [[unroll]] for (int c = 0; c < kChains; ++c) v[c] = a + float(c);
  for (uint r = 0; r < rounds; ++r)
    [[unroll]] for (int u = 0; u < kUnrolled; ++u)
      [[unroll]] for (int c = 0; c < kChains; ++c) v[c] = v[c] * a + 0.5;
  float sum = 0.0;
  [[unroll]] for (int c = 0; c < kChains; ++c) sum += v[c];
  y[i] = sum;
}
