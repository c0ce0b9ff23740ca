// Which of a device's queues computes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace imago {

/// The first family that computes and does not draw, so that the desktop does not stutter; else the
/// first that computes. `flags`: VkQueueFlags of each family.
std::optional<uint32_t> best_compute_family(const std::vector<uint32_t>& flags);

}  // namespace imago
