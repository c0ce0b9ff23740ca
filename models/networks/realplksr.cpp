#include "models/networks/realplksr.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {
namespace {

constexpr int kGroups = 4;  // of the group norm; not stored

constexpr float kGroupEpsilon = 1e-5f, kLayerEpsilon = 1e-6f;

/// What a norm is scaled and shifted by: {1, C, 1, 1} each.
struct NormParameters {
  Tensor weight, bias;
};
NormParameters norm_parameters(Graph& graph, const BuildOptions& options, const std::string& key,
                               int64_t channels) {
  const auto vector = [&](const char* name, InitialValue initial) {
    return graph.parameter(options.prefix + key + name, {1, channels, 1, 1}, initial);
  };
  return {vector(".weight", {InitialValue::Kind::norm_scale, 1}),
          vector(".bias", {InitialValue::Kind::constant, 0})};
}

/// Over groups of channels of the whole picture (Wu & He 2018).
Tensor group_norm(Tensor x, const NormParameters& norm) {
  const Shape s = x.shape();
  const Tensor groups = reshape(x, {s.n, kGroups, s.c / kGroups * s.h, s.w});
  const Tensor y = normalize(groups, {.h = true, .w = true}, kGroupEpsilon);
  return reshape(y, s) * norm.weight + norm.bias;
}

/// Over the channels of each pixel.
Tensor layer_norm(Tensor x, const NormParameters& norm) {
  const Tensor centred = x - mean(x, {.c = true});
  const Tensor variance = mean(square(centred), {.c = true});
  return centred * rsqrt(variance + kLayerEpsilon) * norm.weight + norm.bias;
}

Tensor mish(Tensor x) { return x * tanh(softplus(x)); }

Tensor block(Layers& layers, const RealPlksrConfig& config, const BuildOptions& options,
             const std::string& key, Tensor x) {
  const int n = config.features, p = config.partial;
  const auto conv = [&](const char* name, Tensor from, int out) {
    return layers.conv2d(key + name, from, out, {.padding = 1});
  };
  const std::string norm_key = key + (config.layer_norm ? ".layer_norm" : ".norm");
  const NormParameters norm = norm_parameters(x.graph(), options, norm_key, n);
  Tensor y = config.layer_norm ? layer_norm(x, norm) : x;
  y = conv(".channel_mixer.2", mish(conv(".channel_mixer.0", y, 2 * n)), n);
  const Tensor seen = layers.conv2d(key + ".lk.conv", slice_channels(y, 0, p), p,
                                    {.kernel = config.kernel, .padding = config.kernel / 2});
  y = p < n ? concat({seen, slice_channels(y, p, n)}) : seen;
  if (config.attention) y = y * sigmoid(conv(".attn.f.0", y, n));
  y = layers.conv2d(key + ".refine", y, n, {.kernel = 1});
  return x + (config.layer_norm ? y : group_norm(y, norm));
}

}  // namespace

Tensor realplksr(Graph& graph, Tensor x, const RealPlksrConfig& config,
                 const BuildOptions& options) {
  Layers layers(graph, options);
  const int s = config.scale;
  Tensor y = layers.conv2d("feats.0", x, config.features, {.padding = 1});
  for (int i = 1; i <= config.blocks; ++i)
    y = block(layers, config, options, "feats." + std::to_string(i), y);
  // Between the blocks and the last convolution is a dropout, which takes an index.
  const std::string last = "feats." + std::to_string(config.blocks + 2);
  y = layers.conv2d(last, y, config.channels * s * s, {.padding = 1});
  return layers.picture(s > 1 ? pixel_shuffle(y, s) + upsample_nearest(x, s) : y + x);
}

Generator realplksr_generator(const RealPlksrConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "realplksr";
  info.paper = "Lee et al. 2024";
  info.scale = config.scale;
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.norm = config.layer_norm ? "layer" : "group";
  info.global_statistics = !config.layer_norm;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return realplksr(graph, x, config, options);
  };
  return generator;
}

RealPlksrConfig guess_realplksr(const StateDict& tensors) {
  RealPlksrConfig config;
  config.features = conv_size(tensors, "feats.0.weight", 0, config.features);
  // A group norm divides them.
  config.features = std::max(kGroups, config.features / kGroups * kGroups);
  config.channels = conv_size(tensors, "feats.0.weight", 1, config.channels);
  if (const int layers = count_numbered(tensors, "feats.", ".weight"); layers > 3)
    config.blocks = layers - 3;
  const std::string last = "feats." + std::to_string(config.blocks + 2) + ".weight";
  const int expanded = conv_size(tensors, last, 0, config.channels * config.scale * config.scale);
  config.scale = std::min(shuffle_factor(expanded, config.channels), kMostShuffleFactor);
  config.partial = std::min(conv_size(tensors, "feats.1.lk.conv.weight", 0, config.features / 4),
                            config.features);
  config.kernel = std::min(conv_size(tensors, "feats.1.lk.conv.weight", 2, config.kernel), 63);
  config.attention = tensors.contains("feats.1.attn.f.0.weight");
  config.layer_norm = tensors.contains("feats.1.layer_norm.weight");
  return config;
}

}  // namespace imago
