// What follows a convolution, applied before the result ever reaches memory:
//
//   out = activation(acc + bias) * scale + residual
//
// The including kernel loads bias, slope and residual in the way that suits it and passes 0 for what
// is absent; kHasBias and kHasResidual tell it which loads to leave out. The same ids in every
// kernel:
//   20 kActivation   0 none, 1 leaky_relu (a: slope, 0 is relu), 2 prelu (slope is a tensor),
//                    3 tanh, 4 clamp to [a, b]
//   21 kHasBias      0 or 1
//   22 kHasResidual  0 or 1
//   23 kSlopeStride  prelu only: 1 = one slope per channel, 0 = a single slope
#ifndef EPILOGUE_GLSL
#define EPILOGUE_GLSL

layout(constant_id = 20) const int kActivation = 0;
layout(constant_id = 21) const int kHasBias = 0;
layout(constant_id = 22) const int kHasResidual = 0;
layout(constant_id = 23) const int kSlopeStride = 1;

const int kLeakyRelu = 1;
const int kPrelu = 2;
const int kTanh = 3;
const int kClamp = 4;

// The fixed scalars; 12 bytes of the including kernel's push constants.
struct EpilogueScalars {
  float a;      // leaky_relu: slope; clamp: lower bound
  float b;      // clamp: upper bound
  float scale;  // 1 where there is none
};

float epilogue(float acc, float bias, float slope, float residual, EpilogueScalars s) {
  float v = acc + bias;
  if (kActivation == kLeakyRelu) v = v < 0.0 ? v * s.a : v;
  if (kActivation == kPrelu) v = v < 0.0 ? v * slope : v;
  if (kActivation == kTanh) v = tanh(v);
  if (kActivation == kClamp) v = clamp(v, s.a, s.b);
  return v * s.scale + residual;
}

#endif
