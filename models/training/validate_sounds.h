// Validation of sounds: some are made, and compared with real ones by their spectra.
#pragma once

#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "models/training/trainer.h"

namespace imago {

/// What validation finds of `made`, sounds as squares (networks/wavegan.h), beside `real` ones of
/// as many samples: spectrum, the distance of their mean spectra in dB (measure/sounds/spectrum.h).
double spectrum_metric(const std::vector<Planes>& made, const std::vector<Planes>& real);

/// Spectrograms of the first made ones, and in a last row of real ones.
void save_spectrograms(const std::vector<Planes>& made, const std::vector<Planes>& real,
                       const std::filesystem::path& path);

/// All of them one after another, with a short silence between, to listen to.
void save_sounds(const std::vector<Planes>& made, int rate, const std::filesystem::path& path);

}  // namespace imago
