// Fully connected layers: convolutions of pictures that are one pixel. The kernels of CPU drivers
// compute several pixels of a picture at a time, so that all but one of their lanes would idle;
// here the pictures of the batch become the pixels of one.
#include <algorithm>
#include <array>
#include <vector>

#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/conv2d_kernels.h"

namespace imago {
namespace {

constexpr int64_t kFewestPictures = 2;

bool is_one_pixel(const Shape& s) { return s.h == 1 && s.w == 1; }

/// All numbers of a picture as channels.
Shape flat(const Shape& s) { return {s.n, s.c * s.h * s.w, 1, 1}; }

/// The pictures as pixels of one.
Shape turned(const Shape& s) { return {1, s.c, 1, s.n}; }

/// As many numbers, those of picture n and channel c at c * n. `value` {rows, columns}.
void transpose(Lowering& l, ValueId from, ValueId to, int64_t rows, int64_t columns) {
  constexpr int64_t kEach = 16;
  struct Push {
    int32_t rows, columns;
  };
  const int64_t lanes = l.device().subgroup_size;
  l.dispatch({.kernel = "transpose",
              .constants = {u32(lanes), u32(kEach)},
              .bindings = {from, to},
              .push = Push{i32(rows), i32(columns)},
              .groups = {u32(ceil_div(rows, lanes)), u32(ceil_div(columns, kEach)), 1}});
}

ValueId transposed(Lowering& l, ValueId value, const Shape& shape) {
  const ValueId result = l.scratch(shape.elements() * 4);
  transpose(l, value, result, shape.n, shape.c);
  return result;
}

ConvProblem turned(ConvProblem c) {
  c.x = turned(c.x);
  c.y = turned(c.y);
  return c;
}

ConvDwProblem turned(ConvDwProblem c) {
  c.x = turned(c.x);
  c.dy = turned(c.dy);
  return c;
}

}  // namespace

ConvProblem as_product(const ConvProblem& problem) {
  ConvProblem c = problem;
  const Shape picture = c.settings.transposed ? c.y : c.x, made = c.settings.transposed ? c.x : c.y;
  const bool whole = c.settings.conv.padding == 0 && c.settings.upsample == 1 &&
                     is_one_pixel(made) && picture.h == c.w.h && picture.w == c.w.w;
  // What rides on the output counts channels, of which a picture made by a transposed one has
  // fewer.
  const bool counts = c.settings.transposed && (c.settings.has_bias || c.settings.has_slope);
  if (!whole || counts) return problem;
  c.x = flat(c.x);
  c.y = flat(c.y);
  c.w = flat(c.w);
  c.settings.conv = {};
  c.settings.border = PadMode::zero;
  return c;
}

ConvDwProblem as_product(const ConvDwProblem& problem) {
  ConvDwProblem c = problem;
  if (c.padding() != 0 || !is_one_pixel(c.dy) || c.x.h != c.w.h || c.x.w != c.w.w) return problem;
  c.x = flat(c.x);
  c.w = flat(c.w);
  c.settings = {};
  return c;
}

bool can_lower_connected(const DeviceProperties& device, const ConvProblem& c) {
  return c.x.n >= kFewestPictures && is_one_pixel(c.x) && is_one_pixel(c.y) && is_one_pixel(c.w) &&
         can_lower_texel(device, turned(c));
}

void lower_connected(Lowering& l, const ConvProblem& c) {
  std::vector<ValueId> inputs{transposed(l, l.input(0), c.x), l.input(1)};
  for (uint32_t i = 0; i < c.settings.has_bias + c.settings.has_slope; ++i)
    inputs.push_back(l.input(inputs.size()));
  if (c.settings.has_residual) inputs.push_back(transposed(l, l.input(inputs.size()), c.y));
  const ValueId y = l.scratch(c.y.elements() * 4);
  l.redirect(inputs, y, [&] { lower_texel(l, turned(c)); });
  transpose(l, y, l.output(), c.y.c, c.y.n);
}

bool can_lower_dw_connected(const DeviceProperties& device, const ConvDwProblem& c) {
  return c.x.n >= kFewestPictures && is_one_pixel(c.x) && is_one_pixel(c.dy) && is_one_pixel(c.w) &&
         can_lower_dw_texel(device, turned(c));
}

void lower_dw_connected(Lowering& l, const ConvDwProblem& c) {
  const std::array inputs{transposed(l, l.input(0), c.dy), transposed(l, l.input(1), c.x)};
  l.redirect(inputs, l.output(), [&] { lower_dw_texel(l, turned(c)); });
}

}  // namespace imago
