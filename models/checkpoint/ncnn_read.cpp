// Reading networks of the ncnn library: a .param file, one line of text a layer, and a .bin file of
// the layers' weights one after the other. They become ONNX nodes, which the rest of Imago knows
// how to run.
#include <algorithm>
#include <map>
#include <set>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/ncnn.h"
#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"

namespace imago::checkpoint {
namespace ncnn {
namespace {

constexpr int64_t kMostNumbers = int64_t{1} << 31;

/// Layers into nodes. In ncnn a picture has no N: its axis 0 is the channels.
class Converter {
 public:
  explicit Converter(BinReader& bin) : bin_(bin) {}

  OnnxModel convert(const std::vector<Layer>& layers) {
    refuse_unknown(layers);
    std::set<std::string> made, read;
    for (const Layer& layer : layers) {
      for (const std::string& name : layer.inputs) {
        if (!made.contains(name))
          fail(Kind::malformed, layer.name, layer.offset,
               "uses \"" + printable(name) + "\" before any layer made it");
        read.insert(name);
      }
      for (const std::string& name : layer.outputs)
        if (!made.insert(name).second)
          fail(Kind::malformed, layer.name, layer.offset,
               "makes \"" + printable(name) + "\" a second time");
      convert(layer);
    }
    if (model_.inputs.empty()) fail(Kind::malformed, "param", 0, "the network has no Input layer");
    find_output(layers, read);
    model_.producer = "ncnn";
    return std::move(model_);
  }

 private:
  using Convert = void (Converter::*)(const Layer&);
  static const std::map<std::string, Convert>& table() {
    static const std::map<std::string, Convert> known = {
        {"Input", &Converter::input},
        {"Split", &Converter::split},
        {"Noop", &Converter::split},
        {"Convolution", &Converter::convolution},
        {"ConvolutionDepthWise", &Converter::convolution},
        {"Deconvolution", &Converter::deconvolution},
        {"DeconvolutionDepthWise", &Converter::deconvolution},
        {"PReLU", &Converter::prelu},
        {"ReLU", &Converter::relu},
        {"Sigmoid", &Converter::sigmoid},
        {"TanH", &Converter::tanh},
        {"Mish", &Converter::mish},
        {"Swish", &Converter::swish},
        {"Clip", &Converter::clip},
        {"BinaryOp", &Converter::binary},
        {"Eltwise", &Converter::eltwise},
        {"Concat", &Converter::concat},
        {"PixelShuffle", &Converter::pixel_shuffle},
        {"Interp", &Converter::interp},
        {"Padding", &Converter::padding},
        {"Crop", &Converter::crop},
        {"InstanceNorm", &Converter::instance_norm},
        {"BatchNorm", &Converter::batch_norm},
        {"Pooling", &Converter::pooling},
        {"MemoryData", &Converter::memory_data},
        {"Dropout", &Converter::split}};
    return known;
  }

  void refuse_unknown(const std::vector<Layer>& layers) const {
    std::map<std::string, int> unknown;
    for (const Layer& layer : layers)
      if (!table().contains(layer.type)) ++unknown[layer.type];
    if (unknown.empty()) return;
    std::string text;
    for (const auto& [type, count] : unknown)
      text += (text.empty() ? "" : ", ") + printable(type) + " (" + std::to_string(count) +
              (count == 1 ? " time)" : " times)");
    fail(Kind::unsupported, "param", 0,
         "the network needs layers that Imago does not have: " + text);
  }

  void convert(const Layer& layer) { (this->*table().at(layer.type))(layer); }

  /// What nothing reads; the output is called so, or is the last such blob.
  void find_output(const std::vector<Layer>& layers, const std::set<std::string>& read) {
    std::string chosen;
    for (const Layer& layer : layers)
      for (const std::string& name : layer.outputs)
        if (!read.contains(name) && chosen != "output") chosen = name;
    if (chosen.empty()) fail(Kind::malformed, "param", 0, "the network has no output");
    model_.outputs = {{chosen, DType::f32, {}}};
  }

