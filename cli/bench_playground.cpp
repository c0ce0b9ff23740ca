#include <chrono>

#include "cli/bench.h"
#include "compute/base/seconds.h"
#include "models/playground/game.h"

namespace imago {
namespace {

using Clock = std::chrono::steady_clock;

/// Iterations a second over about `seconds`; a look is taken `looks` times a second.
double rate(playground::Game& game, double seconds, double looks) {
  const Clock::time_point begin = Clock::now();
  double looked = 0;
  int64_t iterations = 0;
  while (seconds_since(begin) < seconds) {
    game.iterate();
    ++iterations;
    if (seconds_since(begin) < looked) continue;
    if (looks > 0) game.look();
    looked += looks > 0 ? 1 / looks : seconds;
  }
  return static_cast<double>(iterations) / seconds_since(begin);
}

}  // namespace

PlaygroundResult bench_playground(Device& device, int runs) {
  playground::Settings settings;  // batch 256, two layers of 32
  settings.generator.rate = settings.discriminator.rate = 0.002f;
  playground::Game game(device, settings);
  for (int i = 0; i < 20; ++i) game.iterate();
  game.look();
  std::vector<double> alone, drawn;
  for (int i = 0; i < runs; ++i) {
    alone.push_back(rate(game, 1, 0));
    drawn.push_back(rate(game, 1, 60));
  }
  const auto median = [](std::vector<double>& rates) {
    std::ranges::sort(rates);
    return rates[rates.size() / 2];
  };
  return {median(alone), median(drawn), game.launches()};
}

}  // namespace imago
