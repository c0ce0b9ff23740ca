#include "models/training/method.h"

#include "models/tensor_match.h"

namespace imago {

BuildOptions training_build(const std::string& network, bool stochastic) {
  BuildOptions options;
  options.stochastic = stochastic;
  options.batch_statistics = true;
  options.track_statistics = true;
  options.power_iteration = true;
  options.unclamped = true;
  options.prefix = network + ".";
  return options;
}

std::vector<Tensor> trainable(Graph& graph, const std::string& network) {
  std::vector<Tensor> result;
  for (const auto& [name, node] : graph.parameters())
    if (name.starts_with(network + ".") && !is_tracked(name)) result.push_back({&graph, node});
  return result;
}

std::string average_name(const std::string& parameter) { return "average." + parameter; }

void minimize_networks(Tensor loss, const std::vector<std::string>& networks,
                       const TrainingOptions& options, OptimizerSlot slot) {
  Graph& graph = loss.graph();
  std::vector<Tensor> parameters;
  for (const std::string& network : networks)
    for (const Tensor& parameter : trainable(graph, network)) parameters.push_back(parameter);
  minimize(loss, parameters, options.adam, slot);
  if (slot != kGeneratorSlot || options.average_decay <= 0) return;
  for (const std::string& network : networks)
    for (const Tensor& parameter : trainable(graph, network))
      update_average(
          graph.parameter(average_name(graph.parameter_name(parameter)), parameter.shape()),
          parameter, 1 - options.average_decay);
}

Tensor output_loss(const std::string& name, Tensor loss) {
  loss.graph().output("loss." + name, loss);
  return loss;
}

Tensor discriminator_loss(const AdversarialGame& game, Tensor real, Tensor fake, float weight) {
  const GanMode mode = game.options.gan_mode;
  Tensor on_real, on_fake;
  if (game.real_first) on_real = real_loss(mode, game.discriminator(real));
  on_fake = fake_loss(mode, game.discriminator(fake));
  if (!game.real_first) on_real = real_loss(mode, game.discriminator(real));
  output_loss("D_fake" + game.suffix, on_fake);
  output_loss("D_real" + game.suffix, on_real);
  return with_penalty(game, real, fake, (on_fake + on_real) * weight);
}

Tensor with_penalty(const AdversarialGame& game, Tensor real, Tensor fake, Tensor loss) {
  if (game.options.gan_mode != GanMode::wgangp) return loss;
  const Tensor share = random_uniform(real.graph(), {real.shape().n, 1, 1, 1});
  const Tensor penalty = gradient_penalty(game.discriminator, real, fake, share);
  return loss + output_loss("penalty" + game.suffix, penalty * game.options.penalty_weight);
}

}  // namespace imago
