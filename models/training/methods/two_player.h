// The phases of a game between one generator and one discriminator.
#pragma once

#include <vector>

#include "models/training/methods/method.h"

namespace imago {

/// `Game` is one phase's view of it: made of (Phase&, options, shape a, shape b), it appends a step
/// of each player by discriminator_step() and generator_step(). With one step of the discriminator
/// for each of the generator both are one phase; with more, each has its own. `apart`: the
/// generator's phase draws random numbers of its own (Graph::random_streams_from).
template <class Game, class Options>
std::vector<Phase> two_player_phases(const Options& options, const Shape& a, const Shape& b,
                                     bool apart) {
  std::vector<Phase> phases;
  if (options.critic_steps == 1) {
    Phase& step =
        phases.emplace_back("step", std::vector<OptimizerSlot>{kGeneratorSlot, kDiscriminatorSlot});
    Game game(step, options, a, b);
    game.discriminator_step();
    game.generator_step();
    return phases;
  }
  Phase critic("critic", {kDiscriminatorSlot}), generator("generator", {kGeneratorSlot});
  if (apart) generator.graph->random_streams_from(1 << 16);
  critic.batches = options.critic_steps;
  Game(critic, options, a, b).discriminator_step();
  Game(generator, options, a, b).generator_step();
  phases.push_back(std::move(critic));
  phases.push_back(std::move(generator));
  return phases;
}

}  // namespace imago
