#include <algorithm>

#include "compute/base/error.h"
#include "models/checkpoint/key_probe.h"
#include "models/networks/layers.h"
#include "models/networks/sampler.h"

namespace imago {

namespace {

constexpr int kMostRest = 7;  // side of the smallest picture
constexpr int kMostHalvings = 8;

/// Channels of the picture that is doubled `doublings` times more.
int width_of(const DcganConfig& config, int doublings) {
  const int times = config.smooth ? doublings : doublings - 1;
  return config.features * std::min(1 << std::max(times, 0), kMostWidening);
}

Tensor dcgan(Graph& graph, Tensor x, const DcganConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const auto [doublings, rest] = halvings(config.side);
  const ConvSettings first = {.kernel = rest, .bias = false};
  const ConvSettings doubling = {.kernel = 4, .stride = 2, .padding = 1, .bias = false};
  const auto rectified = [&](int layer, Tensor y) {
    return relu(layers.batch_norm(numbered("main.", 3 * layer + 1), y));
  };

  const Tensor z = config.classes > 0 ? slice_channels(x, 0, config.latent) : x;
  Tensor y = layers.conv_transpose2d("main.0", z, width_of(config, doublings), first);
  if (config.classes > 0) {
    const Tensor label = slice_channels(x, config.latent, config.latent + config.classes);
    y = y + layers.conv_transpose2d("label", label, width_of(config, doublings), first);
  }
  y = rectified(0, y);
  const int rectified_doublings = config.smooth ? doublings : doublings - 1;
  for (int i = 1; i <= rectified_doublings; ++i)
    y = rectified(i, layers.conv_transpose2d(numbered("main.", 3 * i), y,
                                             width_of(config, doublings - i), doubling));
  const std::string last = numbered("main.", 3 * (rectified_doublings + 1));
  return tanh(config.smooth ? layers.conv2d(last, y, config.channels, {.padding = 1})
                            : layers.conv_transpose2d(last, y, config.channels, doubling));
}

}  // namespace

Halvings halvings(int side) {
  Halvings result{0, side};
  while (result.rest > kMostRest && result.rest % 2 == 0) {
    result.rest /= 2;
    ++result.count;
  }
  if (result.rest <= kMostRest && result.count > 0 && result.count <= kMostHalvings) return result;
  throw Error("pictures of " + std::to_string(side) + "x" + std::to_string(side) +
              " pixels cannot be made by doubling a square of 4 to 7: choose a --crop-size such as "
              "28, 32, 48, 64, 96 or 128");
}

Generator dcgan_generator(const DcganConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = config.smooth ? "sngan" : "dcgan";
  info.paper = config.smooth ? "Miyato et al. 2018" : "Radford et al. 2016";
  info.scale = config.side;
  info.in_channels = config.latent + config.classes;
  info.out_channels = config.channels;
  info.latent = config.latent;
  info.classes = config.classes;
  info.features = config.features;
  info.blocks = halvings(config.side).count;
  info.norm = to_string(Norm::batch);
  info.input_low = -1;
  info.global_statistics = true;  // a latent is no picture that could be cut into tiles
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return dcgan(graph, x, config, options);
  };
  return generator;
}

DcganConfig guess_dcgan(const StateDict& tensors, bool smooth) {
  DcganConfig config;
  config.smooth = smooth;
  // Of each layer but the last one a convolution and a norm.
  const int layers = (count_numbered(tensors, "main.", ".weight") + 2) / 3;
  const int doublings = std::clamp(smooth ? layers - 2 : layers - 1, 1, kMostHalvings);
  const int rest = std::clamp(conv_size(tensors, "main.0.weight", 2, 4), 4, kMostRest);
  config.side = rest << doublings;
  config.latent = conv_size(tensors, "main.0.weight", 0, config.latent);
  if (tensors.contains("label.weight")) config.classes = conv_size(tensors, "label.weight", 0, 1);
  const std::string last = numbered("main.", 3 * (layers - 1)) + ".weight";
  config.features = conv_size(tensors, last, smooth ? 1 : 0, config.features);
  config.channels = conv_size(tensors, last, smooth ? 0 : 1, config.channels);
  return config;
}

}  // namespace imago
