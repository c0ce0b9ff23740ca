// Random numbers without a state: Philox4x32-10 (Salmon et al. 2011), the twin of compute/random.h.
#ifndef IMAGO_RANDOM
#define IMAGO_RANDOM

// What a program is told before each run: StepParams of compute/op.h. Bound last, as
//   layout(std430, binding = …) readonly buffer Step { StepParams step; };
struct OptimizerStep {
  float learning_rate, first_correction, second_correction, loss_scale;
};
struct StepParams {
  uint seed_low, seed_high, step, reserved;
  OptimizerStep optimizers[4];
};

uvec4 philox(uvec4 counter, uvec2 key) {
  for (int i = 0; i < 10; ++i) {
    uint high_a, low_a, high_b, low_b;
    umulExtended(0xD2511F53u, counter.x, high_a, low_a);
    umulExtended(0xCD9E8D57u, counter.z, high_b, low_b);
    counter = uvec4(high_b ^ counter.y ^ key.x, low_b, high_a ^ counter.w ^ key.y, low_a);
    key += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

// Four random words for index `index` of stream `stream` (Graph::next_random_stream).
uvec4 random_words(StepParams params, uint stream, uint index) {
  return philox(uvec4(index, stream, params.step, 0), uvec2(params.seed_low, params.seed_high));
}

#endif
