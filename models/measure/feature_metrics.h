// How differently two sets of pictures are distributed, by the features that a network has of each.
// Whose features they are must be said beside every figure: the distance of Heusel et al. is called
// FID where they are Inception-v3's, and nowhere else.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace imago {

/// One row of numbers for each picture.
struct Features {
  int dimensions = 0;
  std::vector<float> values;

  int64_t count() const {
    return dimensions > 0 ? static_cast<int64_t>(values.size()) / dimensions : 0;
  }
  const float* row(int64_t i) const { return values.data() + i * dimensions; }
  void add(const std::vector<float>& features);
};

/// A figure with the interval that it lies in with a probability of 95 %, by how much it varies
/// between samples drawn anew from the pictures there are (bootstrap, Efron 1979).
struct Estimate {
  double value = 0;
  double low = 0, high = 0;
};

struct BootstrapOptions {
  int samples = 200;
  uint64_t seed = 0;
};

// All throw ShapeError where the sets have not equally many dimensions, or fewer pictures than
// said.

/// |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) of the means and covariances (unbiased, n - 1) of both
/// sets: the Frechet distance of two normal distributions (Heusel et al. 2017, equation 6). Too
/// large for few pictures: compare figures of equally many only. Two pictures or more a set. The
/// interval is the value +- 1.96 standard deviations of the samples, whose own values are too
/// large.
Estimate frechet_distance(const Features& results, const Features& truths,
                          const BootstrapOptions& bootstrap = {.samples = 40});

/// The squared maximum mean discrepancy with the kernel (x y / d + 1)^3, without bias (Binkowski et
/// al. 2018, section 4): 0 on average for equal distributions, so it may be negative. Two pictures
/// or more. Pairs of one picture with itself count in no sample. Interval as above.
Estimate kernel_distance(const Features& results, const Features& truths,
                         const BootstrapOptions& bootstrap = {});

/// The share of the results that lie in a ball around a truth as large as the distance to its third
/// nearest other truth, and the same the other way round (Kynkaanniemi et al. 2019, equation 2,
/// k = 3). Four pictures or more. The intervals are those of shares, the balls as they are.
struct PrecisionRecall {
  Estimate precision, recall;
};
PrecisionRecall precision_recall(const Features& results, const Features& truths,
                                 const BootstrapOptions& bootstrap = {});

/// How often the nearest other picture of both sets together is of the picture's own set, for n
/// evenly spread ones of each, n being the size of the smaller set (Lopez-Paz & Oquab 2017; Xu et
/// al. 2018): 0.5 where they cannot be told apart, 1 where they can, less where results are copies
/// of truths. Two pictures or more.
Estimate nearest_neighbour_test(const Features& results, const Features& truths,
                                const BootstrapOptions& bootstrap = {});

/// The mean of numbers, of 0 and 1 a share, with the interval between the 2.5th and the 97.5th
/// percentile of the samples' means. Throws ShapeError without any.
Estimate mean_of_samples(const std::vector<double>& values, const BootstrapOptions& bootstrap = {});

/// The share `successes` / `trials` and Wilson's interval for it (1927), 95 %.
Estimate wilson(int64_t successes, int64_t trials);

}  // namespace imago
