#include "models/networks/stylegan2.h"

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "models/checkpoint/key_probe.h"
#include "models/networks/equalized.h"
#include "models/networks/layers.h"

namespace imago {

namespace {

constexpr float kMappingRate = 0.01f;  // of the mapping network's layers
constexpr int kMostChannels = 1 << 16;

class Synthesis : public EqualizedLayers {
 public:
  Synthesis(Graph& graph, const Stylegan2Config& config, const BuildOptions& options)
      : EqualizedLayers(graph, options), config_(config), random_(options.stochastic) {}

  struct Modulated {
    int out = 0, kernel = 3;
    bool demodulate = true, upsample = false;
  };

  /// x {N, I, H, W}, w {N, latent, 1, 1}.
  Tensor modulated_conv(const std::string& key, Tensor x, Tensor w, const Modulated& settings) {
    const int64_t in = x.shape().c, out = settings.out, k = settings.kernel;
    const float scale = 1 / std::sqrt(static_cast<float>(in * k * k));
    const Tensor style = linear(key + ".modulation", w, static_cast<int>(in), 1, 1);
    // Where it enlarges the weight lies as a transposed convolution wants it: canonical.h.
    const Shape shape = settings.upsample ? Shape{in, out, k, k} : Shape{out, in, k, k};
    const Tensor weight = normal(key + ".weight", shape) * scale;
    Tensor y = settings.upsample ? conv2d_dx(x * style, weight, {.stride = 2})
                                 : conv2d(x * style, weight, {.padding = static_cast<int>(k) / 2});
    // What a transposed convolution made one pixel too large, of which three quarters are zeros.
    if (settings.upsample) y = blur(y, {.top = 1, .bottom = 1, .left = 1, .right = 1});
    const float gain = settings.upsample ? 4 : 1;
    if (!settings.demodulate) return y;
    const Tensor lengths = sum(square(weight), {.h = true, .w = true});
    const Tensor squares =
        settings.upsample ? conv2d_dx(square(style), lengths) : conv2d(square(style), lengths);
    return y * (rsqrt(squares + kStyleEpsilon) * gain);
  }

  /// `index`: of the noise.
  Tensor styled_conv(const std::string& key, Tensor x, Tensor w, const Modulated& settings,
                     int index) {
    const Tensor y = modulated_conv(key + ".conv", x, w, settings);
    const Tensor bias = vector(key + ".activate.bias", settings.out);
    return activated(with_noise(key, y, index) + bias);
  }

  Tensor to_rgb(const std::string& key, Tensor x, Tensor w, Tensor skip) {
    const Modulated colours = {.out = config_.colours, .kernel = 1, .demodulate = false};
    const Tensor y =
        modulated_conv(key + ".conv", x, w, colours) + vector(key + ".bias", config_.colours);
    return skip ? y + upsampled(skip) : y;
  }

 private:
  /// The file's noise is asked for in training too, so that the files it writes have some.
  Tensor with_noise(const std::string& key, Tensor y, int index) {
    const Shape s = y.shape();
    const Tensor strength = vector(key + ".noise.weight", 1);
    Tensor noise;
    if (config_.noise) noise = normal(numbered("noises.noise_", index), {1, 1, s.h, s.w});
    if (random_) noise = random_normal(y.graph(), {s.n, 1, s.h, s.w});
    return noise ? y + noise * strength : y;
  }

  const Stylegan2Config& config_;
  const bool random_;
};

/// Of a sampler's numbers x: w, brought nearer to its mean where they say so.
Tensor truncated(Graph& graph, Tensor x, const Stylegan2Config& config,
                 const BuildOptions& options) {
  const Tensor w = stylegan2_mapping(graph, slice_channels(x, 0, config.latent), config, options);
  if (x.shape().c == config.latent) return w;
  const Tensor psi = slice_channels(x, config.latent, config.latent + 1);
  const Tensor average = EqualizedLayers(graph, options).vector("latent_avg", config.latent);
  return average + (w - average) * psi;
}

}  // namespace

std::vector<int> stylegan2_channels(int side, int features) {
  std::vector<int> channels;
  for (int size = side; size >= 4 && size % 2 == 0; size /= 2)
    channels.insert(channels.begin(), features * std::min(side / size, kMostWidening));
  const bool power_of_two = side == 4 << (static_cast<int>(channels.size()) - 1);
  if (channels.size() > 1 && channels.size() <= kMostSizes && power_of_two) return channels;
  throw Error("StyleGAN2 makes pictures whose side is a power of two from 8 to 1024, not " +
              std::to_string(side) + ": choose a --crop-size of 32, 64, 128…");
}

Tensor stylegan2_mapping(Graph& graph, Tensor z, const Stylegan2Config& config,
                         const BuildOptions& options) {
  EqualizedLayers net(graph, options);
  Tensor w = z * rsqrt(mean(square(z), {.c = true}) + kStyleEpsilon);
  for (int i = 1; i <= config.mapping; ++i)
    w = activated(net.linear(numbered("style.", i), w, config.latent, kMappingRate));
  return w;
}

Tensor stylegan2_synthesis(Graph& graph, const std::vector<Tensor>& w,
                           const Stylegan2Config& config, const BuildOptions& options) {
  Synthesis net(graph, config, options);
  const std::vector<int>& channels = config.channels;
  const Tensor start = net.normal("input.input", {1, channels[0], 4, 4});
  Tensor y = broadcast(start, {w[0].shape().n, channels[0], 4, 4});
  y = net.styled_conv("conv1", y, w[0], {.out = channels[0]}, 0);
  Tensor picture = net.to_rgb("to_rgb1", y, w[1], {});
  for (int i = 0; i + 1 < static_cast<int>(channels.size()); ++i) {
    const int out = channels[static_cast<size_t>(i) + 1];
    const auto slot = static_cast<size_t>(2 * i + 1);
    y = net.styled_conv(numbered("convs.", 2 * i), y, w[slot], {.out = out, .upsample = true},
                        2 * i + 1);
    y = net.styled_conv(numbered("convs.", 2 * i + 1), y, w[slot + 1], {.out = out}, 2 * i + 2);
    picture = net.to_rgb(numbered("to_rgbs.", i), y, w[slot + 2], picture);
  }
  return picture;
}

Generator stylegan2_generator(const Stylegan2Config& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "stylegan2";
  info.paper = "Karras et al. 2020";
  info.scale = config.side();
  info.in_channels = config.latent + (config.average ? 1 : 0);
  info.out_channels = config.colours;
  info.latent = config.latent;
  info.features = config.channels.back();
  info.blocks = static_cast<int>(config.channels.size());
  info.input_low = -1;
  info.global_statistics = true;  // a latent is no picture that could be cut into tiles
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    const Tensor w = truncated(graph, x, config, options);
    const std::vector<Tensor> everywhere(static_cast<size_t>(config.slots()), w);
    return stylegan2_synthesis(graph, everywhere, config, options);
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
  config.colours = conv_size(tensors, "to_rgb1.conv.weight", 0, config.colours);
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
