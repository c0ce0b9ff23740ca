#include "models/training/prepare_stylegan2.h"

#include <cmath>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/canonical.h"
#include "models/training/methods/stylegan2.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

void refuse_others(const TrainingRequest& request) {
  if (request.data.labels) throw Error("stylegan2 learns without labels: leave out --labels");
  if (request.spectral_norm)
    throw Error("stylegan2 holds its discriminator down by R1: leave out --spectral-norm");
  if (request.gan_mode == GanMode::wgangp || request.gan_mode == GanMode::wgan)
    throw Error("--gan-mode: stylegan2 has vanilla (its paper's), lsgan and hinge");
  for (const std::string& name : {request.generator, request.discriminator})
    if (name != "stylegan2")
      throw Error("--netG and --netD: of stylegan2 both are stylegan2, not " + name);
}

/// The discriminator of a run's "<label>_net_G.pth" or "<label>_net_G_average.pth".
fs::path discriminator_beside(const fs::path& path) {
  const std::string file = path.filename().string();
  const size_t at = file.find("_net_G");
  if (at == std::string::npos) return {};
  return path.parent_path() / (file.substr(0, at) + "_net_D" + path.extension().string());
}

/// The tensors of rosinality's "d", or of the file beside; none where there is neither.
StateDict discriminator_of(const fs::path& path) {
  StateDict tensors;
  const std::string prefix = "d.";
  for (const auto& [key, tensor] : read_checkpoint(path))
    if (key.starts_with(prefix)) tensors.insert(key.substr(prefix.size()), tensor);
  const fs::path other = discriminator_beside(path);
  if (tensors.size() == 0 && fs::exists(other)) tensors = unwrap(read_checkpoint(other));
  StateDict filters_left_out;
  for (const auto& [key, tensor] : tensors)
    if (!key.ends_with(".kernel")) filters_left_out.insert(key, tensor);
  return filters_left_out;
}

/// The networks that --init names in place of new ones.
void begin_from(const TrainingRequest& request, Stylegan2Options& options,
                PreparedTraining& prepared) {
  const fs::path& path = request.init_model;
  Generator found = load_generator(path);
  if (found.info.architecture != "stylegan2")
    throw Error(path.string() + ": is " + found.info.architecture + ", not stylegan2");
  const Stylegan2Config chosen = options.generator;
  options.generator = guess_stylegan2(found.weights);
  if (request.generator_chosen && options.generator.channels != chosen.channels)
    throw Error(path.string() + ": is of " + std::to_string(found.info.features) +
                " features, not of " + std::to_string(request.generator_features) +
                "; without --ngf the file decides");
  options.generator.noise = options.generator.average = true;  // new ones where it has none
  prepared.start[kG] = found.weights;
  const StateDict judge = discriminator_of(path);
  if (judge.size() == 0) return;
  options.discriminator.channels = options.generator.channels;
  if (const auto config = find_stylegan2_judge(judge)) options.discriminator = *config;
  prepared.start[kD] = judge;
}

}  // namespace

void set_stylegan2_defaults(TrainingRequest& request) {
  request.data.crop_size = 64;
  request.data.batch_size = 16;
  request.data.latent = 512;
  request.generator = request.discriminator = "stylegan2";
  request.norm = Norm::none;
  request.schedule.epochs = 200;
  request.schedule.learning_rate = 2e-3f;
  request.adam = {.beta1 = 0, .beta2 = 0.99f};
  request.r1_gamma = 0.5f;
  request.ema_pictures = 10;
}

PreparedTraining prepare_stylegan2(const TrainingRequest& request, const Shape& a, const Shape& b) {
  refuse_others(request);
  PreparedTraining prepared;
  Stylegan2Options options;
  const int side = static_cast<int>(b.h), colours = static_cast<int>(b.c);
  options.generator = {.latent = request.data.latent,
                       .mapping = request.mapping_layers,
                       .colours = colours,
                       .channels = stylegan2_channels(side, request.generator_features)};
  options.discriminator = {.colours = colours,
                           .channels = stylegan2_channels(side, request.discriminator_features)};
  options.style_mixing = request.style_mixing;
  options.path_weight = request.path_weight;
  options.path_every = request.path_every;
  options.r1_every = request.r1_every;
  options.training = common_options(request);
  if (request.ema == 0 && request.ema_pictures > 0)
    options.training.ema = std::pow(0.5f, static_cast<float>(b.n) / (1000 * request.ema_pictures));
  if (!request.init_model.empty()) begin_from(request, options, prepared);
  prepared.method = stylegan2(options, a, b);
  return prepared;
}

}  // namespace imago