  void expect(const Layer& layer, size_t inputs, size_t outputs = 1) const {
    if (layer.inputs.size() != inputs || layer.outputs.size() != outputs)
      fail(Kind::malformed, layer.name, layer.offset,
           "is a " + layer.type + " with " + std::to_string(layer.inputs.size()) + " inputs and " +
               std::to_string(layer.outputs.size()) + " outputs");
  }
  [[noreturn]] static void refuse(const Layer& layer, const std::string& what) {
    fail(Kind::unsupported, layer.name, layer.offset, layer.type + " " + what);
  }

  void add(const Layer& layer, const std::string& op, std::vector<std::string> inputs,
           const std::string& output, std::vector<OnnxAttribute> attributes = {}) {
    OnnxNode node;
    node.op_type = op;
    node.name = layer.name;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.attributes = std::move(attributes);
    model_.nodes.push_back(std::move(node));
  }
  /// A name that no blob has: these have no spaces.
  static std::string inner(const Layer& layer, const std::string& what) {
    return layer.name + " " + what;
  }
  std::string keep(OnnxTensor tensor) {
    model_.initializers.push_back(std::move(tensor));
    return model_.initializers.back().name;
  }
  std::string number(const Layer& layer, const std::string& what, float value) {
    return keep({inner(layer, what), HostTensor::from_float({}, {value})});
  }
  std::string integers(const Layer& layer, const std::string& what,
                       const std::vector<int64_t>& values) {
    HostTensor tensor{DType::i64, {static_cast<int64_t>(values.size())}, {}};
    const auto bytes = std::as_bytes(std::span(values));
    tensor.data.assign(bytes.begin(), bytes.end());
    return keep({inner(layer, what), std::move(tensor)});
  }

  void input(const Layer& layer) {
    expect(layer, 0);
    model_.inputs.push_back({layer.outputs[0], DType::f32, {}});
  }

  void split(const Layer& layer) {
    if (layer.inputs.size() != 1) expect(layer, 1);
    for (const std::string& output : layer.outputs) add(layer, "Identity", layer.inputs, output);
  }

  /// What ncnn does to the result of a layer before it gives it on (fused_activation.h).
  void activated(const Layer& layer, const std::string& from) {
    const std::string& to = layer.outputs[0];
    const auto params = layer.settings.find(10);
    const auto param = [&](size_t i, double otherwise) {
      return static_cast<float>(params == layer.settings.end() || i >= params->second.values.size()
                                    ? otherwise
                                    : params->second.values[i]);
    };
    switch (layer.integer(9, 0)) {
      case 0:
        return add(layer, "Identity", {from}, to);
      case 1:
        return add(layer, "Relu", {from}, to);
      case 2:
        return add(layer, "LeakyRelu", {from}, to, {onnx_attribute("alpha", param(0, 0))});
      case 3:
        return add(
            layer, "Clip",
            {from, number(layer, "low", param(0, -1e30)), number(layer, "high", param(1, 1e30))},
            to);
      case 4:
        return add(layer, "Sigmoid", {from}, to);
      case 5:
        return add(layer, "Mish", {from}, to);
      default:
        refuse(layer, "has an activation that Imago does not know");
    }
  }

  struct Kernel {
    int64_t outputs, width, height, weights, group, inputs;
  };
  Kernel kernel_of(const Layer& layer) const {
    Kernel k;
    k.outputs = layer.integer(0, 0);
    k.width = layer.integer(1, 0);
    k.height = layer.integer(11, k.width);
    k.weights = layer.integer(6, 0);
    k.group = layer.type.ends_with("DepthWise") ? layer.integer(7, 1) : 1;
    const bool sane = k.outputs > 0 && k.outputs <= 65536 && k.width > 0 && k.width <= 255 &&
                      k.height > 0 && k.height <= 255 && k.weights > 0 &&
                      k.weights <= kMostNumbers && k.group > 0 && k.outputs % k.group == 0;
    const int64_t each = sane ? k.outputs * k.width * k.height : 1;
    if (!sane || k.weights % each != 0)
      fail(Kind::malformed, layer.name, layer.offset, "has sizes that do not fit each other");
    k.inputs = k.weights / each;  // of one group
    if (layer.integer(8, 0) != 0) refuse(layer, "has weights of 8 bits (int8)");
    return k;
  }

