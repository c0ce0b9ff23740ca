// What binary.comp and binary_texel.comp do to two numbers, as kOperation says (Binary in
// compute/ops/binary.h); a and b are its settings.
#ifndef BINARY_GLSL
#define BINARY_GLSL

layout(constant_id = 0) const int kOperation = 0;

const int kAdd = 0;
const int kSub = 1;
const int kMul = 2;
const int kDiv = 3;
const int kPrelu = 4;
const int kPreluFactor = 5;
const int kFirst = 6;
const int kLeakyReluDx = 7;
const int kTanhDx = 8;
const int kSigmoidDx = 9;
const int kClampDx = 10;

float combine(float p, float q, float a, float b) {
  switch (kOperation) {
    case kSub: return p - q;
    case kMul: return p * q;
    case kDiv: return p / q;
    case kPrelu: return p > 0.0 ? p : p * q;
    case kPreluFactor: return p > 0.0 ? 1.0 : q;
    case kFirst: return p;
    case kLeakyReluDx: return q > 0.0 ? p : p * a;
    case kTanhDx: return p * (1.0 - q * q);
    case kSigmoidDx: return p * q * (1.0 - q);
    case kClampDx: return q >= a && q <= b ? p : 0.0;
    default: return p + q;
  }
}

vec4 combine(vec4 p, vec4 q, float a, float b) {
  return vec4(combine(p.x, q.x, a, b), combine(p.y, q.y, a, b), combine(p.z, q.z, a, b),
              combine(p.w, q.w, a, b));
}

#endif
