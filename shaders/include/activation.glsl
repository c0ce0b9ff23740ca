// Functions of one number; the codes are those of compute/ops/unary.h.
#ifndef IMAGO_ACTIVATION
#define IMAGO_ACTIVATION

const uint IDENTITY = 0;
const uint AFFINE = 1;      // a * v + b
const uint LEAKY_RELU = 2;  // v > 0 ? v : a * v
const uint TANH = 3;
const uint SIGMOID = 4;
const uint SQUARE = 5;
const uint RSQRT = 6;
const uint CLAMP = 7;  // to a…b

// exp overflows beyond 88; tanh is 1 to the last bit long before 10.
float stable_tanh(float v) {
  float e = exp(2.0 * clamp(v, -10.0, 10.0));
  float t = (e - 1.0) / (e + 1.0);
  // Cancellation for small v: three terms of the series are exact to fp32 below 0.1.
  float s = v * v;
  return abs(v) < 0.1 ? v * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * 17.0 / 315.0))) : t;
}

float activate(uint operation, float v, float a, float b) {
  switch (operation) {
    case AFFINE: return a * v + b;
    case LEAKY_RELU: return v > 0.0 ? v : a * v;
    case TANH: return stable_tanh(v);
    case SIGMOID: return 1.0 / (1.0 + exp(-clamp(v, -80.0, 80.0)));
    case SQUARE: return v * v;
    case RSQRT: return 1.0 / sqrt(v);
    case CLAMP: return clamp(v, a, b);
    default: return v;
  }
}

#endif
