// What follows a convolution, applied before the result ever reaches memory:
//
//   out = activation(acc + bias) * scale + residual
//
// The including kernel loads bias, slope and residual in the way that suits it and passes 0 for what
// is absent; kHasBias and kHasResidual tell it which loads to leave out. The same ids in every
// kernel.
#ifndef EPILOGUE_GLSL
#define EPILOGUE_GLSL

#include "activation.glsl"

layout(constant_id = 20) const int kActivation = 0;   // a code of activation.glsl, or kPrelu
layout(constant_id = 21) const int kHasBias = 0;      // 0 or 1
layout(constant_id = 22) const int kHasResidual = 0;  // 0 or 1
layout(constant_id = 23) const int kSlopeStride = 1;  // prelu: 1 one slope per channel, 0 one for all

const int kPrelu = 100;  // slope is a tensor

// The fixed scalars; 12 bytes of the including kernel's push constants.
struct EpilogueScalars {
  float a;      // leaky_relu: slope; clamp: lower bound
  float b;      // clamp: upper bound
  float scale;  // 1 where there is none
};

float epilogue(float acc, float bias, float slope, float residual, EpilogueScalars s) {
  float v = acc + bias;
  if (kActivation == kPrelu)
    v = v < 0.0 ? v * slope : v;
  else
    v = activate(kActivation, v, s.a, s.b);
  return v * s.scale + residual;
}

#endif
