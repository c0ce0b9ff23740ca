#include "models/networks/stylegan2.h"

#include <algorithm>
#include <cmath>

#include "compute/ops/ops.h"
#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

constexpr float kEpsilon = 1e-8f;
constexpr float kMappingRate = 0.01f;  // of the mapping network's layers
constexpr InitialValue kZero = {InitialValue::Kind::constant, 0};
constexpr InitialValue kOne = {InitialValue::Kind::constant, 1};
constexpr int kMostChannels = 1 << 16, kMostSizes = 9;  // 1024 pixels

/// sqrt(2) * leaky_relu(x, 0.2), which leaves the variance as it is.
Tensor activated(Tensor x) { return leaky_relu(x, 0.2f) * std::sqrt(2.0f); }

/// Convolved with [1 3 3 1] along both sides, without padding: three times the sum of neighbours.
Tensor blurred(Tensor x) {
  for (int i = 0; i < 3; ++i) x = crop(x, {.bottom = 1}) + crop(x, {.top = 1});
  for (int i = 0; i < 3; ++i) x = crop(x, {.right = 1}) + crop(x, {.left = 1});
  return x;
}

/// Each channel on its own: x {N, C, H, W} -> {N * C, 1, H, W}.
Tensor apart(Tensor x) {
  const Shape s = x.shape();
  return reshape(x, {s.n * s.c, 1, s.h, s.w});
}

/// Twice as large: zeros between the pixels, then the filter, four times as strong.
Tensor upsampled(Tensor x) {
  const Shape s = x.shape();
  const Tensor alone = apart(x);
  const Tensor zeros = constant(x.graph(), {s.n * s.c, 3, s.h, s.w}, 0);
  Tensor y = pixel_shuffle(concat({alone, zeros}), 2);
  y = blurred(pad(y, {.top = 2, .bottom = 1, .left = 2, .right = 1}, PadMode::zero));
  return reshape(y * (1.0f / 16), {s.n, s.c, 2 * s.h, 2 * s.w});
}

class Synthesis {
 public:
  Synthesis(Graph& graph, const BuildOptions& options) : graph_(graph), prefix_(options.prefix) {}

  Tensor parameter(const std::string& key, Shape shape, InitialValue initial = {}) {
    return graph_.parameter(prefix_ + key, shape, initial);
  }
  Tensor vector(const std::string& key, int64_t size, InitialValue initial = kZero) {
    return parameter(key, {1, size, 1, 1}, initial);
  }

  /// `rate`: of learning, relative to the others.
  Tensor linear(const std::string& key, Tensor x, int out, float rate, InitialValue bias = kZero) {
    const int64_t in = x.shape().c;
    const Tensor weight = parameter(key + ".weight", {out, in, 1, 1});
    return conv2d(x, weight * (rate / std::sqrt(static_cast<float>(in)))) +
           vector(key + ".bias", out, bias) * rate;
  }

  struct Modulated {
    int out = 0, kernel = 3;
    bool demodulate = true, upsample = false;
  };

  /// x {N, I, H, W}, w {N, latent, 1, 1}.
  Tensor modulated_conv(const std::string& key, Tensor x, Tensor w, const Modulated& settings) {
    const int64_t in = x.shape().c, out = settings.out, k = settings.kernel;
    const float scale = 1 / std::sqrt(static_cast<float>(in * k * k));
    const Tensor style = linear(key + ".modulation", w, static_cast<int>(in), 1, kOne);
    // Where it enlarges the weight lies as a transposed convolution wants it: canonical.h.
    const Shape shape = settings.upsample ? Shape{in, out, k, k} : Shape{out, in, k, k};
    const Tensor weight = parameter(key + ".weight", shape) * scale;
    Tensor y = settings.upsample ? conv2d_dx(x * style, weight, {.stride = 2})
                                 : conv2d(x * style, weight, {.padding = static_cast<int>(k) / 2});
    if (settings.upsample) y = smoothed(y);
    if (!settings.demodulate) return y;
    const Tensor lengths = sum(square(weight), {.h = true, .w = true});
    const Tensor squares =
        settings.upsample ? conv2d_dx(square(style), lengths) : conv2d(square(style), lengths);
    return y * rsqrt(squares + kEpsilon);
  }

