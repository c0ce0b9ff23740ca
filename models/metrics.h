// How close two pictures are, as papers measure it.
#pragma once

#include "models/planes.h"

namespace imago {

struct MetricOptions {
  double low = 0, high = 1;  // the values that mean black and white
  int border = 0;            // pixels left out on every side (super-resolution: the scale)
  /// Measures BT.601 luma in studio range, 16…235 of 255, instead of the channels themselves: what
  /// super-resolution papers do. Their peak is still 255.
  bool luma = false;
};

// All throw ShapeError if the sizes differ or nothing is left inside the border. Papers round to 8
// bits before they measure; here the values are taken as they are.

/// 10 log10(peak² / mean squared error) in dB over all channels; infinite for equal pictures.
double psnr(const Planes& result, const Planes& truth, const MetricOptions& options = {});

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): Gaussian window of 11 x 11 pixels
/// and sigma 1.5, K1 = 0.01, K2 = 0.03, at the places where the window lies inside; the mean over
/// places and channels. At most 1. Needs 11 x 11 pixels.
double ssim(const Planes& result, const Planes& truth, const MetricOptions& options = {});

/// Mean of |result - truth| over all channels, as a share of the range: 0…1.
double mean_absolute_error(const Planes& result, const Planes& truth,
                           const MetricOptions& options = {});

}  // namespace imago
