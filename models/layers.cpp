#include "models/layers.h"

namespace imago {

namespace {

// PyTorch's default in every norm layer; the checkpoints were trained with it.
constexpr float kEpsilon = 1e-5f;

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

Tensor Layers::conv2d(const std::string& key, Tensor x, int out_channels, ConvSettings settings) {
  Tensor weight = graph_.parameter(key + ".weight",
                                   {out_channels, x.shape().c, settings.kernel, settings.kernel});
  Tensor y = imago::conv2d(x, weight, {.stride = settings.stride, .padding = settings.padding});
  return add_bias(key, y, settings.bias);
}

Tensor Layers::conv_transpose2d(const std::string& key, Tensor x, int out_channels,
                                ConvSettings settings) {
  Tensor weight = graph_.parameter(key + ".weight",
                                   {x.shape().c, out_channels, settings.kernel, settings.kernel});
  Tensor y = conv2d_dx(x, weight,
                       {.stride = settings.stride,
                        .padding = settings.padding,
                        .output_padding = settings.output_padding});
  return add_bias(key, y, settings.bias);
}

Tensor Layers::batch_norm(const std::string& key, Tensor x) {
  if (options_.batch_statistics) {
    return scale_and_shift(key, normalize(x, {.n = true, .h = true, .w = true}, kEpsilon));
  }
  // Everything but x is known before the first picture: one scale and one shift per channel.
  const int64_t channels = x.shape().c;
  Tensor weight = channel_parameter(key + ".weight", channels);
  Tensor bias = channel_parameter(key + ".bias", channels);
  Tensor mean = channel_parameter(key + ".running_mean", channels);
  Tensor variance = channel_parameter(key + ".running_var", channels);
  Tensor scale = weight * rsqrt(variance + kEpsilon);
  return x * scale + (bias - mean * scale);
}

Tensor Layers::instance_norm(const std::string& key, Tensor x, bool affine) {
  Tensor y = normalize(x, {.h = true, .w = true}, kEpsilon);
  return affine ? scale_and_shift(key, y) : y;
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
  return imago::prelu(x, channel_parameter(key + ".weight", slopes));
}

Tensor Layers::dropout(Tensor x, float probability) {
  return options_.stochastic ? imago::dropout(x, probability) : x;
}

Tensor Layers::channel_parameter(const std::string& name, int64_t channels) {
  return graph_.parameter(name, {1, channels, 1, 1});
}

Tensor Layers::add_bias(const std::string& key, Tensor x, bool bias) {
  return bias ? x + channel_parameter(key + ".bias", x.shape().c) : x;
}

Tensor Layers::scale_and_shift(const std::string& key, Tensor x) {
  const int64_t channels = x.shape().c;
  Tensor scaled = x * channel_parameter(key + ".weight", channels);
  return scaled + channel_parameter(key + ".bias", channels);
}

Tensor reflect(Tensor x, int margin) {
  return pad(x, {.top = margin, .bottom = margin, .left = margin, .right = margin},
             PadMode::reflect);
}

}  // namespace imago
