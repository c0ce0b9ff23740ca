// What rides on the output of a convolution:
//   y = activation(value + bias) * scale + residual
// Included after the kernel declared the buffers bias_, slope_ and residual_ and the push
// constants activation_a, activation_b and output_scale.
#ifndef IMAGO_EPILOGUE
#define IMAGO_EPILOGUE

#include "activation.glsl"

layout(constant_id = 0) const uint ACTIVATION = 0;   // a code of activation.glsl
layout(constant_id = 1) const bool HAS_BIAS = false;
layout(constant_id = 2) const uint SLOPE = 0;        // of prelu: 0 none, 1 one for all, 2 per channel
layout(constant_id = 3) const bool HAS_RESIDUAL = false;

// `value` of output channel `channel`, to be stored at y[index].
float epilogue(float value, uint channel, uint index) {
  if (HAS_BIAS) value += bias_[channel];
  if (SLOPE != 0) value = value > 0.0 ? value : value * slope_[SLOPE == 2 ? channel : 0];
  value = activate(ACTIVATION, value, activation_a, activation_b) * output_scale;
  if (HAS_RESIDUAL) value += residual_[index];
  return value;
}

#endif
