#include "compute/graph/reach.h"

#include <algorithm>

namespace imago {

namespace {

std::vector<Shape> input_shapes(const Graph& graph, const Node& node) {
  std::vector<Shape> shapes;
  for (const int source : node.inputs) shapes.push_back(graph.node(source).shape);
  return shapes;
}

}  // namespace

bool looks_everywhere(const Graph& graph, const Node& node) {
  return node.op->global && node.op->global(node.attributes, input_shapes(graph, node));
}

std::vector<bool> depending_on(const Graph& graph, int input) {
  std::vector<bool> depends(graph.nodes().size(), false);
  depends[static_cast<size_t>(input)] = true;
  for (size_t id = 0; id < depends.size(); ++id)
    for (const int source : graph.node(static_cast<int>(id)).inputs)
      if (depends[static_cast<size_t>(source)]) depends[id] = true;
  return depends;
}

std::vector<std::optional<Interval>> needed_rows(const Graph& graph,
                                                 std::vector<std::optional<Interval>> wanted,
                                                 const std::function<bool(int node)>& is_given) {
  std::vector<std::optional<Interval>> needed = std::move(wanted);
  for (size_t id = needed.size(); id-- > 0;) {
    const Node& node = graph.node(static_cast<int>(id));
    const std::optional<Interval> rows = needed[id];
    if (!rows || node.inputs.empty() || is_given(static_cast<int>(id))) continue;
    const Interval reached =
        node.op->reach ? node.op->reach(node.attributes, input_shapes(graph, node), *rows) : *rows;
    for (const int source : node.inputs) {
      auto& want = needed[static_cast<size_t>(source)];
      want = want ? Interval{std::min(want->low, reached.low), std::max(want->high, reached.high)}
                  : reached;
    }
  }
  return needed;
}

int receptive_radius(const Graph& graph, Tensor input, Tensor output, int block) {
  const std::vector<bool> depends = depending_on(graph, input.id());
  // Rows of each node that a block of output rows depends on.
  const int64_t block_out = block * output.shape().h / input.shape().h;
  std::vector<std::optional<Interval>> wanted(graph.nodes().size());
  wanted[static_cast<size_t>(output.id())] = Interval{0, std::max<int64_t>(block_out, 1) - 1};
  const auto needed = needed_rows(graph, std::move(wanted), [&](int node) {
    return node == input.id() || !depends[static_cast<size_t>(node)];
  });
  for (size_t id = 0; id < needed.size(); ++id)
    if (needed[id] && depends[id] && looks_everywhere(graph, graph.node(static_cast<int>(id))))
      return -1;
  const auto& rows = needed[static_cast<size_t>(input.id())];
  if (!rows) return 0;
  return static_cast<int>(std::max({int64_t{0}, -rows->low, rows->high - (block - 1)}));
}

}  // namespace imago
