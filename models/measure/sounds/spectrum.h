// Sounds by their spectra.
#pragma once

#include <span>
#include <vector>

#include "models/image/image.h"

namespace imago {

/// Magnitudes of Hann-windowed stretches of 256 samples, 128 apart: by stretch 129 numbers each, of
/// the frequencies from 0 to half the rate. A sinusoid of amplitude 1 has a peak of 1.
std::vector<std::vector<float>> spectrogram(std::span<const float> samples);

/// Mean power of the stretches of several sounds, by frequency.
std::vector<double> mean_spectrum(const std::vector<std::span<const float>>& sounds);

/// Root mean square difference of two mean spectra in decibels, which end at 60 below the loudest
/// of the first.
double spectral_distance(const std::vector<double>& of, const std::vector<double>& from);

/// Low frequencies below, time to the right; grey, from -80 dB (black) to 0 dB.
Image draw_spectrogram(std::span<const float> samples);

}  // namespace imago
