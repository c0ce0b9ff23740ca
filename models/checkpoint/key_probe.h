// Reading the sizes of a network off the keys and shapes of its checkpoint.
//
// Checkpoints are not to be trusted: every function answers within the stated bounds whatever the
// keys and shapes say, so that a network built from the answers is of a sane size. Whether it is
// the right network is decided afterwards, by comparing all its tensors (identify.cpp).
#pragma once

#include <string>

#include "models/checkpoint/state_dict.h"

namespace imago {

/// Number of dimensions; -1 if there is no such tensor.
int rank_of(const StateDict& tensors, const std::string& key);

/// Size of dimension `axis` (0…3) of the convolution weight `key`; `otherwise` if there is no such
/// 4-dimensional tensor or the size is not within 1…65536.
int conv_size(const StateDict& tensors, const std::string& key, int axis, int otherwise);

/// 1 + the largest N among the keys that begin with `prefix` N `suffix`, 0 if there is none. Only N
/// below 1000 counts.
int count_numbered(const StateDict& tensors, const std::string& prefix, const std::string& suffix);

/// The s >= 1 for which s * s * channels is nearest to `expanded`: the factor of a pixel shuffle.
int shuffle_factor(int expanded, int channels);

/// "block" and 3 -> "block3" + suffix.
std::string numbered(const std::string& prefix, int number, const std::string& suffix = "");

/// A trained network has at most so many pixel shuffles, each by at most this factor; more in a
/// damaged file would make its scale overflow.
inline constexpr int kMostUpsamplings = 4;
inline constexpr int kMostShuffleFactor = 8;
/// factor^upsamplings: the scale of a network with so many pixel shuffles.
int shuffled_scale(int factor, int upsamplings);

}  // namespace imago
