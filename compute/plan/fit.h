// One answer to "does it fit", for whoever chooses tiles, batches or crops.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "compute/vk/device.h"

namespace imago {

/// Work beside the memory that is free for it.
struct Fit {
  int64_t needed = 0;     // bytes held at once; 0 where `too_large` says why they are not known
  int64_t available = 0;  // bytes
  std::string too_large;  // what exceeds a limit of the device, however much is free; else empty

  bool fits() const { return too_large.empty() && needed <= available; }
};

/// `needed`: makes the plans and gives the bytes that running them takes (memory_of). The
/// OutOfMemory with which make_plan refuses what exceeds the device's limits (one allocation, one
/// binding, groups of a dispatch) is taken for the answer.
Fit fit(const std::function<int64_t()>& needed, uint64_t available);

/// The same with this share of what is free on the device now.
Fit fit(const std::function<int64_t()>& needed, const Device& device, double share = 1);

}  // namespace imago
