#include <cmath>
#include <numbers>

#include "cli/bench.h"
#include "models/playground/game.h"

namespace imago {
namespace {

using playground::Coverage;
using playground::Game;
using playground::Settings;
using playground::Snapshot;

constexpr int64_t kRateEvery = 50;  // iterations that the learning rates stay the same
constexpr float kLeastRate = 0.003f;
constexpr int64_t kAverageEvery = 10;   // iterations from one step of the averages to the next
constexpr float kAverageDecay = 0.98f;  // half is forgotten after some 340 iterations

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
  s.beta2 = 0.99f;
  s.r1 = r1 ? 0.001f : 0;
  s.batch = 512;
  s.seed = seed;
  return s;
}

/// The generator's weights, averaged while it learns (EMA).
class Average {
 public:
  void follow(const Snapshot& now) {
    if (arrays_.empty()) arrays_ = now.arrays;
    for (size_t i = 0; i < arrays_.size(); ++i)
      for (size_t k = 0; k < arrays_[i].values.size(); ++k)
        arrays_[i].values[k] +=
            (1 - kAverageDecay) * (now.arrays[i].values[k] - arrays_[i].values[k]);
  }
  /// `now` with the averages in place of the weights.
  Snapshot in(Snapshot now) const {
    for (size_t i = 0; i < arrays_.size(); ++i)
      if (now.arrays[i].name.starts_with("G.")) now.arrays[i] = arrays_[i];
    return now;
  }

 private:
  std::vector<Snapshot::Array> arrays_;
};

/// Of the generator as it is in the end, and of its average.
struct Played {
  Coverage last, average;
};

/// Learning rates fall along a cosine.
Played play(Device& device, const Settings& settings, int64_t iterations) {
  Game game(device, settings);
  Average average;
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
    if (i % kAverageEvery == 0) average.follow(game.snapshot());
  }
  Played played;
  played.last = coverage_of(game.target(), game.measured());
  game.restore(average.in(game.snapshot()));
  played.average = coverage_of(game.target(), game.measured());
  return played;
}

void add(const Coverage& coverage, int games, ModesResult& result) {
  result.modes += static_cast<double>(coverage.covered) / games;
  result.quality += static_cast<double>(coverage.quality) / games;
}

}  // namespace

std::vector<ModesResult> bench_modes(Device& device, int games, int64_t iterations,
                                     const std::string& only) {
  std::vector<ModesResult> results;
  for (const std::string method : {"vanilla", "R1"}) {
    if (!only.empty() && only != method) continue;
    ModesResult last{.method = method}, average{.method = method + ", average"};
    for (int i = 0; i < games; ++i) {
      const Played played =
          play(device, settings_of(method == "R1", static_cast<uint64_t>(i) + 1), iterations);
      add(played.last, games, last);
      add(played.average, games, average);
    }
    results.push_back(last);
    results.push_back(average);
  }
  return results;
}

}  // namespace imago
