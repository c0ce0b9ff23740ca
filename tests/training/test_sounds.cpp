// WaveGAN learns: after short training on tones, sounds made of random numbers have their pitch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/data/dataset.h"
#include "models/measure/sounds/spectrum.h"
#include "models/sound/wav.h"
#include "models/training/prepare.h"
#include "models/training/trainer.h"
#include "models/training/validate_sounds.h"
#include "tests/base/folder.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

constexpr int kLength = 256, kPitch = 32;  // samples; turns in them

void write_tones(const std::filesystem::path& folder) {
  for (int file = 0; file < 32; ++file) {
    Sound sound{8000, 1, {}};
    for (int t = 0; t < kLength; ++t)
      sound.samples.push_back(static_cast<float>(
          0.7 * std::sin(2 * std::numbers::pi * (kPitch * t / double{kLength} + file / 32.0))));
    write_wav(sound, folder / (std::to_string(file) + ".wav"));
  }
}

TrainingRequest tone_request(const std::filesystem::path& folder) {
  TrainingRequest request = default_request("wavegan");
  request.data.dataroot = folder;
  request.data.length = kLength;
  request.data.rate = 8000;
  request.data.latent = 4;
  request.data.batch_size = 8;
  request.generator_features = request.discriminator_features = 8;
  request.critic_steps = 2;
  request.seed = 1;
  return request;
}

std::vector<Planes> sounds_of(Trainer& trainer, const Dataset& dataset) {
  std::vector<Planes> made;
  for (int64_t i = 0; i < 16; ++i) {
    const Batch example = dataset.example(i);
    Planes latent(static_cast<int>(example.a_shape.c), 1, 1);
    latent.values = example.a;
    made.push_back(trainer.translate(trainer.method().generators[0], latent));
  }
  return made;
}

/// The share of all power that lies at the tones' pitch and the two places beside it.
double share_at_pitch(const std::vector<Planes>& sounds) {
  std::vector<std::span<const float>> samples;
  for (const Planes& sound : sounds) samples.emplace_back(sound.values);
  const std::vector<double> spectrum = mean_spectrum(samples);
  double all = 0, near = 0;
  for (size_t k = 0; k < spectrum.size(); ++k) {
    all += spectrum[k];
    if (std::abs(static_cast<int>(k) - kPitch) <= 1) near += spectrum[k];
  }
  return near / all;
}

TEST(Sounds, ShortTrainingFindsTheTonesPitch) {
  const TemporaryFolder folder;
  write_tones(folder.path());
  const TrainingRequest request = tone_request(folder.path());
  const Dataset dataset(request.data);
  const BatchShapes shapes = batch_shapes(request.data, 0);
  Trainer trainer(training_device(), prepare(request, shapes.a, shapes.b).method,
                  TrainerOptions{request.init, request.seed, 0});
  const double before = share_at_pitch(sounds_of(trainer, dataset));
  constexpr int kSteps = 100;
  for (int step = 0; step < kSteps; ++step) {
    std::vector<Batch> batches;
    for (int i = 0; i < request.critic_steps; ++i)
      batches.push_back(dataset.batch(step * request.critic_steps + i));
    trainer.step(batches, 1e-3f);
  }
  const double after = share_at_pitch(sounds_of(trainer, dataset));
  std::printf("  share of the power at the tones' pitch: %.3f before, %.3f after\n", before, after);
  EXPECT_LT(before, 0.3);
  EXPECT_GT(after, 0.5);
}

TEST(Sounds, ASpectrumTellsPitchesApart) {
  const auto tone = [](int pitch) {
    std::vector<float> samples;
    for (int t = 0; t < 1024; ++t)
      samples.push_back(
          static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * pitch * t / 256.0)));
    return samples;
  };
  const std::vector<float> low = tone(20), high = tone(90);
  const std::vector<double> of_low = mean_spectrum({low}), of_high = mean_spectrum({high});
  EXPECT_EQ(std::ranges::max_element(of_low) - of_low.begin(), 20);
  EXPECT_NEAR(of_low[20], 0.25, 1e-3) << "of amplitude 1/2";
  EXPECT_EQ(spectral_distance(of_low, of_low), 0);
  EXPECT_GT(spectral_distance(of_low, of_high), 5);
}

}  // namespace
}  // namespace imago
