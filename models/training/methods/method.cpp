#include "models/training/methods/method.h"

#include "models/checkpoint/tensor_match.h"

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

namespace {

/// All that a step changes: what `trainable` gives, running statistics, spectral norm's vectors and
/// the moving averages.
std::vector<Tensor> kept_values(Graph& graph, const std::string& network) {
  std::vector<Tensor> result;
  for (const auto& [name, node] : graph.parameters())
    if (name.starts_with(network + ".") || name.starts_with(average_name(network + ".")))
      result.push_back({&graph, node});
  return result;
}

/// `gradients` are those of the networks' trainable parameters, one network after the other.
void output_health(Graph& graph, const std::vector<std::string>& networks,
                   const std::vector<Tensor>& gradients) {
  auto next = gradients.begin();
  for (const std::string& network : networks) {
    const auto end = next + static_cast<std::ptrdiff_t>(trainable(graph, network).size());
    graph.output("health.gradient_" + network, norm({next, end}));
    graph.output("health.weights_" + network, norm(kept_values(graph, network)));
    next = end;
  }
}

/// Running statistics too: those of the last few pictures do not belong to averages of weights.
std::vector<Tensor> averaged(Graph& graph, const std::string& network) {
  std::vector<Tensor> result = trainable(graph, network);
  for (const auto& [name, node] : graph.parameters())
    if (name.starts_with(network + ".") && is_running_statistic(name))
      result.push_back({&graph, node});
  return result;
}

void update_averages(Graph& graph, const std::vector<std::string>& networks, float decay) {
  for (const std::string& network : networks)
    for (const Tensor& parameter : averaged(graph, network))
      update_average(
          graph.parameter(average_name(graph.parameter_name(parameter)), parameter.shape()),
          parameter, 1 - decay);
}

}  // namespace

void minimize_networks(Tensor loss, const std::vector<std::string>& networks,
                       const TrainingOptions& options, OptimizerSlot slot) {
  Graph& graph = loss.graph();
  std::vector<Tensor> parameters;
  for (const std::string& network : networks)
    for (const Tensor& parameter : trainable(graph, network)) parameters.push_back(parameter);
  const std::vector<Tensor> gradients = minimize(loss, parameters, options.adam, slot);
  if (slot == kGeneratorSlot && options.average_decay > 0)
    update_averages(graph, networks, options.average_decay);
  if (options.health) output_health(graph, networks, gradients);
}

Tensor output_loss(const std::string& name, Tensor loss) {
  loss.graph().output("loss." + name, loss);
  return loss;
}

void output_accuracy(const std::string& network, const TrainingOptions& options, Tensor real,
                     Tensor fake) {
  if (options.health && options.gan_mode != GanMode::wgangp)
    real.graph().output("health.accuracy_" + network, accuracy(options.gan_mode, real, fake));
}

Tensor discriminator_loss(const AdversarialGame& game, Tensor real, Tensor fake, float weight) {
  const GanMode mode = game.options.gan_mode;
  Tensor of_real, of_fake;
  if (game.real_first) of_real = game.discriminator(real);
  of_fake = game.discriminator(fake);
  if (!game.real_first) of_real = game.discriminator(real);
  const Tensor on_fake = output_loss("D_fake" + game.suffix, fake_loss(mode, of_fake));
  const Tensor on_real = output_loss("D_real" + game.suffix, real_loss(mode, of_real));
  output_accuracy("D" + game.suffix, game.options, of_real, of_fake);
  return with_penalty(game, real, fake, (on_fake + on_real) * weight);
}

Tensor with_penalty(const AdversarialGame& game, Tensor real, Tensor fake, Tensor loss) {
  if (game.options.gan_mode != GanMode::wgangp) return loss;
  const Tensor share = random_uniform(real.graph(), {real.shape().n, 1, 1, 1});
  const Tensor penalty = gradient_penalty(game.discriminator, real, fake, share);
  return loss + output_loss("penalty" + game.suffix, penalty * game.options.penalty_weight);
}

}  // namespace imago
