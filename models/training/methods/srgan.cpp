#include "models/training/methods/srgan.h"

namespace imago {

namespace {

Tensor pixel_loss(Phase& phase, const SrganOptions& options, Tensor fake, Tensor real) {
  return output_loss(phase, {LossTerm::pixel},
                     options.pixel_loss == PixelLoss::mse ? squared_error(fake, real)
                                                          : absolute_error(fake, real));
}

Phase pixel_phase(const SrganOptions& options, const Shape& a, const Shape& b) {
  Phase phase("pixel", {kGeneratorSlot});
  Graph& graph = *phase.graph;
  const Tensor real = graph.input("b", b);
  const Tensor fake =
      options.generator.build(graph, graph.input("a", a), training_build(kG, false));
  output_image(phase, TrainingImage::fake_b, fake);
  minimize_networks(phase, pixel_loss(phase, options, fake, real), {kG}, options.training,
                    kGeneratorSlot);
  return phase;
}

/// What the discriminator is to make small.
Tensor judge_loss(const SrganOptions& options, const AdversarialGame& game, Tensor real,
                  Tensor fake) {
  if (!options.relativistic) return discriminator_loss(game, real, fake, 1);
  const Tensor on_real = game.discriminator(real), on_fake = game.discriminator(fake);
  output_accuracy(game.phase, kD, options.training, on_real - mean_of(on_fake),
                  on_fake - mean_of(on_real));
  const Tensor loss =
      output_loss(game.phase, {LossTerm::discriminator},
                  relativistic_discriminator_loss(options.training.gan_mode, on_real, on_fake));
  return with_penalty(game, real, on_real, fake, loss);
}

Phase adversarial_phase(const SrganOptions& options, const Shape& a, const Shape& b) {
  Phase phase("adversarial", {kGeneratorSlot, kDiscriminatorSlot});
  Graph& graph = *phase.graph;
  const auto D = [&](Tensor x) {
    return discriminator(graph, x, options.discriminator, training_build(kD, false));
  };
  const GanMode mode = options.training.gan_mode;
  const Tensor real = graph.input("b", b);
  const Tensor fake =
      options.generator.build(graph, graph.input("a", a), training_build(kG, false));
  output_image(phase, TrainingImage::fake_b, fake);
  const auto logits = [&](Tensor x) { return D(x).logits; };
  const AdversarialGame game{phase, logits, options.training, Side::none, true};
  minimize_networks(phase, judge_loss(options, game, real, fake), {kD}, options.training,
                    kDiscriminatorSlot);

  const DiscriminatorResult of_fake = D(fake);
  DiscriminatorResult of_real;
  const bool own_features = options.feature_weight > 0 && !options.features;
  if (own_features || options.relativistic) of_real = D(real);
  const Tensor adversarial = options.relativistic
                                 ? relativistic_generator_loss(mode, of_real.logits, of_fake.logits)
                                 : generator_loss(mode, of_fake.logits);
  Tensor loss = pixel_loss(phase, options, fake, real) * options.pixel_weight;
  const auto add = [&](LossTerm term, Tensor part, float weight) {
    loss = loss + output_loss(phase, {term}, part) * weight;
  };
  add(LossTerm::adversarial, adversarial, options.adversarial_weight);
  if (options.feature_weight > 0)
    add(LossTerm::feature,
        own_features ? feature_loss(of_fake.features, of_real.features, real.shape())
                     : squared_error(options.features(graph, fake), options.features(graph, real)),
        options.feature_weight);
  if (options.total_variation_weight > 0)
    add(LossTerm::total_variation, total_variation(fake), options.total_variation_weight);
  minimize_networks(phase, loss, {kG}, options.training, kGeneratorSlot);
  return phase;
}

}  // namespace

const char* to_string(PixelLoss loss) { return loss == PixelLoss::mse ? "mse" : "l1"; }

Method srgan(const SrganOptions& options, const Shape& a, const Shape& b) {
  Method method;
  method.name = "srgan";
  method.networks = {kG, kD};
  method.generators = {{kG, options.generator, Side::a}};
  method.adam = options.training.adam;
  method.stages.push_back({"pixel", {}});
  method.stages[0].phases.push_back(pixel_phase(options, a, b));
  method.stages.push_back({"adversarial", {}});
  method.stages[1].phases.push_back(adversarial_phase(options, a, b));
  return method;
}

}  // namespace imago
