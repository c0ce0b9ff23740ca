#include "models/networks/discriminators.h"

#include <algorithm>

#include "compute/base/error.h"
#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

using Kind = DiscriminatorKind;

constexpr int kMostLayers = 8;  // of a PatchGAN: its square would be 2000 pixels wide

// In pytorch-CycleGAN-and-pix2pix a convolution has a bias where an instance norm follows: a batch
// norm has its own, and "none" is treated like batch.
bool has_bias(Norm norm) { return norm == Norm::instance || norm == Norm::instance_affine; }

// What the networks share: they go from block to block and remember what comes out.
struct Blocks {
  Layers layers;
  std::vector<Tensor> features;

  Tensor keep(Tensor y) {
    features.push_back(y);
    return y;
  }
};

// The keys number a Sequential of conv, activation, then conv, norm, activation again and again;
// the norm has a number even where there is none.
Tensor patch(Blocks& blocks, Tensor x, const DiscriminatorConfig& config) {
  Layers& layers = blocks.layers;
  ConvSettings conv = {
      .kernel = 4, .stride = 2, .padding = 1, .spectral_norm = config.spectral_norm};
  Tensor y = blocks.keep(lrelu(layers.conv2d("model.0", x, config.features, conv)));
  conv.bias = has_bias(config.norm);
  for (int n = 1; n <= config.layers; ++n) {
    conv.stride = n < config.layers ? 2 : 1;
    const int width = config.features * std::min(1 << n, 8);
    y = layers.conv2d(numbered("model.", 3 * n - 1), y, width, conv);
    y = blocks.keep(lrelu(layers.norm(config.norm, numbered("model.", 3 * n), y)));
  }
  conv.bias = true;
  return layers.conv2d(numbered("model.", 3 * config.layers + 2), y, 1, conv);
}

Tensor pixel(Blocks& blocks, Tensor x, const DiscriminatorConfig& config) {
  Layers& layers = blocks.layers;
  ConvSettings conv = {.kernel = 1, .spectral_norm = config.spectral_norm};
  Tensor y = blocks.keep(lrelu(layers.conv2d("net.0", x, config.features, conv)));
  conv.bias = has_bias(config.norm);
  y = layers.norm(config.norm, "net.3", layers.conv2d("net.2", y, 2 * config.features, conv));
  return layers.conv2d("net.5", blocks.keep(lrelu(y)), 1, conv);
}

// Eight blocks, of which every second one halves the sides and every second one doubles the width.
Tensor srgan(Blocks& blocks, Tensor x, const DiscriminatorConfig& config) {
  Layers& layers = blocks.layers;
  ConvSettings conv = {.padding = 1, .spectral_norm = config.spectral_norm};
  Tensor y = blocks.keep(lrelu(layers.conv2d("net.0", x, config.features, conv)));
  for (int block = 1; block < 8; ++block) {
    conv.stride = 1 + block % 2;
    y = layers.conv2d(numbered("net.", 3 * block - 1), y, config.features << block / 2, conv);
    y = blocks.keep(lrelu(layers.norm(config.norm, numbered("net.", 3 * block), y)));
  }
  y = mean(y, {.h = true, .w = true});
  conv = {.kernel = 1, .spectral_norm = config.spectral_norm};
  y = lrelu(layers.conv2d("net.24", y, 16 * config.features, conv));
  return layers.conv2d("net.26", y, 1, conv);
}

Tensor unet(Blocks& blocks, Tensor x, const DiscriminatorConfig& config) {
  Layers& layers = blocks.layers;
  const int n = config.features;
  const auto block = [&](int number, Tensor y, int width, ConvSettings conv) {
    conv.padding = 1;
    return lrelu(layers.conv2d(numbered("conv", number), y, width, conv));
  };
  const bool spectral = config.spectral_norm;
  const ConvSettings halving = {.kernel = 4, .stride = 2, .bias = false, .spectral_norm = spectral};
  const ConvSettings same = {.bias = false, .spectral_norm = spectral};

  const Tensor x0 = blocks.keep(block(0, x, n, {}));
  const Tensor x1 = blocks.keep(block(1, x0, 2 * n, halving));
  const Tensor x2 = blocks.keep(block(2, x1, 4 * n, halving));
  Tensor y = blocks.keep(block(3, x2, 8 * n, halving));
  y = blocks.keep(block(4, upsample_bilinear(y, 2), 4 * n, same) + x2);
  y = blocks.keep(block(5, upsample_bilinear(y, 2), 2 * n, same) + x1);
  y = blocks.keep(block(6, upsample_bilinear(y, 2), n, same) + x0);
  y = blocks.keep(block(7, y, n, same));
  y = blocks.keep(block(8, y, n, same));
  return layers.conv2d("conv9", y, 1, {.padding = 1});
}

int least_side(const DiscriminatorConfig& config) {
  switch (config.kind) {
    case Kind::patch:
      return 3 << config.layers;  // three places, of which each of the last two convolutions takes
                                  // one
    case Kind::unet:
      return 8;
    case Kind::pixel:
    case Kind::srgan:
      break;
  }
  return 1;
}

