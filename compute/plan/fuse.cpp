// Fusion: chains of primitives become one fused op wherever nobody else looks at the values
// between.
//
//   conv2d or conv2d_dx, then any of: * scale {1,C,1,1} and + or - bias {1,C,1,1} that depend on
//   parameters alone (a scale goes into the weights, so batch norm with running statistics costs
//   nothing), one activation, * number, + residual          -> conv_fused
//   pad with equal sides, or upsample_nearest, then conv2d, where the device has a kernel for that
//                                                             -> conv_fused
//   pixel_shuffle, then an activation with the same settings everywhere -> the activation first
//   normalize, then * scale, + shift, one activation          -> normalize
//
// and, where the device's kernels add up over workgroups, of the gradient of a normalisation
//   dy * scale {1,C,1,1}, then normalize_dx                   -> normalize_dx
//   sum(dy * normalize(x)) by channel; sum(dy) by channel beside normalize_dx of dy
//                                                             -> normalize_sums
//
// The graph is copied node by node; each copy looks whether its (already copied) input can absorb
// it. An absorbed node stays in the target without users, and make_plan drops it.
#include <algorithm>
#include <map>
#include <optional>

#include "compute/graph/op.h"
#include "compute/ops/binary.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/normalize.h"
#include "compute/ops/pixel_shuffle.h"
#include "compute/ops/settings.h"
#include "compute/ops/sum.h"
#include "compute/ops/unary.h"
#include "compute/plan/plan.h"

namespace imago {
namespace {

/// A convolution of the target graph, taken apart.
struct Convolution {
  Tensor x, w;
  ConvFusedSettings settings;
  Tensor bias, slope, residual;  // empty where absent

  bool is_linear() const {  // nothing after the bias yet
    return !slope && !residual && settings.activation.operation == Unary::identity &&
           settings.scale == 1;
  }
  Tensor build() {
    std::vector<Tensor> inputs = {x, w};
    for (const Tensor& extra : {bias, slope, residual})
      if (extra) inputs.push_back(extra);
    settings.has_bias = static_cast<bool>(bias);
    settings.has_slope = static_cast<bool>(slope);
    settings.has_residual = static_cast<bool>(residual);
    return x.graph().add(kConvFused, inputs, settings);
  }
};

class Fuser {
 public:
  Fuser(const Graph& source, Graph& target, const DeviceProperties& device)
      : source_(source), target_(target), device_(device), uses_(source.nodes().size(), 0) {
    for (const Node& node : source.nodes())
      for (const int input : node.inputs) ++uses_[static_cast<size_t>(input)];
    for (const auto& output : source.outputs()) ++uses_[static_cast<size_t>(output.node)];
  }

  void run() {
    for (const Node& node : source_.nodes()) copies_.push_back(copy(node));
    for (const auto& output : source_.outputs())
      target_.output(output.name, copies_[static_cast<size_t>(output.node)]);
  }

 private:
  Tensor copy(const Node& node) {
    if (node.op == &kInput) return target_.input(node.name, node.shape);
    if (node.op == &kParameter) return target_.parameter(node.name, node.shape);
    std::optional<Tensor> fused;
    if (node.op == &kBinary) fused = copy_binary(node);
    if (node.op == &kUnary) fused = copy_unary(node);
    if (node.op == &kConv2d) fused = copy_convolution(node);
    if (reduces_in_workgroups(device_)) {
      if (node.op == &kNormalizeDx) fused = copy_normalize_dx(node);
      if (node.op == &kSum) fused = copy_sum(node);
    }
    if (fused) return *fused;
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back(copies_[static_cast<size_t>(input)]);
    if (node.op->memory == Op::Memory::update)
      return target_.update(*node.op, inputs, node.attributes);
    return target_.add(*node.op, inputs, node.attributes);
  }

