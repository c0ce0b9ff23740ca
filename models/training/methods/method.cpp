#include "models/training/methods/method.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "compute/ops/loss_scale.h"
#include "compute/ops/update.h"
#include "models/checkpoint/tensor_match.h"

namespace imago {

BuildOptions training_build(const Network& network, bool stochastic) {
  BuildOptions options;
  options.stochastic = stochastic;
  options.batch_statistics = true;
  options.track_statistics = true;
  options.power_iteration = true;
  options.unclamped = true;
  options.prefix = network.name() + ".";
  return options;
}

int Method::batches_per_step() const {
  int most = 1;
  for (const Stage& stage : stages)
    for (const Phase& phase : stage.phases) most = std::max(most, phase.batches);
  return most;
}

std::vector<Tensor> trainable(Graph& graph, const Network& network) {
  std::vector<Tensor> result;
  for (const auto& [name, node] : graph.parameters())
    if (network.owns(name) && !is_tracked(name)) result.push_back({&graph, node});
  return result;
}

float lazy_share(int every) {
  return every > 0 ? static_cast<float>(every) / static_cast<float>(every + 1) : 1;
}

Adam lazily(Adam adam, int every) {
  const float share = lazy_share(every);
  adam.beta1 = std::pow(adam.beta1, share);
  adam.beta2 = std::pow(adam.beta2, share);
  return adam;
}

float ema_share(float decay, int64_t steps_before) {
  const auto steps = static_cast<double>(steps_before);
  return static_cast<float>(1 - std::min(static_cast<double>(decay), (1 + steps) / (10 + steps)));
}

namespace {

template <class What>
void mark(Graph& graph, std::vector<PhaseOutput<What>>& outputs, const What& what,
          const std::string& port, Tensor tensor) {
  graph.output(port, tensor);
  outputs.push_back({what, port});
}

void output_health(Phase& phase, HealthKind kind, const Network& network, Tensor number) {
  const HealthNumber what{kind, network};
  mark(*phase.graph, phase.health, what, what.name(), number);
}

/// All that a step changes: what `trainable` gives, running statistics, spectral norm's vectors and
/// the moving averages.
std::vector<Tensor> kept_values(const Phase& phase, const Network& network) {
  std::set<std::string> averages;
  for (const EmaPair& pair : phase.ema)
    if (network.owns(pair.parameter)) averages.insert(pair.average);
  std::vector<Tensor> result;
  for (const auto& [name, node] : phase.graph->parameters())
    if (network.owns(name) || averages.contains(name)) result.push_back({phase.graph.get(), node});
  return result;
}

/// Of the gradients of all networks' trainable parameters, those of each network.
std::vector<std::vector<Tensor>> by_network(Phase& phase, const std::vector<Network>& networks,
                                            const std::vector<Tensor>& gradients) {
  std::vector<std::vector<Tensor>> result;
  auto next = gradients.begin();
  for (const Network& network : networks) {
    const auto end = next + static_cast<std::ptrdiff_t>(trainable(*phase.graph, network).size());
    result.emplace_back(next, end);
    next = end;
  }
  return result;
}

/// Running statistics too: those of the last few pictures do not belong to averages of weights.
std::vector<Tensor> averaged(Graph& graph, const Network& network) {
  std::vector<Tensor> result = trainable(graph, network);
  for (const auto& [name, node] : graph.parameters())
    if (network.owns(name) && is_running_statistic(name)) result.push_back({&graph, node});
  return result;
}

/// average += share * (value - average) is a step of gradient descent from the average towards the
/// value, whose learning rate, the share, is told at each step. `guard`: see UpdateSettings.
void update_ema(Phase& phase, const std::vector<Network>& networks, float decay,
                Tensor guard = {}) {
  Graph& graph = *phase.graph;
  phase.ema_decay = decay;
  for (const Network& network : networks)
    for (const Tensor& parameter : averaged(graph, network)) {
      const std::string name = graph.parameter_name(parameter), average = "average." + name;
      const Tensor mean = graph.parameter(average, parameter.shape());
      std::vector<Tensor> inputs = {mean, mean - parameter};
      if (guard) inputs.push_back(guard);
      graph.update(kUpdate, inputs, UpdateSettings{Update::sgd, kAverageSlot, {}, guard ? 1u : 0u});
      phase.ema.push_back({name, average});
    }
}

/// Arjovsky et al. 2017, Algorithm 1: w <- clip(w, -c, c).
void clip_weights(Graph& graph, const Network& network, float limit) {
  for (const Tensor& parameter : trainable(graph, network))
    assign(parameter, clamp(parameter, -limit, limit));
}

/// What a parameter is before any training: the graph's node for it, not one that updates it, says.
InitialValue first_value(const Graph& graph, const std::string& name) {
  const auto found = std::ranges::find_if(
      graph.nodes(), [&](const Node& node) { return node.op == &kParameter && node.name == name; });
  return found->attributes.as<InitialValue>();
}

}  // namespace

void minimize_networks(Phase& phase, Tensor loss, const std::vector<Network>& networks,
                       const TrainingOptions& options, OptimizerSlot slot) {
  std::vector<Tensor> parameters;
  for (const Network& network : networks)
    for (const Tensor& parameter : trainable(*phase.graph, network))
      parameters.push_back(parameter);
  Graph& graph = *phase.graph;
  const bool scaled = options.precision == NumberType::fp16;
  std::vector<Tensor> gradients;
  Tensor guard;
  if (scaled) {
    gradients = grad(loss * loss_scale(graph, slot), parameters);
    guard = step_if_finite(parameters, gradients, options.adam, slot);
    mark(graph, phase.guards, slot, "guard." + std::to_string(slot), guard);
  } else {
    gradients = minimize(loss, parameters, options.adam, slot);
  }
  if (slot == kDiscriminatorSlot && options.gan_mode == GanMode::wgan)
    for (const Network& network : networks)
      clip_weights(*phase.graph, network, options.weight_clip);
  if (slot == kGeneratorSlot && options.ema > 0) update_ema(phase, networks, options.ema, guard);
  if (!options.health) return;
  const auto of_networks = by_network(phase, networks, gradients);
  for (size_t i = 0; i < networks.size(); ++i) {
    const Tensor length = norm(of_networks[i]);
    output_health(phase, HealthKind::gradient, networks[i],
                  scaled ? length * one_over_loss_scale(graph, slot) : length);
    output_health(phase, HealthKind::weights, networks[i], norm(kept_values(phase, networks[i])));
  }
}

void average_network(Phase& phase, const Graph& of, const Network& network, float decay) {
  for (const auto& [name, node] : of.parameters())
    if (network.owns(name))
      phase.graph->parameter(name, of.node(node).shape, first_value(of, name));
  update_ema(phase, {network}, decay);
}

Tensor output_loss(Phase& phase, const Loss& what, Tensor loss) {
  mark(*phase.graph, phase.losses, what, what.name(), loss);
  if (phase.every > 1)
    assign(phase.graph->parameter(told_name(what), loss.shape(), {InitialValue::Kind::constant, 0}),
           loss);
  return loss;
}

std::string told_name(const Loss& loss) { return "told." + loss.name(); }

void output_image(Phase& phase, TrainingImage what, Tensor image) {
  mark(*phase.graph, phase.images, what, to_string(what), image);
}

void output_accuracy(Phase& phase, const Network& network, const TrainingOptions& options,
                     Tensor real, Tensor fake) {
  const bool critic = options.gan_mode == GanMode::wgangp || options.gan_mode == GanMode::wgan;
  if (options.health && !critic)
    output_health(phase, HealthKind::accuracy, network, accuracy(options.gan_mode, real, fake));
}

void adapt_augmentation(Phase& phase, const Network& network, const TrainingOptions& options,
                        Tensor real_logits) {
  if (!options.augment.adaptive) return;
  const float threshold = options.gan_mode == GanMode::lsgan ? 0.5f : 0.0f;
  const Tensor p = adapt_augmentation(*phase.graph, real_logits, threshold, options.augment);
  if (options.health) output_health(phase, HealthKind::augmentation, network, p);
}

void output_recognised(Phase& phase, const Network& network, const TrainingOptions& options,
                       Tensor share) {
  if (options.health) output_health(phase, HealthKind::accuracy, network, share);
}

Tensor discriminator_loss(const AdversarialGame& game, Tensor real, Tensor fake, float weight) {
  const GanMode mode = game.options.gan_mode;
  Tensor of_real, of_fake;
  if (game.real_first) of_real = game.discriminator(real);
  of_fake = game.discriminator(fake);
  if (!game.real_first) of_real = game.discriminator(real);
  const Tensor on_fake =
      output_loss(game.phase, {LossTerm::fake, game.side}, fake_loss(mode, of_fake));
  const Tensor on_real =
      output_loss(game.phase, {LossTerm::real, game.side}, real_loss(mode, of_real));
  output_accuracy(game.phase, {Role::discriminator, game.side}, game.options, of_real, of_fake);
  return with_penalty(game, real, of_real, fake, (on_fake + on_real) * weight);
}

Tensor with_penalty(const AdversarialGame& game, Tensor real, Tensor of_real, Tensor fake,
                    Tensor loss) {
  if (game.options.r1_gamma > 0)
    loss = loss + output_loss(game.phase, {LossTerm::r1, game.side},
                              real_slope_penalty(of_real, real) * (game.options.r1_gamma / 2));
  if (game.options.gan_mode != GanMode::wgangp) return loss;
  const Tensor share = random_uniform(real.graph(), {real.shape().n, 1, 1, 1});
  const Tensor penalty = gradient_penalty(game.discriminator, real, fake, share);
  return loss + output_loss(game.phase, {LossTerm::penalty, game.side},
                            penalty * game.options.penalty_weight);
}

}  // namespace imago
