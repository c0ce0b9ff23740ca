#include "models/networks/cugan.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"
#include "models/networks/canonical.h"

namespace imago {
namespace {

Tensor leaky(Tensor x) { return leaky_relu(x, 0.1f); }

Tensor cut(Tensor x, int margin) { return crop(x, {margin, margin, margin, margin}); }

/// Two convolutions and, where asked for, a factor for each channel of the mean of each channel
/// (squeeze and excitation: Hu et al. 2018).
Tensor pair(Layers& layers, const std::string& key, Tensor x, int middle, int out, bool squeeze) {
  x = leaky(layers.conv2d(key + ".conv.0", x, middle));
  x = leaky(layers.conv2d(key + ".conv.2", x, out));
  if (!squeeze) return x;
  const Tensor average = mean(x, {.h = true, .w = true});
  const ConvSettings one = {.kernel = 1};
  const Tensor few =
      relu(layers.conv2d(key + ".seblock.conv1", average, std::max(1, out / 8), one));
  return x * sigmoid(layers.conv2d(key + ".seblock.conv2", few, out, one));
}

Tensor down(Layers& layers, const std::string& key, Tensor x, int channels) {
  return leaky(layers.conv2d(key, x, channels, {.kernel = 2, .stride = 2}));
}

Tensor up(Layers& layers, const std::string& key, Tensor x, int channels) {
  return leaky(layers.conv_transpose2d(key, x, channels, {.kernel = 2, .stride = 2}));
}

/// f: the features of its first level, 64 in the published networks.
Tensor first_unet(Layers& layers, Tensor x, int out, int scale, int f) {
  const std::string key = "unet1.";
  const Tensor a = pair(layers, key + "conv1", x, f / 2, f, false);
  Tensor y = down(layers, key + "conv1_down", a, f);
  y = up(layers, key + "conv2_up", pair(layers, key + "conv2", y, 2 * f, f, true), f);
  y = leaky(layers.conv2d(key + "conv3", cut(a, 4) + y, f));
  const std::string bottom = key + "conv_bottom";
  if (scale == 1) return layers.conv2d(bottom, y, out);
  if (scale == 3)
    return layers.conv_transpose2d(bottom, y, out, {.kernel = 5, .stride = 3, .padding = 2});
  return layers.conv_transpose2d(bottom, y, out, {.kernel = 4, .stride = 2, .padding = 3});
}

Tensor second_unet(Layers& layers, Tensor x, int out, int f) {
  const std::string key = "unet2.";
  const Tensor a = pair(layers, key + "conv1", x, f / 2, f, false);
  const Tensor b =
      pair(layers, key + "conv2", down(layers, key + "conv1_down", a, f), f, 2 * f, true);
  Tensor y =
      pair(layers, key + "conv3", down(layers, key + "conv2_down", b, 2 * f), 4 * f, 2 * f, true);
  y = up(layers, key + "conv3_up", y, 2 * f);
  y = up(layers, key + "conv4_up", pair(layers, key + "conv4", cut(b, 4) + y, f, f, true), f);
  y = leaky(layers.conv2d(key + "conv5", cut(a, 16) + y, f));
  return layers.conv2d(key + "conv_bottom", y, out);
}

int border_of(int scale) { return scale == 1 ? 28 : scale == 2 ? 18 : scale == 3 ? 14 : 19; }

}  // namespace

Tensor cugan(Graph& graph, Tensor x, const CuganConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const int out = config.scale == 4 ? config.features : config.channels;
  const Tensor given = x;
  if (config.pro) x = affine(x, 0.7f, 0.15f);
  const Tensor u =
      first_unet(layers, reflect(x, border_of(config.scale)), out, config.scale, config.features);
  Tensor y = second_unet(layers, u, out, config.features) + cut(u, 20);
  if (config.scale == 4) {
    y = layers.conv2d("conv_final", y, 4 * config.channels);
    y = pixel_shuffle(cut(y, 1), 2) + upsample_nearest(config.pro ? x : given, 4);
  }
  if (config.pro) y = affine(y, 1 / 0.7f, -0.15f / 0.7f);
  return layers.picture(y);
}

Generator cugan_generator(const CuganConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = config.scale == 1 ? "cunet" : "real-cugan";
  info.paper = "bilibili 2022";
  info.scale = config.scale;
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = 2;
  info.multiple = config.scale == 1 || config.scale == 3 ? 4 : 2;
  info.minimum = config.scale == 1 ? 32 : 20;  // mirrored by up to 28 pixels
  info.global_statistics = true;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return cugan(graph, x, config, options);
  };
  return generator;
}

CuganConfig guess_cugan(const StateDict& tensors) {
  CuganConfig config;
  config.channels = conv_size(tensors, "unet1.conv1.conv.0.weight", 1, config.channels);
  config.features = std::max(2, conv_size(tensors, "unet1.conv3.weight", 0, config.features));
  const int kernel = conv_size(tensors, "unet1.conv_bottom.weight", 2, 4);
  config.scale = tensors.contains("conv_final.weight") ? 4 : kernel == 5 ? 3 : kernel == 3 ? 1 : 2;
  const auto mark = tensors.metadata.find(kProMetadata);
  config.pro = mark != tensors.metadata.end() && mark->second == "yes";
  return config;
}

}  // namespace imago