  std::optional<Tensor> copy_convolution(const Node& node) {
    const int from = node.inputs[0];
    const Node& before = target_.node(copies_[static_cast<size_t>(from)].id());
    if (uses_[static_cast<size_t>(from)] != 1 || !can_rebuild(before)) return std::nullopt;
    Convolution conv{{}, copies_[static_cast<size_t>(node.inputs[1])], {}, {}, {}, {}};
    conv.settings.conv = node.attributes.as<Conv2dSettings>();
    if (before.op == &kPad) {
      const auto [sides, mode] = before.attributes.as<PadSettings>();
      const int p = sides.top;
      if (conv.settings.conv.padding != 0 || sides.bottom != p || sides.left != p ||
          sides.right != p)
        return std::nullopt;
      conv.settings.conv.padding = p;
      conv.settings.border = mode;
    } else if (before.op == &kUpsampleNearest) {
      conv.settings.upsample = before.attributes.as<int>();
    } else {
      return std::nullopt;
    }
    conv.x = Tensor(&target_, before.inputs[0]);
    if (!reads_such_input(device_, conv.x.shape(), conv.w.shape(), conv.settings))
      return std::nullopt;
    return conv.build();
  }

  std::optional<Tensor> copy_binary(const Node& node) {
    const auto operation = node.attributes.as<Binary>();
    const Tensor right = copies_[static_cast<size_t>(node.inputs[1])];
    if (operation == Binary::prelu && right.shape().elements() == 1 && is_fixed(right.id()))
      if (std::optional<Tensor> shuffled = before_shuffle(node)) return shuffled;
    std::optional<Tensor> fused = absorb_binary(operation, node.inputs[0], node.inputs[1], node);
    if (!fused && (operation == Binary::add || operation == Binary::mul))
      fused = absorb_binary(operation, node.inputs[1], node.inputs[0], node);
    return fused;
  }

  /// Lets the node that made `into` take the operation with `other` upon itself.
  std::optional<Tensor> absorb_binary(Binary operation, int into, int other, const Node& node) {
    const Tensor operand = copies_[static_cast<size_t>(other)];
    if (into == other || copies_[static_cast<size_t>(into)].shape() != node.shape)
      return std::nullopt;
    if (std::optional<Convolution> conv = convolution(into)) {
      if (operation == Binary::add && !conv->residual && operand.shape() == node.shape) {
        conv->residual = operand;
        return conv->build();
      }
      if (conv->is_linear() && is_fixed_channel_vector(operand, node.shape))
        return absorb_channel_vector(*conv, operation, operand);
    }
    if (std::optional<Tensor> normal = normalization(into))
      if (is_fixed_channel_vector(operand, node.shape) && operand.shape().c == node.shape.c)
        return absorb_into_normalize(*normal, operation, operand);
    return std::nullopt;
  }

  /// A scale that dy was multiplied by is left to normalize_dx, which so is given the same dy as
  /// the sums for the gradients of scale and shift.
  std::optional<Tensor> copy_normalize_dx(const Node& node) {
    auto settings = node.attributes.as<NormalizeDxSettings>();
    if (settings.has_scale) return std::nullopt;
    Tensor dy = copies_[static_cast<size_t>(node.inputs[0])];
    const Tensor x = copies_[static_cast<size_t>(node.inputs[1])];
    std::vector<Tensor> inputs = {dy, x};
    const Node& scaled = target_.node(dy.id());
    if (is_product(scaled) && uses_[static_cast<size_t>(node.inputs[0])] == 1 &&
        can_rebuild(scaled) && target_.node(scaled.inputs[0]).shape == node.shape &&
        target_.node(scaled.inputs[1]).shape == Shape{1, node.shape.c, 1, 1}) {
      dy = Tensor(&target_, scaled.inputs[0]);
      inputs = {dy, x, Tensor(&target_, scaled.inputs[1])};
      settings.has_scale = 1;
    }
    gradients_of_[dy.id()] = {x, {settings.axes, settings.epsilon, true}};
    return target_.add(kNormalizeDx, inputs, settings);
  }

