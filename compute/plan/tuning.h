// Which of several kernels computes a node: the first of its candidates, or the one that was
// measured to be the fastest on the device (vk/tune.h).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compute/graph/graph.h"

namespace imago {

class Lowering;

/// One way to lower a node.
struct KernelCandidate {
  std::string name;  // of the kernel and its tile, without spaces
  std::function<void(Lowering&)> lower;
  bool worth_measuring = true;  // else it only serves where it was found with a size about as large
};

/// What kernels are compared on: a node apart from its graph, in sizes that stand for others about
/// as large.
struct TuningProblem {
  std::string name;  // all that decides how fast the candidates are, on one line without tabs
  const Op* op = nullptr;
  Attributes attributes;
  std::vector<Shape> inputs;  // two
  bool has_filter = true;     // the second is a parameter, as a convolution's filter is
};

/// A side or number of pictures that stands for all down to the next smaller one: 1, 2, 3, 4, 6, 8,
/// 12, 16, 24…
int64_t representative_size(int64_t size);

/// The candidates that were chosen, by the names of problem and candidate.
class TuningTable {
 public:
  bool knows(const std::string& problem) const { return choices_.contains(problem); }
  /// Empty if the table does not know the problem.
  std::string choice(const std::string& problem) const;
  void choose(const std::string& problem, const std::string& candidate);
  bool empty() const { return choices_.empty(); }

  /// A line "problem<tab>candidate" for each, sorted. `parse` passes over what is no such line.
  std::string text() const;
  static TuningTable parse(const std::string& text);

  bool operator==(const TuningTable&) const = default;

 private:
  std::map<std::string, std::string> choices_;
};

}  // namespace imago
