// Overwrites a parameter p, as KIND says (Update in compute/ops/update.h), g being the gradient plus
// decay * p:
//   adam      m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//             p = p - rate * (m * correction1) / (sqrt(v * correction2) + epsilon)
//   sgd       m = momentum m + g,   p = p - rate * m
//   average   p = p + weight (g - p)
// Rate and corrections are the slot's in StepParams. One invocation updates one element.
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
layout(std430, binding = 4) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push {
  uint count;
  int slot;
  uint has_moment;
  vec4 factors;  // adam: beta1, beta2, epsilon, decay; sgd: momentum, -, -, decay; average: weight
};

const uint ADAM = 0;
const uint SGD = 1;

void main() {
  uint i = flat_index();
  if (i >= count) return;
  float old = p[i];
  float gradient = g[i];
  if (KIND != ADAM && KIND != SGD) {
    p[i] = factors.x == 1.0 ? gradient : old + factors.x * (gradient - old);
    return;
  }
  gradient += factors.w * old;
  OptimizerStep optimizer = step.optimizers[slot];
  if (KIND == SGD) {
    if (has_moment != 0) {
      gradient += factors.x * m[i];
      m[i] = gradient;
    }
    p[i] = old - optimizer.learning_rate * gradient;
    return;
  }
  float first = factors.x * m[i] + (1.0 - factors.x) * gradient;
  float second = factors.y * v[i] + (1.0 - factors.y) * gradient * gradient;
  m[i] = first;
  v[i] = second;
  p[i] = old - optimizer.learning_rate * (first * optimizer.first_correction) /
                   (sqrt(second * optimizer.second_correction) + factors.z);
}
