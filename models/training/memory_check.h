// Whether a training fits a device, for whoever must not know what a device is (the app).
#pragma once

#include <cstdint>
#include <string>

namespace imago {

struct TrainingRequest;

struct MemoryCheck {
  int64_t needed = 0;     // bytes at once; 0: not known, since one tensor alone is too large
  int64_t available = 0;  // bytes free on the device
  bool fits = false;
  // Where it does not fit, the least changes that make it fit (fit_request in memory.h):
  bool gradient_checkpointing = false;
  int batch_size = 1, crop_size = 0;
  std::string reason;  // why no change does; empty where they do
};

/// Opens the device called `device` (Device in compute/vk/device.h) and asks `predict_memory`.
/// Throws DeviceError, and what `prepare` throws.
MemoryCheck check_memory(const TrainingRequest& request, const std::string& device);

}  // namespace imago
