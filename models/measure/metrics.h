// How close two pictures are, or two sets of pictures, as papers measure it.
#pragma once

#include <cstdint>
#include <vector>

#include "models/translate/planes.h"

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

struct SlicedWassersteinOptions {
  double range = 1;       // from black to white
  int patches = 128;      // of each picture and level
  int projections = 128;  // directions that patches are projected on
  uint64_t seed = 0;      // of directions and places
};

/// Sliced Wasserstein distance (Rabin, Peyré, Delon, Bernot 2012) of two sets of pictures, which
/// need not be pairs nor equally many: how differently small patches of them are distributed, at
/// every scale. As in Karras et al. 2018 (Progressive Growing of GANs, section 5): patches of 7 x 7
/// pixels at random places in a Laplacian pyramid (Burt, Adelson 1983) whose last level has at
/// least 16 pixels a side, the mean over levels. Unlike there, each channel of both sets is divided
/// by the standard deviation of `truths` instead of its own, and means stay: too dark, too bright
/// or too flat counts. Unit: that standard deviation. 0 for equal sets; of two halves of one set it
/// is small but not 0. NaN if a value is not finite. Throws ShapeError without pictures, for
/// different numbers of channels and below 7 x 7 pixels.
double sliced_wasserstein_distance(const std::vector<Planes>& results,
                                   const std::vector<Planes>& truths,
                                   const SlicedWassersteinOptions& options = {});

/// How different the results are from each other, as a share of how different the truths are: the
/// mean over all pairs of the root mean square difference of pictures shrunk to 32 x 32. 0: all
/// results are the same picture; around 1: as it should be. NaN with fewer than two pictures in a
/// set, if the truths are all the same, or if a value is not finite. Throws ShapeError for
/// different numbers of channels within a set.
double diversity(const std::vector<Planes>& results, const std::vector<Planes>& truths);

}  // namespace imago