  Tensor styled_conv(const std::string& key, Tensor x, Tensor w, const Modulated& settings,
                     const std::string& noise) {
    Tensor y = modulated_conv(key + ".conv", x, w, settings);
    const Tensor strength = parameter(key + ".noise.weight", {1, 1, 1, 1}, kZero);
    if (!noise.empty()) y = y + parameter(noise, {1, 1, y.shape().h, y.shape().w}) * strength;
    return activated(y + vector(key + ".activate.bias", settings.out));
  }

  Tensor to_rgb(const std::string& key, Tensor x, Tensor w, Tensor skip) {
    const Tensor y =
        modulated_conv(key + ".conv", x, w, {.out = 3, .kernel = 1, .demodulate = false}) +
        vector(key + ".bias", 3);
    return skip ? y + upsampled(skip) : y;
  }

 private:
  /// What a transposed convolution made one pixel too large.
  static Tensor smoothed(Tensor x) {
    return blurred(pad(x, {.top = 1, .bottom = 1, .left = 1, .right = 1}, PadMode::zero)) *
           (1.0f / 16);
  }

  Graph& graph_;
  const std::string prefix_;
};

Tensor mapped(Synthesis& net, Tensor x, const Stylegan2Config& config) {
  Tensor w = slice_channels(x, 0, config.latent);
  w = w * rsqrt(mean(square(w), {.c = true}) + kEpsilon);
  for (int i = 1; i <= config.mapping; ++i)
    w = activated(net.linear(numbered("style.", i), w, config.latent, kMappingRate));
  if (!config.average) return w;
  const Tensor psi = slice_channels(x, config.latent, config.latent + 1);
  const Tensor average = net.vector("latent_avg", config.latent);
  return average + (w - average) * psi;
}

Tensor stylegan2(Graph& graph, Tensor x, const Stylegan2Config& config,
                 const BuildOptions& options) {
  Synthesis net(graph, options);
  const Tensor w = mapped(net, x, config);
  const auto noise = [&](int i) { return config.noise ? numbered("noises.noise_", i) : ""; };
  const std::vector<int>& channels = config.channels;
  const Tensor start = net.parameter("input.input", {1, channels[0], 4, 4});
  Tensor y = broadcast(start, {x.shape().n, channels[0], 4, 4});
  y = net.styled_conv("conv1", y, w, {.out = channels[0]}, noise(0));
  Tensor picture = net.to_rgb("to_rgb1", y, w, {});
  for (int i = 0; i + 1 < static_cast<int>(channels.size()); ++i) {
    const int out = channels[static_cast<size_t>(i) + 1];
    y = net.styled_conv(numbered("convs.", 2 * i), y, w, {.out = out, .upsample = true},
                        noise(2 * i + 1));
    y = net.styled_conv(numbered("convs.", 2 * i + 1), y, w, {.out = out}, noise(2 * i + 2));
    picture = net.to_rgb(numbered("to_rgbs.", i), y, w, picture);
  }
  return picture;
}

}  // namespace

Generator stylegan2_generator(const Stylegan2Config& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "stylegan2";
  info.paper = "Karras et al. 2020";
  info.scale = config.side();
  info.in_channels = config.latent + (config.average ? 1 : 0);
  info.latent = config.latent;
  info.features = config.channels.front();
  info.blocks = static_cast<int>(config.channels.size());
  info.input_low = -1;
  info.global_statistics = true;  // a latent is no picture that could be cut into tiles
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return stylegan2(graph, x, config, options);
  };
  return generator;
}

bool is_rosinality_stylegan2(const StateDict& tensors) {
  return tensors.contains("input.input") && rank_of(tensors, "conv1.conv.weight") == 5;
}

Stylegan2Config guess_stylegan2(const StateDict& tensors) {
  Stylegan2Config config;
  config.latent = conv_size(tensors, "style.1.weight", 0, config.latent);
  config.mapping = std::clamp(count_numbered(tensors, "style.", ".weight") - 1, 1, 64);
  config.channels = {conv_size(tensors, "input.input", 1, 512)};
  const int doublings = std::clamp(count_numbered(tensors, "to_rgbs.", ".bias"), 1, kMostSizes - 1);
  for (int i = 0; i < doublings; ++i)
    config.channels.push_back(std::min(
        conv_size(tensors, numbered("convs.", 2 * i) + ".conv.weight", 1, 512), kMostChannels));
  config.noise = tensors.contains("noises.noise_0");
  config.average = tensors.contains("latent_avg");
  return config;
}

}  // namespace imago
