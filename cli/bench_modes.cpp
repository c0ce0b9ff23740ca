#include <cmath>
#include <numbers>

#include "cli/bench.h"
#include "models/playground/game.h"

namespace imago {
namespace {

using playground::Coverage;
using playground::Game;
using playground::Settings;

constexpr int64_t kRateEvery = 50;  // iterations that the learning rates stay the same
constexpr float kLeastRate = 0.003f;

/// The grid of 25 with what was best of what was tried (docs/family.md); without R1 it is the
/// vanilla GAN that the others are compared with.
Settings settings_of(bool r1, uint64_t seed) {
  Settings s;
  s.data = playground::Data::grid;
  s.latent = playground::Latent::uniform;
  s.activation = playground::Activation::relu;
  s.generator.layout = s.discriminator.layout = {4, 128};
  s.generator.rate = s.discriminator.rate = 0.002f;
  s.beta1 = 0;
  s.beta2 = 0.9f;
  s.r1 = r1 ? 0.002f : 0;
  s.seed = seed;
  return s;
}

/// Learning rates fall along a cosine.
Coverage play(Device& device, const Settings& settings, int64_t iterations) {
  Game game(device, settings);
  for (int64_t i = 0; i < iterations; ++i) {
    if (i % kRateEvery == 0) {
      const double share = static_cast<double>(i) / static_cast<double>(iterations);
      const float wave = static_cast<float>(0.5 + 0.5 * std::cos(std::numbers::pi * share));
      const float rate = kLeastRate + (1 - kLeastRate) * wave;
      Settings now = settings;
      now.generator.rate *= rate;
      now.discriminator.rate *= rate;
      game.change(now);
    }
    game.iterate();
  }
  return coverage_of(game.target(), game.measured());
}

}  // namespace

std::vector<ModesResult> bench_modes(Device& device, int games, int64_t iterations) {
  std::vector<ModesResult> results;
  for (const bool r1 : {false, true}) {
    ModesResult result{.method = r1 ? "R1" : "vanilla"};
    for (int i = 0; i < games; ++i) {
      const Coverage coverage =
          play(device, settings_of(r1, static_cast<uint64_t>(i) + 1), iterations);
      result.modes += static_cast<double>(coverage.covered) / games;
      result.quality += static_cast<double>(coverage.quality) / games;
    }
    results.push_back(result);
  }
  return results;
}

}  // namespace imago
