#include "models/networks/wavegan.h"

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "models/checkpoint/key_probe.h"

namespace imago {
namespace {

constexpr int kKernel = 25, kStride = 4;
constexpr int kShortest = 16;  // samples
constexpr int kMostQuarterings = 8;
constexpr float kSteep = 1 << 30;  // a slope that makes a clamp a comparison
// TensorFlow's "same": a quarter as many samples of kernels that begin so far to the left.
constexpr Padding kSame = {.left = (kKernel - kStride) / 2, .right = (kKernel - kStride + 1) / 2};

int side_of(int length) { return static_cast<int>(std::lround(std::sqrt(length))); }

/// Channels where the sound was quartered so often, at least once.
int width_of(int features, int times) { return features << (times - 1); }

class Waves {
 public:
  Waves(Graph& graph, const BuildOptions& options)
      : layers(graph, options), graph_(graph), options_(options) {}

  /// {N, C, 1, L} gives {N, channels, 1, L / 4}.
  Tensor quartered(const std::string& key, Tensor x, int channels) const {
    const Tensor w = parameter(key + ".weight", {channels, x.shape().c, 1, kKernel}, {});
    return conv2d(pad(x, kSame, PadMode::zero), w, {.stride = kStride}) + bias(key, channels);
  }

  /// The other way round.
  Tensor fourfold(const std::string& key, Tensor x, int channels) const {
    const Tensor w = parameter(key + ".weight", {x.shape().c, channels, 1, kKernel}, {});
    return crop(conv2d_dx(x, w, {.stride = kStride}), kSame) + bias(key, channels);
  }

  /// All shifted by one number of samples, from -most to most by chance, mirrored at the ends: a
  /// convolution with a kernel that is 1 at one place.
  Tensor shifted(Tensor x, int most) const {
    if (most == 0 || !options_.stochastic) return x;
    const Shape s = x.shape();
    const Tensor u = random_uniform(graph_, {1, 1, 1, 1});
    const int count = 2 * most + 1;
    const auto below = [&](int place) {
      return clamp(affine(u, -1, static_cast<float>(place) / static_cast<float>(count)) * kSteep, 0,
                   1);
    };
    std::vector<Tensor> places;
    for (int i = 0; i < count; ++i) places.push_back(below(i + 1) - below(i));
    const Tensor kernel = reshape(concat(places), {1, 1, 1, count});
    const Tensor wide = pad(x, {.left = most, .right = most}, PadMode::reflect);
    const Tensor rows = reshape(wide, {s.n * s.c, 1, 1, s.w + 2 * most});
    return reshape(conv2d(rows, kernel), s);
  }

  Layers layers;

 private:
  Tensor parameter(const std::string& name, const Shape& shape, const InitialValue& initial) const {
    return graph_.parameter(options_.prefix + name, shape, initial);
  }
  Tensor bias(const std::string& key, int channels) const {
    return parameter(key + ".bias", {1, channels, 1, 1}, {InitialValue::Kind::constant, 0});
  }

  Graph& graph_;
  const BuildOptions& options_;
};

Tensor wavegan(Graph& graph, Tensor z, const WaveganConfig& config, const BuildOptions& options) {
  Waves waves(graph, options);
  const int times = quarterings(config.length);
  const int first = width_of(config.features, times);
  const int64_t n = z.shape().n;
  Tensor y = relu(
      reshape(waves.layers.conv2d("fc", z, first * kShortest, kLinear), {n, first, 1, kShortest}));
  for (int i = 0; i < times; ++i) {
    const bool last = i + 1 == times;
    const int channels = last ? 1 : width_of(config.features, times - 1 - i);
    y = waves.fourfold(numbered("layers.", i), y, channels);
    y = last ? tanh(y) : relu(y);
  }
  const int side = side_of(config.length);
  return reshape(y, {n, 1, side, side});
}

/// 16 times four to this power.
int length_of(int times) { return kShortest << (2 * times); }

int layers_in(const StateDict& tensors) {
  return std::clamp(count_numbered(tensors, "layers.", ".weight"), 1, kMostQuarterings);
}

}  // namespace

int quarterings(int length) {
  for (int times = 1; times <= kMostQuarterings; ++times)
    if (length_of(times) == length) return times;
  throw Error("--length " + std::to_string(length) +
              ": is 16 times a power of four: 1024, 4096, 16384 or 65536 samples");
}

Generator wavegan_generator(const WaveganConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "wavegan";
  info.paper = "Donahue et al. 2019";
  info.scale = side_of(config.length);
  info.in_channels = config.latent;
  info.out_channels = 1;
  info.latent = config.latent;
  info.features = config.features;
  info.blocks = quarterings(config.length);
  info.rate = config.rate;
  info.input_low = -1;
  info.global_statistics = true;  // a latent is no picture that could be cut into tiles
  generator.weights.metadata["imago_rate"] = std::to_string(config.rate);
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return wavegan(graph, x, config, options);
  };
  return generator;
}

WaveganConfig guess_wavegan(const StateDict& tensors) {
  WaveganConfig config;
  const int times = layers_in(tensors);
  config.length = length_of(times);
  config.latent = conv_size(tensors, "fc.weight", 1, config.latent);
  config.features = times > 1
                        ? conv_size(tensors, numbered("layers.", times - 1) + ".weight", 0, 64)
                        : std::max(conv_size(tensors, "fc.weight", 0, kShortest) / kShortest, 1);
  return config;
}

Tensor wavegan_judge(Graph& graph, Tensor x, const JudgeConfig& config,
                     const BuildOptions& options) {
  Waves waves(graph, options);
  const int length = config.side * config.side, times = quarterings(length);
  const int64_t n = x.shape().n;
  Tensor y = reshape(x, {n, 1, 1, length});
  for (int i = 0; i < times; ++i) {
    y = lrelu(waves.quartered(numbered("layers.", i), y, width_of(config.features, i + 1)));
    if (i + 1 < times) y = waves.shifted(y, config.shuffle);
  }
  y = reshape(y, {n, width_of(config.features, times) * kShortest, 1, 1});
  return waves.layers.conv2d("fc", y, 1, kLinear);
}

JudgeConfig guess_wavegan_judge(const StateDict& tensors) {
  JudgeConfig config{.kind = JudgeKind::wavegan, .in_channels = 1, .norm = Norm::none};
  config.side = side_of(length_of(layers_in(tensors)));
  config.features = conv_size(tensors, "layers.0.weight", 0, config.features);
  return config;
}

}  // namespace imago
