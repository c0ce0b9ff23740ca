#include "models/networks/rrdb.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

// Where one key layout keeps its layers.
struct RrdbNames {
  std::string first, trunk, dense, conv_suffix, trunk_end, hr, last;
  std::vector<std::string> upsamplings;
};

RrdbNames names_of(RrdbKeys keys, int blocks, int upsamplings) {
  RrdbNames names;
  if (keys == RrdbKeys::old) {
    // A Sequential of conv, trunk, then upsample, conv, activation for each doubling.
    const int hr = 3 * upsamplings + 2;
    names = {.first = "model.0",
             .trunk = "model.1.sub.",
             .dense = ".RDB",
             .conv_suffix = ".0",
             .trunk_end = "model.1.sub." + std::to_string(blocks),
             .hr = "model." + std::to_string(hr),
             .last = "model." + std::to_string(hr + 2),
             .upsamplings = {}};
  } else if (keys == RrdbKeys::bsrgan) {
    names = {"conv_first", "RRDB_trunk.", ".RDB", "", "trunk_conv", "HRconv", "conv_last", {}};
  } else {
    names = {"conv_first", "body.", ".rdb", "", "conv_body", "conv_hr", "conv_last", {}};
  }
  for (int i = 0; i < upsamplings; ++i) {
    names.upsamplings.push_back(keys == RrdbKeys::old      ? "model." + std::to_string(3 * i + 3)
                                : keys == RrdbKeys::bsrgan ? "upconv" + std::to_string(i + 1)
                                                           : "conv_up" + std::to_string(i + 1));
  }
  return names;
}

// Five convolutions, each of which sees x and all that the ones before it made.
Tensor dense_block(Layers& layers, const RrdbConfig& config, const std::string& key,
                   const std::string& suffix, Tensor x) {
  std::vector<Tensor> seen = {x};
  for (int k = 1; k <= 4; ++k) {
    Tensor all = seen.size() == 1 ? x : concat(seen);
    const std::string conv = key + ".conv" + std::to_string(k) + suffix;
    seen.push_back(lrelu(layers.conv2d(conv, all, config.growth, {.padding = 1})));
  }
  Tensor y = layers.conv2d(key + ".conv5" + suffix, concat(seen), config.features, {.padding = 1});
  return y * 0.2f + x;
}

int scale_of(const RrdbConfig& config) { return (1 << config.upsamplings) / config.unshuffle; }

}  // namespace

Tensor rrdbnet(Graph& graph, Tensor x, const RrdbConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const RrdbNames names = names_of(config.keys, config.blocks, config.upsamplings);
  const int n = config.features;
  const ConvSettings same = {.padding = 1};

  if (config.unshuffle > 1) x = pixel_unshuffle(x, config.unshuffle);
  Tensor first = layers.conv2d(names.first, x, n, same);
  Tensor y = first;
  for (int i = 0; i < config.blocks; ++i) {
    const std::string block = names.trunk + std::to_string(i) + names.dense;
    Tensor r = y;
    for (const char* number : {"1", "2", "3"}) {
      r = dense_block(layers, config, block + number, names.conv_suffix, r);
    }
    y = r * 0.2f + y;
  }
  y = first + layers.conv2d(names.trunk_end, y, n, same);
  for (const std::string& up : names.upsamplings) {
    y = lrelu(layers.conv2d(up, upsample_nearest(y, 2), n, same));
  }
  y = lrelu(layers.conv2d(names.hr, y, n, same));
  return layers.picture(layers.conv2d(names.last, y, config.out_channels, same));
}

Generator rrdbnet_generator(const RrdbConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "rrdbnet";
  info.paper = "Wang et al. 2018";
  info.scale = scale_of(config);
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.multiple = info.minimum = config.unshuffle;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return rrdbnet(graph, x, config, options);
  };
  return generator;
}

RrdbConfig guess_rrdbnet(const StateDict& tensors, RrdbKeys keys) {
  RrdbConfig config;
  config.keys = keys;
  const bool old = keys == RrdbKeys::old;
  const std::string trunk = names_of(keys, 0, 0).trunk, dense = names_of(keys, 0, 0).dense;
  if (const int blocks = count_numbered(tensors, trunk, dense); blocks > 0) config.blocks = blocks;
  if (old) {
    const int convs = count_numbered(tensors, "model.", ".weight");
    if (convs >= 5) config.upsamplings = (convs - 5) / 3;
  } else {
    const char* up = keys == RrdbKeys::bsrgan ? "upconv" : "conv_up";
    config.upsamplings = std::max(0, count_numbered(tensors, up, ".") - 1);
  }
  config.upsamplings = std::min(config.upsamplings, kMostUpsamplings);

  const RrdbNames names = names_of(keys, config.blocks, config.upsamplings);
  config.features = conv_size(tensors, names.first + ".weight", 0, config.features);
  config.growth = conv_size(
      tensors, trunk + "0" + dense + "1.conv1" + names.conv_suffix + ".weight", 0, config.growth);
  config.out_channels = conv_size(tensors, names.last + ".weight", 0, config.out_channels);
  config.in_channels = conv_size(tensors, names.first + ".weight", 1, config.out_channels);
  // Four or sixteen times the channels that come out are pixels folded into channels, not colours.
  for (const int fold : {2, 4}) {
    if (config.in_channels == fold * fold * config.out_channels &&
        fold <= (1 << config.upsamplings)) {
      config.unshuffle = fold;
    }
  }
  config.in_channels /= config.unshuffle * config.unshuffle;
  return config;
}

}  // namespace imago
