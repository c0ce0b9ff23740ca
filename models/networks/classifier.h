// A small network that tells what a picture shows: to measure generated pictures by, and for its
// features, in which sets of pictures are compared (measure/features.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/checkpoint/tensor_match.h"
#include "models/networks/layers.h"

namespace imago {

struct ClassifierConfig {
  int in_channels = 3;
  int stages = 4;     // convolutions; the picture is halved between two of them
  int features = 32;  // of the first; doubled from one to the next up to eightfold
  int classes = 10;

  bool operator==(const ClassifierConfig&) const = default;
};

/// So many that pictures of this side are at most 7 pixels wide in the last one. Throws Error for a
/// side below 8.
int classifier_stages(int side);

/// Appends the network. Each stage is a 3x3 convolution ("features.0", then "features.4"…), batch
/// norm ("features.1"…) and rectifiers (Ioffe & Szegedy 2015), with max pooling between stages; the
/// means over all places are the features, of which one linear layer ("classifier") makes the
/// logits (the ending of Lin et al. 2014, section 3.2). With BuildOptions::stochastic half of the
/// features are dropped. x {N, in_channels, H, W} in [-1, 1], sides of at least 2^(stages - 1);
/// throws ShapeError for others.
struct Classified {
  Tensor features;  // {N, F, 1, 1}
  Tensor logits;    // {N, classes, 1, 1}
};
Classified classify(Graph& graph, Tensor x, const ClassifierConfig& config,
                    const BuildOptions& options);

/// Of how many numbers the features are.
int feature_count(const ClassifierConfig& config);

/// The classifier that these (unwrapped) tensors belong to, by keys and shapes, or nothing.
std::optional<ClassifierConfig> find_classifier(const StateDict& tensors);

/// The tensors of this one, in the order the network uses them.
std::vector<WantedTensor> wanted_tensors(const ClassifierConfig& config);

/// What a file says beside the tensors: "imago_side", the side of the pictures it was trained on,
/// and "imago_labels".
struct ClassifierFacts {
  int side = 0;  // 0: not said
  std::vector<std::string> labels;
};
std::map<std::string, std::string> metadata_of(const ClassifierFacts& facts);
/// Where the file says no labels, their numbers.
ClassifierFacts facts_of(const StateDict& tensors, const ClassifierConfig& config);

}  // namespace imago
