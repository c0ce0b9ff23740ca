#include "compute/graph/deferred.h"

#include <algorithm>

#include "compute/graph/op.h"
#include "compute/ops/binary.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/update.h"

namespace imago {
namespace {

bool is_sum(const Node& node) {
  return node.op == &kBinary && node.attributes.as<BinarySettings>().operation == Binary::add;
}

/// A gradient, or a sum of them, that is larger than what it is made of.
bool is_deferrable(const Graph& graph, int id) {
  const Node& node = graph.node(id);
  if (is_sum(node))
    return std::ranges::all_of(node.inputs, [&](int i) { return is_deferrable(graph, i); });
  if (node.op != &kConv2dDw) return false;
  int64_t inputs = 0;
  for (const int input : node.inputs) inputs += graph.node(input).shape.bytes(NumberType::fp16);
  return node.shape.bytes() > inputs;
}

void collect_witnesses(const Graph& graph, int id, std::vector<int>& result) {
  const bool of_all = is_sum(graph.node(id));
  for (const int input : graph.node(id).inputs)
    if (of_all)
      collect_witnesses(graph, input, result);
    else
      result.push_back(input);
}

/// Appends the nodes that a gradient is made of, itself last.
void collect_parts(const Graph& graph, int id, std::vector<int>& parts) {
  if (is_sum(graph.node(id)))
    for (const int input : graph.node(id).inputs) collect_parts(graph, input, parts);
  if (std::ranges::find(parts, id) == parts.end()) parts.push_back(id);
}

}  // namespace

std::vector<Tensor> witnesses(Tensor gradient) {
  Graph& graph = gradient.graph();
  if (!is_deferrable(graph, gradient.id())) return {gradient};
  std::vector<int> ids;
  collect_witnesses(graph, gradient.id(), ids);
  std::vector<Tensor> result;
  for (const int id : ids) result.emplace_back(&graph, id);
  return result;
}

std::vector<int> with_deferred_gradients(const Graph& graph) {
  const auto count = static_cast<int>(graph.nodes().size());
  std::vector<std::vector<int>> readers(static_cast<size_t>(count));
  for (int id = 0; id < count; ++id)
    for (const int input : graph.node(id).inputs) readers[static_cast<size_t>(input)].push_back(id);
  std::vector<std::vector<int>> before(static_cast<size_t>(count));  // by update
  std::vector<bool> moved(static_cast<size_t>(count), false);
  for (const int update : graph.updates()) {
    const Node& node = graph.node(update);
    if (!node.attributes.as<UpdateSettings>().guarded || !is_deferrable(graph, node.inputs[1]))
      continue;
    std::vector<int> parts;
    collect_parts(graph, node.inputs[1], parts);
    const bool is_free = std::ranges::all_of(parts, [&](int part) {
      return std::ranges::all_of(readers[static_cast<size_t>(part)], [&](int reader) {
        return reader >= update || std::ranges::find(parts, reader) != parts.end();
      });
    });
    if (!is_free) continue;
    for (const int part : parts) moved[static_cast<size_t>(part)] = true;
    before[static_cast<size_t>(update)] = std::move(parts);
  }
  std::vector<int> order;
  for (int id = 0; id < count; ++id) {
    const std::vector<int>& parts = before[static_cast<size_t>(id)];
    order.insert(order.end(), parts.begin(), parts.end());
    if (!moved[static_cast<size_t>(id)]) order.push_back(id);
  }
  return order;
}

}  // namespace imago
