#include "models/networks/stylegan2_discriminator.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "compute/graph/op.h"
#include "models/checkpoint/key_probe.h"
#include "models/networks/equalized.h"
#include "models/networks/layers.h"

namespace imago {
namespace {

class Judge : public EqualizedLayers {
 public:
  using EqualizedLayers::EqualizedLayers;

  /// `weight` and `bias`: their keys without ".weight" and ".bias".
  Tensor conv(const std::string& weight_key, const std::string& bias_key, Tensor x, int64_t out,
              int kernel) {
    const Tensor w = weight(weight_key + ".weight", {out, x.shape().c, kernel, kernel});
    return activated(conv2d(x, w, {.padding = kernel / 2}) + vector(bias_key + ".bias", out));
  }

  /// A residual block that halves the sides.
  Tensor block(const std::string& key, Tensor x, int64_t out) {
    const int64_t in = x.shape().c;
    Tensor y = conv(key + ".conv1.0", key + ".conv1.1", x, in, 3);
    const Tensor halving = weight(key + ".conv2.1.weight", {out, in, 3, 3});
    y = conv2d(blur(y, {.top = 2, .bottom = 2, .left = 2, .right = 2}), halving, {.stride = 2});
    y = activated(y + vector(key + ".conv2.2.bias", out));
    const Tensor across = weight(key + ".skip.1.weight", {out, in, 1, 1});
    const Tensor halved = blur(x, {.top = 1, .bottom = 1, .left = 1, .right = 1}, {.down = 2});
    return (y + conv2d(halved, across)) * std::sqrt(0.5f);
  }
};

}  // namespace

Tensor with_group_deviation(Tensor x, int group) {
  const Shape s = x.shape();
  int64_t count = std::min<int64_t>(group, s.n);
  while (s.n % count != 0) --count;
  const int64_t groups = s.n / count;
  const Tensor y = reshape(x, {count, groups, 1, s.c * s.h * s.w});
  const Tensor variance = mean(square(y - mean(y, {.n = true})), {.n = true});
  const Tensor deviation = mean(sqrt(variance + kStyleEpsilon), {.w = true});
  const Tensor everywhere = broadcast(deviation, {count, groups, 1, s.h * s.w});
  return concat({x, reshape(everywhere, {s.n, 1, s.h, s.w})});
}

Tensor stylegan2_judge(Graph& graph, Tensor x, const Stylegan2Judge& config,
                       const BuildOptions& options) {
  const Shape s = x.shape();
  if (s.c != config.colours || s.h != config.side() || s.w != config.side())
    throw_shape_error("stylegan2",
                      "judges pictures of " + std::to_string(config.side()) + "x" +
                          std::to_string(config.side()) + " pixels and " +
                          std::to_string(config.colours) + " channels",
                      std::span(&s, 1));
  Judge net(graph, options);
  const std::vector<int>& channels = config.channels;
  const int blocks = static_cast<int>(channels.size()) - 1;
  Tensor y = net.conv("convs.0.0", "convs.0.1", x, channels.back(), 1);
  for (int i = 1; i <= blocks; ++i)
    y = net.block(numbered("convs.", i), y, channels[static_cast<size_t>(blocks - i)]);
  const int width = channels.front();
  y = net.conv("final_conv.0", "final_conv.1", with_group_deviation(y, config.group), width, 3);
  return net.linear("final_linear.1", activated(net.linear("final_linear.0", y, width)), 1);
}

std::optional<Stylegan2Judge> find_stylegan2_judge(const StateDict& tensors) {
  Stylegan2Judge config;
  config.colours = conv_size(tensors, "convs.0.0.weight", 1, config.colours);
  config.channels = {conv_size(tensors, "convs.0.0.weight", 0, 1)};
  const int blocks =
      std::clamp(count_numbered(tensors, "convs.", ".skip.1.weight") - 1, 1, kMostSizes - 1);
  for (int i = 1; i <= blocks; ++i)
    config.channels.insert(
        config.channels.begin(),
        std::max(conv_size(tensors, numbered("convs.", i) + ".skip.1.weight", 0, 1), 1));
  const bool fits = match_tensors(wanted_tensors(config), tensors, "none").exact();
  return fits ? std::optional(config) : std::nullopt;
}

std::vector<WantedTensor> wanted_tensors(const Stylegan2Judge& config) {
  Graph graph;
  stylegan2_judge(graph, graph.input("x", {1, config.colours, config.side(), config.side()}),
                  config, {});
  return wanted_tensors(graph);
}

}  // namespace imago
