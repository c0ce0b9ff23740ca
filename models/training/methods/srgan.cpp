#include "models/training/methods/srgan.h"

#include <algorithm>

#include "models/checkpoint/key_probe.h"

namespace imago {

namespace {

std::string numbered(const std::string& prefix, int number, const std::string& suffix = "") {
  return prefix + std::to_string(number) + suffix;
}

int power(int base, int exponent) {
  int result = 1;
  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

// Pixel shuffles beyond this many are not a network anybody trained; keeps the scale an int.
constexpr int kMostUpsamplings = 4;
constexpr int kMostFactor = 8;

// Where one key layout keeps its layers.
struct SrresnetNames {
  std::string first, first_prelu, trunk, trunk_end, last;
  struct Block {
    std::string conv1, bn1, prelu, conv2, bn2;
  } block;
  std::string upsampling, upsampling_conv, upsampling_prelu;
  int first_block = 0;
};

SrresnetNames names_of(SrresnetKeys keys, int blocks, int upsamplings) {
  if (keys == SrresnetKeys::leftthomas) {
    const std::string up = numbered("block", blocks + 3, ".");
    return {.first = "block1.0",
            .first_prelu = "block1.1",
            .trunk = "block",
            .trunk_end = numbered("block", blocks + 2),
            .last = numbered(up, upsamplings),
            .block = {".conv1", ".bn1", ".prelu", ".conv2", ".bn2"},
            .upsampling = up,
            .upsampling_conv = ".conv",
            .upsampling_prelu = ".prelu",
            .first_block = 2};
  }
  const std::string conv = keys == SrresnetKeys::lornatang ? "conv" : "conv_block";
  return {.first = conv + "1.0",
          .first_prelu = conv + "1.1",
          .trunk = "trunk.",
          .trunk_end = conv + "2",
          .last = conv + "3",
          .block = {".rcb.0", ".rcb.1", ".rcb.2", ".rcb.3", ".rcb.4"},
          .upsampling = "upsampling.",
          .upsampling_conv = ".upsample_block.0",
          .upsampling_prelu = ".upsample_block.2",
          .first_block = 0};
}

}  // namespace

Tensor srresnet(Graph& graph, Tensor x, const SrresnetConfig& config, const BuildOptions& options) {
  Layers layers(graph, options);
  const SrresnetNames names = names_of(config.keys, config.blocks, config.upsamplings);
  const bool leftthomas = config.keys == SrresnetKeys::leftthomas;
  const int n = config.features;
  const ConvSettings k9n64s1 = {.kernel = 9, .padding = 4};
  const ConvSettings k3n64s1 = {.padding = 1, .bias = leftthomas};

  Tensor first = layers.prelu(names.first_prelu, layers.conv2d(names.first, x, n, k9n64s1));
  Tensor y = first;
  for (int i = 0; i < config.blocks; ++i) {
    const std::string block = numbered(names.trunk, names.first_block + i);
    const auto& [conv1, bn1, prelu, conv2, bn2] = names.block;
    Tensor r = layers.batch_norm(block + bn1, layers.conv2d(block + conv1, y, n, k3n64s1));
    r = layers.prelu(block + prelu, r);
    y = y + layers.batch_norm(block + bn2, layers.conv2d(block + conv2, r, n, k3n64s1));
  }
  y = layers.conv2d(names.trunk_end + ".0", y, n, k3n64s1);
  y = config.trunk_norm ? layers.batch_norm(names.trunk_end + ".1", y)
                        : layers.prelu(names.trunk_end + ".1", y);
  y = first + y;

  for (int i = 0; i < config.upsamplings; ++i) {
    const std::string up = numbered(names.upsampling, i);
    y = layers.conv2d(up + names.upsampling_conv, y, n * config.factor * config.factor,
                      {.padding = 1});
    y = layers.prelu(up + names.upsampling_prelu, pixel_shuffle(y, config.factor));
  }
  y = layers.conv2d(names.last, y, config.out_channels, k9n64s1);
  return leftthomas ? affine(tanh(y), 0.5f, 0.5f) : layers.picture(y);
}

Generator srresnet_generator(const SrresnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "srresnet";
  info.paper = "Ledig et al. 2017";
  info.scale = power(config.factor, config.upsamplings);
  info.in_channels = config.in_channels;
  info.out_channels = config.out_channels;
  info.features = config.features;
  info.blocks = config.blocks;
  info.norm = to_string(Norm::batch);
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return srresnet(graph, x, config, options);
  };
  return generator;
}

SrresnetConfig guess_srresnet(const StateDict& tensors, SrresnetKeys keys) {
  SrresnetConfig config;
  config.keys = keys;
  if (keys == SrresnetKeys::leftthomas) {
    const int end = count_numbered(tensors, "block", ".conv1.");  // 2 … end-1 are the blocks
    config.blocks = end > 2 ? end - 2 : 5;
  } else if (int blocks = count_numbered(tensors, "trunk.", ".rcb."); blocks > 0) {
    config.blocks = blocks;
  }
  const auto names = [&] { return names_of(keys, config.blocks, config.upsamplings); };
  const int ups = count_numbered(tensors, names().upsampling, names().upsampling_conv + ".");
  const bool enlarges_none = tensors.contains(names_of(keys, config.blocks, 0).last + ".weight");
  if (ups > 0 || enlarges_none) config.upsamplings = std::min(ups, kMostUpsamplings);

  config.features = conv_size(tensors, names().first + ".weight", 0, config.features);
  config.in_channels = conv_size(tensors, names().first + ".weight", 1, config.in_channels);
  config.out_channels = conv_size(tensors, names().last + ".weight", 0, config.out_channels);
  const std::string up = names().upsampling + "0" + names().upsampling_conv + ".weight";
  const int expanded = conv_size(tensors, up, 0, 4 * config.features);
  config.factor = std::min(shuffle_factor(expanded, config.features), kMostFactor);
  if (keys == SrresnetKeys::leftthomas) {
    config.trunk_norm = tensors.contains(names().trunk_end + ".1.bias");
  }
  return config;
}

namespace {

Tensor pixel_loss(const SrganOptions& options, Tensor fake, Tensor real) {
  return output_loss("pixel", options.pixel_loss == PixelLoss::mse ? squared_error(fake, real)
                                                                   : absolute_error(fake, real));
}

Phase pixel_phase(const SrganOptions& options, const Shape& a, const Shape& b) {
  auto graph = std::make_unique<Graph>();
  const Tensor real = graph->input("b", b);
  const Tensor fake =
      options.generator.build(*graph, graph->input("a", a), training_build("G", false));
  graph->output("image.fake_b", fake);
  minimize_networks(pixel_loss(options, fake, real), {"G"}, options.training, kGeneratorSlot);
  return {"pixel", std::move(graph), {kGeneratorSlot}};
}

/// What the discriminator is to make small.
Tensor judge_loss(const SrganOptions& options, const AdversarialGame& game, Tensor real,
                  Tensor fake) {
  if (!options.relativistic) return discriminator_loss(game, real, fake, 1);
  const Tensor on_real = game.discriminator(real), on_fake = game.discriminator(fake);
  output_accuracy("D", options.training, on_real - mean_of(on_fake), on_fake - mean_of(on_real));
  const Tensor loss = output_loss(
      "D", relativistic_discriminator_loss(options.training.gan_mode, on_real, on_fake));
  return with_penalty(game, real, fake, loss);
}

Phase adversarial_phase(const SrganOptions& options, const Shape& a, const Shape& b) {
  auto graph = std::make_unique<Graph>();
  const auto D = [&](Tensor x) {
    return discriminator(*graph, x, options.discriminator, training_build("D", false));
  };
  const GanMode mode = options.training.gan_mode;
  const Tensor real = graph->input("b", b);
  const Tensor fake =
      options.generator.build(*graph, graph->input("a", a), training_build("G", false));
  graph->output("image.fake_b", fake);
  const auto logits = [&](Tensor x) { return D(x).logits; };
  minimize_networks(judge_loss(options, {logits, options.training, "", true}, real, fake), {"D"},
                    options.training, kDiscriminatorSlot);

  const DiscriminatorResult of_fake = D(fake);
  DiscriminatorResult of_real;
  const bool own_features = options.feature_weight > 0 && !options.features;
  if (own_features || options.relativistic) of_real = D(real);
  const Tensor adversarial = options.relativistic
                                 ? relativistic_generator_loss(mode, of_real.logits, of_fake.logits)
                                 : generator_loss(mode, of_fake.logits);
  Tensor loss = pixel_loss(options, fake, real) * options.pixel_weight;
  loss = loss + output_loss("adversarial", adversarial) * options.adversarial_weight;
  if (options.feature_weight > 0) {
    const Tensor feature =
        own_features
            ? feature_loss(of_fake.features, of_real.features, real.shape())
            : squared_error(options.features(*graph, fake), options.features(*graph, real));
    loss = loss + output_loss("feature", feature) * options.feature_weight;
  }
  if (options.total_variation_weight > 0)
    loss = loss + output_loss("tv", total_variation(fake)) * options.total_variation_weight;
  minimize_networks(loss, {"G"}, options.training, kGeneratorSlot);
  return {"adversarial", std::move(graph), {kGeneratorSlot, kDiscriminatorSlot}};
}

}  // namespace

const char* to_string(PixelLoss loss) { return loss == PixelLoss::mse ? "mse" : "l1"; }

Method srgan(const SrganOptions& options, const Shape& a, const Shape& b) {
  Method method;
  method.name = "srgan";
  method.networks = {"G", "D"};
  method.generators = {{"G", options.generator, "a", "b"}};
  method.adam = options.training.adam;
  method.stages.push_back({"pixel", {}});
  method.stages[0].phases.push_back(pixel_phase(options, a, b));
  method.stages.push_back({"adversarial", {}});
  method.stages[1].phases.push_back(adversarial_phase(options, a, b));
  return method;
}

Tensor msrresnet(Graph& graph, Tensor x, const MsrresnetConfig& config,
                 const BuildOptions& options) {
  Layers layers(graph, options);
  const int n = config.features;
  const ConvSettings same = {.padding = 1};
  const auto lrelu = [](Tensor y) { return leaky_relu(y, 0.1f); };

  Tensor y = lrelu(layers.conv2d("conv_first", x, n, same));
  for (int i = 0; i < config.blocks; ++i) {
    const std::string block = numbered(config.early_keys ? "recon_trunk." : "body.", i);
    Tensor r = relu(layers.conv2d(block + ".conv1", y, n, same));
    y = y + layers.conv2d(block + ".conv2", r, n, same);
  }
  for (int i = 1; i <= config.upsamplings; ++i) {
    y = layers.conv2d(numbered("upconv", i), y, n * config.factor * config.factor, same);
    y = lrelu(pixel_shuffle(y, config.factor));
  }
  y = lrelu(layers.conv2d(config.early_keys ? "HRconv" : "conv_hr", y, n, same));
  y = layers.conv2d("conv_last", y, config.channels, same);
  return layers.picture(y + upsample_bilinear(x, power(config.factor, config.upsamplings)));
}

Generator msrresnet_generator(const MsrresnetConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "msrresnet";
  info.paper = "Ledig et al. 2017, without norm as in Lim et al. 2017";
  info.scale = power(config.factor, config.upsamplings);
  info.in_channels = info.out_channels = config.channels;
  info.features = config.features;
  info.blocks = config.blocks;
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return msrresnet(graph, x, config, options);
  };
  return generator;
}

MsrresnetConfig guess_msrresnet(const StateDict& tensors, bool early_keys) {
  MsrresnetConfig config;
  config.early_keys = early_keys;
  config.features = conv_size(tensors, "conv_first.weight", 0, config.features);
  config.channels = conv_size(tensors, "conv_first.weight", 1, config.channels);
  const int blocks = count_numbered(tensors, early_keys ? "recon_trunk." : "body.", ".conv1.");
  if (blocks > 0) config.blocks = blocks;
  if (const int end = count_numbered(tensors, "upconv", "."); end > 1) {
    config.upsamplings = std::min(end - 1, kMostUpsamplings);
  } else if (tensors.contains("conv_last.weight")) {
    config.upsamplings = 0;
  }
  const int expanded = conv_size(tensors, "upconv1.weight", 0, 4 * config.features);
  config.factor = std::min(shuffle_factor(expanded, config.features), kMostFactor);
  return config;
}

}  // namespace imago
