#include "models/training/methods/cyclegan.h"

namespace imago {

namespace {

/// The generators' phase, section 3.3: the full objective.
Phase generators_phase(const CycleGanOptions& options, const Shape& a_shape, const Shape& b_shape) {
  auto graph = std::make_unique<Graph>();
  const Tensor a = graph->input("a", a_shape), b = graph->input("b", b_shape);
  const auto G_A = [&](Tensor x) {
    return options.a_to_b.build(*graph, x, training_build("G_A", options.dropout));
  };
  const auto G_B = [&](Tensor x) {
    return options.b_to_a.build(*graph, x, training_build("G_B", options.dropout));
  };
  const auto judged = [&](const std::string& network, Tensor x) {
    const BuildOptions build = training_build(network, false);
    return generator_loss(options.training.gan_mode,
                          discriminator(*graph, x, options.discriminator, build).logits);
  };

  const Tensor fake_b = G_A(a), rec_a = G_B(fake_b);
  const Tensor fake_a = G_B(b), rec_b = G_A(fake_a);
  Tensor loss = output_loss("G_A", judged("D_A", fake_b));
  const auto add = [&](const std::string& name, Tensor part) {
    loss = loss + output_loss(name, part);
  };
  add("cycle_A", absolute_error(rec_a, a) * options.lambda_a);
  if (options.lambda_identity > 0)
    add("idt_A", absolute_error(G_A(b), b) * (options.lambda_b * options.lambda_identity));
  add("G_B", judged("D_B", fake_a));
  add("cycle_B", absolute_error(rec_b, b) * options.lambda_b);
  if (options.lambda_identity > 0)
    add("idt_B", absolute_error(G_B(a), a) * (options.lambda_a * options.lambda_identity));
  graph->output("image.fake_b", fake_b);
  graph->output("image.rec_a", rec_a);
  graph->output("image.fake_a", fake_a);
  graph->output("image.rec_b", rec_b);
  minimize_networks(loss, {"G_A", "G_B"}, options.training, kGeneratorSlot);
  return {"generators", std::move(graph), {kGeneratorSlot}};
}

Phase discriminators_phase(const CycleGanOptions& options, const Shape& a_shape,
                           const Shape& b_shape) {
  auto graph = std::make_unique<Graph>();
  const auto learn = [&](const std::string& network, Tensor real, Tensor fake) {
    const auto D = [&](Tensor x) {
      const BuildOptions build = training_build(network, false);
      return discriminator(*graph, x, options.discriminator, build).logits;
    };
    const std::string suffix = network.substr(1);  // "_A"
    const Tensor loss = discriminator_loss({D, options.training, suffix}, real, fake, 0.5f);
    return output_loss(network, loss);
  };
  const Tensor loss_a = learn("D_A", graph->input("b", b_shape), graph->input("pooled_b", b_shape));
  const Tensor loss_b = learn("D_B", graph->input("a", a_shape), graph->input("pooled_a", a_shape));
  minimize_networks(loss_a + loss_b, {"D_A", "D_B"}, options.training, kDiscriminatorSlot);
  return {"discriminators", std::move(graph), {kDiscriminatorSlot}};
}

}  // namespace

Method cyclegan(const CycleGanOptions& options, const Shape& a, const Shape& b) {
  Method method;
  method.name = "cyclegan";
  method.networks = {"G_A", "G_B", "D_A", "D_B"};
  method.generators = {{"G_A", options.a_to_b, "a", ""}, {"G_B", options.b_to_a, "b", ""}};
  method.adam = options.training.adam;
  method.pools = {{"image.fake_b", "pooled_b"}, {"image.fake_a", "pooled_a"}};
  method.stages.push_back({"adversarial", {}});
  method.stages[0].phases.push_back(generators_phase(options, a, b));
  method.stages[0].phases.push_back(discriminators_phase(options, a, b));
  return method;
}

}  // namespace imago
