// What a run of training takes of a device's memory, told before it begins, and how to make it take
// less.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compute/plan/fit.h"
#include "compute/vk/device.h"
#include "models/training/request.h"

namespace imago {

/// Bytes. On a device without memory of its own all of it is the machine's.
struct MemoryEstimate {
  int64_t parameters = 0;  // weights, optimizers' moments, moving averages
  int64_t work = 0;        // working memory of the phases of the stage that needs most
  int64_t transfer = 0;    // pictures, losses and weights on their way between host and device
  int64_t validation = 0;  // of the generators as they translate validation pictures
  int64_t peak = 0;  // most of Vulkan's memory held at once: what Device::peak_memory measures
  int64_t host = 0;  // beside it at most: decoded pictures, batches made ahead, weights
};

/// What `request` will take on such a device, as its plans say: nothing is allocated. Sides are
/// those that pictures are cut to, or the first one's where they are not cut. Throws what `prepare`
/// throws, and OutOfMemory where a single tensor is more than the device can bind.
MemoryEstimate predict_memory(const TrainingRequest& request, const DeviceProperties& device);
/// The same for batches of these shapes.
MemoryEstimate predict_memory(const TrainingRequest& request, const DeviceProperties& device,
                              const Shape& a, const Shape& b);

/// Whether `request` can be trained in `available` bytes of such a device. Throws what `prepare`
/// throws.
Fit fit(const TrainingRequest& request, const DeviceProperties& device, uint64_t available);

/// "takes 1.3 GiB of 7.5 GiB free device memory (weights 0.6, work 0.6, …): fits", or
/// "…: does not fit; --fit …".
std::string describe(const MemoryEstimate& estimate, uint64_t available);

/// `request` changed until it takes at most `available` bytes: first activations are made again
/// (gradient checkpointing), then batches become smaller, then crops, as large as fits each time
/// and only to sides that its networks can take. `changes` gets each change in words. Throws
/// OutOfMemory that says what the least takes where that does not fit either, and what `prepare`
/// throws.
TrainingRequest fit_request(const TrainingRequest& request, const DeviceProperties& device,
                            uint64_t available, std::vector<std::string>* changes);

}  // namespace imago
