// Overwrites a parameter p, as KIND says (Update in compute/ops/update.h), g being the gradient plus
// decay * p:
//   adam      m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//             p = p - rate * (m * correction1) / (sqrt(v * correction2) + epsilon)
//   sgd       m = momentum m + g,   p = p - rate * m
//   average   p = p + weight (g - p)
// Rate and corrections are the slot's in StepParams. One invocation updates four elements
// or, of the rest, one (common.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "random.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint KIND = 0;

layout(std430, binding = 0) buffer P { store_t p[]; };
layout(std430, binding = 1) readonly buffer G { store_t g[]; };
layout(std430, binding = 2) buffer M { store_t m[]; };
layout(std430, binding = 3) buffer V { store_t v[]; };
layout(std430, binding = 0) buffer P4 { vec4 p4[]; };
layout(std430, binding = 1) readonly buffer G4 { vec4 g4[]; };
layout(std430, binding = 2) buffer M4 { vec4 m4[]; };
layout(std430, binding = 3) buffer V4 { vec4 v4[]; };
layout(std430, binding = 4) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push {
  uint count;
  int slot;
  uint has_moment;
  vec4 factors;  // adam: beta1, beta2, epsilon, decay; sgd: momentum, -, -, decay; average: weight
};

const uint ADAM = 0;
const uint SGD = 1;

struct State {  // of four elements
  vec4 p, m, v;
};

State updated(State old, vec4 gradient) {
  if (KIND != ADAM && KIND != SGD) {
    vec4 moved = old.p + factors.x * (gradient - old.p);
    return State(factors.x == 1.0 ? gradient : moved, old.m, old.v);
  }
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

void main() {
  uint i = flat_index();
  uint single = element_of_rest(i, count);
  bool has_m = KIND == ADAM || (KIND == SGD && has_moment != 0);
  bool has_v = KIND == ADAM;
  State old = State(vec4(0.0), vec4(0.0), vec4(0.0));
  if (i < count / 4) {
    old.p = p4[i];
    if (has_m) old.m = m4[i];
    if (has_v) old.v = v4[i];
    State now = updated(old, g4[i]);
    p4[i] = now.p;
    if (has_m) m4[i] = now.m;
    if (has_v) v4[i] = now.v;
  } else if (single < count) {
    old.p.x = p[single];
    if (has_m) old.m.x = m[single];
    if (has_v) old.v.x = v[single];
    State now = updated(old, vec4(g[single]));
    p[single] = now.p.x;
    if (has_m) m[single] = now.m.x;
    if (has_v) v[single] = now.v.x;
  }
}
