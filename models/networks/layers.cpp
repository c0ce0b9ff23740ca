#include "models/networks/layers.h"

#include <algorithm>

#include "compute/graph/op.h"
#include "compute/graph/optimize.h"

namespace imago {

namespace {

// PyTorch's default in every norm layer; the checkpoints were trained with it.
constexpr float kNormEpsilon = 1e-5f;
constexpr float kMomentum = 0.1f;

constexpr Axes kBatch = {.n = true, .h = true, .w = true};
constexpr InitialValue kZero = {InitialValue::Kind::constant, 0};
constexpr InitialValue kOne = {InitialValue::Kind::constant, 1};
constexpr InitialValue kDirection = {InitialValue::Kind::direction, 0};
constexpr InitialValue kNormScale = {InitialValue::Kind::norm_scale, 1};

constexpr Axes kMatrixRows = {.c = true, .h = true, .w = true};  // of a weight as a matrix
constexpr Axes kColumns = {.n = true};
constexpr Axes kEverything = {.n = true, .c = true, .h = true, .w = true};

/// x over its length; the addend only keeps a vector of zeros finite.
Tensor direction(Tensor x) { return x * rsqrt(sum(square(x), kEverything) + 1e-24f); }

}  // namespace

const char* to_string(Norm norm) {
  switch (norm) {
    case Norm::batch:
      return "batch";
    case Norm::instance:
      return "instance";
    case Norm::instance_affine:
      return "instance_affine";
    case Norm::none:
      break;
  }
  return "none";
}

const char* to_string(Upsample upsample) {
  return upsample == Upsample::resize ? "resize" : "transpose";
}

Tensor channels(Graph& graph, const std::array<float, 3>& values) {
  std::vector<Tensor> parts;
  for (const float value : values) parts.push_back(constant(graph, {1, 1, 1, 1}, value));
  return concat(parts);
}

Tensor halved(Tensor x) { return max_pool(x, 2); }

Tensor Layers::conv2d(const std::string& key, Tensor x, int out_channels, ConvSettings settings) {
  const Shape shape = {out_channels, x.shape().c, settings.kernel, settings.kernel};
  Tensor weight =
      settings.spectral_norm ? spectral_weight(key, shape) : parameter(key + ".weight", shape);
  Tensor y = imago::conv2d(x, weight, {.stride = settings.stride, .padding = settings.padding});
  return add_bias(key, y, settings.bias);
}

Tensor Layers::conv_transpose2d(const std::string& key, Tensor x, int out_channels,
                                ConvSettings settings) {
  Tensor weight =
      parameter(key + ".weight", {x.shape().c, out_channels, settings.kernel, settings.kernel});
  Tensor y = conv2d_dx(x, weight,
                       {.stride = settings.stride,
                        .padding = settings.padding,
                        .output_padding = settings.output_padding});
  return add_bias(key, y, settings.bias);
}

Tensor Layers::conv_resize2d(const std::string& key, Tensor x, int out_channels, bool bias) {
  return conv2d(key, upsample_nearest(x, 2), out_channels, {.padding = 1, .bias = bias});
}

Tensor Layers::batch_norm(const std::string& key, Tensor x) {
  if (options_.batch_statistics) {
    const Tensor y = normalized(key, x, kBatch);
    if (options_.track_statistics) track(key, x);
    return y;
  }
  // Everything but x is known before the first picture: one scale and one shift per channel.
  const int64_t channels = x.shape().c;
  Tensor weight = channel_parameter(key + ".weight", channels, kNormScale);
  Tensor bias = channel_parameter(key + ".bias", channels, kZero);
  Tensor mean = channel_parameter(key + ".running_mean", channels, kZero);
  Tensor variance = channel_parameter(key + ".running_var", channels, kOne);
  Tensor scale = weight * rsqrt(variance + kNormEpsilon);
  return x * scale + (bias - mean * scale);
}

Tensor Layers::instance_norm(const std::string& key, Tensor x, bool affine) {
  const Axes picture = {.h = true, .w = true};
  return affine ? normalized(key, x, picture) : normalize(x, picture, kNormEpsilon);
}

Tensor Layers::norm(Norm norm, const std::string& key, Tensor x) {
  switch (norm) {
    case Norm::batch:
      return batch_norm(key, x);
    case Norm::instance:
      return instance_norm(key, x, false);
    case Norm::instance_affine:
      return instance_norm(key, x, true);
    case Norm::none:
      break;
  }
  return x;
}

Tensor Layers::prelu(const std::string& key, Tensor x, int slopes) {
  return imago::prelu(
      x, channel_parameter(key + ".weight", slopes, {InitialValue::Kind::constant, 0.25f}));
}

Tensor Layers::picture(Tensor x) { return options_.unclamped ? x : clamp(x, 0, 1); }

Tensor Layers::dropout(Tensor x, float probability) {
  return options_.stochastic ? imago::dropout(x, probability) : x;
}

Tensor Layers::parameter(const std::string& name, Shape shape, InitialValue initial) {
  return graph_.parameter(options_.prefix + name, shape, initial);
}

Tensor Layers::channel_parameter(const std::string& name, int64_t channels, InitialValue initial) {
  return parameter(name, {1, channels, 1, 1}, initial);
}

// Miyato et al. 2018, Algorithm 1. What is used is the new u and v themselves, not the parameters
// they are assigned to: the gradient of this use may be asked for when another use in the same
// graph has moved the parameters on.
Tensor Layers::spectral_weight(const std::string& key, Shape shape) {
  const Tensor weight = parameter(key + ".weight_orig", shape);
  Tensor u = parameter(key + ".weight_u", {shape.n, 1, 1, 1}, kDirection);
  Tensor v = parameter(key + ".weight_v", {1, shape.c, shape.h, shape.w}, kDirection);
  if (options_.power_iteration) {
    const Tensor next_v = detach(direction(sum(weight * u, kColumns)));
    const Tensor next_u = detach(direction(sum(weight * next_v, kMatrixRows)));
    assign(u, next_u);
    assign(v, next_v);
    u = next_u;
    v = next_v;
  }
  const Tensor sigma = sum(sum(weight * v, kMatrixRows) * u, kColumns);
  return weight / sigma;
}

/// As PyTorch does: the variance that is remembered is the unbiased one.
void Layers::track(const std::string& key, Tensor x) {
  const Shape s = x.shape();
  const float count = static_cast<float>(s.n * s.h * s.w);
  const float unbiased = count / std::max(count - 1, 1.0f);
  update_average(channel_parameter(key + ".running_mean", s.c, kZero), batch_mean(x, kNormEpsilon),
                 kMomentum);
  update_average(channel_parameter(key + ".running_var", s.c, kOne),
                 batch_variance(x, kNormEpsilon, unbiased), kMomentum);
}

Tensor Layers::add_bias(const std::string& key, Tensor x, bool bias) {
  return bias ? x + channel_parameter(key + ".bias", x.shape().c, kZero) : x;
}

Tensor Layers::normalized(const std::string& key, Tensor x, const Axes& axes) {
  const int64_t channels = x.shape().c;
  return normalize(x, axes, kNormEpsilon, channel_parameter(key + ".weight", channels, kNormScale),
                   channel_parameter(key + ".bias", channels, kZero));
}

Tensor reflect(Tensor x, int margin) {
  return pad(x, {.top = margin, .bottom = margin, .left = margin, .right = margin},
             PadMode::reflect);
}

std::vector<WantedTensor> wanted_tensors(const Graph& graph) {
  std::vector<WantedTensor> wanted;
  for (const Node& node : graph.nodes()) {
    if (node.op != &kParameter) continue;
    const bool vector = !node.attributes.as<InitialValue>().is_filter();
    wanted.push_back({node.name, node.shape, vector});
  }
  return wanted;
}

}  // namespace imago