  std::vector<OnnxAttribute> window(const Layer& layer, const Kernel& k) const {
    const int64_t stride = layer.integer(3, 1), dilation = layer.integer(2, 1);
    const int64_t left = layer.integer(4, 0), top = layer.integer(14, left);
    const int64_t right = layer.integer(15, left), bottom = layer.integer(16, top);
    if (left < 0 || top < 0 || right < 0 || bottom < 0 || layer.number(18, 0) != 0)
      if (layer.type.starts_with("Convolution")) refuse(layer, "has a border that is not zeros");
    return {
        onnx_attribute("pads", std::vector<int64_t>{top, left, bottom, right}),
        onnx_attribute("strides", std::vector<int64_t>{layer.integer(13, stride), stride}),
        onnx_attribute("dilations", std::vector<int64_t>{layer.integer(12, dilation), dilation}),
        onnx_attribute("group", k.group)};
  }

  void convolved(const Layer& layer, const char* op, OnnxTensor weight, const Kernel& k,
                 std::vector<OnnxAttribute> attributes) {
    std::vector<std::string> inputs = {layer.inputs[0], keep(std::move(weight))};
    if (layer.integer(5, 0) != 0)
      inputs.push_back(keep(bin_.raw(inner(layer, "bias"), {k.outputs})));
    const std::string made = inner(layer, "result");
    add(layer, op, inputs, made, std::move(attributes));
    activated(layer, made);
  }

  void convolution(const Layer& layer) {
    expect(layer, 1);
    const Kernel k = kernel_of(layer);
    OnnxTensor weight =
        bin_.flagged(inner(layer, "weight"), {k.outputs, k.inputs, k.height, k.width});
    convolved(layer, "Conv", std::move(weight), k, window(layer, k));
  }

  /// ncnn has O, I where ONNX has I, O.
  void deconvolution(const Layer& layer) {
    expect(layer, 1);
    const Kernel k = kernel_of(layer);
    if (k.group != 1) refuse(layer, "has groups");
    if (layer.integer(20, 0) != 0 || layer.integer(21, 0) != 0) refuse(layer, "names its size");
    const OnnxTensor stored =
        bin_.flagged(inner(layer, "weight"), {k.outputs, k.inputs, k.height, k.width});
    OnnxTensor weight = stored;
    weight.value.shape = {k.inputs, k.outputs, k.height, k.width};
    const size_t block = static_cast<size_t>(k.height * k.width) * size_of(stored.value.type);
    for (int64_t o = 0; o < k.outputs; ++o)
      for (int64_t i = 0; i < k.inputs; ++i)
        std::copy_n(
            stored.value.data.begin() +
                static_cast<std::ptrdiff_t>(static_cast<size_t>(o * k.inputs + i) * block),
            block,
            weight.value.data.begin() +
                static_cast<std::ptrdiff_t>(static_cast<size_t>(i * k.outputs + o) * block));
    std::vector<OnnxAttribute> attributes = window(layer, k);
    const int64_t more = layer.integer(18, 0);
    attributes.push_back(
        onnx_attribute("output_padding", std::vector<int64_t>{layer.integer(19, more), more}));
    convolved(layer, "ConvTranspose", std::move(weight), k, std::move(attributes));
  }

  void prelu(const Layer& layer) {
    expect(layer, 1);
    const int64_t count = layer.integer(0, 0);
    if (count < 1 || count > 65536)
      fail(Kind::malformed, layer.name, layer.offset, "has no slopes");
    add(layer, "PRelu", {layer.inputs[0], keep(bin_.raw(inner(layer, "slope"), {count, 1, 1}))},
        layer.outputs[0]);
  }

