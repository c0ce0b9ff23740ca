// A picture turned, scaled and shifted: bilinear samples at affinely transformed places, the
// picture mirrored without end around it.
#include <algorithm>
#include <cmath>

#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

Shape shape_of(const char* op, std::span<const Shape> inputs) {
  const Shape &x = inputs[0], &theta = inputs[1];
  if (theta != Shape{x.n, 6, 1, 1})
    throw_shape_error(op, "theta must be " + to_string(Shape{x.n, 6, 1, 1}), inputs);
  if (x.h < 2 || x.w < 2) throw_shape_error(op, "a side is below two pixels", inputs);
  return x;
}

Shape shape(std::span<const Shape> inputs, const Attributes&) {
  return shape_of("affine_sample", inputs);
}
Shape dx_shape(std::span<const Shape> inputs, const Attributes&) {
  return shape_of("affine_sample_dx", inputs);
}

void lower(Lowering& l, const char* kernel, double flops) {
  const Shape& x = l.input_shape(0);
  struct Push {
    uint32_t pixels;
    int32_t height, width;
  };
  l.dispatch(over_planes(l, x,
                         {.kernel = kernel,
                          .constants = {},
                          .bindings = {l.input(0), l.input(1), l.output()},
                          .push = Push{static_cast<uint32_t>(x.h * x.w), static_cast<int32_t>(x.h),
                                       static_cast<int32_t>(x.w)},
                          .flops = static_cast<double>(x.elements()) * flops}));
}

void lower_sample(Lowering& l, const Node&) { lower(l, "affine_sample", 30); }
void lower_dx(Lowering& l, const Node&) { lower(l, "affine_sample_dx", 120); }

/// The two pixels of an axis that a place lies between, and the share of the second.
struct Between {
  int64_t low = 0, high = 0;
  double share = 0;
};

Between between(double place, int64_t size) {
  const auto last = static_cast<double>(size - 1);
  double v = std::fmod(std::abs(place), 2 * last);
  if (v > last) v = 2 * last - v;
  const auto low = std::min(static_cast<int64_t>(v), size - 1);
  return {low, std::min(low + 1, size - 1), v - static_cast<double>(low)};
}

/// Calls use(n, h, w, rows, columns) for every pixel of the result with where it is taken from.
template <typename Use>
void for_each_place(const Shape& s, const HostArray& theta, const Use& use) {
  const double middle_h = static_cast<double>(s.h - 1) / 2,
               middle_w = static_cast<double>(s.w - 1) / 2;
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t h = 0; h < s.h; ++h)
      for (int64_t w = 0; w < s.w; ++w) {
        const double x = static_cast<double>(w) - middle_w, y = static_cast<double>(h) - middle_h;
        const auto t = [&](int64_t i) { return theta.at(n, i, 0, 0); };
        use(n, h, w, between(t(3) * x + t(4) * y + t(5) + middle_h, s.h),
            between(t(0) * x + t(1) * y + t(2) + middle_w, s.w));
      }
}

void reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
               HostArray& y) {
  const HostArray& x = *inputs[0];
  for_each_place(x.shape, *inputs[1],
                 [&](int64_t n, int64_t h, int64_t w, const Between& v, const Between& u) {
                   for (int64_t c = 0; c < x.shape.c; ++c) {
                     const auto row = [&](int64_t at) {
                       return (1 - u.share) * x.at(n, c, at, u.low) +
                              u.share * x.at(n, c, at, u.high);
                     };
                     y.at(n, c, h, w) = (1 - v.share) * row(v.low) + v.share * row(v.high);
                   }
                 });
}

/// Scatters what `reference` gathers.
void dx_reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
                  HostArray& dx) {
  const HostArray& dy = *inputs[0];
  for_each_place(dy.shape, *inputs[1],
                 [&](int64_t n, int64_t h, int64_t w, const Between& v, const Between& u) {
                   for (int64_t c = 0; c < dy.shape.c; ++c) {
                     const double value = dy.at(n, c, h, w);
                     const auto give = [&](int64_t at, double share) {
                       dx.at(n, c, at, u.low) += share * (1 - u.share) * value;
                       dx.at(n, c, at, u.high) += share * u.share * value;
                     };
                     give(v.low, 1 - v.share);
                     give(v.high, v.share);
                   }
                 });
}

bool global(const Attributes&, std::span<const Shape>) { return true; }

std::vector<Tensor> grad(const Backward& b) { return {affine_sample_dx(b.dy, b.x[1]), Tensor()}; }
std::vector<Tensor> dx_grad(const Backward& b) { return {affine_sample(b.dy, b.x[1]), Tensor()}; }

const Op kAffineSample = {.name = "affine_sample",
                          .shape = shape,
                          .lower = lower_sample,
                          .reference = reference,
                          .global = global,
                          .grad = grad};
const Op kAffineSampleDx = {.name = "affine_sample_dx",
                            .shape = dx_shape,
                            .lower = lower_dx,
                            .reference = dx_reference,
                            .global = global,
                            .grad = dx_grad};

}  // namespace

Tensor affine_sample(Tensor x, Tensor theta) { return x.graph().add(kAffineSample, {x, theta}); }
Tensor affine_sample_dx(Tensor dy, Tensor theta) {
  return dy.graph().add(kAffineSampleDx, {dy, theta});
}

}  // namespace imago
