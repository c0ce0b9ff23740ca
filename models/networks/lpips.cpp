#include "models/networks/lpips.h"

#include <span>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "models/checkpoint/key_probe.h"

namespace imago {
namespace {

constexpr float kTiny = 1e-10f;  // added to lengths
// Of torchvision's trained classifiers, for [-1, 1].
constexpr std::array<float, 3> kShift = {-0.030f, -0.088f, -0.188f};
constexpr std::array<float, 3> kScale = {0.458f, 0.448f, 0.450f};

/// Every second pixel both ways, from the first.
Tensor every_second(Tensor x) {
  const Shape s = x.shape();
  const Padding rest = {.bottom = static_cast<int>(s.h % 2), .right = static_cast<int>(s.w % 2)};
  if (rest.bottom || rest.right) x = pad(x, rest, PadMode::zero);
  const int64_t h = x.shape().h / 2, w = x.shape().w / 2;
  const Tensor blocks = reshape(pixel_unshuffle(x, 2), {s.n * s.c, 4, h, w});
  return reshape(slice_channels(blocks, 0, 1), {s.n, s.c, h, w});
}

/// The largest of 3x3 pixels, every second one: AlexNet's pooling, which overlaps.
Tensor overlap_pooled(Tensor x) {
  x = maximum(maximum(crop(x, {.bottom = 2}), crop(x, {.top = 1, .bottom = 1})),
              crop(x, {.top = 2}));
  x = maximum(maximum(crop(x, {.right = 2}), crop(x, {.left = 1, .right = 1})),
              crop(x, {.left = 2}));
  return every_second(x);
}

/// Krizhevsky 2014, as torchvision has it, after each rectifier.
std::vector<Tensor> alexnet(Graph& graph, Tensor x, const LpipsConfig& config) {
  Layers layers(graph, {});
  const auto& width = config.widths;
  std::vector<Tensor> maps;
  const auto layer = [&](const char* key, Tensor y, const ConvSettings& settings) {
    y = relu(layers.conv2d(key, y, width[maps.size()], settings));
    maps.push_back(y);
    return y;
  };
  x = layer("features.0", x, {.kernel = 11, .stride = 4, .padding = 2});
  x = layer("features.3", overlap_pooled(x), {.kernel = 5, .padding = 2});
  x = layer("features.6", overlap_pooled(x), {.padding = 1});
  x = layer("features.8", x, {.padding = 1});
  layer("features.10", x, {.padding = 1});
  return maps;
}

std::vector<Tensor> maps_of(Graph& graph, Tensor x, const LpipsConfig& config) {
  if (config.alexnet)
    return alexnet(graph, (x - channels(graph, kShift)) / channels(graph, kScale), config);
  const VggConfig vgg = {.depth = 16, .widths = config.widths};
  std::vector<int> ends;
  for (const int convolution : {2, 2, 3, 3, 3})
    ends.push_back(vgg_layers(16, static_cast<int>(ends.size()) + 1, convolution) + 1);
  return vgg_feature_maps(graph, affine(x, 0.5f, 0.5f), vgg, ends, "");
}

/// Vectors of length one at every place.
Tensor normalised(Tensor x) {
  return x / (sqrt(sum(square(x), {.c = true}) + kTiny * kTiny) + kTiny);
}

std::string weight_of(size_t map) { return numbered("lin", static_cast<int>(map)) + ".model.1"; }

/// "net.slice2.5.weight" of the authors' class is "features.5.weight".
std::string without_slice(const std::string& key) {
  const std::string slice = "net.slice";
  if (!key.starts_with(slice)) return key;
  const size_t dot = key.find('.', slice.size());
  return dot == std::string::npos ? key : "features" + key.substr(dot);
}

}  // namespace

Tensor lpips(Graph& graph, Tensor x, Tensor y, const LpipsConfig& config) {
  const int64_t least = config.alexnet ? 63 : 16;
  const std::array<Shape, 2> shapes = {x.shape(), y.shape()};
  if (shapes[0] != shapes[1] || shapes[0].c != 3 || shapes[0].h < least || shapes[0].w < least)
    throw_shape_error("LPIPS",
                      "compares pictures of one size, RGB and of at least " +
                          std::to_string(least) + " pixels a side",
                      shapes);
  const std::vector<Tensor> of_x = maps_of(graph, x, config), of_y = maps_of(graph, y, config);
  Layers layers(graph, {});
  Tensor total;
  for (size_t i = 0; i < of_x.size(); ++i) {
    const Tensor difference = square(normalised(of_x[i]) - normalised(of_y[i]));
    const Tensor seen =
        mean(layers.conv2d(weight_of(i), difference, 1, {.kernel = 1, .bias = false}),
             {.h = true, .w = true});
    total = total ? total + seen : seen;
  }
  return total;
}

StateDict lpips_tensors(const StateDict& network, const StateDict& weights) {
  StateDict tensors;
  for (const StateDict* part : {&network, &weights})
    for (const auto& [key, tensor] : *part) {
      const std::string name = without_slice(key);
      const bool used =
          name.starts_with("features.") || (name.starts_with("lin") && !name.starts_with("lins."));
      if (used && !tensors.contains(name)) tensors.insert(name, tensor);
    }
  return tensors;
}

LpipsConfig guess_lpips(const StateDict& tensors) {
  LpipsConfig config;
  config.alexnet = conv_size(tensors, "features.0.weight", 2, 3) == 11;
  for (size_t i = 0; i < config.widths.size(); ++i)
    config.widths[i] = conv_size(tensors, weight_of(i) + ".weight", 1, config.widths[i]);
  Graph graph;
  const Shape picture{1, 3, 64, 64};
  lpips(graph, graph.input("x", picture), graph.input("y", picture), config);
  const TensorMatch match = match_tensors(wanted_tensors(graph), tensors, "none");
  if (match.missing.empty() && match.misshapen.empty()) return config;
  throw Error(std::string("is no LPIPS with ") + (config.alexnet ? "AlexNet" : "VGG16") + ": " +
              differences(match) +
              ". Either one file holds both (LPIPS's own state_dict), or --lpips names the weights "
              "(lin0.model.1.weight…) and --lpips-network torchvision's VGG16 or AlexNet");
}

}  // namespace imago