  std::optional<Tensor> copy_sum(const Node& node) {
    const Shape& of = source_.node(node.inputs[0]).shape;
    if (node.shape != Shape{1, of.c, 1, 1} || of.n * of.h * of.w == 1) return std::nullopt;
    const Tensor dy = copies_[static_cast<size_t>(node.inputs[0])];
    if (const auto known = gradients_of_.find(dy.id()); known != gradients_of_.end()) {
      const auto& [x, settings] = known->second;
      if (target_.is_superseded(x.id())) return std::nullopt;
      return target_.add(kNormalizeSums, {dy, x}, settings);
    }
    const Node& product = target_.node(dy.id());
    if (!is_product(product) || uses_[static_cast<size_t>(node.inputs[0])] != 1 ||
        !can_rebuild(product))
      return std::nullopt;
    const Node& normal = target_.node(product.inputs[1]);
    if (normal.op != &kNormalize || normal.inputs.size() != 1 || !can_rebuild(normal) ||
        target_.node(product.inputs[0]).shape != normal.shape)
      return std::nullopt;
    const auto settings = normal.attributes.as<NormalizeSettings>();
    if (settings.activation.operation != Unary::identity) return std::nullopt;
    const std::vector<Tensor> inputs = {Tensor(&target_, product.inputs[0]),
                                        Tensor(&target_, normal.inputs[0])};
    return target_.add(kNormalizeSums, inputs,
                       NormalizeSumsSettings{settings.axes, settings.epsilon, false});
  }

  static bool is_product(const Node& node) {
    return node.op == &kBinary && node.attributes.as<Binary>() == Binary::mul;
  }

  std::optional<Tensor> absorb_channel_vector(Convolution& conv, Binary operation, Tensor v) {
    const int64_t channels = conv.settings.transposed ? conv.w.shape().c : conv.w.shape().n;
    if (operation == Binary::prelu) {
      conv.slope = v;
      return conv.build();
    }
    if (v.shape().c != channels) return std::nullopt;
    if (operation == Binary::add) {
      conv.bias = conv.bias ? conv.bias + v : v;
      return conv.build();
    }
    if (operation == Binary::sub) {
      conv.bias = conv.bias ? conv.bias - v : v * -1.0f;
      return conv.build();
    }
    if (operation == Binary::mul) {
      conv.w = conv.w * (conv.settings.transposed ? v : reshape(v, {channels, 1, 1, 1}));
      if (conv.bias) conv.bias = conv.bias * v;
      return conv.build();
    }
    return std::nullopt;
  }

  std::optional<Tensor> absorb_into_normalize(Tensor normal, Binary operation, Tensor v) {
    const Node& node = target_.node(normal.id());
    auto settings = node.attributes.as<NormalizeSettings>();
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back({&target_, input});
    if (settings.activation.operation != Unary::identity || settings.has_shift) return std::nullopt;
    if (operation == Binary::mul && !settings.has_scale)
      settings.has_scale = 1;
    else if (operation == Binary::add)
      settings.has_shift = 1;
    else
      return std::nullopt;
    inputs.push_back(v);
    return target_.add(kNormalize, inputs, settings);
  }

  /// What changes every element alike may as well come before a pixel_shuffle, where a convolution
  /// can absorb it.
  std::optional<Tensor> before_shuffle(const Node& node) {
    const int into = node.inputs[0];
    const Node& shuffle = source_.node(into);
    if (shuffle.op != &kPixelShuffle || uses_[static_cast<size_t>(into)] != 1) return std::nullopt;
    std::optional<Convolution> conv = convolution(shuffle.inputs[0]);
    if (!conv || !conv->is_linear()) return std::nullopt;
    if (node.op == &kBinary)
      conv->slope = copies_[static_cast<size_t>(node.inputs[1])];
    else if (const auto unary = node.attributes.as<UnarySettings>(); is_activation(unary.operation))
      conv->settings.activation = unary;
    else
      return std::nullopt;
    return target_.add(kPixelShuffle, {conv->build()}, shuffle.attributes);
  }

