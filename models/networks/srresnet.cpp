#include "models/networks/srresnet.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

// Where one key layout keeps its layers.
struct SrresnetNames {
  std::string first, first_prelu, trunk, trunk_end, last;
  struct Block {
    std::string conv1, bn1, prelu, conv2, bn2;
  } block;
  std::string upsampling, upsampling_conv, upsampling_prelu;
  int first_block = 0;
};

SrresnetNames names_of(SrresnetKeys keys, int blocks, int upsamplings) {
  if (keys == SrresnetKeys::leftthomas) {
    const std::string up = numbered("block", blocks + 3, ".");
    return {.first = "block1.0",
            .first_prelu = "block1.1",
            .trunk = "block",
            .trunk_end = numbered("block", blocks + 2),
            .last = numbered(up, upsamplings),
            .block = {".conv1", ".bn1", ".prelu", ".conv2", ".bn2"},
            .upsampling = up,
            .upsampling_conv = ".conv",
            .upsampling_prelu = ".prelu",
            .first_block = 2};
  }
  const std::string conv = keys == SrresnetKeys::lornatang ? "conv" : "conv_block";
  return {.first = conv + "1.0",
          .first_prelu = conv + "1.1",
          .trunk = "trunk.",
          .trunk_end = conv + "2",
          .last = conv + "3",
          .block = {".rcb.0", ".rcb.1", ".rcb.2", ".rcb.3", ".rcb.4"},
          .upsampling = "upsampling.",
          .upsampling_conv = ".upsample_block.0",
          .upsampling_prelu = ".upsample_block.2",
          .first_block = 0};
}

}  // namespace

Tensor srresnet(Graph& graph, Tensor x, const SrresnetConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const SrresnetNames names = names_of(config.keys, config.blocks, config.upsamplings);
  const bool leftthomas = config.keys == SrresnetKeys::leftthomas;
  const int n = config.features;
  const ConvSettings k9n64s1 = {.kernel = 9, .padding = 4};
  const ConvSettings k3n64s1 = {.padding = 1, .bias = leftthomas};

  Tensor first = layers.prelu(names.first_prelu, layers.conv2d(names.first, x, n, k9n64s1));
  Tensor y = first;
  for (int i = 0; i < config.blocks; ++i) {
    const std::string block = numbered(names.trunk, names.first_block + i);
    const auto& [conv1, bn1, prelu, conv2, bn2] = names.block;
    Tensor r = layers.batch_norm(block + bn1, layers.conv2d(block + conv1, y, n, k3n64s1));
    r = layers.prelu(block + prelu, r);
    y = y + layers.batch_norm(block + bn2, layers.conv2d(block + conv2, r, n, k3n64s1));
  }
  y = layers.conv2d(names.trunk_end + ".0", y, n, k3n64s1);
  y = config.trunk_norm ? layers.batch_norm(names.trunk_end + ".1", y)
                        : layers.prelu(names.trunk_end + ".1", y);
  y = first + y;

  for (int i = 0; i < config.upsamplings; ++i) {
    const std::string up = numbered(names.upsampling, i);
    y = layers.conv2d(up + names.upsampling_conv, y, n * config.factor * config.factor,
                      {.padding = 1});
    y = layers.prelu(up + names.upsampling_prelu, pixel_shuffle(y, config.factor));
  }
  y = layers.conv2d(names.last, y, config.out_channels, k9n64s1);
  return leftthomas ? affine(tanh(y), 0.5f, 0.5f) : layers.picture(y);
}

Generator srresnet_generator(const SrresnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "srresnet";
  info.paper = "Ledig et al. 2017";
  info.scale = shuffled_scale(config.factor, config.upsamplings);
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.norm = to_string(Norm::batch);
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return srresnet(graph, x, config, options);
  };
  return generator;
}

SrresnetConfig guess_srresnet(const StateDict& tensors, SrresnetKeys keys) {
  SrresnetConfig config;
  config.keys = keys;
  if (keys == SrresnetKeys::leftthomas) {
    const int end = count_numbered(tensors, "block", ".conv1.");  // 2 … end-1 are the blocks
    config.blocks = end > 2 ? end - 2 : 5;
  } else if (int blocks = count_numbered(tensors, "trunk.", ".rcb."); blocks > 0) {
    config.blocks = blocks;
  }
  const auto names = [&] { return names_of(keys, config.blocks, config.upsamplings); };
  const int ups = count_numbered(tensors, names().upsampling, names().upsampling_conv + ".");
  const bool enlarges_none = tensors.contains(names_of(keys, config.blocks, 0).last + ".weight");
  if (ups > 0 || enlarges_none) config.upsamplings = std::min(ups, kMostUpsamplings);

  config.features = conv_size(tensors, names().first + ".weight", 0, config.features);
  config.in_channels = conv_size(tensors, names().first + ".weight", 1, config.in_channels);
  config.out_channels = conv_size(tensors, names().last + ".weight", 0, config.out_channels);
  const std::string up = names().upsampling + "0" + names().upsampling_conv + ".weight";
  const int expanded = conv_size(tensors, up, 0, 4 * config.features);
  config.factor = std::min(shuffle_factor(expanded, config.features), kMostShuffleFactor);
  if (keys == SrresnetKeys::leftthomas) {
    config.trunk_norm = tensors.contains(names().trunk_end + ".1.bias");
  }
  return config;
}

}  // namespace imago
