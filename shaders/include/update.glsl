// How update.comp and update_texel.comp change a parameter p, as KIND says (Update in
// compute/ops/update.h), g being the gradient plus decay * p:
//   adam      m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//             p = p - rate * (m * correction1) / (sqrt(v * correction2) + epsilon)
//   sgd       m = momentum m + g,   p = p - rate * m
//   average   p = p + weight (g - p)
//   average_of_finite   the same, but where g is not finite p stays
// With GUARDED nothing is written where guard[0] is not finite, and gradients are divided by the
// slot's loss scale.
// Rate and corrections are the slot's in StepParams.
#ifndef UPDATE_GLSL
#define UPDATE_GLSL

layout(constant_id = 0) const uint KIND = 0;
layout(constant_id = 1) const bool GUARDED = false;

layout(std430, binding = 4) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push {
  uint count;
  int slot;
  uint has_moment;
  vec4 factors;  // adam: beta1, beta2, epsilon, decay; sgd: momentum, -, -, decay; average: weight
};

const uint ADAM = 0;
const uint SGD = 1;
const uint AVERAGE_OF_FINITE = 3;

bool has_m() { return KIND == ADAM || (KIND == SGD && has_moment != 0); }
bool has_v() { return KIND == ADAM; }

// By its exponent's bits: isnan and isinf may be compiled away.
bool is_finite(float v) { return (floatBitsToUint(v) & 0x7f800000u) != 0x7f800000u; }

struct State {  // of four elements
  vec4 p, m, v;
};

State updated(State old, vec4 gradient) {
  if (KIND != ADAM && KIND != SGD) {
    vec4 moved = old.p + factors.x * (gradient - old.p);
    moved = factors.x == 1.0 ? gradient : moved;
    if (KIND == AVERAGE_OF_FINITE)
      for (int k = 0; k < 4; ++k)
        if (!is_finite(gradient[k])) moved[k] = old.p[k];
    return State(moved, old.m, old.v);
  }
  if (GUARDED) gradient /= step.optimizers[slot].loss_scale;
  gradient += factors.w * old.p;
  OptimizerStep optimizer = step.optimizers[slot];
  if (KIND == SGD) {
    if (has_moment != 0) gradient += factors.x * old.m;
    return State(old.p - optimizer.learning_rate * gradient, gradient, old.v);
  }
  vec4 m = factors.x * old.m + (1.0 - factors.x) * gradient;
  vec4 v = factors.y * old.v + (1.0 - factors.y) * gradient * gradient;
  vec4 p = old.p - optimizer.learning_rate * (m * optimizer.first_correction) /
                       (sqrt(v * optimizer.second_correction) + factors.z);
  return State(p, m, v);
}

#endif
