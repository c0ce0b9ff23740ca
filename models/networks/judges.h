// The discriminators of samplers (sampler.h): they judge pictures of one size as wholes, with
// labels where there are any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/checkpoint/tensor_match.h"
#include "models/networks/layers.h"

namespace imago {

enum class JudgeKind {
  maxout,   // Goodfellow et al. 2014: layers that take the largest of five linear functions each;
            // with labels Mirza & Osindero 2014, section 4.1
  dcgan,    // Radford et al. 2016, with the keys of PyTorch's example ("main.0.weight")
  sngan,    // Miyato et al. 2018, table 3: a 3x3 convolution before each one that halves
  wavegan,  // Donahue et al. 2019, of sounds (wavegan.h)
};

/// "maxout", "dcgan", "sngan", "wavegan".
const char* to_string(JudgeKind kind);

struct JudgeConfig {
  JudgeKind kind = JudgeKind::dcgan;
  int in_channels = 3;
  int side = 64;  // of the pictures: of dcgan and sngan one that `halvings` (sampler.h) takes
  int features =
      64;  // of the first layer; doubled with each halving up to eightfold. maxout: units
  int classes = 0;
  Norm norm = Norm::batch;     // dcgan only: after all convolutions but the first and the last
  bool spectral_norm = false;  // of every layer
  int shuffle = 0;             // wavegan only: between layers, by up to so many samples

  bool operator==(const JudgeConfig&) const = default;
};

/// Appends the network: logits {N, 1, 1, 1}, positive for real. x {N, in_channels, side, side};
/// `label` {N, classes, 1, 1}, one for the picture's class and zeros, or empty where there are
/// none. The convolutional ones judge the label by projection (Miyato & Koyama 2018, equation 3),
/// with the features of every place instead of their sum: "label.weight". With
/// BuildOptions::stochastic maxout has dropout: a fifth of its input, half of its units.
/// Throws ShapeError for other shapes, Error for a side that cannot be halved down.
Tensor judge(Graph& graph, Tensor x, Tensor label, const JudgeConfig& config,
             const BuildOptions& options);

/// The judge that these (unwrapped) tensors belong to, by keys and shapes, or nothing.
std::optional<JudgeConfig> find_judge(const StateDict& tensors);

/// "Goodfellow et al. 2014", …
const char* paper_of(const JudgeConfig& config);

/// The tensors of this one, in the order the network uses them.
std::vector<WantedTensor> wanted_tensors(const JudgeConfig& config);

}  // namespace imago
