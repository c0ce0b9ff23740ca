// What of a graph's values its results depend on.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "compute/graph/op.h"

namespace imago {

/// By node: the rows (columns alike) that the `wanted` rows of other nodes depend on, those
/// included; nothing where none. Rows may lie outside a node's values: what is meant is the picture
/// going on. The walk ends at nodes of which `is_given` says that they need not be computed.
std::vector<std::optional<Interval>> needed_rows(const Graph& graph,
                                                 std::vector<std::optional<Interval>> wanted,
                                                 const std::function<bool(int node)>& is_given);

/// Whether every pixel of the node depends on all of one of its inputs.
bool looks_everywhere(const Graph& graph, const Node& node);

/// By node: whether it is `input` or depends on it.
std::vector<bool> depending_on(const Graph& graph, int input);

}  // namespace imago
