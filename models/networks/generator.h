// A generator network: a picture in, a picture out.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "models/checkpoint/state_dict.h"
#include "models/networks/model_info.h"

namespace imago {

class Graph;   // compute/graph/graph.h
class Tensor;  // the same; who only hands a Generator on needs to know neither

struct BuildOptions {
  bool stochastic = false;  // dropout on
  bool batch_statistics =
      false;  // batch norm of the picture's own statistics, not the running ones
  bool track_statistics = false;  // training: and the running statistics are updated from them
  bool power_iteration = false;   // training: spectral norm takes a step of power iteration
  bool unclamped = false;         // training: beyond a clamp no gradient flows
  std::string prefix = {};        // before every parameter's name: several networks, one graph
  bool operator==(const BuildOptions&) const = default;
};

/// An architecture with its weights, independent of any picture size.
struct Generator {
  ModelInfo info;
  StateDict weights;      // fp32, the keys that `build` asks for
  BuildOptions defaults;  // as the paper says (pix2pix: batch statistics)
  /// Appends the network to the graph. x {N, in_channels, H, W} in the network's range ->
  /// {N, out_channels, scale*H, scale*W} in the network's range, clamped to it.
  std::function<Tensor(Graph&, Tensor x, const BuildOptions&)> build;
};

/// The generator whose result has the BT.601 luma of its input, so that only the colours are the
/// network's, and these at a quarter of the resolution: means of 4 x 4 pixels, interpolated. Sides
/// become multiples of 4. For out_channels 3 and scale 1; else it throws Error.
Generator keeping_luma(Generator generator);

/// The generator whose batch norm divides by the statistics learnt in training whatever its paper
/// says: for one that was trained on several pictures at a time, whose statistics are not those of
/// the one picture it translates. Without batch norm it stays as it is.
Generator using_running_statistics(Generator generator);

/// What a file must say beside the tensors for `identify` to give a generator that is used like
/// this one: "imago_statistics", "imago_luma", "imago_side", "imago_shifts", "imago_margin",
/// "imago_input", "imago_labels", "license", "imago_onnx".
std::map<std::string, std::string> metadata_of(const Generator& generator);

}  // namespace imago