  std::optional<Tensor> copy_unary(const Node& node) {
    const auto unary = node.attributes.as<UnarySettings>();
    const int into = node.inputs[0];
    if (std::optional<Tensor> shuffled = before_shuffle(node)) return shuffled;
    if (std::optional<Convolution> conv = convolution(into)) {
      if (unary.operation == Unary::affine && unary.b == 0 && !conv->residual) {
        conv->settings.scale *= unary.a;
        return conv->build();
      }
      if (conv->is_linear() && is_activation(unary.operation)) {
        conv->settings.activation = unary;
        return conv->build();
      }
    }
    if (std::optional<Tensor> normal = normalization(into)) {
      const Node& made = target_.node(normal->id());
      auto settings = made.attributes.as<NormalizeSettings>();
      if (settings.activation.operation == Unary::identity && is_activation(unary.operation)) {
        settings.activation = unary;
        std::vector<Tensor> inputs;
        for (const int input : made.inputs) inputs.push_back({&target_, input});
        return target_.add(kNormalize, inputs, settings);
      }
    }
    return std::nullopt;
  }

  static bool is_activation(Unary operation) {
    return operation == Unary::leaky_relu || operation == Unary::tanh ||
           operation == Unary::sigmoid || operation == Unary::clamp;
  }

  /// The copy of a source node if it is a convolution that nobody but the asker uses.
  std::optional<Convolution> convolution(int id) const {
    if (uses_[static_cast<size_t>(id)] != 1) return std::nullopt;
    const Node& node = target_.node(copies_[static_cast<size_t>(id)].id());
    if (!can_rebuild(node)) return std::nullopt;
    const auto input = [&](size_t i) { return Tensor(&target_, node.inputs[i]); };
    if (node.op == &kConv2d || node.op == &kConv2dDx) {
      Convolution conv{input(0), input(1), {}, {}, {}, {}};
      conv.settings.conv = node.attributes.as<Conv2dSettings>();
      conv.settings.transposed = node.op == &kConv2dDx;
      return conv;
    }
    if (node.op != &kConvFused) return std::nullopt;
    Convolution conv{input(0), input(1), node.attributes.as<ConvFusedSettings>(), {}, {}, {}};
    size_t next = 2;
    if (conv.settings.has_bias) conv.bias = input(next++);
    if (conv.settings.has_slope) conv.slope = input(next++);
    if (conv.settings.has_residual) conv.residual = input(next++);
    return conv;
  }

  std::optional<Tensor> normalization(int id) const {
    const Tensor tensor = copies_[static_cast<size_t>(id)];
    const Node& node = target_.node(tensor.id());
    if (uses_[static_cast<size_t>(id)] != 1 || node.op != &kNormalize || !can_rebuild(node))
      return std::nullopt;
    return tensor;
  }

  /// {1,C,1,1} or {1,1,1,1}, computed from parameters alone.
  bool is_fixed_channel_vector(Tensor v, const Shape& of) {
    const Shape shape = v.shape();
    return shape.n == 1 && shape.h == 1 && shape.w == 1 && (shape.c == 1 || shape.c == of.c) &&
           is_fixed(v.id());
  }

  bool is_fixed(int id) {
    const Node& node = target_.node(id);
    if (node.op == &kParameter || node.op->memory == Op::Memory::update) return true;
    if (node.op == &kInput) return false;
    const auto [known, first] = is_fixed_.try_emplace(id, true);
    if (first)
      known->second = std::all_of(node.inputs.begin(), node.inputs.end(),
                                  [&](int input) { return is_fixed(input); });
    return known->second;
  }

  /// False where an input is from before a parameter's update: too late to compute anything anew.
  bool can_rebuild(const Node& node) const {
    return std::none_of(node.inputs.begin(), node.inputs.end(),
                        [&](int input) { return target_.is_superseded(input); });
  }

  const Graph& source_;
  Graph& target_;
  const DeviceProperties& device_;
  std::vector<int> uses_;
  std::vector<Tensor> copies_;    // by source node
  std::map<int, bool> is_fixed_;  // by target node
  /// By target node: normalize_dx has it for its dy, of this x.
  std::map<int, std::pair<Tensor, NormalizeSumsSettings>> gradients_of_;
};

}  // namespace

void fuse(const Graph& source, Graph& target, const DeviceProperties& device) {
  Fuser(source, target, device).run();
}

}  // namespace imago
