// The one way ops are tested: build a small graph, run it on the device, compare with fp64.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compute/ops/ops.h"
#include "compute/plan/tuning.h"
#include "compute/vk/device.h"

namespace imago {

/// The device under test; one per process.
Device& test_device();

/// How a case's inputs are filled: uniform in [low, high] from a counter-based hash of the name.
struct OpCase {
  std::string name;
  std::vector<Shape> inputs;  // "0", "1", … in order
  std::function<Tensor(const std::vector<Tensor>&)> build;
  /// Of the largest difference from fp64, relative to the largest value or, where terms cancel each
  /// other so that rounding the inputs alone changes more, to that change (check_op).
  double tolerance = 2e-6;
  float low = -1, high = 1;
  std::vector<int> as_parameters = {};  // inputs that are parameters instead
  /// fp16: values are stored so (plan/half.h), and the inputs are numbers that fp16 holds.
  NumberType storage = NumberType::fp32;
  bool trains = false;  // the graph updates parameters: all of them are stored in fp32
  std::shared_ptr<const TuningTable> tuning = {};  // the kernels to take; none: the first of each
};

/// Numbers uniform in [low, high] for input number `input` of the case called `name`.
std::vector<float> fill(const std::string& name, size_t input, const Shape& shape, float low,
                        float high);

/// What a device that prefers other kernels would say: `adapt` changes the properties of the device
/// under test before the plan is made, never beyond what it can do.
using Adapt = std::function<void(DeviceProperties&)>;
inline void as_gpu(DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; }
/// The device as it is, as a GPU would be (the kernels through shared memory), and as one that has
/// nothing but storage buffers.
inline const std::pair<const char*, Adapt> kDevices[] = {
    {"", {}}, {" as a GPU", as_gpu}, {" with the least", [](DeviceProperties& p) {
                                        as_gpu(p);
                                        p.shared_memory_bytes = 0;
                                      }}};

/// What a CPU driver with roomy texel buffers would say.
DeviceProperties cpu_driver();

/// Runs the case on the device, with the arena poisoned with NaN before each of two runs, checks
/// - every value against the fp64 evaluation, on the scale of the outputs themselves,
/// - that both runs agree bit for bit,
/// - that nothing was written outside the planned values (guard bands around each of them).
void check_op(const OpCase& test, const Adapt& adapt = {});

/// Checks that `wrong` throws a ShapeError whose message contains `part`.
void expect_shape_error(const std::function<void()>& wrong, const std::string& part);

}  // namespace imago
