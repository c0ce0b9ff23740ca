#include "models/networks/onnx_export.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/binary.h"
#include "compute/ops/normalize.h"
#include "compute/ops/ops.h"
#include "compute/ops/settings.h"
#include "compute/ops/unary.h"
#include "models/networks/onnx_network.h"

namespace imago {
namespace {

using Ints = std::vector<int64_t>;
constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

std::vector<int64_t> dims_of(const Shape& s) { return {s.n, s.c, s.h, s.w}; }

/// Translates the nodes of a graph, in order.
class Exporter {
 public:
  Exporter(const Graph& graph, const StateDict& weights) : graph_(graph), weights_(weights) {}

  OnnxModel operator()() {
    find_what_depends_on_the_picture();
    for (size_t id = 0; id < graph_.nodes().size(); ++id) {
      const Node& node = graph_.nodes()[id];
      if (node.op == &kInput) {
        names_[static_cast<int>(id)] = "input";
      } else if (depends_[id] && used_[id]) {
        const std::string made = translate(node);
        names_[static_cast<int>(id)] = made;
      }
    }
    const Graph::Output& output = graph_.outputs().at(0);
    add("Identity", {name_of(output.node)}, {}, "output");
    return std::move(model_);
  }

 private:
  void find_what_depends_on_the_picture() {
    const std::vector<Node>& nodes = graph_.nodes();
    depends_.resize(nodes.size());
    used_.resize(nodes.size());
    for (size_t id = 0; id < nodes.size(); ++id) {
      depends_[id] = nodes[id].op == &kInput;
      for (const int input : nodes[id].inputs)
        depends_[id] = depends_[id] || depends_[static_cast<size_t>(input)];
    }
    used_[static_cast<size_t>(graph_.outputs().at(0).node)] = true;
    for (size_t id = nodes.size(); id-- > 0;)
      for (const int input : nodes[id].inputs)
        if (used_[id]) used_[static_cast<size_t>(input)] = true;
  }

  std::string add(const std::string& op, std::vector<std::string> inputs,
                  std::vector<OnnxAttribute> attributes, std::string output = "") {
    const std::string number = std::to_string(model_.nodes.size());
    if (output.empty()) output = op + "_" + number + "_output";
    OnnxNode node;
    node.op_type = op;
    node.name = "/" + op + "_" + number;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.attributes = std::move(attributes);
    model_.nodes.push_back(std::move(node));
    return output;
  }

  std::string constant(std::vector<int64_t> shape, const std::vector<float>& values,
                       std::string name = "") {
    if (name.empty()) name = "constant_" + std::to_string(model_.initializers.size());
    model_.initializers.push_back({name, HostTensor::from_float(std::move(shape), values)});
    return name;
  }
  std::string scalar(float value) { return constant({}, {value}); }
  std::string list(const std::vector<int64_t>& values) {
    HostTensor tensor{DType::i64, {static_cast<int64_t>(values.size())}, {}};
    const auto bytes = std::as_bytes(std::span(values));
    tensor.data.assign(bytes.begin(), bytes.end());
    const std::string name = "constant_" + std::to_string(model_.initializers.size());
    model_.initializers.push_back({name, std::move(tensor)});
    return name;
  }

  /// The numbers of a node that does not depend on the picture.
  const HostArray& known(int id) {
    if (const auto found = known_.find(id); found != known_.end()) return found->second;
    const Node& node = graph_.node(id);
    HostArray result{node.shape, std::vector<double>(static_cast<size_t>(node.shape.elements()))};
    if (node.op == &kParameter) {
      const std::vector<float> stored = weights_.find(node.name)->to_float();
      result.values.assign(stored.begin(), stored.end());
    } else {
      std::vector<const HostArray*> inputs;
      for (const int input : node.inputs) inputs.push_back(&known(input));
      node.op->reference(inputs, node.attributes, {}, result);
    }
    return known_.emplace(id, std::move(result)).first->second;
  }

  std::vector<float> numbers(int id) {
    const HostArray& array = known(id);
    return {array.values.begin(), array.values.end()};
  }

  /// The ONNX name of a node's result; of what is known an initializer, under the parameter's name
  /// if it is one.
  std::string name_of(int id) {
    if (const auto found = names_.find(id); found != names_.end()) return found->second;
    const Node& node = graph_.node(id);
    const std::string name = node.op == &kParameter ? node.name : "";
    return names_[id] = constant(dims_of(node.shape), numbers(id), name);
  }

