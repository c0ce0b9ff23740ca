// Mixtures of Gaussians in one dimension, whose number of parts the values decide.
#pragma once

#include <span>
#include <vector>

namespace imago {

/// One part of a mixture.
struct Mode {
  double weight = 1, mean = 0, deviation = 1;  // weights add up to 1, deviations are above 0
  bool operator==(const Mode&) const = default;
};

/// Variational inference for a mixture of at most `most` Gaussians under a truncated stick-breaking
/// prior (Blei & Jordan 2006, section 3, with concentration 0.001; normal and Wishart priors as
/// scikit-learn's BayesianGaussianMixture has them). Parts of a weight below 0.005 are left out, as
/// Xu et al. 2019 do; sorted by mean. The same values give the same mixture. `values`: finite, at
/// least one; of more than 10,000 every so many'th is taken.
std::vector<Mode> fit_modes(std::span<const double> values, int most);

/// The logarithm of each part's weight times its density at `value`.
std::vector<double> log_densities(const std::vector<Mode>& modes, double value);

}  // namespace imago
