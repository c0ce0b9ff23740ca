#include "models/training/memory_check.h"

#include <vector>

#include "compute/base/error.h"
#include "models/training/memory.h"

namespace imago {

MemoryCheck check_memory(const TrainingRequest& asked_for, const std::string& which) {
  TrainingRequest request = asked_for;
  if (request.data.kind == DataKind::table) complete(request.data);
  const Device device(which);
  const Fit asked = fit(request, device.properties(), device.free_memory());
  MemoryCheck check;
  check.needed = asked.needed;
  check.available = asked.available;
  check.fits = asked.fits();
  if (check.fits) return check;
  try {
    std::vector<std::string> changes;
    const TrainingRequest fitting =
        fit_request(request, device.properties(), static_cast<uint64_t>(check.available), &changes);
    check.gradient_checkpointing = fitting.gradient_checkpointing;
    check.batch_size = fitting.data.batch_size;
    check.crop_size = fitting.data.crop_size;
  } catch (const OutOfMemory& error) {
    check.reason = error.what();
  }
  return check;
}

}  // namespace imago
