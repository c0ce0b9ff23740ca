#include "models/training/methods/pix2pix.h"

namespace imago {

Method pix2pix(const Pix2PixOptions& options, const Shape& a_shape, const Shape& b_shape) {
  Method method;
  method.name = "pix2pix";
  method.networks = {"G", "D"};
  method.generators = {{"G", options.generator, "a", "b"}};
  method.adam = options.training.adam;

  auto graph = std::make_unique<Graph>();
  const Tensor a = graph->input("a", a_shape), b = graph->input("b", b_shape);
  const auto D = [&](Tensor pair) {
    return discriminator(*graph, pair, options.discriminator, training_build("D", false)).logits;
  };
  const GanMode mode = options.training.gan_mode;

  const Tensor fake = options.generator.build(*graph, a, training_build("G", options.dropout));
  graph->output("image.fake_b", fake);
  // "we divide the objective by 2 while optimizing D" (section 3.3)
  const Tensor d_loss =
      discriminator_loss({D, options.training, ""}, concat({a, b}), concat({a, fake}), 0.5f);
  minimize_networks(d_loss, {"D"}, options.training, kDiscriminatorSlot);

  const Tensor g_gan = output_loss("G_GAN", generator_loss(mode, D(concat({a, fake}))));
  const Tensor g_l1 = output_loss("G_L1", absolute_error(fake, b) * options.lambda_l1);
  minimize_networks(g_gan + g_l1, {"G"}, options.training, kGeneratorSlot);

  method.stages.push_back({"adversarial", {}});
  method.stages[0].phases.push_back(
      {"step", std::move(graph), {kGeneratorSlot, kDiscriminatorSlot}});
  return method;
}

}  // namespace imago
