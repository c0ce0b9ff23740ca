#include "models/training/request.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/msrresnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/sketchnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/vgg.h"
#include "models/training/family.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"
#include "models/training/prepare.h"
#include "models/training/prepare_classifier.h"
#include "models/training/prepare_tabular.h"
#include "models/training/prepare_wavegan.h"

namespace imago {
namespace {

/// The number in "resnet_9blocks" for prefix "resnet_" and suffix "blocks".
std::optional<int> number_between(const std::string& text, const std::string& prefix,
                                  const std::string& suffix) {
  if (!text.starts_with(prefix) || !text.ends_with(suffix) ||
      text.size() <= prefix.size() + suffix.size())
    return std::nullopt;
  const char* begin = text.data() + prefix.size();
  const char* end = text.data() + text.size() - suffix.size();
  int value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || value < 1) return std::nullopt;
  return value;
}

int log2_of(int value) {
  int log = 0;
  while ((1 << log) < value) ++log;
  return (1 << log) == value ? log : -1;
}

/// As in pytorch-CycleGAN-and-pix2pix, whose checkpoints tell the norm by it.
bool has_bias(Norm norm) { return norm == Norm::instance; }

Generator translator(const TrainingRequest& request, int in_channels, int out_channels) {
  const std::string& name = request.generator;
  if (const auto side = number_between(name, "unet_", "")) {
    const int depth = log2_of(*side);
    if (depth < 5 || depth > 10)
      throw Error("--netG " + name + ": a U-Net's side is a power of two from 32 to 1024");
    return unet_generator({.in_channels = in_channels,
                           .out_channels = out_channels,
                           .features = request.generator_features,
                           .depth = depth,
                           .norm = request.norm,
                           .bias = has_bias(request.norm),
                           .dropout = request.dropout,
                           .upsample = request.upsample});
  }
  if (const auto blocks = number_between(name, "resnet_", "blocks"))
    return resnet_generator({.in_channels = in_channels,
                             .out_channels = out_channels,
                             .features = request.generator_features,
                             .blocks = *blocks,
                             .norm = request.norm,
                             .bias = has_bias(request.norm),
                             .dropout = request.dropout,
                             .upsample = request.upsample});
  if (name == "sketchnet" || number_between(name, "sketchnet_", "blocks"))
    return sketchnet_generator({.in_channels = in_channels,
                                .out_channels = out_channels,
                                .features = request.generator_features,
                                .blocks = number_between(name, "sketchnet_", "blocks").value_or(2),
                                .norm = request.norm});
  throw Error("--netG " + name + ": " + request.method +
              " has unet_256, unet_128, …, resnet_9blocks, resnet_6blocks, … and sketchnet, "
              "sketchnet_4blocks, …");
}

Generator upscaler(const TrainingRequest& request) {
  const std::string& name = request.generator;
  const int scale = request.data.scale;
  const int doublings = log2_of(scale);
  const bool is_three = scale == 3;
  if (doublings < 0 && !is_three)
    throw Error("--scale " + std::to_string(scale) + ": choose 1, 2, 3, 4 or 8");
  const int upsamplings = is_three ? 1 : doublings, factor = is_three ? 3 : 2;
  const int features = request.generator_features;
  const bool leftthomas = name.ends_with("_leftthomas");
  if (name == "srresnet" || leftthomas || number_between(name, "srresnet_", "blocks")) {
    SrresnetConfig config;
    config.keys = leftthomas ? SrresnetKeys::leftthomas : SrresnetKeys::lornatang;
    config.blocks = leftthomas ? 5 : number_between(name, "srresnet_", "blocks").value_or(16);
    config.features = features;
    config.upsamplings = upsamplings;
    config.factor = factor;
    return srresnet_generator(config);
  }
  if (name == "msrresnet" || number_between(name, "msrresnet_", "blocks"))
    return msrresnet_generator({.features = features,
                                .blocks = number_between(name, "msrresnet_", "blocks").value_or(16),
                                .upsamplings = upsamplings,
                                .factor = factor});
  if (name == "srvgg" || number_between(name, "srvgg_", "blocks"))
    return srvgg_generator({.features = features,
                            .blocks = number_between(name, "srvgg_", "blocks").value_or(16),
                            .scale = scale});
  if (name == "rrdbnet" || number_between(name, "rrdbnet_", "blocks")) {
    if (is_three) throw Error("--netG " + name + ": makes pictures 1, 2, 4 or 8 times as large");
    RrdbConfig config;
    config.features = features;
    config.growth = features / 2;
    config.blocks = number_between(name, "rrdbnet_", "blocks").value_or(23);
    config.upsamplings = doublings;
    return rrdbnet_generator(config);
  }
  throw Error("--netG " + name +
              ": srgan has srresnet, srresnet_leftthomas, msrresnet, srvgg and "
              "rrdbnet, each also with a number of blocks as in rrdbnet_6blocks");
}

DiscriminatorConfig judge(const TrainingRequest& request, int in_channels) {
  DiscriminatorConfig config;
  config.in_channels = in_channels;
  config.features = request.discriminator_features;
  config.norm = request.norm;
  config.spectral_norm = request.spectral_norm;
  const std::string& name = request.discriminator;
  if (name == "n_layers")
    config.layers = request.discriminator_layers;
  else if (name == "pixel")
    config.kind = DiscriminatorKind::pixel;
  else if (name == "srgan")
    config.kind = DiscriminatorKind::srgan;
  else if (name == "unet")
    config.kind = DiscriminatorKind::unet, config.spectral_norm = true, config.norm = Norm::none;
  else if (name != "basic")
    throw Error("--netD " + name + ": choose basic, n_layers, pixel, srgan or unet");
  return config;
}

/// What `read` makes of a checkpoint's tensors; its errors name the file.
template <class Read>
auto from_checkpoint(const std::filesystem::path& path, StateDict& tensors, Read read) {
  tensors = unwrap(read_checkpoint(path));
  try {
    return read(tensors);
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  }
}

std::string described(const ModelInfo& info) {
  return info.architecture + " (" + std::to_string(info.blocks) + " blocks, " +
         std::to_string(info.features) + " features, norm " + info.norm + ")";
}

std::string described(const DiscriminatorConfig& config) {
  return to_string(config) + " (" + std::to_string(config.features) + " features, norm " +
         to_string(config.norm) + ")";
}

/// Throws where what a file holds is not what it is needed for: another range or scale, or other
/// channels, than those of `chosen`; or, if it was chosen in so many words, another network.
void check_fit(const TrainingRequest& request, const std::filesystem::path& path,
               const ModelInfo& found, const ModelInfo& chosen) {
  const auto refuse = [&](const std::string& why) { throw Error(path.string() + ": " + why); };
  const auto channels = [](const ModelInfo& info) {
    return std::to_string(info.in_channels) + " channels into " + std::to_string(info.out_channels);
  };
  if (found.input_low != chosen.input_low)
    refuse(found.architecture +
           (found.input_low < 0 ? " is for pix2pix and cyclegan, not for "
                                : " is for srgan, not for ") +
           request.method);
  if (found.scale != chosen.scale)
    refuse("enlarges " + std::to_string(found.scale) + " times, this training " +
           std::to_string(chosen.scale) + " times; see --scale");
  if (found.in_channels != chosen.in_channels || found.out_channels != chosen.out_channels)
    refuse("turns " + channels(found) + ", this training " + channels(chosen) +
           (found.input_low < 0 ? "; see --input-nc, --output-nc and --direction" : ""));
  if (request.generator_chosen && described(found) != described(chosen))
    refuse("is " + described(found) + ", not " + described(chosen) +
           "; without --netG, --ngf and --norm the file decides");
}

/// The network to begin with: `chosen`, or what --init names or what is beside that.
Generator initial_generator(const TrainingRequest& request,
                            const std::optional<std::filesystem::path>& path,
                            const Network& network, Generator chosen, PreparedTraining& prepared) {
  if (!path) return chosen;
  Generator generator = load_generator(*path);
  check_fit(request, *path, generator.info, chosen.info);
  prepared.start[network] = generator.weights;
  return generator;
}

std::optional<std::filesystem::path> init_of(const TrainingRequest& request) {
  return request.init_model.empty() ? std::nullopt : std::optional(request.init_model);
}

DiscriminatorConfig initial_discriminator(const TrainingRequest& request, const std::string& from,
                                          const Network& network, DiscriminatorConfig chosen,
                                          PreparedTraining& prepared) {
  const auto path = request.init_model.empty()
                        ? std::nullopt
                        : network_beside(request.init_model, from, network.name());
  if (!path) return chosen;
  StateDict tensors;
  const DiscriminatorConfig config = from_checkpoint(*path, tensors, &guess_discriminator);
  if (config.in_channels != chosen.in_channels)
    throw Error(path->string() + ": judges " + std::to_string(config.in_channels) +
                " channels, this training makes " + std::to_string(chosen.in_channels));
  if (request.discriminator_chosen && config != chosen)
    throw Error(
        path->string() + ": is " + described(config) + ", not " + described(chosen) +
        "; without --netD, --ndf, --n-layers-D, --norm and --spectral-norm the file decides");
  prepared.start[network] = tensors;
  return config;
}

void check_sides(const Generator& generator, const Shape& a) {
  const ModelInfo& info = generator.info;
  const bool multiple = a.h % info.multiple == 0 && a.w % info.multiple == 0;
  if (multiple && a.h >= info.minimum && a.w >= info.minimum) return;
  throw Error(info.architecture + " takes pictures whose sides are " +
              (multiple ? "at least " + std::to_string(info.minimum)
                        : "multiples of " + std::to_string(info.multiple)) +
              ", these are " + std::to_string(a.w) + "x" + std::to_string(a.h) +
              "; change --crop-size or --netG");
}

/// What a generator's pictures are reduced to when it translates (ModelInfo::side): the side at
/// which validation measures it; 0: it learned from pictures of any size.
int trained_side(const DataOptions& data) {
  return data.preprocess == Preprocess::resize_and_crop ? data.crop_size : 0;
}

PreparedTraining prepare_pix2pix(const TrainingRequest& request, const Shape& a, const Shape& b) {
  PreparedTraining prepared;
  Pix2PixOptions options;
  const int in = static_cast<int>(a.c), out = static_cast<int>(b.c);
  options.generator =
      initial_generator(request, init_of(request), kG, translator(request, in, out), prepared);
  options.generator.info.side = trained_side(request.data);
  options.generator.info.takes_drawings =
      request.data.kind == DataKind::edges && !request.data.b_to_a;
  if (request.keep_luma) options.generator = keeping_luma(std::move(options.generator));
  if (request.data.batch_size > 1)
    options.generator = using_running_statistics(std::move(options.generator));
  check_sides(options.generator, a);
  options.discriminator =
      initial_discriminator(request, "G", kD, judge(request, in + out), prepared);
  options.lambda_l1 = request.lambda_l1;
  options.lambda_features = request.lambda_features;
  options.dropout = request.dropout;
  options.training = common_options(request);
  prepared.method = pix2pix(options, a, b);
  return prepared;
}

PreparedTraining prepare_cyclegan(const TrainingRequest& request, const Shape& a, const Shape& b) {
  PreparedTraining prepared;
  CycleGanOptions options;
  const int in = static_cast<int>(a.c), out = static_cast<int>(b.c);
  const std::filesystem::path& init = request.init_model;
  if (init.filename().string().find("_net_G_B.") != std::string::npos)
    throw Error(init.string() + ": turns B into A; name the _net_G_A file, which turns A into B" +
                " and finds this one beside it");
  options.a_to_b =
      initial_generator(request, init_of(request), kG_A, translator(request, in, out), prepared);
  options.b_to_a = initial_generator(request, network_beside(init, "G_A", "G_B"), kG_B,
                                     translator(request, out, in), prepared);
  for (Generator* generator : {&options.a_to_b, &options.b_to_a})
    generator->info.side = trained_side(request.data);
  check_sides(options.a_to_b, a);
  check_sides(options.b_to_a, b);
  // Both discriminators are of one kind; where only one was found, that one decides.
  options.discriminator =
      initial_discriminator(request, "G_A", kD_A, judge(request, out), prepared);
  initial_discriminator(request, "G_A", kD_B, judge(request, in), prepared);
  options.lambda_a = request.lambda_a;
  options.lambda_b = request.lambda_b;
  options.lambda_identity = request.lambda_identity;
  if (options.lambda_identity > 0 && in != out)
    throw Error("--lambda-identity: needs as many channels in A as in B; set it to 0");
  options.dropout = request.dropout;
  options.training = common_options(request);
  prepared.method = cyclegan(options, a, b);
  return prepared;
}

PreparedTraining prepare_srgan(const TrainingRequest& request, const Shape& a, const Shape& b) {
  PreparedTraining prepared;
  SrganOptions options;
  options.generator = initial_generator(request, init_of(request), kG, upscaler(request), prepared);
  check_sides(options.generator, a);
  options.discriminator =
      initial_discriminator(request, "G", kD, judge(request, static_cast<int>(b.c)), prepared);
  options.pixel_loss = request.pixel_loss;
  options.pixel_weight = request.pixel_weight;
  options.adversarial_weight = request.adversarial_weight;
  options.feature_weight = request.feature_weight;
  options.total_variation_weight = request.total_variation_weight;
  options.relativistic = request.relativistic;
  options.training = common_options(request);
  StateDict vgg;
  if (!request.vgg.empty()) {
    VggConfig config = from_checkpoint(request.vgg, vgg, &guess_vgg);
    // leftthomas compares VGG16 to its end; deeper ones as ESRGAN, before the last ReLU.
    config.layers = std::min(config.layers, config.depth == 16 ? 31 : vgg_layers(19, 5, 4));
    options.features = [config](Graph& graph, Tensor x) {
      return vgg_features(graph, x, config, "VGG.");
    };
  }
  prepared.method = srgan(options, a, b);
  for (const auto& [key, tensor] : vgg) prepared.method.frozen.insert("VGG." + key, tensor);
  return prepared;
}

/// A penalty is the gradient of a gradient, which one loss scale does not bring into fp16's range.
void check_half(const TrainingRequest& request) {
  const std::string penalty = request.method == "stylegan2"         ? "stylegan2"
                              : request.method == "tabular"         ? "tabular"
                              : request.gan_mode == GanMode::wgangp ? "--gan-mode wgangp"
                              : request.r1_gamma > 0                ? "--r1-gamma"
                                                                    : "";
  if (!penalty.empty())
    throw Error("--precision fp16: not with " + penalty +
                ", whose penalty on gradients needs fp32: choose --precision fp32");
}

}  // namespace

