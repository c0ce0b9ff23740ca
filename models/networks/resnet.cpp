#include "models/networks/resnet.h"

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

// Index of the second convolution in a block: pad, conv, (norm), relu, (dropout), pad, conv.
int second_conv(bool norm_slots, bool dropout) { return 4 + norm_slots + dropout; }

Tensor residual_block(Layers& layers, const ResnetConfig& config, const std::string& key,
                      Tensor x) {
  const int channels = static_cast<int>(x.shape().c);
  const int second = second_conv(config.norm_slots, config.dropout);
  Tensor y = layers.conv2d(key + ".1", reflect(x, 1), channels, {.bias = config.bias});
  y = relu(layers.norm(config.norm, key + ".2", y));
  if (config.dropout) y = layers.dropout(y);
  y = layers.conv2d(key + "." + std::to_string(second), reflect(y, 1), channels,
                    {.bias = config.bias});
  y = layers.norm(config.norm, key + "." + std::to_string(second + 1), y);
  return x + y;
}

}  // namespace

Tensor resnet(Graph& graph, Tensor x, const ResnetConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const int k = config.features;
  int index = 1;  // in PyTorch's Sequential; 0 is the mirroring of the edges
  const auto key = [&](int offset = 0) { return "model." + std::to_string(index + offset); };
  const auto norm_relu = [&](Tensor y) {
    y = relu(layers.norm(config.norm, key(1), y));
    index += config.norm_slots ? 3 : 2;
    return y;
  };

  x = norm_relu(layers.conv2d(key(), reflect(x, 3), k, {.kernel = 7, .bias = config.bias}));
  for (int width : {2 * k, 4 * k}) {
    x = norm_relu(layers.conv2d(key(), x, width, {.stride = 2, .padding = 1, .bias = config.bias}));
  }
  for (int block = 0; block < config.blocks; ++block, ++index) {
    x = residual_block(layers, config, key() + ".conv_block", x);
  }
  for (int width : {2 * k, k}) {
    x = norm_relu(config.upsample == Upsample::resize
                      ? layers.conv_resize2d(key(), x, width, config.bias)
                      : layers.conv_transpose2d(
                            key(), x, width,
                            {.stride = 2, .padding = 1, .output_padding = 1, .bias = config.bias}));
  }
  return tanh(layers.conv2d(key(1), reflect(x, 3), config.out_channels, {.kernel = 7}));
}

Generator resnet_generator(const ResnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "resnet_" + std::to_string(config.blocks) + "blocks";
  if (config.upsample == Upsample::resize) info.architecture += "_resize";
  info.paper = "Zhu et al. 2017";
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.norm = to_string(config.norm);
  info.dropout = config.dropout;
  info.input_low = -1;
  info.multiple = 4;
  info.minimum = 8;  // a quarter of it is mirrored by one pixel, which takes two
  info.global_statistics = config.norm == Norm::instance || config.norm == Norm::instance_affine;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return resnet(graph, x, config, options);
  };
  return generator;
}

ResnetConfig guess_resnet(const StateDict& tensors) {
  ResnetConfig config;
  config.features = conv_size(tensors, "model.1.weight", 0, config.features);
  config.in_channels = conv_size(tensors, "model.1.weight", 1, config.in_channels);

  // With a norm (even one without parameters) the second convolution is 4, without it is 3.
  config.norm_slots = rank_of(tensors, "model.3.weight") != 4;
  const int step = config.norm_slots ? 3 : 2;
  const int first_block = 1 + 3 * step;
  const int end = count_numbered(tensors, "model.", ".conv_block.");
  if (end > first_block) config.blocks = end - first_block;
  // Channels are halved: {in, out, 3, 3} of a transposed convolution, {out, in, 3, 3} of another.
  const std::string first_up = "model." + std::to_string(first_block + config.blocks) + ".weight";
  const bool resize = conv_size(tensors, first_up, 0, 2) < conv_size(tensors, first_up, 1, 1);
  config.upsample = resize ? Upsample::resize : Upsample::transpose;
  const int last = first_block + config.blocks + 2 * step + 1;
  config.out_channels =
      conv_size(tensors, "model." + std::to_string(last) + ".weight", 0, config.out_channels);

  config.bias = tensors.contains("model.1.bias");
  const bool affine = rank_of(tensors, "model.2.weight") == 1;
  if (affine) {
    config.norm = config.bias ? Norm::instance_affine : Norm::batch;
  } else {
    config.norm = config.norm_slots && config.bias ? Norm::instance : Norm::none;
  }

  const std::string block = "model." + std::to_string(first_block) + ".conv_block.";
  const int with_dropout = second_conv(config.norm_slots, true);
  config.dropout = rank_of(tensors, block + std::to_string(with_dropout) + ".weight") == 4;
  return config;
}

}  // namespace imago
