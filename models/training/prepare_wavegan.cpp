#include "models/training/prepare_wavegan.h"

#include <cmath>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/wavegan.h"
#include "models/training/methods/wgan_gp.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

/// The generator that --init names and the discriminator beside it.
void begin_from(const TrainingRequest& request, const GanOptions& options,
                PreparedTraining& prepared) {
  const fs::path& path = request.init_model;
  const Generator found = load_generator(path);
  const ModelInfo &info = found.info, &chosen = options.generator.info;
  if (info.architecture != chosen.architecture || info.latent != chosen.latent ||
      info.scale != chosen.scale || info.features != chosen.features)
    throw Error(path.string() + ": is " + info.architecture + " of " +
                std::to_string(info.features) + " features that makes " +
                std::to_string(info.scale * info.scale) + " samples of a latent of " +
                std::to_string(info.latent) + ": choose --ngf, --length and --latent alike");
  prepared.start[kG] = found.weights;
  if (const auto judge = network_beside(path, "G", "D"))
    prepared.start[kD] = unwrap(read_checkpoint(*judge));
}

}  // namespace

void set_wavegan_defaults(TrainingRequest& request) {
  request.data.kind = DataKind::sounds;
  request.data.flip = false;
  request.data.batch_size = 64;
  request.data.latent = 100;
  request.generator = request.discriminator = "wavegan";
  request.norm = Norm::none;
  request.init = {InitType::xavier, 1};
  request.gan_mode = GanMode::wgangp;
  request.critic_steps = 5;
  request.adam = {.beta1 = 0.5f, .beta2 = 0.9f};
  request.schedule.learning_rate = 1e-4f;
  request.schedule.epochs = 1000;
  request.schedule.epochs_decay = 0;
  request.save_epochs = 100;
  request.validate_epochs = 25;
  request.validation_pictures = 16;
}

BatchShapes sound_batch_shapes(const DataOptions& data) {
  const int64_t side = std::lround(std::sqrt(data.length));
  return {{data.batch_size, data.latent, 1, 1}, {data.batch_size, 1, side, side}};
}

PreparedTraining prepare_wavegan(const TrainingRequest& request, const Shape& a, const Shape& b) {
  const DataOptions& data = request.data;
  PreparedTraining prepared;
  GanOptions options;
  options.generator = wavegan_generator({.latent = data.latent,
                                         .length = data.length,
                                         .features = request.generator_features,
                                         .rate = data.rate});
  options.discriminator = {.kind = JudgeKind::wavegan,
                           .in_channels = 1,
                           .side = static_cast<int>(b.h),
                           .features = request.discriminator_features,
                           .norm = Norm::none,
                           .shuffle = request.phase_shuffle};
  options.dropout = true;  // what is left to chance in the discriminator: the shuffle
  options.critic_steps = request.critic_steps;
  options.training = common_options(request);
  if (!request.init_model.empty()) begin_from(request, options, prepared);
  prepared.method = wgan_gp(options, a, b);
  return prepared;
}

}  // namespace imago
