#include "models/networks/onnx_network.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compute/base/error.h"
#include "compute/vk/program.h"
#include "models/checkpoint/tensor_match.h"
#include "models/networks/layers.h"
#include "models/networks/onnx/run.h"

namespace imago {
namespace {

using onnx::Dims;
using onnx::Network;
using Shared = std::shared_ptr<const Network>;
using Range = std::pair<float, float>;

/// "MatMul (24 times, first in node /blocks.0/attn/MatMul)".
void refuse_unknown(const OnnxModel& model) {
  struct Use {
    std::string first;
    int count = 0;
  };
  std::map<std::string, Use> unknown;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    const OnnxNode& node = model.nodes[i];
    if (node.domain.empty() && (onnx::can_fold(node.op_type) || onnx::find_operator(node.op_type)))
      continue;
    Use& use = unknown[node.domain.empty() ? node.op_type : node.domain + "." + node.op_type];
    if (use.count++ == 0) use.first = node.name.empty() ? std::to_string(i) : node.name;
  }
  if (unknown.empty()) return;
  std::string text;
  for (const auto& [op, use] : unknown)
    text += (text.empty() ? "" : ", ") + op + " (" + std::to_string(use.count) +
            (use.count == 1 ? " time" : " times") + ", first in node " + use.first + ")";
  throw Error("the network needs operators that Imago does not have: " + text);
}

/// Weights whose numbers stand for channels, wherever they are used.
std::set<std::string> channel_vectors(const OnnxModel& model) {
  std::set<std::string> names;
  for (const OnnxNode& node : model.nodes) {
    const bool conv = node.op_type == "Conv" || node.op_type == "ConvTranspose";
    const bool norm = node.op_type.ends_with("Normalization");
    for (size_t i = conv ? 2 : norm ? 1 : node.inputs.size(); i < node.inputs.size(); ++i)
      names.insert(node.inputs[i]);
  }
  return names;
}

onnx::Folded folded_of(const HostTensor& tensor) {
  onnx::Folded folded{tensor.shape, {}, !is_float(tensor.type)};
  if (tensor.type == DType::i64) {  // fp32 would round them
    for (size_t i = 0; i + 8 <= tensor.data.size(); i += 8) {
      int64_t number = 0;
      std::memcpy(&number, tensor.data.data() + i, 8);
      folded.values.push_back(static_cast<double>(number));
    }
  } else {
    for (const float value : tensor.to_float()) folded.values.push_back(value);
  }
  return folded;
}

Network network_of(OnnxModel model) {
  Network network;
  const std::set<std::string> channels = channel_vectors(model);
  for (OnnxTensor& tensor : model.initializers) {
    const HostTensor& value = tensor.value;
    if (!tensor.apart && value.elements() <= onnx::kMostFolded)
      network.constants.emplace(tensor.name, folded_of(value));
    if (!is_float(value.type) || value.elements() == 0 || value.shape.size() > 4) continue;
    const bool vector = channels.contains(tensor.name);
    network.parameters[tensor.name] =
        vector ? Shape{1, value.elements(), 1, 1} : onnx::shape_of(value.shape);
    network.weight_dims[tensor.name] = value.shape;
  }
  network.model = std::move(model);
  return network;
}

// --- sizes ---

struct Geometry {
  int scale = 1, multiple = 1, minimum = 1;
  int border = 0, cut = 0;  // pixels mirrored around the picture, and cut from what comes of it
};

Shape output_shape(const Network& network, int channels, int64_t height, int64_t width) {
  Graph graph;
  const BuildOptions options;
  onnx::Run run(network, graph, options);
  return run(graph.input("x", {1, channels, height, width})).shape();
}

/// The scale and what convolutions without padding lose, from three sides of pictures, each longer
/// by `multiple`; nothing where these do not tell of a fixed scale.
std::optional<Geometry> geometry_at(const Network& network, int channels, int multiple, int side) {
  const Shape first = output_shape(network, channels, side, side + multiple);
  const Shape second = output_shape(network, channels, side + 2 * multiple, side);
  const int64_t more = first.w - first.h;
  if (second.w != first.h || second.h != first.h + 2 * more) return std::nullopt;
  if (more < 1 || more % multiple != 0) return std::nullopt;
  Geometry geometry;
  geometry.multiple = multiple;
  geometry.scale = static_cast<int>(more / multiple);
  const int64_t lost = int64_t{geometry.scale} * side - first.h;
  if (lost < 0 || lost % 2 != 0 || geometry.scale > 64) return std::nullopt;
  geometry.border = static_cast<int>((lost / 2 + geometry.scale - 1) / geometry.scale);
  // So many pixels that the picture with its border is a multiple as well.
  while (2 * geometry.border % multiple != 0) ++geometry.border;
  geometry.cut = static_cast<int>(int64_t{geometry.scale} * geometry.border - lost / 2);
  return geometry;
}

int smallest_side(const Network& network, int channels, const Geometry& g, int enough) {
  for (int side = g.multiple; side < enough; side += side < 4 * g.multiple ? g.multiple : side) {
    try {
      const int64_t grown = side + 2 * g.border;
      const Shape y = output_shape(network, channels, grown, enough + 2 * g.border);
      if (side > g.border && y.h == int64_t{g.scale} * side + 2 * g.cut) return side;
    } catch (const Error&) {
      continue;  // too small for a mirrored edge, or for the network's depth
    }
  }
  return enough;
}

Geometry geometry_of(const Network& network, int channels) {
  constexpr int kAbout = 72;  // larger than what most networks mirror, and cheap to plan
  std::string reason;
  for (int multiple = 1; multiple <= 256; multiple *= 2) {
    // An odd number of multiples: no multiple of twice as much.
    const int side = multiple * ((kAbout + multiple - 1) / multiple | 1);
    try {
      std::optional<Geometry> geometry = geometry_at(network, channels, multiple, side);
      if (!geometry) continue;
      geometry->minimum = smallest_side(network, channels, *geometry, side);
      return *geometry;
    } catch (const Error& error) {
      if (reason.empty()) reason = error.what();
    }
  }
  throw Error(reason.empty() ? "the network's result has no fixed scale to its input" : reason);
}

/// Of a graph that was exported for one size of picture: what its nodes do there.
void learn_fixed(Network& network, int channels) {
  const std::vector<int64_t>& sides = network.model.inputs[0].shape;
  constexpr int64_t kMost = 4096;
  if (sides.size() != 4 || sides[2] < 1 || sides[3] < 1 || std::max(sides[2], sides[3]) > kMost)
    return;
  Graph graph;
  const BuildOptions options;
  onnx::Run run(network, graph, options);
  try {
    run(graph.input("x", {1, channels, sides[2], sides[3]}));
    network.fixed_factors = run.fixed_factors;
  } catch (const Error&) {
    // Told again, and better, by geometry_of.
  }
}

int input_channels(const OnnxModel& model) {
  constexpr int64_t kMost = 64;
  const std::vector<int64_t>& shape = model.inputs[0].shape;
  if (!shape.empty() && shape.size() != 4)
    throw Error("the network's input has " + std::to_string(shape.size()) +
                " dimensions; Imago runs networks of pictures, which have four");
  if (shape.size() == 4 && shape[1] >= 1 && shape[1] <= kMost) return static_cast<int>(shape[1]);
  if (shape.size() == 4 && shape[1] > kMost)
    throw Error("the network takes pictures of " + std::to_string(shape[1]) +
                " channels; are its channels last? Imago runs networks with channels first");
  for (const OnnxNode& node : model.nodes) {
    if (node.op_type != "Conv" || node.inputs.size() < 2) continue;
    for (const OnnxTensor& tensor : model.initializers)
      if (tensor.name == node.inputs[1] && tensor.value.shape.size() == 4 &&
          tensor.value.shape[1] >= 1 && tensor.value.shape[1] <= kMost &&
          node.inputs[0] == model.inputs[0].name)
        return static_cast<int>(tensor.value.shape[1]);
  }
  return 3;
}

// --- ranges ---

std::optional<float> factor_of(const Network& network, const OnnxNode& node, size_t constant) {
  if (node.inputs.size() != 2) return std::nullopt;
  const auto found = network.constants.find(node.inputs[constant]);
  if (found == network.constants.end() || found->second.values.size() != 1) return std::nullopt;
  const auto value = static_cast<float>(found->second.values[0]);
  return node.op_type == "Mul"   ? std::optional(value)
         : node.op_type == "Div" ? std::optional(1 / value)
                                 : std::nullopt;
}

bool is_near(std::optional<float> value, float wanted) {
  return value && std::abs(*value - wanted) < 1e-3f * std::abs(wanted);
}

bool passes_on(const OnnxNode& node) {
  return node.op_type == "Identity" || node.op_type == "Cast" || node.op_type == "Clip";
}

/// Whether the first thing that happens to the input is a division by 255.
bool divides_by_255(const Network& network) {
  std::string name = network.model.inputs[0].name;
  for (const OnnxNode& node : network.model.nodes) {
    if (node.inputs.empty() || node.inputs[0] != name || node.outputs.empty()) continue;
    if (is_near(factor_of(network, node, 1), 1.0f / 255)) return true;
    if (!passes_on(node)) return false;
    name = node.outputs[0];
  }
  return false;
}

/// The last node that does more than pass its input on; null if there is none.
const OnnxNode* last_node(const OnnxModel& model) {
  std::string name = model.outputs[0].name;
  for (size_t i = model.nodes.size(); i-- > 0;) {
    const OnnxNode& node = model.nodes[i];
    if (std::find(node.outputs.begin(), node.outputs.end(), name) == node.outputs.end()) continue;
    if (!passes_on(node) || node.inputs.empty()) return &node;
    name = node.inputs[0];
  }
  return nullptr;
}

/// Whether the network makes numbers far beyond 1 of a picture between 0 and 1, as those do that
/// know pictures of 0 to 255 and normalise what they see. Only asked of networks that normalise,
/// and of small ones: it is run on the host.
bool makes_hundreds(const Generator& generator) {
  constexpr double kMostProducts = 2e8;
  const ModelInfo& info = generator.info;
  const int64_t side = std::max(24 / info.multiple, 1) * info.multiple;
  Graph graph;
  const Tensor x = graph.input("x", {1, info.in_channels, std::max<int64_t>(side, info.minimum),
                                     std::max<int64_t>(side, info.minimum)});
  graph.output("y", generator.build(graph, x, {.unclamped = true}));
  double products = 0;
  bool normalises = false;
  for (const Node& node : graph.nodes()) {
    normalises = normalises || std::string_view(node.op->name).starts_with("normalize");
    if (!std::string_view(node.op->name).starts_with("conv2d")) continue;
    const Shape w = graph.node(node.inputs[1]).shape;
    products +=
        static_cast<double>(w.elements()) * static_cast<double>(node.shape.h * node.shape.w);
  }
  if (!normalises || products > kMostProducts) return false;
  const HostArray y = evaluate(graph, [&](const Node& node) {
                        if (node.name == "x" && node.op == &kInput) {
                          std::vector<double> values(static_cast<size_t>(node.shape.elements()));
                          for (size_t i = 0; i < values.size(); ++i)
                            values[i] = static_cast<double>(i * 37 % 101) / 100;
                          return values;
                        }
                        const std::vector<float> stored =
                            generator.weights.find(node.name)->to_float();
                        return std::vector<double>(stored.begin(), stored.end());
                      }).at(0);
  double sum = 0;
  for (const double value : y.values) sum += std::abs(value);
  return sum / static_cast<double>(y.values.size()) > 8;
}

std::optional<Range> range_in(const StateDict& tensors) {
  const auto found = tensors.metadata.find(kRangeMetadata);
  if (found == tensors.metadata.end()) return std::nullopt;
  if (found->second == "0:255") return Range{0, 255};
  if (found->second == "-1:1") return Range{-1, 1};
  if (found->second == "0:1") return Range{0, 1};
  return std::nullopt;
}

struct Ranges {
  Range input = {0, 1}, output = {0, 1};
};

Ranges ranges_shown(const Network& network) {
  Ranges ranges;
  const OnnxNode* last = last_node(network.model);
  if (last && last->op_type == "Tanh") ranges.input = ranges.output = {-1, 1};
  if (divides_by_255(network)) ranges.input = {0, 255};
  if (last &&
      (is_near(factor_of(network, *last, 1), 255) || is_near(factor_of(network, *last, 0), 255)))
    ranges.output = {0, 255};
  return ranges;
}

// --- the generator ---

Tensor mapped(Tensor x, const Range& from, const Range& to) {
  if (from == to) return x;
  const float scale = (to.second - to.first) / (from.second - from.first);
  return affine(x, scale, to.first - from.first * scale);
}

/// `outside`: the range that the generator has; `inside`: those of the ONNX graph.
auto builder(Shared network, Geometry g, Range outside, Ranges inside) {
  return [=](Graph& graph, Tensor x, const BuildOptions& options) {
    x = mapped(x, outside, inside.input);
    if (g.border > 0) x = pad(x, {g.border, g.border, g.border, g.border}, PadMode::reflect);
    onnx::Run run(*network, graph, options);
    Tensor y = run(x);
    if (g.cut > 0) y = crop(y, {g.cut, g.cut, g.cut, g.cut});
    y = mapped(y, inside.output, outside);
    return options.unclamped ? y : clamp(y, outside.first, outside.second);
  };
}

/// The tensors that the graph asks for, in fp32.
void take_weights(Generator& generator, const Network& network, const StateDict& tensors) {
  Graph graph;
  const ModelInfo& info = generator.info;
  const int64_t side = std::max(info.minimum, info.multiple);
  generator.build(graph, graph.input("x", {1, info.in_channels, side, side}), {});
  for (const WantedTensor& wanted : wanted_tensors(graph)) {
    const HostTensor* stored = tensors.find(wanted.key);
    for (const OnnxTensor& tensor : network.model.initializers)
      if (!stored && tensor.name == wanted.key && !tensor.apart) stored = &tensor.value;
    if (!stored || stored->elements() != wanted.shape.elements())
      throw Error("the network's weight \"" + wanted.key + "\" " +
                  (stored ? "has another size than the network needs" : "is missing"));
    if (generator.info.precision.empty()) generator.info.precision = to_string(stored->type);
    generator.info.parameters += stored->elements();
    generator.weights.insert(wanted.key, HostTensor::from_float(stored->shape, stored->to_float()));
  }
}

void describe(ModelInfo& info, const Network& network) {
  info.architecture = network.model.producer == "ncnn" ? "ncnn" : "onnx";
  info.paper = "unknown";
  info.features = 0;
  for (const OnnxNode& node : network.model.nodes) {
    if (node.op_type == "InstanceNormalization") info.norm = "instance_affine";
    if (node.op_type != "Conv" && node.op_type != "ConvTranspose") continue;
    ++info.blocks;
    const auto weight = network.weight_dims.find(node.inputs.size() > 1 ? node.inputs[1] : "");
    if (info.features == 0 && weight != network.weight_dims.end())
      info.features = static_cast<int>(std::min<int64_t>(weight->second.front(), 65536));
  }
}

bool sees_everything(const Generator& generator) {
  const ModelInfo& info = generator.info;
  const int side = std::max(info.minimum, (64 + info.multiple - 1) / info.multiple * info.multiple);
  Graph graph;
  const Tensor x = graph.input("x", {1, info.in_channels, side, side});
  return receptive_radius(graph, x, generator.build(graph, x, {}), info.multiple) < 0;
}

}  // namespace

