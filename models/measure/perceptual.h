// LPIPS of pairs of pictures (networks/lpips.h).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "models/translate/planes.h"

namespace imago {

class Device;  // compute/vk/device.h

class PerceptualDistance {
 public:
  /// `weights`: of the channels, and of the network where `network` is empty. Throws Error naming
  /// the file, CheckpointError, OutOfMemory, DeviceError.
  PerceptualDistance(Device& device, const std::filesystem::path& weights,
                     const std::filesystem::path& network = {});
  ~PerceptualDistance();

  /// "LPIPS (AlexNet)", "LPIPS (VGG16)".
  const std::string& name() const;

  /// Of two pictures of one size in [-1, 1], of 1 or 3 channels: 0 for equal ones. Throws
  /// ShapeError for others, NotFinite, OutOfMemory, DeviceError.
  double between(const Planes& a, const Planes& b);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
