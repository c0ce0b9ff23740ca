#include "models/networks/classifier.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

constexpr int kLargestLastSide = 7;  // side of the picture in the last stage
constexpr int kMostStages = 10;

/// Convolution, norm, rectifier and pooling have a number each.
std::string layer(int stage, int part) { return numbered("features.", 4 * stage + part); }

int width_of(const ClassifierConfig& config, int stage) {
  return config.features * std::min(1 << stage, kMostWidening);
}

}  // namespace

int classifier_stages(int side) {
  if (side <= kLargestLastSide)
    throw Error("a classifier looks at pictures of at least 8x8 pixels, not " +
                std::to_string(side) + "x" + std::to_string(side) + ": see --crop-size");
  int stages = 1;
  for (; side > kLargestLastSide; side /= 2) ++stages;
  return stages;
}

Classified classify(Graph& graph, Tensor x, const ClassifierConfig& config,
                    const BuildOptions& options) {
  const Shape s = x.shape();
  const int least = 1 << (config.stages - 1);
  if (s.c != config.in_channels || s.h < least || s.w < least)
    throw_shape_error("classifier",
                      "takes pictures of " + std::to_string(config.in_channels) +
                          " channels and at least " + std::to_string(least) + " pixels a side",
                      std::span(&s, 1));
  Layers layers(graph, options);
  Tensor y = x;
  for (int stage = 0; stage < config.stages; ++stage) {
    if (stage > 0) y = halved(y);
    y = layers.conv2d(layer(stage, 0), y, width_of(config, stage), {.padding = 1, .bias = false});
    y = relu(layers.batch_norm(layer(stage, 1), y));
  }
  Classified result;
  result.features = mean(y, {.h = true, .w = true});
  result.logits =
      layers.conv2d("classifier", layers.dropout(result.features), config.classes, {.kernel = 1});
  return result;
}

int feature_count(const ClassifierConfig& config) { return width_of(config, config.stages - 1); }

std::optional<ClassifierConfig> find_classifier(const StateDict& tensors) {
  ClassifierConfig config;
  const int layers = count_numbered(tensors, "features.", ".running_mean");
  if (layers == 0) return std::nullopt;
  config.stages = std::clamp((layers + 2) / 4, 1, kMostStages);
  config.in_channels = conv_size(tensors, layer(0, 0) + ".weight", 1, config.in_channels);
  config.features = conv_size(tensors, layer(0, 0) + ".weight", 0, config.features);
  config.classes = conv_size(tensors, "classifier.weight", 0, config.classes);
  const bool fits = match_tensors(wanted_tensors(config), tensors, to_string(Norm::batch)).exact();
  return fits ? std::optional(config) : std::nullopt;
}

std::vector<WantedTensor> wanted_tensors(const ClassifierConfig& config) {
  Graph graph;
  const int64_t side = int64_t{1} << (config.stages - 1);
  classify(graph, graph.input("x", {1, config.in_channels, side, side}), config, {});
  return wanted_tensors(graph);
}

std::map<std::string, std::string> metadata_of(const ClassifierFacts& facts) {
  std::map<std::string, std::string> metadata;
  if (facts.side > 0) metadata["imago_side"] = std::to_string(facts.side);
  if (!facts.labels.empty()) metadata["imago_labels"] = nlohmann::json(facts.labels).dump();
  return metadata;
}

ClassifierFacts facts_of(const StateDict& tensors, const ClassifierConfig& config) {
  ClassifierFacts facts;
  const auto side = tensors.metadata.find("imago_side");
  if (side != tensors.metadata.end()) {
    const std::string& text = side->second;
    std::from_chars(text.data(), text.data() + text.size(), facts.side);
  }
  facts.side = std::clamp(facts.side, 0, 65536);
  const auto labels = tensors.metadata.find("imago_labels");
  if (labels != tensors.metadata.end()) {
    const auto json = nlohmann::json::parse(labels->second, nullptr, false);
    if (json.is_array())
      for (const auto& label : json)
        if (label.is_string()) facts.labels.push_back(label.get<std::string>());
  }
  if (facts.labels.size() == static_cast<size_t>(config.classes)) return facts;
  facts.labels.clear();
  for (int i = 0; i < config.classes; ++i) facts.labels.push_back(std::to_string(i));
  return facts;
}

}  // namespace imago