  /// A known {1, C, 1, 1} as the one-dimensional tensor that norms take.
  std::string vector_of(int id) { return constant({graph_.node(id).shape.c}, numbers(id)); }

  [[noreturn]] static void refuse(const Node& node) {
    throw Error(std::string("ONNX export: the operation ") + node.op->name +
                " has no counterpart in ONNX that Imago writes; use .safetensors or .pth");
  }

  std::string translate(const Node& node) {
    const std::string_view op = node.op->name;
    const auto x = [&](size_t i = 0) { return name_of(node.inputs[i]); };
    if (op == "conv2d" || op == "conv2d_dx") return convolution(node, op == "conv2d_dx");
    if (op == "unary") return unary(node);
    if (op == "binary") return binary(node);
    if (op == "normalize") return normalized(node);
    if (op == "pad") return padded(node);
    if (op == "crop") return cropped(node);
    if (op == "detach") return x();
    if (op == "concat") {
      std::vector<std::string> parts;
      for (size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(x(i));
      return add("Concat", parts, {onnx_attribute("axis", 1)});
    }
    if (op == "slice_channels") {
      const auto s = node.attributes.as<SliceSettings>();
      const std::string from = x();
      return add("Slice", {from, list({s.begin}), list({s.end}), list({1})}, {});
    }
    const auto factor = [&] { return static_cast<int64_t>(node.attributes.as<int>()); };
    if (op == "pixel_shuffle")
      return add("DepthToSpace", {x()},
                 {onnx_attribute("blocksize", factor()), onnx_attribute("mode", "CRD")});
    if (op == "pixel_unshuffle") return unshuffled(node, factor());
    if (op == "upsample_nearest") return resized(x(), factor(), "nearest", "asymmetric");
    if (op == "upsample_bilinear") return resized(x(), factor(), "linear", "half_pixel");
    if (op == "reshape") return reshaped(node);
    if (op == "sum") return reduced("ReduceSum", node);
    refuse(node);
  }

  std::string convolution(const Node& node, bool transposed) {
    const auto s = node.attributes.as<Conv2dSettings>();
    const Shape w = graph_.node(node.inputs[1]).shape;
    const int64_t p = s.padding;
    std::vector<OnnxAttribute> attributes = {onnx_attribute("kernel_shape", Ints{w.h, w.w}),
                                             onnx_attribute("pads", Ints{p, p, p, p}),
                                             onnx_attribute("strides", Ints{s.stride, s.stride})};
    if (transposed && s.output_padding > 0)
      attributes.push_back(
          onnx_attribute("output_padding", Ints{s.output_padding, s.output_padding}));
    const std::string x = name_of(node.inputs[0]), filters = name_of(node.inputs[1]);
    return add(transposed ? "ConvTranspose" : "Conv", {x, filters}, attributes);
  }

  /// Whether it is the last step of a mean: a sum divided by the number of what was added up.
  bool is_mean(const Node& node) const {
    const Node& from = graph_.node(node.inputs[0]);
    const auto s = node.attributes.as<UnarySettings>();
    if (std::string_view(from.op->name) != "sum" || s.operation != Unary::affine || s.b != 0)
      return false;
    const int64_t count = graph_.node(from.inputs[0]).shape.elements() / from.shape.elements();
    return s.a == static_cast<float>(1.0 / static_cast<double>(count));
  }

  std::string unary(const Node& node) {
    if (is_mean(node)) return reduced("ReduceMean", graph_.node(node.inputs[0]));
    const auto s = node.attributes.as<UnarySettings>();
    const std::string x = name_of(node.inputs[0]);
    switch (s.operation) {
      case Unary::identity:
        return x;
      case Unary::affine: {
        const std::string scaled = s.a == 1 ? x : add("Mul", {x, scalar(s.a)}, {});
        return s.b == 0 ? scaled : add("Add", {scaled, scalar(s.b)}, {});
      }
      case Unary::leaky_relu:
        return s.a == 0 ? add("Relu", {x}, {})
                        : add("LeakyRelu", {x}, {onnx_attribute("alpha", s.a)});
      case Unary::square:
        return add("Mul", {x, x}, {});
      case Unary::rsqrt:
        return add("Reciprocal", {add("Sqrt", {x}, {})}, {});
      case Unary::clamp:
        return add("Clip", {x, scalar(s.a), scalar(s.b)}, {});
      case Unary::tanh:
        return add("Tanh", {x}, {});
      case Unary::sigmoid:
        return add("Sigmoid", {x}, {});
      case Unary::exp:
        return add("Exp", {x}, {});
      case Unary::log:
        return add("Log", {x}, {});
      case Unary::sqrt:
        return add("Sqrt", {x}, {});
      case Unary::abs:
        return add("Abs", {x}, {});
      case Unary::sign:
        return add("Sign", {x}, {});
      case Unary::softplus:
        return add("Softplus", {x}, {});
      case Unary::floor:
        return add("Floor", {x}, {});
    }
    refuse(node);
  }

  std::string binary(const Node& node) {
    const std::string a = name_of(node.inputs[0]), b = name_of(node.inputs[1]);
    switch (node.attributes.as<BinarySettings>().operation) {
      case Binary::add:
        return add("Add", {a, b}, {});
      case Binary::sub:
        return add("Sub", {a, b}, {});
      case Binary::mul:
        return add("Mul", {a, b}, {});
      case Binary::div:
        return add("Div", {a, b}, {});
      case Binary::prelu:
        return add("PRelu", {a, b}, {});
      default:
        refuse(node);
    }
  }

  /// Statistics of one picture: of {h, w} and, there being one picture only, of {n, h, w}.
  std::string normalized(const Node& node) {
    const auto s = node.attributes.as<NormalizeSettings>();
    const int64_t channels = node.shape.c;
    const auto ordinary = [&](float value) {
      return constant({channels}, std::vector<float>(static_cast<size_t>(channels), value));
    };
    size_t next = 1;
    const auto vector = [&](bool given, float otherwise) {
      if (!given) return ordinary(otherwise);
      const int id = node.inputs[next++];
      if (depends_[static_cast<size_t>(id)]) refuse(node);
      return vector_of(id);
    };
    const std::string scale = vector(s.has_scale, 1), shift = vector(s.has_shift, 0);
    return add("InstanceNormalization", {name_of(node.inputs[0]), scale, shift},
               {onnx_attribute("epsilon", s.epsilon)});
  }

  std::string padded(const Node& node) {
    const auto s = node.attributes.as<PadSettings>();
    const Padding& b = s.border;
    const char* mode = s.mode == PadMode::zero      ? "constant"
                       : s.mode == PadMode::reflect ? "reflect"
                                                    : "edge";
    const std::string x = name_of(node.inputs[0]);
    return add("Pad", {x, list({0, 0, b.top, b.left, 0, 0, b.bottom, b.right})},
               {onnx_attribute("mode", mode)});
  }

  std::string cropped(const Node& node) {
    const auto m = node.attributes.as<Padding>();
    const auto end = [](int margin) { return margin == 0 ? kToTheEnd : -int64_t{margin}; };
    const std::string x = name_of(node.inputs[0]);
    return add("Slice",
               {x, list({m.top, m.left}), list({end(m.bottom), end(m.right)}), list({2, 3})}, {});
  }

  std::string resized(const std::string& x, int64_t factor, const char* mode, const char* place) {
    const auto f = static_cast<float>(factor);
    std::vector<OnnxAttribute> attributes = {
        onnx_attribute("mode", mode), onnx_attribute("coordinate_transformation_mode", place)};
    if (std::string_view(mode) == "nearest")
      attributes.push_back(onnx_attribute("nearest_mode", "floor"));
    return add("Resize", {x, "", constant({4}, {1, 1, f, f})}, attributes);
  }

  /// PyTorch's order of channels, which SpaceToDepth has not: a convolution that looks at one
  /// pixel.
  std::string unshuffled(const Node& node, int64_t r) {
    const int64_t channels = graph_.node(node.inputs[0]).shape.c, places = r * r;
    std::vector<float> picks(static_cast<size_t>(channels * places * places), 0.0f);
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t k = 0; k < places; ++k)
        picks[static_cast<size_t>((c * places + k) * places + k)] = 1;
    const std::string x = name_of(node.inputs[0]);
    return add("Conv", {x, constant({channels * places, 1, r, r}, picks)},
               {onnx_attribute("group", channels), onnx_attribute("strides", Ints{r, r}),
                onnx_attribute("kernel_shape", Ints{r, r})});
  }

