#include "compute/graph/grad.h"

#include <algorithm>
#include <map>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

/// One walk from a tensor back to those it is differentiated by. Nodes below `begin` count as
/// leaves.
class Walk {
 public:
  Walk(Tensor y, const std::vector<Tensor>& wrt, int begin)
      : graph_(y.graph()), wrt_(wrt), begin_(begin), depends_(static_cast<size_t>(y.id()) + 1) {
    for (const Tensor& leaf : wrt)
      if (leaf.id() <= y.id()) depends_[static_cast<size_t>(leaf.id())] = true;
    for (int id = begin; id <= y.id(); ++id) {
      const Node& node = graph_.node(id);
      if (node.op->memory == Op::Memory::update) continue;
      for (const int input : node.inputs)
        if (depends_[static_cast<size_t>(input)]) depends_[static_cast<size_t>(id)] = true;
    }
  }

  std::vector<Tensor> run(Tensor y, Tensor dy) {
    gradients_[y.id()] = dy;
    for (int id = y.id(); id >= begin_; --id) {
      const auto found = gradients_.find(id);
      if (found != gradients_.end() && has_way_on(id)) step(id, found->second);
    }
    std::vector<Tensor> result;
    for (const Tensor& leaf : wrt_) {
      const auto found = gradients_.find(leaf.id());
      result.push_back(found == gradients_.end() ? constant(graph_, leaf.shape(), 0)
                                                 : found->second);
    }
    return result;
  }

 private:
  bool depends(int id) const {
    return static_cast<size_t>(id) < depends_.size() && depends_[static_cast<size_t>(id)];
  }

  bool has_way_on(int id) const {
    const Node& node = graph_.node(id);
    return node.op->memory != Op::Memory::update &&
           std::any_of(node.inputs.begin(), node.inputs.end(), [&](int i) { return depends(i); });
  }

  void step(int id, Tensor dy) {
    const Node node = graph_.node(id);  // a copy: rules append to the graph's nodes
    Backward backward;
    for (const int input : node.inputs) {
      backward.x.push_back({&graph_, input});
      backward.wanted.push_back(depends(input));
    }
    backward.y = {&graph_, id};
    backward.dy = dy;
    backward.attributes = node.attributes;
    const std::vector<Tensor> gradients = differentiate(node, backward);
    for (size_t i = 0; i < node.inputs.size(); ++i)
      if (backward.wanted[i] && i < gradients.size() && gradients[i])
        accumulate(node, node.inputs[i], gradients[i]);
  }

  void accumulate(const Node& node, int input, Tensor gradient) {
    if (gradient.shape() != graph_.node(input).shape)
      throw Error(std::string("grad: the rule of ") + node.op->name + " gives " +
                  to_string(gradient.shape()) + " for an input of " +
                  to_string(graph_.node(input).shape));
    const auto [found, first] = gradients_.try_emplace(input, gradient);
    if (!first) found->second = found->second + gradient;
  }

  static std::vector<Tensor> differentiate(const Node& node, const Backward& backward) {
    if (node.op->grad) return node.op->grad(backward);
    if (!node.op->decompose)
      throw Error(std::string("grad: ") + node.op->name + " has no gradient");
    Graph& graph = backward.y.graph();
    const int begin = static_cast<int>(graph.nodes().size());
    const Tensor y = node.op->decompose(backward.x, node.attributes);
    return Walk(y, backward.x, begin).run(y, backward.dy);
  }

  Graph& graph_;
  const std::vector<Tensor> wrt_;
  const int begin_;
  std::vector<bool> depends_;        // on one of wrt
  std::map<int, Tensor> gradients_;  // by node, as far as they are known
};

}  // namespace

std::vector<Tensor> grad(Tensor loss, const std::vector<Tensor>& wrt) {
  return Walk(loss, wrt, 0).run(loss, constant(loss.graph(), loss.shape(), 1));
}

Tensor grad(Tensor loss, Tensor wrt) { return grad(loss, std::vector<Tensor>{wrt})[0]; }

}  // namespace imago
