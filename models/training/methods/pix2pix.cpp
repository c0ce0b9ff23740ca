#include "models/training/methods/pix2pix.h"

#include "models/networks/colours.h"

namespace imago {

Method pix2pix(const Pix2PixOptions& options, const Shape& a_shape, const Shape& b_shape) {
  Method method;
  method.name = "pix2pix";
  method.networks = {kG, kD};
  method.generators = {{kG, options.generator, Side::a}};
  method.adam = options.training.adam;

  Phase phase("step", {kGeneratorSlot, kDiscriminatorSlot});
  Graph& graph = *phase.graph;
  const Tensor a = graph.input("a", a_shape), given = graph.input("b", b_shape);
  // Colours of every pixel would tell real pictures from those of a generator that makes coarse
  // ones.
  const bool colours = options.generator.info.keeps_luma;
  const Tensor b = colours ? with_coarse_colours(a, given) : given;
  const auto judged = [&](Tensor pair) {
    return discriminator(graph, pair, options.discriminator, training_build(kD, false));
  };
  const auto D = [&](Tensor pair) { return judged(pair).logits; };
  const GanMode mode = options.training.gan_mode;

  const Tensor made = options.generator.build(graph, a, training_build(kG, options.dropout));
  const Tensor fake = colours ? with_luma(a, made) : made;
  output_image(phase, TrainingImage::fake_b, fake);
  // "we divide the objective by 2 while optimizing D" (section 3.3)
  const Tensor d_loss =
      discriminator_loss({phase, D, options.training}, concat({a, b}), concat({a, fake}), 0.5f);
  minimize_networks(phase, d_loss, {kD}, options.training, kDiscriminatorSlot);

  const DiscriminatorResult of_fake = judged(concat({a, fake}));
  const Tensor g_gan = output_loss(phase, {LossTerm::gan}, generator_loss(mode, of_fake.logits));
  const Tensor g_l1 =
      output_loss(phase, {LossTerm::l1}, absolute_error(made, b) * options.lambda_l1);
  Tensor g_loss = g_gan + g_l1;
  if (options.lambda_features > 0)
    g_loss =
        g_loss + output_loss(phase, {LossTerm::feature},
                             feature_matching(of_fake.features, judged(concat({a, b})).features) *
                                 options.lambda_features);
  minimize_networks(phase, g_loss, {kG}, options.training, kGeneratorSlot);

  method.stages.push_back({"adversarial", {}});
  method.stages[0].phases.push_back(std::move(phase));
  return method;
}

}  // namespace imago