  /// Sides that stay are copied from the picture's, another height is inferred.
  std::string reshaped(const Node& node) {
    const Shape from = graph_.node(node.inputs[0]).shape, to = node.shape;
    std::vector<int64_t> dims = {to.n, to.c, to.h == from.h ? 0 : -1, to.w == from.w ? 0 : to.w};
    const std::string x = name_of(node.inputs[0]);
    return add("Reshape", {x, list(dims)}, {});
  }

  std::string reduced(const char* op, const Node& node) {
    const auto a = node.attributes.as<Axes>();
    std::vector<int64_t> axes;
    for (const auto& [chosen, axis] : {std::pair{a.n, 0}, {a.c, 1}, {a.h, 2}, {a.w, 3}})
      if (chosen) axes.push_back(axis);
    const std::string x = name_of(node.inputs[0]);
    if (std::string_view(op) == "ReduceMean")  // an attribute up to opset 17
      return add(op, {x}, {onnx_attribute("axes", axes), onnx_attribute("keepdims", 1)});
    return add(op, {x, list(axes)}, {onnx_attribute("keepdims", 1)});
  }

  const Graph& graph_;
  const StateDict& weights_;
  OnnxModel model_;
  std::vector<bool> depends_, used_;
  std::map<int, std::string> names_;
  std::map<int, HostArray> known_;
};

OnnxModel exported_at(const Generator& generator, int64_t height, int64_t width) {
  Graph graph;
  const Tensor x = graph.input("input", {1, generator.info.in_channels, height, width});
  graph.output("output", generator.build(graph, x, generator.defaults));
  return Exporter(graph, generator.weights)();
}

std::string range_of(const ModelInfo& info) {
  return info.input_low < 0 ? "-1:1" : info.input_high > 1 ? "0:255" : "0:1";
}

std::map<std::string, std::string> told(const Generator& generator) {
  std::map<std::string, std::string> metadata = metadata_of(generator);
  // What the graph does already.
  for (const char* key : {kOnnxMetadata, "imago_luma", "imago_statistics"}) metadata.erase(key);
  metadata[kRangeMetadata] = range_of(generator.info);
  if (generator.info.multiple > 1)
    metadata["imago_sides"] = "multiples of " + std::to_string(generator.info.multiple);
  return metadata;
}

/// The graph that the network came with, and its weights as they are now.
OnnxModel given_graph(const Generator& generator) {
  OnnxModel model = *onnx_graph_of(generator.weights);
  for (OnnxTensor& tensor : model.initializers) {
    const HostTensor* now = generator.weights.find(tensor.name);
    if (now && tensor.value.elements() == now->elements())
      tensor.value = HostTensor::from_float(tensor.value.shape, now->to_float());
    else if (tensor.apart)
      throw Error("ONNX export: the weight \"" + tensor.name + "\" is missing");
    tensor.apart = false;
  }
  return model;
}

}  // namespace

OnnxModel onnx_model_of(const Generator& generator) {
  const ModelInfo& info = generator.info;
  if (is_onnx(generator.weights)) {
    OnnxModel model = given_graph(generator);
    model.metadata = told(generator);
    return model;
  }
  // What comes out alike at two sizes does not depend on the size.
  const int64_t side = std::max(info.minimum, info.multiple), other = side + info.multiple;
  OnnxModel model = exported_at(generator, side, other);
  if (onnx_bytes(model) != onnx_bytes(exported_at(generator, other + info.multiple, side)))
    throw Error("ONNX export: what " + info.architecture +
                " computes depends on the size of the picture in a way that ONNX cannot tell; use "
                ".safetensors or .pth");
  model.opset = 17;
  model.producer = "imago " IMAGO_VERSION;
  model.metadata = told(generator);
  model.inputs = {
      {"input", DType::f32, {1, info.in_channels, -1, -1}, {"", "", "height", "width"}}};
  model.outputs = {{"output",
                    DType::f32,
                    {1, info.out_channels, -1, -1},
                    {"", "", "output_height", "output_width"}}};
  return model;
}

}  // namespace imago
