#include <algorithm>
#include <cmath>

#include "models/checkpoint/key_probe.h"
#include "models/networks/layers.h"
#include "models/networks/sampler.h"

namespace imago {

namespace {

/// Mirza & Osindero: 200 of 1200 come from the latent.
int from_latent(int features) { return std::max(features / 6, 1); }

Tensor perceptron(Graph& graph, Tensor x, const SamplerSize& size, const BuildOptions& options) {
  Layers layers(graph, options);
  Tensor y;
  if (size.classes > 0) {
    const int of_latent = from_latent(size.features);
    const Tensor z = slice_channels(x, 0, size.latent);
    const Tensor label = slice_channels(x, size.latent, size.latent + size.classes);
    y = concat({relu(layers.conv2d("latent", z, of_latent, kLinear)),
                relu(layers.conv2d("label", label, size.features - of_latent, kLinear))});
  } else {
    y = relu(layers.conv2d("hidden1", x, size.features, kLinear));
  }
  y = relu(layers.conv2d("hidden2", y, size.features, kLinear));
  y = tanh(layers.conv2d("out", y, size.channels * size.side * size.side, kLinear));
  return reshape(y, {x.shape().n, size.channels, size.side, size.side});
}

/// Numbers of a picture in the last layer: of a square, or of three.
bool is_square(int count) {
  const int root = static_cast<int>(std::lround(std::sqrt(count)));
  return root * root == count;
}

}  // namespace

Generator perceptron_generator(const SamplerSize& size) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "perceptron";
  info.paper = size.classes > 0 ? "Mirza & Osindero 2014" : "Goodfellow et al. 2014";
  info.scale = size.side;
  info.in_channels = size.latent + size.classes;
  info.out_channels = size.channels;
  info.latent = size.latent;
  info.classes = size.classes;
  info.features = size.features;
  info.blocks = 2;
  info.input_low = -1;
  info.global_statistics = true;  // a latent is no picture that could be cut into tiles
  generator.build = [size](Graph& graph, Tensor x, const BuildOptions& options) {
    return perceptron(graph, x, size, options);
  };
  return generator;
}

SamplerSize guess_perceptron(const StateDict& tensors) {
  SamplerSize size;
  const bool labelled = tensors.contains("label.weight");
  size.latent = conv_size(tensors, labelled ? "latent.weight" : "hidden1.weight", 1, size.latent);
  if (labelled) size.classes = conv_size(tensors, "label.weight", 1, 1);
  size.features = std::max(conv_size(tensors, "hidden2.weight", 0, 1200), 2);
  const int values = conv_size(tensors, "out.weight", 0, 784);
  size.channels = is_square(values) ? 1 : 3;
  size.side = std::max(
      static_cast<int>(std::lround(std::sqrt(values / static_cast<double>(size.channels)))), 1);
  return size;
}

}  // namespace imago
