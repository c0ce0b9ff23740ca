#include "models/networks/span.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"
#include "models/networks/canonical.h"

namespace imago {
namespace {

constexpr int kBlocks = 6;
constexpr float kMeanColour[] = {0.4488f, 0.4371f, 0.4040f};

Tensor silu(Tensor x) { return x * sigmoid(x); }

struct Attended {
  Tensor result, first;  // `first`: what its first convolution made, activated
};

/// Section 3.2: what a block adds is weighed by how far it is from zero.
Attended block(Layers& layers, const std::string& key, Tensor x, int features) {
  const auto conv = [&](const char* name, Tensor from) {
    return layers.conv2d(key + name, from, features, {.padding = 1});
  };
  const Tensor first = silu(conv(".c1_r.eval_conv", x));
  const Tensor third = conv(".c3_r.eval_conv", silu(conv(".c2_r.eval_conv", first)));
  return {(third + x) * (sigmoid(third) - 0.5f), first};
}

Tensor centred(Tensor x) {
  std::vector<Tensor> parts;
  for (int c = 0; c < 3; ++c) parts.push_back(slice_channels(x, c, c + 1) - kMeanColour[c]);
  return concat(parts) * 255.0f;
}

}  // namespace

Tensor span(Graph& graph, Tensor x, const SpanConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const int n = config.features, s = config.scale;
  if (config.centred && config.channels == 3) x = centred(x);
  const Tensor features = layers.conv2d("conv_1.eval_conv", x, n, {.padding = 1});
  Attended y = {features, {}};
  Tensor after_first;
  for (int i = 1; i <= kBlocks; ++i) {
    y = block(layers, "block_" + std::to_string(i), y.result, n);
    if (i == 1) after_first = y.result;
  }
  const Tensor last = layers.conv2d("conv_2.eval_conv", y.result, n, {.padding = 1});
  const Tensor all = concat({features, last, after_first, y.first});
  const Tensor joined = layers.conv2d("conv_cat", all, n, {.kernel = 1});
  const Tensor pixels =
      layers.conv2d("upsampler.0", joined, config.channels * s * s, {.padding = 1});
  return layers.picture(s > 1 ? pixel_shuffle(pixels, s) : pixels);
}

Generator span_generator(const SpanConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "span";
  info.paper = "Wan et al. 2023";
  info.scale = config.scale;
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = kBlocks;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return span(graph, x, config, options);
  };
  return generator;
}

SpanConfig guess_span(const StateDict& tensors) {
  SpanConfig config;
  config.features = conv_size(tensors, "conv_1.eval_conv.weight", 0, config.features);
  config.channels = conv_size(tensors, "conv_1.eval_conv.weight", 1, config.channels);
  const int expanded =
      conv_size(tensors, "upsampler.0.weight", 0, config.channels * config.scale * config.scale);
  config.scale = std::min(shuffle_factor(expanded, config.channels), kMostShuffleFactor);
  const auto mark = tensors.metadata.find(kCentredMetadata);
  config.centred = mark == tensors.metadata.end() || mark->second != "no";
  return config;
}

}  // namespace imago
