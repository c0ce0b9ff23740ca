// How well the tensors of a checkpoint are those that a network needs.
#pragma once

#include <string>
#include <vector>

#include "compute/graph/shape.h"
#include "models/checkpoint/state_dict.h"

namespace imago {

/// A parameter of a network, as a file would hold it.
struct WantedTensor {
  std::string key;
  Shape shape;
  bool vector = false;  // one dimension in a file: everything but the weights of convolutions
};

struct TensorMatch {
  std::vector<WantedTensor> wanted;
  int fitting = 0;
  std::vector<std::string> missing, misshapen, unknown;  // keys, the second with shapes
  std::vector<std::string> counters;                     // keys that no network uses: see below

  bool exact() const { return missing.empty() && misshapen.empty() && unknown.empty(); }
  /// How many of the wanted keys are there.
  int known() const { return fitting + static_cast<int>(misshapen.size()); }
};

/// Compares. Left out of `unknown` is what no network uses: where `norm` is that of an instance
/// norm, the running statistics that old PyTorch wrote for these (the published CycleGAN networks
/// have them), num_batches_tracked, and the `counters` that tools leave in a network: single
/// numbers, not weights or biases, that are integers or doubles (thop's total_ops and total_params)
/// or are called counts.
TensorMatch match_tensors(std::vector<WantedTensor> wanted, const StateDict& tensors,
                          const std::string& norm);

/// "70 of its 72 tensors are there; missing: …; of another shape: …; not part of it: …"
std::string differences(const TensorMatch& match);

/// "a, b, c, d and 12 more"
std::string some_of(const std::vector<std::string>& all);

/// Whether a network changes this tensor by other means than a gradient: running statistics and
/// the vectors of spectral norm.
bool is_tracked(const std::string& key);
bool is_running_statistic(const std::string& key);

}  // namespace imago
