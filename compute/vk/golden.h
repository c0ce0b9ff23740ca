// The golden tile: before a device's pictures are believed, it computes a small network whose
// result is known.
#pragma once

#include <string>

#include "compute/vk/device.h"

namespace imago {

inline constexpr const char* kGoldenNotRun = "not yet run";

/// Runs a small network with every kind of kernel that generators use and compares it with the
/// fp64 evaluation. The result is remembered on disk per device, driver version, version of Imago
/// and kernels; a later call with the same ones returns at once unless `anew`. Throws DeviceError
/// where the device computed wrongly (drivers do: black or garbled pictures without any error).
void golden_check(Device& device, bool anew = false);

/// "passed", "failed: …" or kGoldenNotRun.
std::string remembered_golden_result(const DeviceProperties& properties);

}  // namespace imago
