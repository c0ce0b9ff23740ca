// The golden tile: before a device's pictures are believed, it computes a small network whose
// result is known.
#pragma once

#include <string>

#include "compute/graph/number_type.h"
#include "compute/vk/device.h"

namespace imago {

inline constexpr const char* kGoldenNotRun = "not yet run";

/// Runs a small network with every kind of kernel that generators use and compares it with the
/// fp64 evaluation. The result is remembered on disk per device, driver version, version of Imago
/// and kernels; a later call with the same ones returns at once unless `anew`. Throws DeviceError
/// where the device computed wrongly (drivers do: black or garbled pictures without any error).
void golden_check(Device& device, bool anew = false);

/// The same small network with numbers stored in fp16 (plan/half.h): whether it comes out as near
/// as fp16 lets it. False, and nothing run, on a device that stores no fp16. Then once more with
/// convolutions on cooperative matrices, where a GPU has them: if that comes out right too, plans
/// for the device use them from here on (DeviceProperties::trusts_matrices), else the kernels
/// without.
bool golden_check_half(Device& device, bool anew = false);

/// Device, driver, program and kernels: all that decides what the kernels compute and how fast.
std::string kernels_identity(const DeviceProperties& properties);

/// "passed", "failed: …" or kGoldenNotRun.
std::string remembered_golden_result(const DeviceProperties& properties,
                                     NumberType storage = NumberType::fp32);

}  // namespace imago
