#include "compute/graph/optimize.h"

#include <cmath>

#include "compute/base/error.h"
#include "compute/graph/deferred.h"
#include "compute/graph/grad.h"
#include "compute/ops/loss_scale.h"
#include "compute/ops/ops.h"
#include "compute/ops/update.h"

namespace imago {
namespace {

/// Pascanu et al. 2013: all gradients times min(1, clip_norm / norm of all of them together).
std::vector<Tensor> clipped(const std::vector<Tensor>& gradients, Tensor norm, float clip_norm) {
  const Tensor limit = constant(norm.graph(), {1, 1, 1, 1}, clip_norm);
  const Tensor factor = clamp(div(limit, norm + 1e-6f), 0, 1);
  std::vector<Tensor> result;
  for (const Tensor& gradient : gradients) result.push_back(gradient * factor);
  return result;
}

std::vector<Tensor> clipped(const std::vector<Tensor>& gradients, float clip_norm) {
  if (clip_norm <= 0 || gradients.empty()) return gradients;
  return clipped(gradients, norm(gradients), clip_norm);
}

std::string name_of(Tensor parameter) {
  const std::string name = parameter.graph().parameter_name(parameter);
  if (name.empty()) throw Error("minimize: only parameters can be minimized over");
  return name;
}

Tensor zeros_parameter(Graph& graph, const std::string& name, const Shape& shape) {
  return graph.parameter(name, shape, {InitialValue::Kind::constant, 0});
}

}  // namespace

std::string first_moment_name(const std::string& parameter) { return "first_moment." + parameter; }
std::string second_moment_name(const std::string& parameter) {
  return "second_moment." + parameter;
}

std::vector<Tensor> minimize(Tensor loss, const std::vector<Tensor>& parameters, const Adam& adam,
                             int slot) {
  Graph& graph = loss.graph();
  const std::vector<Tensor> gradients = grad(loss, parameters);
  const std::vector<Tensor> used = clipped(gradients, adam.clip_norm);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = name_of(parameters[i]);
    const Shape shape = parameters[i].shape();
    UpdateSettings settings{
        Update::adam, slot, {adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay}};
    graph.update(kUpdate,
                 {parameters[i], used[i], zeros_parameter(graph, first_moment_name(name), shape),
                  zeros_parameter(graph, second_moment_name(name), shape)},
                 settings);
  }
  return gradients;
}

std::vector<Tensor> minimize(Tensor loss, const std::vector<Tensor>& parameters, const Sgd& sgd,
                             int slot) {
  Graph& graph = loss.graph();
  const std::vector<Tensor> gradients = grad(loss, parameters);
  const std::vector<Tensor> used = clipped(gradients, sgd.clip_norm);
  for (size_t i = 0; i < parameters.size(); ++i) {
    std::vector<Tensor> inputs = {parameters[i], used[i]};
    if (sgd.momentum != 0)
      inputs.push_back(
          zeros_parameter(graph, first_moment_name(name_of(parameters[i])), parameters[i].shape()));
    graph.update(kUpdate, inputs,
                 UpdateSettings{Update::sgd, slot, {sgd.momentum, 0, 0, sgd.weight_decay}});
  }
  return gradients;
}

Tensor step_if_finite(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients,
                      const Adam& adam, int slot) {
  if (parameters.empty()) throw Error("step_if_finite: there is nothing to learn");
  Graph& graph = parameters[0].graph();
  std::vector<Tensor> used = gradients;
  Tensor guard;
  if (adam.clip_norm > 0) {
    guard = norm(gradients);
    used = clipped(gradients, guard * one_over_loss_scale(graph, slot), adam.clip_norm);
  } else {
    std::vector<Tensor> looked_at;
    for (const Tensor& gradient : gradients)
      for (const Tensor& witness : witnesses(gradient)) looked_at.push_back(witness);
    guard = norm(looked_at);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = name_of(parameters[i]);
    const Shape shape = parameters[i].shape();
    graph.update(
        kUpdate,
        {parameters[i], used[i], zeros_parameter(graph, first_moment_name(name), shape),
         zeros_parameter(graph, second_moment_name(name), shape), guard},
        UpdateSettings{
            Update::adam, slot, {adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay}, 1});
  }
  return guard;
}

OptimizerStep adam_step(const Adam& adam, float learning_rate, int64_t step) {
  const auto correction = [&](float beta) {
    return static_cast<float>(1 /
                              (1 - std::pow(static_cast<double>(beta), static_cast<double>(step))));
  };
  return {.learning_rate = learning_rate,
          .first_correction = correction(adam.beta1),
          .second_correction = correction(adam.beta2)};
}

Tensor update_average(Tensor average, Tensor value, float weight) {
  return average.graph().update(kUpdate, {average, value},
                                UpdateSettings{Update::average, 0, {weight, 0, 0, 0}});
}

Tensor assign(Tensor parameter, Tensor value) { return update_average(parameter, value, 1); }

}  // namespace imago