  void relu(const Layer& layer) {
    expect(layer, 1);
    const auto slope = static_cast<float>(layer.number(0, 0));
    add(layer, slope == 0 ? "Relu" : "LeakyRelu", layer.inputs, layer.outputs[0],
        {onnx_attribute("alpha", slope)});
  }

  void plain(const Layer& layer, const char* op) {
    expect(layer, 1);
    add(layer, op, layer.inputs, layer.outputs[0]);
  }
  void sigmoid(const Layer& layer) { plain(layer, "Sigmoid"); }
  void tanh(const Layer& layer) { plain(layer, "Tanh"); }
  void mish(const Layer& layer) { plain(layer, "Mish"); }
  void swish(const Layer& layer) { plain(layer, "Swish"); }

  void clip(const Layer& layer) {
    expect(layer, 1);
    const auto at = [&](int id, double otherwise) {
      return static_cast<float>(std::clamp(layer.number(id, otherwise), -1e30, 1e30));
    };
    add(layer, "Clip",
        {layer.inputs[0], number(layer, "low", at(0, -1e30)), number(layer, "high", at(1, 1e30))},
        layer.outputs[0]);
  }

  void binary(const Layer& layer) {
    const bool with_number = layer.integer(1, 0) != 0;
    expect(layer, with_number ? 1 : 2);
    const std::string a = layer.inputs[0];
    const std::string b = with_number
                              ? number(layer, "number", static_cast<float>(layer.number(2, 0)))
                              : layer.inputs[1];
    const std::string& to = layer.outputs[0];
    switch (layer.integer(0, 0)) {
      case 0:
        return add(layer, "Add", {a, b}, to);
      case 1:
        return add(layer, "Sub", {a, b}, to);
      case 2:
        return add(layer, "Mul", {a, b}, to);
      case 3:
        return add(layer, "Div", {a, b}, to);
      case 4:
        return add(layer, "Max", {a, b}, to);
      case 5:
        return add(layer, "Min", {a, b}, to);
      case 6:
        return add(layer, "Pow", {a, b}, to);
      case 7:
        return add(layer, "Sub", {b, a}, to);
      case 8:
        return add(layer, "Div", {b, a}, to);
      default:
        refuse(layer, "is an operation that Imago does not know");
    }
  }

  void eltwise(const Layer& layer) {
    if (layer.inputs.size() < 2) expect(layer, 2);
    const int64_t kind = layer.integer(0, 0);
    if (kind < 0 || kind > 2) refuse(layer, "is an operation that Imago does not know");
    const auto coefficients = layer.settings.find(1);
    const auto part = [&](size_t i) {
      const double factor = kind != 1 || coefficients == layer.settings.end() ||
                                    i >= coefficients->second.values.size()
                                ? 1
                                : coefficients->second.values[i];
      if (factor == 1) return layer.inputs[i];
      const std::string name = inner(layer, "part " + std::to_string(i));
      add(layer, "Mul",
          {layer.inputs[i],
           number(layer, "factor " + std::to_string(i), static_cast<float>(factor))},
          name);
      return name;
    };
    const char* op = kind == 0 ? "Mul" : kind == 1 ? "Add" : "Max";
    std::string sum = part(0);
    for (size_t i = 1; i < layer.inputs.size(); ++i) {
      const bool last = i + 1 == layer.inputs.size();
      const std::string name =
          last ? layer.outputs.at(0) : inner(layer, "sum " + std::to_string(i));
      add(layer, op, {sum, part(i)}, name);
      sum = name;
    }
  }

  /// Axis 0 of C, H, W is 1 of N, C, H, W.
  static int64_t axis_of(const Layer& layer, int64_t axis) {
    if (axis < -3 || axis > 2) refuse(layer, "names an axis that a picture has not");
    return axis < 0 ? axis + 4 : axis + 1;
  }

