// Pairs whose A looks like the others' B. Internal to models/data.
#pragma once

#include <utility>
#include <vector>

#include "models/data/check/image_stats.h"

namespace imago {

/// Numbers of the pairs that fit clearly better among the others when A and B change places:
/// at most a third of them. None where A and B are not clearly of two kinds, or of fewer than 12.
std::vector<size_t> find_exchanged(const std::vector<std::pair<Features, Features>>& pairs);

}  // namespace imago
