// The fp64 evaluation of a graph from the ops' reference functions.
#include "compute/base/error.h"
#include "compute/vk/program.h"

namespace imago {

std::vector<HostArray> evaluate(const Graph& graph,
                                const std::function<std::vector<double>(const Node&)>& values,
                                const StepParams& step) {
  std::vector<HostArray> arrays;
  for (const Node& node : graph.nodes()) {
    HostArray array{node.shape, {}};
    const auto count = static_cast<size_t>(node.shape.elements());
    if (!node.op->reference) {
      array.values = values(node);
      if (array.values.size() != count)
        throw Error("evaluate: " + node.name + " has " + std::to_string(array.values.size()) +
                    " values, expected " + std::to_string(count));
    } else {
      array.values.assign(count, 0.0);
      std::vector<const HostArray*> inputs;
      for (const int input : node.inputs) inputs.push_back(&arrays[static_cast<size_t>(input)]);
      node.op->reference(inputs, node.attributes, step, array);
    }
    arrays.push_back(std::move(array));
  }
  std::vector<HostArray> outputs;
  for (const auto& output : graph.outputs())
    outputs.push_back(arrays[static_cast<size_t>(output.node)]);
  return outputs;
}

}  // namespace imago