void check(const Shape& x, const DiscriminatorConfig& config) {
  const std::string name = to_string(config);
  if (config.kind == Kind::patch && (config.layers < 1 || config.layers > kMostLayers))
    throw Error(name + ": a PatchGAN has 1 to " + std::to_string(kMostLayers) + " layers");
  const int side = least_side(config);
  if (config.kind == Kind::unet && (x.h % side != 0 || x.w % side != 0))
    throw ShapeError(name + ": the picture is " + to_string(x) +
                     ", its sides must be multiples of " + std::to_string(side));
  if (x.h < side || x.w < side)
    throw ShapeError(name + ": the picture is " + to_string(x) + ", its sides must be at least " +
                     std::to_string(side));
  if (config.kind == Kind::srgan && config.norm != Norm::batch && config.norm != Norm::none)
    throw Error(name + ": its norm is batch or none, not " + to_string(config.norm));
}

/// What a key layout calls its first convolutions, which tell everything else.
struct Names {
  std::string first, second, norm;
};

Names names_of(Kind kind) {
  switch (kind) {
    case Kind::patch:
      return {"model.0", "model.2", "model.3"};
    case Kind::unet:
      return {"conv0", "conv1", ""};
    case Kind::pixel:
    case Kind::srgan:
      break;
  }
  return {"net.0", "net.2", "net.3"};
}

// The discriminator of this kind that the tensors would be if they were one.
DiscriminatorConfig assume(Kind kind, const StateDict& tensors) {
  const Names names = names_of(kind);
  DiscriminatorConfig config = {.kind = kind};
  config.spectral_norm = tensors.contains(names.second + ".weight_orig");
  const bool first_is_plain = kind == Kind::unet || !config.spectral_norm;
  const std::string first = names.first + (first_is_plain ? ".weight" : ".weight_orig");
  config.features = conv_size(tensors, first, 0, config.features);
  config.in_channels = conv_size(tensors, first, 1, config.in_channels);
  if (kind == Kind::patch)
    config.layers =
        std::clamp((count_numbered(tensors, "model.", ".weight") - 3) / 3, 1, kMostLayers);

  const bool affine = rank_of(tensors, names.norm + ".weight") == 1;
  const bool bias = kind != Kind::srgan && tensors.contains(names.second + ".bias");
  config.norm =
      affine ? (bias ? Norm::instance_affine : Norm::batch) : (bias ? Norm::instance : Norm::none);
  if (kind == Kind::unet) config.norm = Norm::none;
  return config;
}

struct Candidate {
  DiscriminatorConfig config;
  TensorMatch match;
};

Candidate nearest(const StateDict& tensors) {
  std::optional<Candidate> best;
  for (const Kind kind : {Kind::patch, Kind::pixel, Kind::srgan, Kind::unet}) {
    const DiscriminatorConfig config = assume(kind, tensors);
    Candidate candidate = {config,
                           match_tensors(wanted_tensors(config), tensors, to_string(config.norm))};
    if (candidate.match.exact()) return candidate;
    if (!best || candidate.match.known() > best->match.known()) best = std::move(candidate);
  }
  return *best;
}

}  // namespace

DiscriminatorResult discriminator(Graph& graph, Tensor x, const DiscriminatorConfig& config,
                                  const BuildOptions& options) {
  check(x.shape(), config);
  Blocks blocks = {Layers(graph, options), {}};
  constexpr Tensor (*kNetworks[])(Blocks&, Tensor, const DiscriminatorConfig&) = {patch, pixel,
                                                                                  srgan, unet};
  const Tensor logits = kNetworks[static_cast<size_t>(config.kind)](blocks, x, config);
  return {logits, blocks.features};
}

std::optional<DiscriminatorConfig> find_discriminator(const StateDict& tensors) {
  const Candidate candidate = nearest(tensors);
  return candidate.match.exact() ? std::optional(candidate.config) : std::nullopt;
}

DiscriminatorConfig guess_discriminator(const StateDict& tensors) {
  const Candidate candidate = nearest(tensors);
  if (candidate.match.exact()) return candidate.config;
  throw Error("the tensors fit no discriminator that Imago knows. Nearest is " +
              to_string(candidate.config) + ": " + differences(candidate.match));
}

std::vector<WantedTensor> wanted_tensors(const DiscriminatorConfig& config) {
  Graph graph;
  const int side = least_side(config);
  discriminator(graph, graph.input("x", {1, config.in_channels, side, side}), config, {});
  return wanted_tensors(graph);
}

const char* paper_of(const DiscriminatorConfig& config) {
  switch (config.kind) {
    case Kind::srgan:
      return "Ledig et al. 2017";
    case Kind::unet:
      return "Wang et al. 2021";
    case Kind::patch:
    case Kind::pixel:
      break;
  }
  return "Isola et al. 2017";
}

std::string to_string(const DiscriminatorConfig& config) {
  std::string text;
  switch (config.kind) {
    case Kind::patch:
      text = "patchgan_" + std::to_string(config.layers) + "layers";
      break;
    case Kind::pixel:
      text = "pixelgan";
      break;
    case Kind::srgan:
      text = "srgan_discriminator";
      break;
    case Kind::unet:
      text = "unet_discriminator";
      break;
  }
  return text + (config.spectral_norm ? "_spectral_norm" : "");
}

}  // namespace imago
