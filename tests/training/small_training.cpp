#include "tests/training/small_training.h"

#include "compute/base/random.h"
#include "models/training/prepare.h"

namespace imago {

Device& training_device() {
  static Device device;
  return device;
}

TrainingRequest small_request(const std::string& method) {
  TrainingRequest r = default_request(method);
  r.generator = method == "pix2pix"    ? "unet_32"
                : method == "cyclegan" ? "resnet_1blocks"
                                       : "srresnet_1blocks";
  r.generator_features = r.discriminator_features = 4;
  if (method != "srgan") r.discriminator = "n_layers";
  r.discriminator_layers = 2;
  r.data.load_size = 36;
  r.data.crop_size = 32;
  r.data.batch_size = method == "srgan" ? 2 : 1;
  r.seed = 3;
  return r;
}

namespace {

/// In [low, 1).
std::vector<float> noise(const Shape& shape, float low, uint32_t number) {
  std::vector<float> values;
  for (uint32_t i = 0; i < shape.elements(); ++i) {
    const double share = philox({i, number, 0, 0}, {1, 2})[0] * 0x1p-32;
    values.push_back(low + (1 - low) * static_cast<float>(share));
  }
  return values;
}

}  // namespace

Batch small_batch(const TrainingRequest& request, uint32_t number) {
  const DataOptions& data = request.data;
  const bool upscales = data.kind == DataKind::photos;
  const int64_t side = data.crop_size, side_a = upscales ? side / data.scale : side;
  Batch batch;
  batch.a_shape = {data.batch_size, data.input_channels, side_a, side_a};
  batch.b_shape = {data.batch_size, data.output_channels, side, side};
  batch.a = noise(batch.a_shape, upscales ? 0 : -1, 2 * number);
  batch.b = noise(batch.b_shape, upscales ? 0 : -1, 2 * number + 1);
  return batch;
}

std::unique_ptr<Trainer> small_trainer(const TrainingRequest& request, Device& device) {
  const Batch batch = small_batch(request, 0);
  PreparedTraining prepared = prepare(request, batch.a_shape, batch.b_shape);
  std::vector<Stage>& stages = prepared.method.stages;
  stages.erase(stages.begin(), stages.end() - 1);
  return std::make_unique<Trainer>(
      device, std::move(prepared.method),
      TrainerOptions{request.init, request.seed, request.pool_size, request.gradient_checkpointing,
                     request.precision},
      prepared.start);
}

std::vector<float> Outcome::weights(const std::string& network) const {
  std::vector<float> all;
  for (const auto& [key, tensor] : networks.at(network)) {
    if (key.ends_with("num_batches_tracked")) continue;
    const std::vector<float> values = tensor.to_float();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

Outcome train_briefly(const TrainingRequest& request, int steps, Device& device) {
  const std::unique_ptr<Trainer> trainer = small_trainer(request, device);
  Outcome outcome;
  for (int step = 0; step < steps; ++step) {
    std::map<std::string, double>& losses = outcome.losses.emplace_back();
    for (const auto& [loss, value] :
         trainer->step(small_batch(request, static_cast<uint32_t>(step)), 2e-4f))
      losses[loss.name()] = static_cast<double>(value);
    if (step > 0) continue;
    const std::span<const float> image = trainer->image(TrainingImage::fake_b);
    outcome.first_image.assign(image.begin(), image.end());
  }
  for (const Network& network : trainer->method().networks)
    outcome.networks[network.name()] = trainer->network(network);
  return outcome;
}

}  // namespace imago
