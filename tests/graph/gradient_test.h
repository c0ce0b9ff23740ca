// The one way gradients are tested: against differences of the fp64 evaluation.
#pragma once

#include "tests/ops/op_test.h"

namespace imago {

/// How far gradients are from what differences say, as parts of the gradient's norm; NaN where a
/// value is NaN.
///
/// The loss is the sum of `test.build`'s result times fixed random numbers. Its gradient g with
/// respect to all inputs, computed on the device, is compared with
///   (loss(x + h u) - loss(x - h u)) / 2h,   h = 1e-2, u a direction of length one,
/// along u = g / |g| and along a random direction. `second` is the same for the sum of g times
/// fixed random numbers in place of the loss. `rounding` is the largest difference between the
/// device's gradients and their own evaluation in fp64.
struct GradientErrors {
  double first = 0, second = 0, rounding = 0;
};
GradientErrors gradient_errors(const OpCase& test);

/// Expects first and second to be at most 1e-3, and rounding at most 1e-4.
void check_gradient(const OpCase& test);

}  // namespace imago
