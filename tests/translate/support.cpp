#include "tests/translate/support.h"
#include "tests/base/folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "models/networks/layers.h"
#include "models/networks/srvgg.h"

namespace imago {

// Keeps the driver's library in the process, to its very end so that what it leaks has its name in
// tests/lsan.supp. SwiftShader loses a thread-specific key each time it is loaded, of which a
// process has 1,024, and these tests open thousands of devices. (Not static: a compiler drops a
// static that nothing reads, and the device counts as leaked.)
Device* loaded_driver = nullptr;

namespace {

/// Everything this program leaves on disk, Mesa's compiled shaders included, goes with it.
class CacheEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    cache_ = std::make_unique<TemporaryCache>();
    setenv("MESA_SHADER_CACHE_DIR", (cache_->path() / "mesa").c_str(), 1);
    DeviceOptions options;
    options.pipeline_cache = false;
    loaded_driver = new Device("", options);
  }
  void TearDown() override { cache_.reset(); }

 private:
  std::unique_ptr<TemporaryCache> cache_;
};

[[maybe_unused]] const auto* const environment =
    testing::AddGlobalTestEnvironment(new CacheEnvironment);

std::vector<float> uniform(uint32_t seed, size_t count, float low, float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values)
    value = low + (high - low) * static_cast<float>(generator() >> 8) * 0x1p-24f;
  return values;
}

std::vector<float> weights_of(const Node& node, uint32_t seed) {
  const auto count = static_cast<size_t>(node.shape.elements());
  const auto ends_with = [&](const char* end) { return node.name.ends_with(end); };
  if (ends_with("running_var")) return uniform(seed, count, 0.5f, 1.5f);
  if (ends_with("running_mean") || ends_with(".bias")) return uniform(seed, count, -0.1f, 0.1f);
  const Shape& s = node.shape;
  if (s.n == 1 && s.h == 1 && s.w == 1) return uniform(seed, count, 0.2f, 1.2f);  // gains, slopes
  const float bound = 1.5f * std::sqrt(3.0f / static_cast<float>(s.c * s.h * s.w));
  return uniform(seed, count, -bound, bound);
}

}  // namespace

Generator with_weights(Generator generator) {
  const ModelInfo& info = generator.info;
  for (const bool batch_statistics : {false, true}) {
    Graph graph;
    const int side = std::max(info.minimum, 8 * info.multiple);
    generator.build(graph, graph.input("x", {1, info.in_channels, side, side}),
                    {.batch_statistics = batch_statistics});
    for (const Node& node : graph.nodes()) {
      if (node.op != &kParameter || generator.weights.contains(node.name)) continue;
      const auto seed = static_cast<uint32_t>(generator.weights.size()) + 1;
      generator.weights.insert(node.name, HostTensor::from_float({node.shape.n, node.shape.c,
                                                                  node.shape.h, node.shape.w},
                                                                 weights_of(node, seed)));
    }
  }
  return generator;
}

Generator compact(int scale, int channels) {
  return with_weights(
      srvgg_generator({.channels = channels, .features = 8, .blocks = 1, .scale = scale}));
}

Image noise(int width, int height, int channels) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.pixels = uniform(99, static_cast<size_t>(width * height * channels), 0.2f, 0.8f);
  return image;
}

double difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  if (a.pixels.size() != b.pixels.size()) return 1e30;
  double largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const double here = std::abs(static_cast<double>(a.pixels[i]) - b.pixels[i]);
    if (!(here <= 1e30)) return 1e30;  // NaN
    largest = std::max(largest, here);
  }
  return largest;
}

double contrast(const Image& image) {
  double sum = 0, squares = 0;
  for (const float value : image.pixels) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(image.pixels.size());
  return std::sqrt(std::max(0.0, squares / count - sum * sum / (count * count)));
}

Generator plain_generator() {
  Generator generator;
  generator.info.architecture = "two convolutions";
  generator.build = [](Graph& graph, Tensor x, const BuildOptions& options) {
    Layers layers(graph, options);
    x = layers.conv2d("0", x, 3, {.padding = 1, .bias = false});
    return layers.conv2d("1", x, 3, {.padding = 1, .bias = false});
  };
  return with_weights(std::move(generator));
}

Generator shifting_generator(int tap, int convolutions) {
  constexpr int kScale = 2;
  Generator generator =
      srvgg_generator({.features = 3, .blocks = convolutions - 2, .scale = kScale});
  Graph graph;
  generator.build(graph, graph.input("x", {1, 3, 32, 32}), {});
  for (const Node& node : graph.nodes()) {
    if (node.op != &kParameter) continue;
    const Shape& s = node.shape;
    std::vector<float> values(static_cast<size_t>(s.elements()), 0.0f);
    if (s.h == 3) {
      const bool last = s.n != s.c;
      for (int64_t o = 0; o < s.n; ++o) {
        const int64_t c = last ? o / (kScale * kScale) : o;
        values[static_cast<size_t>((o * s.c + c) * 9 + tap)] = 1;
      }
    } else if (node.name.ends_with(".weight")) {
      std::fill(values.begin(), values.end(), 1.0f);  // slopes: every PReLU hands on what it gets
    }
    generator.weights.insert(node.name, HostTensor::from_float({s.n, s.c, s.h, s.w}, values));
  }
  return generator;
}

std::vector<float> run_reference_job(const DeviceOptions& options) {
  static const Generator generator = plain_generator();
  Device device("", options);
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", {1, 3, 12, 10}), {}));
  Program program(device, make_plan(graph, device.properties()), parameters);
  const std::vector<float> picture = noise(12, 10).pixels;
  std::copy(picture.begin(), picture.end(), program.input("x").begin());
  program.run();
  const std::span<const float> result = program.output("y");
  return {result.begin(), result.end()};
}

}  // namespace imago
