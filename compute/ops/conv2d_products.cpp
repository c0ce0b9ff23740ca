// Host side of conv2d_tiled_weights.comp and conv2d_join.comp.
#include "compute/ops/conv2d_products.h"

#include <algorithm>

namespace imago {
namespace {

constexpr int64_t kStepsPerSlice = 8;
constexpr int64_t kPartialBytes = 64 << 20;

}  // namespace

PhaseWork phase_work(const ConvProblem& c, int64_t columns_of_tile) {
  PhaseWork work;
  for (const ConvPhase& rows : conv_phases(c, c.y.h, c.w.h))
    for (const ConvPhase& columns : conv_phases(c, c.y.w, c.w.w)) {
      const int64_t pixels = c.y.n * rows.outputs * columns.outputs;
      const int64_t taps = rows.taps * columns.taps;
      ++work.phases;
      work.pixels = std::max(work.pixels, pixels);
      work.taps = std::max(work.taps, taps);
      work.products += static_cast<double>(ceil_div(pixels, columns_of_tile) * columns_of_tile) *
                       static_cast<double>(taps);
    }
  return work;
}

int64_t slices_that_pay(const ConvProblem& c, int64_t steps) {
  const int64_t room = std::max<int64_t>(1, kPartialBytes / c.y.bytes());
  return std::clamp<int64_t>(steps / kStepsPerSlice, 1, std::min(kMostSlices, room));
}

void add_slicings(std::vector<KernelCandidate>& candidates, const std::string& tile, int64_t best,
                  int64_t most, bool worth_measuring,
                  const std::function<void(Lowering&, int64_t slices)>& lower) {
  const std::pair<const char*, int64_t> slicings[] = {
      {"", best}, {"/2", std::max<int64_t>(1, best / 2)}, {"*2", std::min(most, best * 2)}};
  for (const auto& [name, slices] : slicings)
    candidates.push_back({tile + name, [lower, count = slices](Lowering& l) { lower(l, count); },
                          worth_measuring && (*name == 0 || slices != best)});
}

ValueId pack_weights(Lowering& l, const ConvProblem& c, Innermost innermost) {
  // As the kernel sees it: "out" is what lies innermost.
  struct Push {
    int32_t taps, in_channels, out_channels, out_stride, in_stride;
  };
  const int64_t taps = c.w.h * c.w.w, outer = c.w.c * taps;
  const int64_t of_x = c.settings.transposed ? outer : taps;
  const int64_t of_y = c.settings.transposed ? taps : outer;
  const bool outs = innermost == Innermost::out_channels;
  const int64_t inside = outs ? c.y.c : c.x.c, outside = outs ? c.x.c : c.y.c;
  const int64_t quads = taps * outside * ceil_div(inside, 4);
  const NumberType type = l.type(l.input(0));  // of w it may be fp32 all the same
  const ValueId packed = l.scratch(quads * 4 * bytes_of(type), type);
  l.dispatch({.kernel = "conv2d_tiled_weights",
              .constants = {},
              .bindings = {l.input(1), packed},
              .push = Push{i32(taps), i32(outside), i32(inside), i32(outs ? of_y : of_x),
                           i32(outs ? of_x : of_y)},
              .groups = l.flat_groups(quads)});
  return packed;
}

void join_slices(Lowering& l, const ConvProblem& c, ValueId partial, int64_t slices) {
  struct Push {
    int32_t slices, elements, channels, plane;
    float a, b, scale;
  };
  Constants constants;
  const Epilogue e = make_epilogue(l, c.settings, partial, constants);
  l.dispatch({.kernel = "conv2d_join",
              .constants = constants,
              .bindings = {partial, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(slices), i32(c.y.elements()), i32(c.y.c), i32(c.y.h * c.y.w), e.a,
                           e.b, e.scale},
              .groups = l.flat_groups(c.y.elements())});
}

}  // namespace imago
