// Flat work in texels for CPU drivers, to which an invocation costs about as much as reading and
// writing one: each does kRounds of them, 64 apart, a workgroup 64 * kRounds neighbouring ones.
#ifndef ROUNDS_GLSL
#define ROUNDS_GLSL

const int kRounds = 4;  // kTexelRounds of compute/ops/texels.h

int texel_of_round(int round) {
  int first = int(flat_index());
  return (first / 64 * kRounds + round) * 64 + first % 64;
}

#endif