  void concat(const Layer& layer) {
    if (layer.outputs.size() != 1 || layer.inputs.empty()) expect(layer, 2);
    add(layer, "Concat", layer.inputs, layer.outputs[0],
        {onnx_attribute("axis", axis_of(layer, layer.integer(0, 0)))});
  }

  void pixel_shuffle(const Layer& layer) {
    expect(layer, 1);
    add(layer, "DepthToSpace", layer.inputs, layer.outputs[0],
        {onnx_attribute("blocksize", layer.integer(0, 1)),
         onnx_attribute("mode", layer.integer(1, 0) == 0 ? "CRD" : "DCR")});
  }

  void interp(const Layer& layer) {
    expect(layer, 1);
    const int64_t kind = layer.integer(0, 0);
    if (kind != 1 && kind != 2 && kind != 3) refuse(layer, "is of a kind that Imago does not know");
    if (layer.integer(3, 0) != 0 || layer.integer(4, 0) != 0) refuse(layer, "names its size");
    if (layer.integer(6, 0) != 0) refuse(layer, "aligns corners");
    const auto h = static_cast<float>(layer.number(1, 1)),
               w = static_cast<float>(layer.number(2, 1));
    const std::string scales =
        keep({inner(layer, "scales"), HostTensor::from_float({4}, {1, 1, h, w})});
    const char* mode = kind == 1 ? "nearest" : kind == 2 ? "linear" : "cubic";
    add(layer, "Resize", {layer.inputs[0], "", scales}, layer.outputs[0],
        {onnx_attribute("mode", mode),
         onnx_attribute("coordinate_transformation_mode", kind == 1 ? "asymmetric" : "half_pixel"),
         onnx_attribute("nearest_mode", "floor")});
  }

  void padding(const Layer& layer) {
    expect(layer, 1);
    const int64_t kind = layer.integer(4, 0);
    if (kind < 0 || kind > 2) refuse(layer, "is of a kind that Imago does not know");
    if (layer.integer(7, 0) != 0 || layer.integer(8, 0) != 0) refuse(layer, "pads channels");
    const int64_t top = layer.integer(0, 0), bottom = layer.integer(1, 0);
    const int64_t left = layer.integer(2, 0), right = layer.integer(3, 0);
    const char* modes[] = {"constant", "edge", "reflect"};
    add(layer, "Pad",
        {layer.inputs[0], integers(layer, "pads", {0, 0, top, left, 0, 0, bottom, right}),
         number(layer, "value", static_cast<float>(layer.number(5, 0)))},
        layer.outputs[0], {onnx_attribute("mode", modes[kind])});
  }

  /// By margins: offsets at the beginning and at the end.
  void crop(const Layer& layer) {
    if (layer.inputs.size() == 2) refuse(layer, "takes its size from another picture");
    expect(layer, 1);
    std::vector<int64_t> axes, starts, ends;
    constexpr int64_t kEnd = INT64_MAX;
    if (layer.settings.contains(9)) {  // starts, ends, axes
      const auto list = [&](int id) {
        std::vector<int64_t> values;
        if (const auto found = layer.settings.find(id); found != layer.settings.end())
          for (const double v : found->second.values) values.push_back(static_cast<int64_t>(v));
        return values;
      };
      starts = list(9);
      ends = list(10);
      axes = list(11);
      for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
      for (int64_t& axis : axes) axis = axis_of(layer, axis);
      if (ends.size() != starts.size() || axes.size() != starts.size())
        fail(Kind::malformed, layer.name, layer.offset, "has starts and ends of different number");
      for (int64_t& end : ends) end = end >= INT32_MAX ? kEnd : end;
    } else {
      // Each of w, h, c: where it begins, and its size or how far from the end it ends.
      for (int i = 0; i < 3; ++i) {
        const int64_t begin = layer.integer(i, 0), size = layer.integer(3 + i, 0);
        const int64_t margin = layer.integer(6 + i, 0);
        if (size == 0 && layer.settings.contains(3 + i))
          refuse(layer, "takes its size from another picture");
        if (begin < 0 || margin < 0) refuse(layer, "has a negative margin");
        axes.push_back(3 - i);
        starts.push_back(begin);
        ends.push_back(size > 0 ? begin + size : margin > 0 ? -margin : kEnd);
      }
    }
    add(layer, "Slice",
        {layer.inputs[0], integers(layer, "starts", starts), integers(layer, "ends", ends),
         integers(layer, "axes", axes)},
        layer.outputs[0]);
  }

