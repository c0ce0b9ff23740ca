#include "models/training/methods/classifier.h"

#include "compute/base/error.h"

namespace imago {

Method classifier(const ClassifierOptions& options, const Shape& a, const Shape& b) {
  const int classes = options.network.classes;
  if (classes < 2 || a.c < classes || b.c != options.network.in_channels)
    throw Error(
        "classifier: learns what pictures show by their labels, so it needs --labels, two "
        "or more of them, and pictures of --output-nc channels");
  Method method;
  method.name = "classifier";
  method.networks = {kC};
  method.metadata[kC] = metadata_of(options.facts);
  method.adam = options.training.adam;

  Phase phase("step", {kGeneratorSlot});
  Graph& graph = *phase.graph;
  const Tensor numbers = graph.input("a", a), pictures = graph.input("b", b);
  const Tensor label =
      slice_channels(numbers, static_cast<int>(a.c) - classes, static_cast<int>(a.c));
  const Tensor logits =
      classify(graph, pictures, options.network, training_build(kC, options.dropout)).logits;
  const Tensor loss = output_loss(phase, {LossTerm::cross_entropy}, cross_entropy(logits, label));
  minimize_networks(phase, loss, {kC}, options.training, kGeneratorSlot);
  output_recognised(phase, kC, options.training, recognised(logits, label));

  method.stages.push_back({"classification", {}});
  method.stages[0].phases.push_back(std::move(phase));
  return method;
}

}  // namespace imago
