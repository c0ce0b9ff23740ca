#include "models/training/methods/gan.h"

#include "compute/base/error.h"
#include "models/training/methods/two_player.h"

namespace imago {
namespace {

/// One phase's view of the game.
struct Game {
  Game(Phase& the_phase, const GanOptions& the_options, const Shape& a, const Shape& b)
      : phase(the_phase), options(the_options), pictures(b), z(phase.graph->input("a", a)) {
    const int classes = options.generator.info.classes;
    if (classes > 0)
      label = slice_channels(z, static_cast<int>(a.c) - classes, static_cast<int>(a.c));
    fake = options.generator.build(*phase.graph, z, training_build(kG, false));
  }

  /// Real and fake pictures of the same labels.
  Tensor judged(Tensor picture) const {
    return judge(*phase.graph, augmented(*phase.graph, picture, options.training.augment), label,
                 options.discriminator, training_build(kD, options.dropout));
  }

  void discriminator_step() {
    const Tensor x = phase.graph->input("b", pictures);
    std::vector<Tensor> logits;  // real first
    const auto judge = [&](Tensor picture) { return logits.emplace_back(judged(picture)); };
    const AdversarialGame game{phase, judge, options.training, Side::none, true};
    minimize_networks(phase, discriminator_loss(game, x, fake, 1), {kD}, options.training,
                      kDiscriminatorSlot);
    adapt_augmentation(phase, kD, options.training, logits.front());
  }

  void generator_step() {
    output_image(phase, TrainingImage::fake_b, fake);
    const Tensor loss = generator_loss(options.training.gan_mode, judged(fake));
    minimize_networks(phase, output_loss(phase, {LossTerm::gan}, loss), {kG}, options.training,
                      kGeneratorSlot);
  }

  Phase& phase;
  const GanOptions& options;
  const Shape pictures;
  Tensor z, label, fake;
};

void check_sizes(const GanOptions& options, const Shape& a, const Shape& b) {
  const ModelInfo& info = options.generator.info;
  const JudgeConfig& judge = options.discriminator;
  if (a.c != info.in_channels || info.scale != b.h || b.h != b.w || info.out_channels != b.c)
    throw Error(info.architecture + " makes " + std::to_string(info.out_channels) + "x" +
                std::to_string(info.scale) + "x" + std::to_string(info.scale) + " of " +
                std::to_string(info.in_channels) + " numbers; the data set has " + to_string(b) +
                " and " + to_string(a) + ": see --crop-size, --output-nc, --latent and --labels");
  const GanMode mode = options.training.gan_mode;
  if (options.training.augment.adaptive && (mode == GanMode::wgan || mode == GanMode::wgangp))
    throw Error(
        "--ada: follows from how surely the discriminator knows real pictures, and a critic "
        "has no boundary: choose --gan-mode vanilla, lsgan or hinge");
  if (judge.classes != info.classes)
    throw Error("the discriminator knows " + std::to_string(judge.classes) +
                " labels, the generator " + std::to_string(info.classes));
}

}  // namespace

Method gan(const GanOptions& options, const Shape& a, const Shape& b) {
  check_sizes(options, a, b);
  Method method;
  method.name = "gan";
  method.networks = {kG, kD};
  method.generators = {{kG, options.generator, Side::a}};
  method.adam = options.training.adam;
  method.stages.push_back(
      {"adversarial", two_player_phases<Game>(options, a, b, options.training.augment.adaptive)});
  return method;
}

}  // namespace imago
