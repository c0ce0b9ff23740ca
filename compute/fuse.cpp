#include "compute/op.h"
#include "compute/plan.h"

namespace imago {

void fuse(const Graph& source, Graph& target) {
  std::vector<Tensor> copies;
  for (const Node& node : source.nodes()) {
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back(copies[static_cast<size_t>(input)]);
    if (node.op == &kInput)
      copies.push_back(target.input(node.name, node.shape));
    else if (node.op == &kParameter)
      copies.push_back(target.parameter(node.name, node.shape));
    else
      copies.push_back(target.add(*node.op, inputs, node.attributes));
  }
  for (const auto& output : source.outputs())
    target.output(output.name, copies[static_cast<size_t>(output.node)]);
}

}  // namespace imago
