#include "models/training/validate_sounds.h"

#include <algorithm>

#include "models/measure/sample_grid.h"
#include "models/measure/sounds/spectrum.h"
#include "models/sound/wav.h"

namespace imago {
namespace {

constexpr size_t kAcross = 8;
constexpr int kSilence = 10;  // a tenth of a second

}  // namespace

double spectrum_metric(const std::vector<Planes>& made, const std::vector<Planes>& real) {
  const auto spectrum = [](const std::vector<Planes>& sounds) {
    std::vector<std::span<const float>> samples;
    for (const Planes& sound : sounds) samples.emplace_back(sound.values);
    return mean_spectrum(samples);
  };
  return spectral_distance(spectrum(real), spectrum(made));
}

void save_spectrograms(const std::vector<Planes>& made, const std::vector<Planes>& real,
                       const std::filesystem::path& path) {
  std::vector<std::vector<Image>> rows;
  for (size_t i = 0; i < made.size(); ++i) {
    if (i % kAcross == 0) rows.emplace_back();
    rows.back().push_back(draw_spectrogram(made[i].values));
  }
  rows.emplace_back();
  for (size_t i = 0; i < std::min(real.size(), kAcross); ++i)
    rows.back().push_back(draw_spectrogram(real[i].values));
  save_sample_grid(rows, {}, path);
}

void save_sounds(const std::vector<Planes>& made, int rate, const std::filesystem::path& path) {
  Sound all{rate, 1, {}};
  for (const Planes& sound : made) {
    all.samples.insert(all.samples.end(), sound.values.begin(), sound.values.end());
    all.samples.resize(all.samples.size() + static_cast<size_t>(rate / kSilence), 0.0f);
  }
  write_wav(all, path, "Imago " IMAGO_VERSION);
}

}  // namespace imago