bool is_onnx(const StateDict& tensors) { return tensors.metadata.contains(kOnnxMetadata); }

Generator onnx_generator(const StateDict& tensors, std::optional<Range> range) {
  std::optional<OnnxModel> model = onnx_graph_of(tensors);
  if (!model) throw Error("the file holds no ONNX graph");
  if (model->inputs.size() != 1 || model->outputs.empty())
    throw Error("the network has " + std::to_string(model->inputs.size()) +
                " inputs; Imago runs networks of one picture");
  refuse_unknown(*model);
  Network network = network_of(std::move(*model));
  const int channels = input_channels(network.model);
  learn_fixed(network, channels);

  Generator generator;
  ModelInfo& info = generator.info;
  const Geometry geometry = geometry_of(network, channels);
  info.in_channels = channels;
  info.scale = geometry.scale;
  info.multiple = geometry.multiple;
  info.minimum = geometry.minimum;
  const int64_t side = geometry.minimum + 2 * geometry.border;
  info.out_channels =
      static_cast<int>(std::min<int64_t>(output_shape(network, channels, side, side).c, 65536));
  describe(info, network);

  if (!range) range = range_in(tensors);
  const Shared shared = std::make_shared<const Network>(std::move(network));
  Ranges ranges = range ? Ranges{*range, *range} : ranges_shown(*shared);
  Range outside = ranges.input == ranges.output ? ranges.input : Range{0, 1};
  generator.build = builder(shared, geometry, outside, ranges);
  take_weights(generator, *shared, tensors);
  if (!range && ranges.input == Range{0, 1} && ranges.output == Range{0, 1} &&
      makes_hundreds(generator)) {
    ranges = {{0, 255}, {0, 255}};
    outside = {0, 255};
    generator.build = builder(shared, geometry, outside, ranges);
  }
  info.input_low = outside.first;
  info.input_high = outside.second;
  info.global_statistics = sees_everything(generator);
  generator.weights.metadata = tensors.metadata;
  generator.weights.warnings = tensors.warnings;
  info.notes = tensors.warnings;
  if (range) {
    const bool signs = range->first < 0;
    generator.weights.metadata[kRangeMetadata] = signs               ? "-1:1"
                                                 : range->second > 1 ? "0:255"
                                                                     : "0:1";
  } else {
    info.notes.push_back("the file does not tell the range of its numbers; taken is " +
                         std::to_string(static_cast<int>(ranges.input.first)) + ":" +
                         std::to_string(static_cast<int>(ranges.input.second)) +
                         ", --range says another");
  }
  return generator;
}

}  // namespace imago
