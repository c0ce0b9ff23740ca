#include "models/networks/msrresnet.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

Tensor msrresnet(Graph& graph, Tensor x, const MsrresnetConfig& config,
                 const BuildOptions& options) {
  Layers layers(graph, options);
  const int n = config.features;
  const ConvSettings same = {.padding = 1};
  const auto leaky = [](Tensor y) { return leaky_relu(y, 0.1f); };

  Tensor y = leaky(layers.conv2d("conv_first", x, n, same));
  for (int i = 0; i < config.blocks; ++i) {
    const std::string block = numbered(config.early_keys ? "recon_trunk." : "body.", i);
    Tensor r = relu(layers.conv2d(block + ".conv1", y, n, same));
    y = y + layers.conv2d(block + ".conv2", r, n, same);
  }
  for (int i = 1; i <= config.upsamplings; ++i) {
    y = layers.conv2d(numbered("upconv", i), y, n * config.factor * config.factor, same);
    y = leaky(pixel_shuffle(y, config.factor));
  }
  y = leaky(layers.conv2d(config.early_keys ? "HRconv" : "conv_hr", y, n, same));
  y = layers.conv2d("conv_last", y, config.channels, same);
  return layers.picture(y +
                        upsample_bilinear(x, shuffled_scale(config.factor, config.upsamplings)));
}

Generator msrresnet_generator(const MsrresnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "msrresnet";
  info.paper = "Ledig et al. 2017, without norm as in Lim et al. 2017";
  info.scale = shuffled_scale(config.factor, config.upsamplings);
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = config.blocks;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return msrresnet(graph, x, config, options);
  };
  return generator;
}

MsrresnetConfig guess_msrresnet(const StateDict& tensors, bool early_keys) {
  MsrresnetConfig config;
  config.early_keys = early_keys;
  config.features = conv_size(tensors, "conv_first.weight", 0, config.features);
  config.channels = conv_size(tensors, "conv_first.weight", 1, config.channels);
  const int blocks = count_numbered(tensors, early_keys ? "recon_trunk." : "body.", ".conv1.");
  if (blocks > 0) config.blocks = blocks;
  if (const int end = count_numbered(tensors, "upconv", "."); end > 1) {
    config.upsamplings = std::min(end - 1, kMostUpsamplings);
  } else if (tensors.contains("conv_last.weight")) {
    config.upsamplings = 0;
  }
  const int expanded = conv_size(tensors, "upconv1.weight", 0, 4 * config.features);
  config.factor = std::min(shuffle_factor(expanded, config.features), kMostShuffleFactor);
  return config;
}

}  // namespace imago
