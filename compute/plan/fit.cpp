#include "compute/plan/fit.h"

#include <algorithm>
#include <limits>

#include "compute/base/error.h"

namespace imago {

Fit fit(const std::function<int64_t()>& needed, uint64_t available) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  Fit result;
  result.available = static_cast<int64_t>(std::min(available, kMost));
  try {
    result.needed = needed();
  } catch (const OutOfMemory& error) {
    result.too_large = error.what();
  }
  return result;
}

Fit fit(const std::function<int64_t()>& needed, const Device& device, double share) {
  return fit(needed, static_cast<uint64_t>(share * static_cast<double>(device.free_memory())));
}

}  // namespace imago