  int64_t channels_of(const Layer& layer) const {
    const int64_t channels = layer.integer(0, 0);
    if (channels < 1 || channels > 65536)
      fail(Kind::malformed, layer.name, layer.offset, "has no channels");
    return channels;
  }

  void instance_norm(const Layer& layer) {
    expect(layer, 1);
    const int64_t channels = channels_of(layer);
    const auto ordinary = [&](const char* what, float value) {
      return keep({inner(layer, what),
                   HostTensor::from_float(
                       {channels}, std::vector<float>(static_cast<size_t>(channels), value))});
    };
    const bool affine = layer.integer(2, 1) != 0;
    const std::string scale =
        affine ? keep(bin_.raw(inner(layer, "scale"), {channels})) : ordinary("scale", 1);
    const std::string shift =
        affine ? keep(bin_.raw(inner(layer, "shift"), {channels})) : ordinary("shift", 0);
    add(layer, "InstanceNormalization", {layer.inputs[0], scale, shift}, layer.outputs[0],
        {onnx_attribute("epsilon", static_cast<float>(layer.number(1, 1e-3)))});
  }

  void batch_norm(const Layer& layer) {
    expect(layer, 1);
    const int64_t channels = channels_of(layer);
    const auto next = [&](const char* what) {
      return keep(bin_.raw(inner(layer, what), {channels}));
    };
    const std::string slope = next("slope"), mean = next("mean"), variance = next("variance"),
                      bias = next("bias");
    add(layer, "BatchNormalization", {layer.inputs[0], slope, bias, mean, variance},
        layer.outputs[0], {onnx_attribute("epsilon", static_cast<float>(layer.number(1, 0)))});
  }

  void pooling(const Layer& layer) {
    expect(layer, 1);
    if (layer.integer(4, 0) == 0 || layer.integer(0, 0) != 1)
      refuse(layer, "is another than the mean of all");
    add(layer, "GlobalAveragePool", layer.inputs, layer.outputs[0]);
  }

  void memory_data(const Layer& layer) {
    expect(layer, 0);
    const int64_t w = layer.integer(0, 0), h = layer.integer(1, 0), c = layer.integer(2, 0);
    if (layer.integer(11, 0) != 0) refuse(layer, "has four dimensions");
    std::vector<int64_t> shape;
    for (const int64_t side : {c, h, w}) {
      if (side < 0 || side > kMostNumbers)
        fail(Kind::malformed, layer.name, layer.offset, "has an impossible size");
      if (side > 0) shape.push_back(side);
    }
    OnnxTensor tensor = layer.integer(21, 1) != 0 ? bin_.raw(layer.outputs[0], shape)
                                                  : bin_.flagged(layer.outputs[0], shape);
    keep(std::move(tensor));
  }

  BinReader& bin_;
  OnnxModel model_;
};

}  // namespace
}  // namespace ncnn

StateDict read_ncnn(const Source& param, const Source& bin, const ReadOptions& options) {
  Budget budget(param.size() + bin.size());
  const std::vector<ncnn::Layer> layers = ncnn::read_param(param, budget);
  ncnn::BinReader weights(bin, budget, options);
  OnnxModel model = ncnn::Converter(weights).convert(layers);
  weights.finish();
  return to_state_dict(std::move(model));
}

}  // namespace imago::checkpoint
