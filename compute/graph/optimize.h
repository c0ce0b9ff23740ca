// Optimizers: functions that append to a graph the nodes that update its parameters.
//
// What differs from step to step, the learning rate and Adam's bias corrections, is read from
// StepParams::optimizers[slot], so that a recorded program can be run again and again.
#pragma once

#include <string>
#include <vector>

#include "compute/graph/adam.h"
#include "compute/graph/graph.h"
#include "compute/graph/op.h"

namespace imago {

/// p -= learning_rate * v, with v = momentum * v + gradient (PyTorch's form).
struct Sgd {
  float momentum = 0;
  float weight_decay = 0;
  float clip_norm = 0;
};

/// Appends the gradients of `loss` with respect to `parameters` and one step of the optimizer.
/// Afterwards Graph::parameter gives the updated values. The optimizer's own state are parameters
/// under first_moment_name and second_moment_name (Adam) or the former alone (Sgd with momentum),
/// which begin as zeros. `slot` is below StepParams::kOptimizers. Returns the gradients (before
/// clipping) in the order of `parameters`.
std::vector<Tensor> minimize(Tensor loss, const std::vector<Tensor>& parameters, const Adam& adam,
                             int slot);
std::vector<Tensor> minimize(Tensor loss, const std::vector<Tensor>& parameters, const Sgd& sgd,
                             int slot);

/// A step of Adam where values are stored in fp16 (plan/half.h). `gradients` are those of a loss
/// that was multiplied by loss_scale(graph, slot) (ops/loss_scale.h). They are divided by it again;
/// unless all of them are finite, neither a parameter nor a moment changes. Returns {1,1,1,1}, a
/// number that is finite if and only if they are: a guard for other updates (UpdateSettings).
Tensor step_if_finite(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients,
                      const Adam& adam, int slot);

std::string first_moment_name(const std::string& parameter);
std::string second_moment_name(const std::string& parameter);

/// What Adam is told before step number `step` = 1, 2, …
OptimizerStep adam_step(const Adam& adam, float learning_rate, int64_t step);

/// A step of an exponential moving average (EMA), in place: average += weight * (value - average);
/// `average` is a parameter. Returns the new average.
Tensor update_average(Tensor average, Tensor value, float weight);

/// parameter = value, in place.
Tensor assign(Tensor parameter, Tensor value);

}  // namespace imago
