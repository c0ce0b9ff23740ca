// y = f(a, b), element by element, with dimensions of 1 broadcast.
// All NCHW. One invocation computes one element of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint kOperation = 0;  // compute/ops/binary.h
layout(constant_id = 1) const bool kSameShape = true;

layout(std430, binding = 0) readonly buffer A { store_t a[]; };
layout(std430, binding = 1) readonly buffer B { store_t b[]; };
layout(std430, binding = 2) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint count, c, h, w;
  uvec4 stride_a, stride_b;  // elements per step in n, c, h, w; 0 where broadcast
};

const uint kAdd = 0;
const uint kSub = 1;
const uint kMul = 2;
const uint kDiv = 3;
const uint kPrelu = 4;  // a > 0 ? a : a * b

float combine(float p, float q) {
  switch (kOperation) {
    case kSub: return p - q;
    case kMul: return p * q;
    case kDiv: return p / q;
    case kPrelu: return p > 0.0 ? p : p * q;
    default: return p + q;
  }
}

void main() {
  uint i = flat_index();
  if (i >= count) return;
  uint ia = i;
  uint ib = i;
  if (!kSameShape) {
    uint row = i / w;
    uint plane = row / h;
    uvec4 at = uvec4(plane / c, plane % c, row % h, i % w);
    uvec4 pa = at * stride_a;
    uvec4 pb = at * stride_b;
    ia = pa.x + pa.y + pa.z + pa.w;
    ib = pb.x + pb.y + pb.z + pb.w;
  }
  y[i] = combine(a[ia], b[ib]);
}
