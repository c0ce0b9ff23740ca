#include "models/networks/unet.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

constexpr int kLeastDepth = 5;  // the code this network comes from always builds these
constexpr int kMostDepth = 10;

int width(const UnetConfig& config, int level) { return config.features * std::min(1 << level, 8); }

ConvSettings halving(bool bias) { return {.kernel = 4, .stride = 2, .padding = 1, .bias = bias}; }

Tensor doubled(Layers& layers, const UnetConfig& config, const std::string& key, Tensor x,
               int channels, bool bias) {
  return config.upsample == Upsample::resize
             ? layers.conv_resize2d(key, x, channels, bias)
             : layers.conv_transpose2d(key, x, channels, halving(bias));
}

// One level below the outermost: x and what the deeper levels made of it, along the channels.
Tensor unet_level(Layers& layers, const UnetConfig& config, const std::string& key, Tensor x,
                  int level) {
  const bool innermost = level == config.depth - 1;
  Tensor y =
      layers.conv2d(key + ".1", leaky_relu(x, 0.2f), width(config, level), halving(config.bias));
  if (!innermost) {
    y = layers.norm(config.norm, key + ".2", y);
    y = unet_level(layers, config, key + ".3.model", y, level + 1);
  }
  y = doubled(layers, config, key + (innermost ? ".3" : ".5"), relu(y), width(config, level - 1),
              config.bias);
  y = layers.norm(config.norm, key + (innermost ? ".4" : ".6"), y);
  if (config.dropout && level >= 4 && !innermost) y = layers.dropout(y);
  return concat({x, y});
}

}  // namespace

Tensor unet(Graph& graph, Tensor x, const UnetConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  Tensor y = layers.conv2d("model.model.0", x, config.features, halving(config.bias));
  y = unet_level(layers, config, "model.model.1.model", y, 1);
  y = doubled(layers, config, "model.model.3", relu(y), config.out_channels, true);
  return tanh(y);
}

Generator unet_generator(const UnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "unet_" + std::to_string(1 << config.depth);
  if (config.upsample == Upsample::resize) info.architecture += "_resize";
  info.paper = "Isola et al. 2017";
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.depth;
  info.norm = to_string(config.norm);
  info.dropout = config.dropout && config.depth > kLeastDepth;
  info.input_low = -1;
  // At the least side the bottleneck is one pixel and the innermost norm sees four.
  info.multiple = info.minimum = 1 << config.depth;
  // "we run the generator net in exactly the same manner at test time as during training": batch
  // normalisation with the statistics of the picture (section 3.4).
  generator.defaults.batch_statistics = config.norm == Norm::batch;
  info.global_statistics = config.norm != Norm::none;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return unet(graph, x, config, options);
  };
  return generator;
}

UnetConfig guess_unet(const StateDict& tensors) {
  UnetConfig config;
  const std::string outer = "model.model.0.weight", last = "model.model.3.weight";
  config.features = conv_size(tensors, outer, 0, config.features);
  config.in_channels = conv_size(tensors, outer, 1, config.in_channels);
  // {in, out, 4, 4} of a transposed convolution, {out, in, 3, 3} of another one.
  const bool resize = conv_size(tensors, last, 3, 4) == 3;
  config.upsample = resize ? Upsample::resize : Upsample::transpose;
  config.out_channels = conv_size(tensors, last, resize ? 0 : 1, config.out_channels);

  int deepest = 0;
  for (const auto& [key, tensor] : tensors) {
    int depth = 2;
    const std::string nested = ".3.model.";
    for (size_t at = key.find(nested); at != std::string::npos; at = key.find(nested, at + 1)) {
      ++depth;
    }
    if (key.starts_with("model.model.1.model.")) deepest = std::max(deepest, depth);
  }
  if (deepest > 0) config.depth = std::clamp(deepest, kLeastDepth, kMostDepth);

  const std::string second = "model.model.1.model.";
  const bool affine = rank_of(tensors, second + "2.weight") == 1;
  config.bias = tensors.contains(second + "1.bias");
  config.norm = affine ? (config.bias ? Norm::instance_affine : Norm::batch)
                       : (config.bias ? Norm::instance : Norm::none);
  return config;
}

}  // namespace imago
