#include "models/networks/srvgg.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

constexpr int kMostScale = 16;

std::string body(int index) { return "body." + std::to_string(index); }

}  // namespace

Tensor srvgg(Graph& graph, Tensor x, const SrvggConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const int n = config.features, s = config.scale;
  Tensor y = x;
  for (int i = 0; i <= config.blocks; ++i) {
    y = layers.conv2d(body(2 * i), y, n, {.padding = 1});
    y = layers.prelu(body(2 * i + 1), y, n);
  }
  y = layers.conv2d(body(2 * config.blocks + 2), y, config.channels * s * s, {.padding = 1});
  if (s == 1) return layers.picture(y + x);
  return layers.picture(pixel_shuffle(y, s) + upsample_nearest(x, s));
}

Generator srvgg_generator(const SrvggConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "srvggnet_compact";
  info.paper = "Wang et al. 2021";
  info.scale = config.scale;
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = config.blocks;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return srvgg(graph, x, config, options);
  };
  return generator;
}

SrvggConfig guess_srvgg(const StateDict& tensors) {
  SrvggConfig config;
  config.features = conv_size(tensors, "body.0.weight", 0, config.features);
  config.channels = conv_size(tensors, "body.0.weight", 1, config.channels);
  // Indices 0 to 2 * blocks + 2: a convolution and a PReLU in turn, a convolution last.
  if (const int layers = count_numbered(tensors, "body.", ".weight"); layers >= 3) {
    config.blocks = (layers - 3) / 2;
  }
  const std::string last = body(2 * config.blocks + 2) + ".weight";
  const int expanded = conv_size(tensors, last, 0, config.channels * config.scale * config.scale);
  config.scale = std::min(shuffle_factor(expanded, config.channels), kMostScale);
  return config;
}

}  // namespace imago
