// What the networks of StyleGAN2 are made of: layers whose weights begin as standard normal numbers
// and are scaled when they are used, so that all of them learn at the same pace (equalised learning
// rates, Karras et al. 2018, section 4.1), and its filter [1 3 3 1].
#pragma once

#include <string>

#include "compute/ops/ops.h"
#include "models/networks/generator.h"

namespace imago {

/// Added to what is divided by, where StyleGAN2 normalises.
inline constexpr float kStyleEpsilon = 1e-8f;
/// Sizes of its pictures, each twice the one before: up to 1024 pixels.
inline constexpr int kMostSizes = 9;

class EqualizedLayers {
 public:
  EqualizedLayers(Graph& graph, const BuildOptions& options)
      : graph_(graph), prefix_(options.prefix) {}

  /// Of mean 0 and this deviation at first.
  Tensor normal(const std::string& key, Shape shape, float deviation = 1);
  /// {1, size, 1, 1}, everywhere `value` at first.
  Tensor vector(const std::string& key, int64_t size, float value = 0);

  /// The weight {out, in, k, k} as it is used: over sqrt(in k k).
  Tensor weight(const std::string& key, Shape shape);

  /// x {N, C, h, w} -> {N, out, 1, 1} of all its numbers: "key.weight", "key.bias". `rate`: of
  /// learning, relative to the others'. `bias`: what the bias is at first.
  Tensor linear(const std::string& key, Tensor x, int out, float rate = 1, float bias = 0);

 private:
  Graph& graph_;
  const std::string prefix_;
};

/// sqrt(2) * leaky_relu(x, 0.2), which leaves the variance as it is.
Tensor activated(Tensor x);

/// Twice as large: zeros between the pixels, then the filter, four times as strong.
Tensor upsampled(Tensor x);

}  // namespace imago