std::optional<std::filesystem::path> network_beside(const std::filesystem::path& generator,
                                                    const std::string& from,
                                                    const std::string& to) {
  std::string file = generator.filename().string();
  const size_t at = file.rfind("_net_" + from + ".");
  if (at == std::string::npos) return std::nullopt;
  file.replace(at, 5 + from.size(), "_net_" + to);
  const std::filesystem::path path = generator.parent_path() / file;
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

TrainingOptions common_options(const TrainingRequest& request) {
  if (request.precision == NumberType::fp16) check_half(request);
  return {.adam = request.adam,
          .gan_mode = request.gan_mode,
          .penalty_weight = request.penalty_weight,
          .r1_gamma = request.r1_gamma,
          .weight_clip = request.weight_clip,
          .ema = request.ema,
          .augment = {.adaptive = request.ada,
                      .target = request.ada_target,
                      .pictures = request.ada_pictures * 1000},
          .precision = request.precision};
}

TrainingRequest default_request(const std::string& method) {
  TrainingRequest request;
  request.method = method;
  request.generator = "resnet_9blocks";
  request.discriminator = "basic";
  request.adam = {.beta1 = 0.5f, .beta2 = 0.999f};
  if (method == "pix2pix") {
    request.generator = "unet_256";
    request.dropout = true;
    request.data.kind = DataKind::aligned;
  } else if (method == "cyclegan") {
    request.norm = Norm::instance;
    request.gan_mode = GanMode::lsgan;
    request.pool_size = 50;
    request.data.kind = DataKind::unaligned;
  } else if (method == "srgan") {
    request.generator = "srresnet";
    request.discriminator = "srgan";
    request.init = {InitType::uniform, 1};
    request.adam = {.beta1 = 0.9f, .beta2 = 0.999f};
    request.schedule.learning_rate = 1e-4f;
    request.data.kind = DataKind::photos;
    request.data.preprocess = Preprocess::crop;
    request.data.crop_size = 96;
    request.data.batch_size = 16;
    request.pixel_epochs = 50;
  } else if (is_of_family(method)) {
    set_family_defaults(request);
  } else if (method == "tabular") {
    set_tabular_defaults(request);
  } else if (method == "wavegan") {
    set_wavegan_defaults(request);
  } else if (method == kClassifier) {
    set_classifier_defaults(request);
  } else {
    throw Error(
        "train " + method +
        ": there are pix2pix, cyclegan, srgan, gan, dcgan, cgan, wgan-gp, sngan, stylegan2, "
        "tabular, wavegan and classifier");
  }
  return request;
}

PreparedTraining prepare(const TrainingRequest& request, const Shape& a, const Shape& b) {
  if (request.method == "pix2pix") return prepare_pix2pix(request, a, b);
  if (request.method == "cyclegan") return prepare_cyclegan(request, a, b);
  if (is_of_family(request.method)) return prepare_family(request, a, b);
  if (request.method == "tabular") return prepare_tabular(request, a, b);
  if (request.method == "wavegan") return prepare_wavegan(request, a, b);
  if (request.method == kClassifier) return prepare_classifier(request, a, b);
  return prepare_srgan(request, a, b);
}

BatchShapes batch_shapes(const DataOptions& data, int64_t side) {
  if (data.kind == DataKind::table) return table_batch_shapes(data);
  if (data.kind == DataKind::sounds) return sound_batch_shapes(data);
  if (data.kind == DataKind::samples) {
    // Before the data set was looked at any number of classes will do.
    const size_t named = data.label_names.size();
    const int64_t classes = !data.labels ? 0 : named > 0 ? static_cast<int64_t>(named) : 10;
    return {{data.batch_size, data.latent + classes, 1, 1},
            {data.batch_size, data.output_channels, side, side}};
  }
  if (data.kind != DataKind::photos)
    return {{data.batch_size, data.input_channels, side, side},
            {data.batch_size, data.output_channels, side, side}};
  const int64_t small = std::max<int64_t>(side / data.scale, 1), large = small * data.scale;
  return {{data.batch_size, 3, small, small}, {data.batch_size, 3, large, large}};
}

namespace {

bool are_whole(const DataOptions& data) {
  return data.preprocess == Preprocess::none || data.preprocess == Preprocess::scale_width;
}

// Whole pictures have sides of their own, and so may networks from a file; this one suits all.
constexpr int64_t kAnySide = 1024;

}  // namespace

NetworkSides sides_of(const TrainingRequest& request) {
  NetworkSides sides;
  if (!are_whole(request.data)) return sides;
  const BatchShapes shapes = batch_shapes(request.data, kAnySide);
  for (const TrainedGenerator& generator : prepare(request, shapes.a, shapes.b).method.generators) {
    const ModelInfo& info = generator.architecture.info;
    sides.multiple = std::lcm(sides.multiple, info.multiple);
    sides.minimum = std::max(sides.minimum, info.minimum);
  }
  return sides;
}

void check(const TrainingRequest& request) {
  const DataOptions& data = request.data;
  const ScheduleOptions& schedule = request.schedule;
  check(data);
  if (schedule.epochs + schedule.epochs_decay < schedule.first_epoch)
    throw Error("--n-epochs and --n-epochs-decay: end before epoch " +
                std::to_string(schedule.first_epoch) + ", so there is nothing to learn in");
  if (schedule.policy == LearningRatePolicy::cosine && schedule.epochs == 0)
    throw Error("--lr-policy cosine: falls over --n-epochs, which must be at least 1");
  TrainingRequest settings = request;
  settings.init_model.clear();
  settings.vgg.clear();
  const bool network_known = request.init_model.empty() || request.generator_chosen;
  const bool of_one_size = data.kind == DataKind::samples || data.kind == DataKind::table ||
                           data.kind == DataKind::sounds;
  const bool one_size = !are_whole(data) && (network_known || of_one_size);
  const BatchShapes shapes = batch_shapes(data, one_size ? data.crop_size : kAnySide);
  prepare(settings, shapes.a, shapes.b);
}

}  // namespace imago
