#include "models/networks/vgg.h"

#include <algorithm>

#include "compute/base/error.h"
#include "models/checkpoint/key_probe.h"
#include "models/checkpoint/tensor_match.h"

namespace imago {

namespace {

// Of torchvision's trained classifiers.
constexpr std::array<float, 3> kMean = {0.485f, 0.456f, 0.406f};
constexpr std::array<float, 3> kDeviation = {0.229f, 0.224f, 0.225f};

enum class LayerKind { convolution, relu, pooling };

struct Layer {
  LayerKind kind;
  int block;  // from 0
};

// The whole of `features`: position in this list is the number in a key.
std::vector<Layer> layers_of(int depth) {
  if (depth != 16 && depth != 19)
    throw Error("VGG has a depth of 16 or 19, not " + std::to_string(depth));
  std::vector<Layer> layers;
  for (int block = 0; block < 5; ++block) {
    const int convolutions = block < 2 ? 2 : depth == 16 ? 3 : 4;
    for (int i = 0; i < convolutions; ++i) {
      layers.push_back({LayerKind::convolution, block});
      layers.push_back({LayerKind::relu, block});
    }
    layers.push_back({LayerKind::pooling, block});
  }
  return layers;
}

std::string key_of(size_t layer) { return "features." + std::to_string(layer); }

/// One value per channel, {1, 3, 1, 1}.
// The VGG of this depth that the tensors would be if they were one: as far as its convolutions go.
VggConfig assume(int depth, const StateDict& tensors) {
  const std::vector<Layer> layers = layers_of(depth);
  VggConfig config = {.depth = depth, .layers = 0};
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].kind != LayerKind::convolution) continue;
    const std::string key = key_of(i) + ".weight";
    if (!tensors.contains(key)) return config;
    auto& width = config.widths[static_cast<size_t>(layers[i].block)];
    width = conv_size(tensors, key, 0, width);
    config.layers = static_cast<int>(i) + 2;
  }
  config.layers = static_cast<int>(layers.size());
  return config;
}

TensorMatch compare(const VggConfig& config, const StateDict& tensors) {
  Graph graph;
  vgg_features(graph, graph.input("x", {1, 3, 32, 32}), config, "");
  TensorMatch match = match_tensors(wanted_tensors(graph), tensors, "none");
  std::erase_if(match.unknown,
                [](const std::string& key) { return !key.starts_with("features."); });
  return match;
}

}  // namespace

int vgg_layers(int depth, int block, int convolution) {
  const std::vector<Layer> layers = layers_of(depth);
  int count = 0;
  for (size_t i = 0; i < layers.size(); ++i)
    if (layers[i].kind == LayerKind::convolution && layers[i].block == block - 1 &&
        ++count == convolution)
      return static_cast<int>(i) + 1;
  throw Error("VGG" + std::to_string(depth) + " has no convolution " + std::to_string(convolution) +
              " in block " + std::to_string(block));
}

Tensor vgg_features(Graph& graph, Tensor x, const VggConfig& config, const std::string& prefix) {
  return vgg_feature_maps(graph, x, config, {config.layers}, prefix).front();
}

std::vector<Tensor> vgg_feature_maps(Graph& graph, Tensor x, const VggConfig& config,
                                     const std::vector<int>& wanted, const std::string& prefix) {
  const std::vector<Layer> all = layers_of(config.depth);
  const int last = wanted.back();
  if (wanted.front() < 1 || last > static_cast<int>(all.size()))
    throw Error("VGG" + std::to_string(config.depth) + " has 1 to " + std::to_string(all.size()) +
                " layers, not " + std::to_string(last));
  if (x.shape().c != 3)
    throw ShapeError("VGG: the picture is " + to_string(x.shape()) + ", expected 3 channels");
  Layers layers(graph, {.prefix = prefix});
  x = (x - channels(graph, kMean)) / channels(graph, kDeviation);
  std::vector<Tensor> maps;
  for (size_t i = 0; i < static_cast<size_t>(last); ++i) {
    const int width = config.widths[static_cast<size_t>(all[i].block)];
    switch (all[i].kind) {
      case LayerKind::convolution:
        x = layers.conv2d(key_of(i), x, width, {.padding = 1});
        break;
      case LayerKind::relu:
        x = relu(x);
        break;
      case LayerKind::pooling:
        x = halved(x);
        break;
    }
    if (std::ranges::find(wanted, static_cast<int>(i) + 1) != wanted.end()) maps.push_back(x);
  }
  return maps;
}

VggConfig guess_vgg(const StateDict& tensors) {
  const VggConfig vgg19 = assume(19, tensors), vgg16 = assume(16, tensors);
  if (vgg19.layers == 0)
    throw Error("this is no VGG: features.0.weight, its first convolution, is not there");
  const TensorMatch match19 = compare(vgg19, tensors), match16 = compare(vgg16, tensors);
  if (match19.exact()) return vgg19;
  if (match16.exact()) return vgg16;
  const bool nearer19 = match19.known() >= match16.known();
  throw Error("the tensors fit neither VGG16 nor VGG19 without batch norm. Nearest is VGG" +
              std::string(nearer19 ? "19: " : "16: ") + differences(nearer19 ? match19 : match16));
}

}  // namespace imago
