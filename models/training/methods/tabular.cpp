#include "models/training/methods/tabular.h"

#include "compute/base/error.h"
#include "models/training/methods/two_player.h"

namespace imago {
namespace {

/// One phase's view of the game.
struct TableGame {
  TableGame(Phase& the_phase, const TabularOptions& the_options, const Shape& a, const Shape& b)
      : phase(the_phase), options(the_options), rows_shape(b), z(phase.graph->input("a", a)) {
    const TabularConfig& config = options.config;
    made = tabular_rows(*phase.graph, z, config, training_build(kG, true));
    if (config.layout.conditions() > 0)
      asked = slice_channels(z, config.latent, static_cast<int>(a.c));
    fake = with_packs(asked ? concat({made.values, asked}) : made.values);
  }

  Tensor with_packs(Tensor rows) const { return packed(rows, options.discriminator.packed); }

  Tensor judged(Tensor packs) const {
    return tabular_judge(*phase.graph, packs, options.discriminator,
                         training_build(kD, options.dropout));
  }

  void discriminator_step() {
    const Tensor real = with_packs(phase.graph->input("b", rows_shape));
    const AdversarialGame game{phase, [this](Tensor packs) { return judged(packs); },
                               options.training, Side::none, true};
    minimize_networks(phase, discriminator_loss(game, real, fake, 1), {kD}, options.training,
                      kDiscriminatorSlot);
  }

  void generator_step() {
    output_image(phase, TrainingImage::fake_b, made.values);
    Tensor loss = output_loss(phase, {LossTerm::gan},
                              generator_loss(options.training.gan_mode, judged(fake)));
    if (asked)
      loss = loss + output_loss(phase, {LossTerm::condition},
                                condition_loss(made.logits, asked, options.config.layout));
    minimize_networks(phase, loss, {kG}, options.training, kGeneratorSlot);
  }

  Phase& phase;
  const TabularOptions& options;
  const Shape rows_shape;
  Tensor z, asked, fake;
  TabularRows made;
};

void check_sizes(const TabularOptions& options, const Shape& a, const Shape& b) {
  const TableLayout& layout = options.config.layout;
  const int packed = options.discriminator.packed;
  if (a.c != options.config.latent + layout.conditions() ||
      b.c != layout.width() + layout.conditions() || b.c != options.discriminator.channels)
    throw Error("the networks make rows of " + std::to_string(layout.width()) + " numbers of " +
                std::to_string(options.config.latent) + "; the table has " + to_string(b) +
                " and " + to_string(a) + ": see --latent and --modes");
  if (a.n % packed != 0)
    throw Error("--batch-size " + std::to_string(a.n) + ": is no multiple of " +
                std::to_string(packed) + ", the rows that are judged together (--pac)");
}

}  // namespace

Method tabular(const TabularOptions& options, const Shape& a, const Shape& b) {
  check_sizes(options, a, b);
  Method method;
  method.name = "tabular";
  method.networks = {kG, kD};
  method.generators = {{kG, options.generator, Side::a}};
  method.adam = options.training.adam;
  method.stages.push_back({"adversarial", two_player_phases<TableGame>(options, a, b, true)});
  return method;
}

}  // namespace imago
