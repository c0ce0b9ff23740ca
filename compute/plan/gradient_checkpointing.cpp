// Time is counted in convolutions: two uses of a value with many of them between are far apart. No
// distinction is made between forward and backward, so that any order of networks, losses and
// gradients is served, second derivatives too.
#include "compute/plan/gradient_checkpointing.h"

#include <algorithm>
#include <set>

#include "compute/graph/op.h"
#include "compute/ops/conv2d.h"
#include "compute/plan/plan.h"

namespace imago {
namespace {

// Chosen by measuring the papers' training steps (docs/training-memory.md).
constexpr int kNear = 4;            // convolutions between two uses that share a value
constexpr int kLongestRecipe = 16;  // nodes made again at most for one value

bool is_convolution(const Node& node) {
  return node.op == &kConv2d || node.op == &kConv2dDx || node.op == &kConv2dDw ||
         node.op == &kConvFused;
}

int64_t bytes_of_node(const Node& node) { return node.shape.bytes(node.type); }

/// Never worth making again, or impossible to.
bool is_always_kept(const Node& node) {
  const bool is_small = node.shape.h * node.shape.w == 1;  // numbers per channel, losses
  return node.op == &kInput || node.op == &kParameter || is_convolution(node) || is_small ||
         node.op->memory == Op::Memory::update;
}

class Recomputation {
 public:
  Recomputation(const Graph& source, Graph& target)
      : source_(source),
        target_(target),
        alive_(reachable(source)),
        kept_(source.nodes().size(), true),
        last_use_(source.nodes().size(), -1),
        touched_(source.nodes().size(), 0),
        copies_(source.nodes().size()) {
    choose_kept();
    find_last_uses();
  }

  void run() {
    for (int id = 0; id < count(); ++id) {
      const Node& node = source_.node(id);
      now_ = id;
      if (alive_[index(id)] || node.inputs.empty()) copies_[index(id)] = copy(id);
      if (is_convolution(node)) ++clock_;
      touched_[index(id)] = clock_;
    }
    for (const auto& output : source_.outputs())
      target_.output(output.name, copies_[index(output.node)]);
  }

 private:
  static size_t index(int id) { return static_cast<size_t>(id); }
  int count() const { return static_cast<int>(source_.nodes().size()); }

  /// Fills kept_: what is never made again. Where everything is cheap (the sums of residual blocks)
  /// one in several is kept, so that no recipe grows with the depth of the network.
  void choose_kept() {
    std::vector<int> steps(source_.nodes().size(), 0);
    std::set<int> outputs;
    for (const auto& output : source_.outputs()) outputs.insert(output.node);
    for (int id = 0; id < count(); ++id) {
      const Node& node = source_.node(id);
      if (is_always_kept(node) || outputs.contains(id)) continue;
      if (node.op->memory == Op::Memory::view) {  // it is the memory of its input
        kept_[index(id)] = kept_[index(node.inputs[0])];
        steps[index(id)] = steps[index(node.inputs[0])];
        continue;
      }
      int length = 1;
      for (const int input : node.inputs) length += steps[index(input)];
      if (length > kLongestRecipe) continue;
      kept_[index(id)] = false;
      steps[index(id)] = length;
    }
  }

  void find_last_uses() {
    for (int id = 0; id < count(); ++id)
      if (alive_[index(id)])
        for (int input : source_.node(id).inputs) {
          last_use_[index(input)] = id;
          while (source_.node(input).op->memory == Op::Memory::view) {
            input = source_.node(input).inputs[0];
            last_use_[index(input)] = id;
          }
        }
  }

  Tensor copy(int id) {
    const Node& node = source_.node(id);
    if (node.op == &kInput) return target_.input(node.name, node.shape);
    if (node.op == &kParameter)
      return target_.parameter(node.name, node.shape, node.attributes.as<InitialValue>(),
                               node.type);
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back(value(input));
    if (node.op->memory == Op::Memory::update)
      return target_.update(*node.op, inputs, node.attributes);
    return target_.add(*node.op, inputs, node.attributes, node.type);
  }

  /// The copy of a node for a use now: made again if it was last used long ago and this pays.
  Tensor value(int id) {
    if (!is_at_hand(id) && pays(id)) copies_[index(id)] = copy(id);
    touched_[index(id)] = clock_;
    return copies_[index(id)];
  }

  bool is_at_hand(int id) const {
    return kept_[index(id)] || clock_ - touched_[index(id)] <= kNear || !can_repeat(id);
  }

  /// False where an input is from before a parameter's update.
  bool can_repeat(int id) const {
    const auto& inputs = source_.node(id).inputs;
    return std::none_of(inputs.begin(), inputs.end(), [&](int input) {
      return target_.is_superseded(copies_[index(input)].id());
    });
  }

  /// True if fewer bytes wait for making the value again than for the value itself.
  bool pays(int id) const {
    std::set<int> seen;
    return bytes_to_repeat(id, seen) < bytes_of_node(source_.node(id));
  }

  /// What has to wait in memory until now only for the sake of making the value again.
  int64_t bytes_to_repeat(int id, std::set<int>& seen) const {
    int64_t bytes = 0;
    for (const int input : source_.node(id).inputs)
      if (seen.insert(input).second) bytes += bytes_to_have(input, seen);
    return bytes;
  }

  int64_t bytes_to_have(int id, std::set<int>& seen) const {
    const Node& node = source_.node(id);
    const bool waits_anyway = node.op == &kParameter || last_use_[index(id)] >= now_;
    const int64_t stored = waits_anyway ? 0 : bytes_of_node(node);
    if (is_at_hand(id)) return stored;
    const int64_t repeated = bytes_to_repeat(id, seen);
    return repeated < bytes_of_node(node) ? repeated : stored;
  }

  const Graph& source_;
  Graph& target_;
  const std::vector<bool> alive_;
  std::vector<bool> kept_;
  std::vector<int> last_use_;   // by source node: the id of its last user
  std::vector<int> touched_;    // by source node: clock_ at its last use or when it was made
  std::vector<Tensor> copies_;  // by source node: the latest
  int clock_ = 0;               // convolutions so far
  int now_ = 0;                 // the source node being copied
};

}  // namespace

void checkpoint_gradients(const Graph& source, Graph& target) {
  Recomputation(source, target).run();
}

}  // namespace imago
