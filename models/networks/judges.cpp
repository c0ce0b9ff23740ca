#include "models/networks/judges.h"

#include <algorithm>
#include <span>

#include "compute/graph/op.h"
#include "models/checkpoint/key_probe.h"
#include "models/networks/sampler.h"
#include "models/networks/wavegan.h"

namespace imago {

namespace {

constexpr int kPieces = 5;  // linear functions of a maxout unit

/// Goodfellow et al. 2013: each unit is the largest of `pieces` linear functions.
Tensor maxout(Layers& layers, const std::string& key, Tensor x, int units, int pieces,
              bool spectral_norm) {
  const Tensor all =
      layers.conv2d(key, x, units * pieces, {.kernel = 1, .spectral_norm = spectral_norm});
  Tensor y = slice_channels(all, 0, units);
  for (int i = 1; i < pieces; ++i) y = maximum(y, slice_channels(all, i * units, (i + 1) * units));
  return y;
}

/// Mirza & Osindero: of 240 units for the picture and 50 for the label, 240 for both.
int units_of_label(int features) { return std::max(features * 5 / 24, 1); }

Tensor maxout_judge(Layers& layers, Tensor x, Tensor label, const JudgeConfig& config) {
  const Shape s = x.shape();
  const bool spectral = config.spectral_norm;
  Tensor y = layers.dropout(reshape(x, {s.n, s.c * s.h * s.w, 1, 1}), 0.2f);
  y = layers.dropout(maxout(layers, "picture", y, config.features, kPieces, spectral));
  if (config.classes > 0) {
    const Tensor of_label =
        maxout(layers, "label", label, units_of_label(config.features), kPieces, spectral);
    y = concat({y, layers.dropout(of_label)});
  }
  const int pieces = config.classes > 0 ? kPieces - 1 : kPieces;
  y = layers.dropout(maxout(layers, "joint", y, config.features, pieces, spectral));
  return layers.conv2d("out", y, 1, {.kernel = 1, .spectral_norm = spectral});
}

/// What the last features {N, C, k, k} say of picture and label.
Tensor verdict(Layers& layers, const std::string& key, Tensor features, Tensor label,
               const JudgeConfig& config, bool bias) {
  const ConvSettings whole = {.kernel = static_cast<int>(features.shape().h),
                              .bias = bias,
                              .spectral_norm = config.spectral_norm};
  Tensor logits = layers.conv2d(key, features, 1, whole);
  if (config.classes == 0) return logits;
  ConvSettings projection = whole;
  projection.bias = false;
  const Tensor of_classes = layers.conv2d("label", features, config.classes, projection);
  return logits + sum(of_classes * label, {.c = true});
}

int width_of(const JudgeConfig& config, int halving) {
  return config.features * std::min(1 << halving, kMostWidening);
}

// The keys number a Sequential of conv, activation, then conv, norm, activation again and again;
// the norm has a number even where there is none.
Tensor dcgan_judge(Layers& layers, Tensor x, Tensor label, const JudgeConfig& config) {
  const int count = halvings(config.side).count;
  const ConvSettings halving = {
      .kernel = 4, .stride = 2, .padding = 1, .bias = false, .spectral_norm = config.spectral_norm};
  Tensor y = leaky_relu(layers.conv2d("main.0", x, config.features, halving), 0.2f);
  for (int i = 1; i < count; ++i) {
    y = layers.conv2d(numbered("main.", 3 * i - 1), y, width_of(config, i), halving);
    y = leaky_relu(layers.norm(config.norm, numbered("main.", 3 * i), y), 0.2f);
  }
  return verdict(layers, numbered("main.", 3 * count - 1), y, label, config, false);
}

Tensor sngan_judge(Layers& layers, Tensor x, Tensor label, const JudgeConfig& config) {
  const int count = halvings(config.side).count;
  ConvSettings same = {.padding = 1, .spectral_norm = config.spectral_norm};
  ConvSettings halving = same;
  halving.kernel = 4;
  halving.stride = 2;
  Tensor y = x;
  const auto layer = [&](int number, int width, const ConvSettings& conv) {
    y = leaky_relu(layers.conv2d(numbered("main.", number), y, width, conv), 0.1f);
  };
  for (int i = 0; i < count; ++i) {
    layer(2 * i, width_of(config, i), same);
    layer(2 * i + 1, width_of(config, i), halving);
  }
  layer(2 * count, width_of(config, count), same);
  return verdict(layers, "out", y, label, config, true);
}

JudgeConfig assume(JudgeKind kind, const StateDict& tensors) {
  if (kind == JudgeKind::wavegan) return guess_wavegan_judge(tensors);
  JudgeConfig config{.kind = kind, .norm = Norm::none};
  const std::string first = kind == JudgeKind::maxout ? "picture" : "main.0";
  config.spectral_norm = tensors.contains(first + ".weight_orig");
  const std::string weight = config.spectral_norm ? ".weight_orig" : ".weight";
  const auto size = [&](const std::string& key, int axis, int otherwise) {
    return conv_size(tensors, key + weight, axis, otherwise);
  };
  if (kind == JudgeKind::maxout) {
    config.features = size("out", 1, config.features);
    config.classes = tensors.contains("label" + weight) ? size("label", 1, 1) : 0;
    const int values = size("picture", 1, 784);
    config.side = 1;
    while (config.side * config.side < values) ++config.side;
    config.in_channels = config.side * config.side == values ? 1 : 3;
    if (config.in_channels == 3) {
      config.side = 1;
      while (3 * config.side * config.side < values) ++config.side;
    }
    return config;
  }
  config.features = size("main.0", 0, config.features);
  config.in_channels = size("main.0", 1, config.in_channels);
  config.classes = tensors.contains("label" + weight) ? size("label", 0, 1) : 0;
  const int layers = count_numbered(tensors, "main.", weight);
  const int count =
      std::clamp(kind == JudgeKind::dcgan ? (layers + 1) / 3 : (layers - 1) / 2, 1, 8);
  const std::string last = kind == JudgeKind::dcgan ? numbered("main.", 3 * count - 1) : "out";
  config.side = std::clamp(size(last, 2, 4), 4, 7) << count;
  if (kind == JudgeKind::dcgan && tensors.contains("main.3.weight")) config.norm = Norm::batch;
  return config;
}

}  // namespace

const char* to_string(JudgeKind kind) {
  switch (kind) {
    case JudgeKind::maxout:
      return "maxout";
    case JudgeKind::sngan:
      return "sngan";
    case JudgeKind::wavegan:
      return "wavegan";
    case JudgeKind::dcgan:
      break;
  }
  return "dcgan";
}

Tensor judge(Graph& graph, Tensor x, Tensor label, const JudgeConfig& config,
             const BuildOptions& options) {
  const Shape s = x.shape();
  if (s.c != config.in_channels || s.h != config.side || s.w != config.side)
    throw_shape_error(to_string(config.kind),
                      "judges pictures of " + std::to_string(config.side) + "x" +
                          std::to_string(config.side) + " pixels and " +
                          std::to_string(config.in_channels) + " channels",
                      std::span(&s, 1));
  Layers layers(graph, options);
  switch (config.kind) {
    case JudgeKind::maxout:
      return maxout_judge(layers, x, label, config);
    case JudgeKind::sngan:
      return sngan_judge(layers, x, label, config);
    case JudgeKind::wavegan:
      return wavegan_judge(graph, x, config, options);
    case JudgeKind::dcgan:
      break;
  }
  return dcgan_judge(layers, x, label, config);
}

std::optional<JudgeConfig> find_judge(const StateDict& tensors) {
  for (const JudgeKind kind :
       {JudgeKind::maxout, JudgeKind::dcgan, JudgeKind::sngan, JudgeKind::wavegan}) {
    const JudgeConfig config = assume(kind, tensors);
    if (match_tensors(wanted_tensors(config), tensors, to_string(config.norm)).exact())
      return config;
  }
  return std::nullopt;
}

const char* paper_of(const JudgeConfig& config) {
  switch (config.kind) {
    case JudgeKind::maxout:
      return config.classes > 0 ? "Mirza & Osindero 2014" : "Goodfellow et al. 2014";
    case JudgeKind::sngan:
      return "Miyato et al. 2018";
    case JudgeKind::wavegan:
      return "Donahue et al. 2019";
    case JudgeKind::dcgan:
      break;
  }
  return "Radford et al. 2016";
}

std::vector<WantedTensor> wanted_tensors(const JudgeConfig& config) {
  Graph graph;
  Tensor label;
  if (config.classes > 0) label = graph.input("y", {1, config.classes, 1, 1});
  judge(graph, graph.input("x", {1, config.in_channels, config.side, config.side}), label, config,
        {});
  return wanted_tensors(graph);
}

}  // namespace imago
