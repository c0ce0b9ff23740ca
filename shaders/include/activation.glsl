// Functions of one number; the codes are those of compute/ops/unary.h. What is not a number stays
// so: GLSL's min, max and clamp may turn it into one, and an overflow would go unseen.
#ifndef ACTIVATION_GLSL
#define ACTIVATION_GLSL

const int kIdentity = 0;
const int kAffine = 1;      // a * v + b
const int kLeakyRelu = 2;  // v > 0 ? v : a * v
const int kTanh = 3;
const int kSigmoid = 4;
const int kSquare = 5;
const int kRsqrt = 6;
const int kClamp = 7;  // to a…b
const int kExp = 8;
const int kLog = 9;
const int kSqrt = 10;
const int kAbs = 11;
const int kSign = 12;
const int kSoftplus = 13;  // log(1 + exp(v))
const int kFloor = 14;

float clamp_number(float v, float low, float high) { return isnan(v) ? v : clamp(v, low, high); }

// exp and log of what is not a number are numbers on some drivers.
float of_number(float v, float result) { return isnan(v) ? v : result; }

// exp overflows beyond 88; tanh is 1 to the last bit long before 10.
float stable_tanh(float v) {
  float e = exp(2.0 * clamp(v, -10.0, 10.0));
  float t = (e - 1.0) / (e + 1.0);
  // Cancellation for small v: three terms of the series are exact to fp32 below 0.1.
  float s = v * v;
  float small = v * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * 17.0 / 315.0)));
  return of_number(v, abs(v) < 0.1 ? small : t);
}

// log(1 + e) for 0 <= e <= 1; with 1 + e rounded to `one`, the logarithm is off by what the rounding
// took, which the quotient gives back (Kahan).
float log_1p(float e) {
  float one = 1.0 + e;
  return one == 1.0 ? e : log(one) * (e / (one - 1.0));
}

float activate(int operation, float v, float a, float b) {
  switch (operation) {
    case kAffine: return a * v + b;
    case kLeakyRelu: return v > 0.0 ? v : a * v;
    case kTanh: return stable_tanh(v);
    case kSigmoid: return of_number(v, 1.0 / (1.0 + exp(-clamp(v, -80.0, 80.0))));
    case kSquare: return v * v;
    case kRsqrt: return 1.0 / sqrt(v);
    case kClamp: return clamp_number(v, a, b);
    case kExp: return of_number(v, exp(v));
    case kLog: return of_number(v, log(v));
    case kSqrt: return sqrt(v);
    case kAbs: return abs(v);
    case kSign: return sign(v);
    case kSoftplus: return of_number(v, max(v, 0.0) + log_1p(exp(-abs(v))));
    case kFloor: return floor(v);
    default: return v;
  }
}

#endif
