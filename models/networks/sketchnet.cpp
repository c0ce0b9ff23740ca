#include "models/networks/sketchnet.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {
namespace {

constexpr int kLevels = 3;   // below a quarter of the side
constexpr int kQuarter = 4;  // the sides of the blocks that the picture is given in
constexpr int kMostBlocks = 64;

int width(const SketchnetConfig& config, int level) {
  return config.features * std::min(1 << level, 4);
}

Tensor conv3(Layers& layers, const std::string& key, Tensor x, int channels, int stride = 1) {
  return layers.conv2d(key, x, channels, {.stride = stride, .padding = 1});
}

Tensor residual_block(Layers& layers, const SketchnetConfig& config, const std::string& key,
                      Tensor x) {
  const int channels = static_cast<int>(x.shape().c);
  // A norm takes any bias away again; without one the keys tell which norm there is.
  Tensor y =
      layers.conv2d(key + ".conv1", x, channels, {.padding = 1, .bias = config.norm == Norm::none});
  y = relu(layers.norm(config.norm, key + ".norm", y));
  return x + conv3(layers, key + ".conv2", y, channels);
}

// Twice the sides, beside `skip`, and both made into as many channels as `channels`.
Tensor merged(Layers& layers, const std::string& key, Tensor x, Tensor skip, int channels) {
  const Tensor narrow = layers.conv2d(key + ".narrow", x, channels, {.kernel = 1});
  const Tensor both = concat({upsample_nearest(narrow, 2), skip});
  return relu(conv3(layers, key + ".merge", both, channels));
}

}  // namespace

Tensor sketchnet(Graph& graph, Tensor x, const SketchnetConfig& config,
                 const BuildOptions& options) {
  Layers layers(graph, options);
  std::vector<Tensor> skips;
  Tensor y = relu(conv3(layers, "stem", pixel_unshuffle(x, kQuarter), width(config, 0)));
  for (int level = 1; level <= kLevels; ++level) {
    skips.push_back(y);
    const std::string key = numbered("encoder", level);
    y = relu(conv3(layers, key + ".down", y, width(config, level), 2));
    if (level < kLevels) y = residual_block(layers, config, key + ".block", y);
  }
  for (int block = 0; block < config.blocks; ++block)
    y = residual_block(layers, config, numbered("body.", block), y);
  for (int level = kLevels - 1; level >= 0; --level)
    y = merged(layers, numbered("decoder", level), y, skips[static_cast<size_t>(level)],
               width(config, level));
  y = residual_block(layers, config, "decoder0.block", y);
  y = merged(layers, "detail", y, pixel_unshuffle(x, kQuarter / 2), (config.features + 1) / 2);
  return tanh(conv3(layers, "out", upsample_nearest(y, 2), config.out_channels));
}

Generator sketchnet_generator(const SketchnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "sketchnet_" + std::to_string(config.blocks) + "blocks";
  info.paper = "Imago";
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.norm = to_string(config.norm);
  info.input_low = -1;
  info.multiple = kQuarter << kLevels;
  info.minimum = 2 * info.multiple;  // at a 32nd of it a norm needs more than one value
  generator.defaults.batch_statistics = config.norm == Norm::batch;
  info.global_statistics = config.norm != Norm::none;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return sketchnet(graph, x, config, options);
  };
  return generator;
}

SketchnetConfig guess_sketchnet(const StateDict& tensors) {
  SketchnetConfig config;
  config.features = conv_size(tensors, "stem.weight", 0, config.features);
  config.in_channels = std::max(
      1, conv_size(tensors, "stem.weight", 1, kQuarter * kQuarter) / (kQuarter * kQuarter));
  config.out_channels = conv_size(tensors, "out.weight", 0, config.out_channels);
  config.blocks = std::min(count_numbered(tensors, "body.", ".conv1.weight"), kMostBlocks);
  const std::string block = "decoder0.block";
  const bool affine = rank_of(tensors, block + ".norm.weight") == 1;
  const bool bias = tensors.contains(block + ".conv1.bias");
  config.norm = affine ? Norm::batch : bias ? Norm::none : Norm::instance;
  return config;
}

}  // namespace imago
