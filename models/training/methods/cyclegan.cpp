#include "models/training/methods/cyclegan.h"

namespace imago {

namespace {

/// The generators' phase, section 3.3: the full objective.
Phase generators_phase(const CycleGanOptions& options, const Shape& a_shape, const Shape& b_shape) {
  Phase phase("generators", {kGeneratorSlot});
  Graph& graph = *phase.graph;
  const Tensor a = graph.input("a", a_shape), b = graph.input("b", b_shape);
  const auto G_A = [&](Tensor x) {
    return options.a_to_b.build(graph, x, training_build(kG_A, options.dropout));
  };
  const auto G_B = [&](Tensor x) {
    return options.b_to_a.build(graph, x, training_build(kG_B, options.dropout));
  };
  const auto judged = [&](const Network& network, Tensor x) {
    const BuildOptions build = training_build(network, false);
    return generator_loss(options.training.gan_mode,
                          discriminator(graph, x, options.discriminator, build).logits);
  };

  const Tensor fake_b = G_A(a), rec_a = G_B(fake_b);
  const Tensor fake_a = G_B(b), rec_b = G_A(fake_a);
  Tensor loss = output_loss(phase, {LossTerm::generator, Side::a}, judged(kD_A, fake_b));
  const auto add = [&](const Loss& what, Tensor part) {
    loss = loss + output_loss(phase, what, part);
  };
  add({LossTerm::cycle, Side::a}, absolute_error(rec_a, a) * options.lambda_a);
  if (options.lambda_identity > 0)
    add({LossTerm::identity, Side::a},
        absolute_error(G_A(b), b) * (options.lambda_b * options.lambda_identity));
  add({LossTerm::generator, Side::b}, judged(kD_B, fake_a));
  add({LossTerm::cycle, Side::b}, absolute_error(rec_b, b) * options.lambda_b);
  if (options.lambda_identity > 0)
    add({LossTerm::identity, Side::b},
        absolute_error(G_B(a), a) * (options.lambda_a * options.lambda_identity));
  output_image(phase, TrainingImage::fake_b, fake_b);
  output_image(phase, TrainingImage::rec_a, rec_a);
  output_image(phase, TrainingImage::fake_a, fake_a);
  output_image(phase, TrainingImage::rec_b, rec_b);
  minimize_networks(phase, loss, {kG_A, kG_B}, options.training, kGeneratorSlot);
  return phase;
}

Phase discriminators_phase(const CycleGanOptions& options, const Shape& a_shape,
                           const Shape& b_shape) {
  Phase phase("discriminators", {kDiscriminatorSlot});
  Graph& graph = *phase.graph;
  const auto learn = [&](const Network& network, Tensor real, Tensor fake) {
    const auto D = [&](Tensor x) {
      const BuildOptions build = training_build(network, false);
      return discriminator(graph, x, options.discriminator, build).logits;
    };
    const Tensor loss =
        discriminator_loss({phase, D, options.training, network.side}, real, fake, 0.5f);
    return output_loss(phase, {LossTerm::discriminator, network.side}, loss);
  };
  const Tensor loss_a = learn(kD_A, graph.input("b", b_shape), graph.input("pooled_b", b_shape));
  const Tensor loss_b = learn(kD_B, graph.input("a", a_shape), graph.input("pooled_a", a_shape));
  minimize_networks(phase, loss_a + loss_b, {kD_A, kD_B}, options.training, kDiscriminatorSlot);
  return phase;
}

}  // namespace

Method cyclegan(const CycleGanOptions& options, const Shape& a, const Shape& b) {
  Method method;
  method.name = "cyclegan";
  method.networks = {kG_A, kG_B, kD_A, kD_B};
  method.generators = {{kG_A, options.a_to_b, Side::a}, {kG_B, options.b_to_a, Side::b}};
  method.adam = options.training.adam;
  method.pools = {{TrainingImage::fake_b, "pooled_b"}, {TrainingImage::fake_a, "pooled_a"}};
  method.stages.push_back({"adversarial", {}});
  method.stages[0].phases.push_back(generators_phase(options, a, b));
  method.stages[0].phases.push_back(discriminators_phase(options, a, b));
  return method;
}

}  // namespace imago
