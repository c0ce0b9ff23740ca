// Host side of shaders/conv2d_texel.comp; why it looks so: docs/kernels-on-cpu-drivers.md.
#include <algorithm>
#include <limits>

#include "compute/ops/conv2d_texel.h"

namespace imago {

int64_t out_block(const ConvProblem& c) { return c.y.c < 8 ? c.y.c : c.y.c < 16 ? 8 : 16; }

Patch choose_patch(int64_t columns, int64_t rows, int64_t lanes,
                   std::initializer_list<int64_t> pixels) {
  Patch best{4, 1};
  double least = std::numeric_limits<double>::infinity();
  for (const int64_t p : pixels)
    for (int64_t lanes_x = lanes; lanes_x >= 1; lanes_x /= 2) {
      const int64_t wide = p * lanes_x, high = lanes / lanes_x;
      // A weight handed to a lane costs half as much as its product with a pixel.
      const double cost = static_cast<double>(ceil_div(columns, wide) * wide *
                                              ceil_div(rows, high) * high * (2 * p + 1)) /
                          static_cast<double>(p);
      if (cost < least) least = cost, best = {p, lanes_x};
    }
  return best;
}

ValueId pack_input(Lowering& l, const ConvProblem& c, const PackedInput& input) {
  const int64_t groups_in = ceil_div(c.x.c, 4);
  const ValueId packed = l.scratch(c.x.n * input.rows * groups_in * input.columns * 16);
  struct Push {
    int32_t channels, height, width, rows, columns, top, left;
  };
  // Four columns of x at a time, from the texel that the first column lies in.
  const bool fours = c.x.w % 4 == 0 && input.left <= 0 && c.settings.border == PadMode::zero;
  const int64_t before = ceil_div(-input.left, 4) * 4;
  const int64_t positions =
      fours ? ceil_div(before + input.left + input.columns, 4) : input.columns;
  const Groups along = groups_along(positions, l.device().subgroup_size);
  Constants constants;
  constants.set(0, along.size);
  constants.set(6, fours);
  constants.set(kBorderId, static_cast<uint32_t>(c.settings.border));
  Binding x(l.input(0));
  x.texel4 = fours;
  l.dispatch({.kernel = "conv2d_pack_input",
              .constants = constants,
              .bindings = {x, packed},
              .push = Push{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(input.rows), i32(input.columns),
                           i32(-input.top), i32(-input.left)},
              .groups = {along.count, u32(groups_in), u32(c.x.n * input.rows)}});
  return packed;
}

namespace {

/// Whether conv2d_texel reads the weights as they are: 4×4 ones, whose rows are texels.
bool reads_raw_weights(const DeviceProperties& device, const ConvProblem& c) {
  return !c.settings.transposed && c.w.h == 4 && c.w.w == 4 &&
         c.w.elements() / 4 <= static_cast<int64_t>(device.max_texel_elements);
}

struct PackedWeights {
  ValueId value;
  int64_t bytes;
};

PackedWeights pack_weights(Lowering& l, const ConvProblem& c, const ConvPhase& rows,
                           const ConvPhase& columns) {
  struct Push {
    int32_t out_channels, in_channels, out_stride, in_stride, row_stride, taps_y, taps_x;
    int32_t first_y, step_y, first_x, step_x;
  };
  const int64_t taps = c.w.h * c.w.w, outer = c.w.c * taps;
  const int64_t out = out_block(c), blocks = ceil_div(c.y.c, out);
  const int64_t per_block = rows.taps * ceil_div(c.x.c, 4) * columns.taps * out;
  const PackedWeights packed{l.scratch(blocks * per_block * 16), blocks * per_block * 16};
  const Groups along = groups_along(columns.taps * out, l.device().subgroup_size);
  Constants constants;
  constants.set(0, along.size);
  constants.set(2, u32(out));
  Binding weights = l.input(1);
  weights.texel4 = c.w.elements() > static_cast<int64_t>(l.device().max_texel_elements);
  constants.set(6, weights.texel4);
  l.dispatch({.kernel = "conv2d_pack_weights",
              .constants = constants,
              .bindings = {weights, packed.value},
              .push = Push{i32(c.y.c), i32(c.x.c), i32(c.settings.transposed ? taps : outer),
                           i32(c.settings.transposed ? outer : taps), i32(c.w.w), i32(rows.taps),
                           i32(columns.taps), i32(rows.tap), i32(rows.step), i32(columns.tap),
                           i32(columns.step)},
              .groups = {along.count, u32(ceil_div(c.x.c, 4)), u32(blocks * rows.taps)}});
  return packed;
}

constexpr int64_t kMostPackedTexels = int64_t{8} << 20;  // of 16 bytes, of one row of outputs

bool stores_fours(const ConvProblem& c) {
  return c.y.w % 4 == 0 && (!c.settings.transposed || c.stride() == 1);
}

/// Of the kernel over the packed input.
int64_t step_of(const ConvProblem& c) { return c.settings.transposed ? 1 : c.stride(); }

int64_t first_of(const std::vector<ConvPhase>& phases) {
  int64_t first = phases.front().source;
  for (const ConvPhase& p : phases) first = std::min(first, p.source);
  return first;
}

/// Of outputs whose columns are those of a phase. Rows are stored as vec4 where that can be.
Patch patch_of(const ConvProblem& c, const ConvPhase& columns, int64_t lanes) {
  const int64_t rows = c.y.n * conv_phases(c, c.y.h, c.w.h).front().outputs;
  return stores_fours(c) ? choose_patch(columns.outputs, rows, lanes, {4})
                         : choose_patch(columns.outputs, rows, lanes, {4, 3});
}

/// With what the last tiles read past the end.
int64_t packed_columns(const ConvProblem& c, int64_t lanes) {
  const std::vector<ConvPhase> phases = conv_phases(c, c.y.w, c.w.w);
  int64_t end = 0;
  for (const ConvPhase& p : phases) {
    const Patch patch = patch_of(c, p, lanes);
    const int64_t width = patch.lanes_x * patch.pixels;
    const int64_t covered = ceil_div(p.outputs, width) * width;
    end = std::max(end, p.source - first_of(phases) + (covered - 1) * step_of(c) + p.taps);
  }
  return end;
}

}  // namespace

bool can_lower_texel(const DeviceProperties& device, const ConvProblem& c) {
  if (!prefers_texels(device) || c.settings.upsample != 1) return false;
  if (c.settings.transposed && std::min(c.w.h, c.w.w) < c.stride()) return false;  // empty phases
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  const int64_t weights = (c.y.c + 16) * ceil_div(c.x.c, 4) * c.w.h * c.w.w;
  if (c.w.elements() > elements && c.w.elements() % 4 != 0) return false;  // views of w
  // What one row of outputs is made of.
  const int64_t rows = c.w.h + 1;
  const int64_t packed =
      c.x.n * rows * ceil_div(c.x.c, 4) * packed_columns(c, device.subgroup_size);
  return c.x.n * rows <= device.max_groups[2] && c.y.n * c.y.h <= device.max_groups[1] &&
         c.x.elements() <= elements && c.y.elements() <= elements && weights <= elements &&
         packed <= std::min(elements, kMostPackedTexels);
}

namespace {

class TexelConvolution {
 public:
  TexelConvolution(Lowering& lowering, const ConvProblem& problem)
      : l_(lowering), c_(problem), lanes_(lowering.device().subgroup_size) {
    rows_ = conv_phases(c_, c_.y.h, c_.w.h);
    columns_ = conv_phases(c_, c_.y.w, c_.w.w);
    step_ = step_of(c_);
    raw_ = reads_raw_weights(l_.device(), c_);
  }

  void lower() {
    for (const ConvPhase& rows : rows_)
      for (const ConvPhase& columns : columns_)
        weights_.push_back(raw_ ? PackedWeights{l_.input(1), c_.w.bytes(l_.type(l_.input(1)))}
                                : pack_weights(l_, c_, rows, columns));
    const int64_t all = rows_.front().outputs;  // the longest phase
    const int64_t band = rows_per_band(all);
    for (int64_t first = 0; first < all; first += band) lower_band(first, band);
  }

 private:
  int64_t groups_in() const { return ceil_div(c_.x.c, 4); }

  int64_t packed_columns() const { return imago::packed_columns(c_, lanes_); }
  int64_t first_column() const { return first_of(columns_); }
  int64_t first_row() const { return first_of(rows_); }
  int64_t packed_rows(int64_t outputs) const {
    int64_t end = 0;
    for (const ConvPhase& p : rows_)
      end = std::max(end, p.source - first_row() + (outputs - 1) * step_ + p.taps);
    return end;
  }

  int64_t rows_per_band(int64_t all) const {
    const int64_t row_bytes = c_.x.n * groups_in() * packed_columns() * 16;
    const auto& device = l_.device();
    const int64_t most = std::min({kBandBytes, static_cast<int64_t>(device.max_storage_range),
                                   static_cast<int64_t>(device.max_texel_elements) * 16});
    const int64_t room =
        std::min<int64_t>(most / row_bytes, device.max_groups[2] / c_.x.n) - packed_rows(1);
    return std::clamp<int64_t>(room / step_ + 1, 1, all);
  }

  void lower_band(int64_t first, int64_t band) {
    const int64_t count = std::min(band, rows_.front().outputs - first);
    const int64_t rows = packed_rows(count);
    const ValueId packed =
        pack_input(l_, c_, {first_row() + first * step_, first_column(), rows, packed_columns()});
    size_t next = 0;
    for (const ConvPhase& r : rows_)
      for (const ConvPhase& q : columns_) {
        // A result smaller than the stride has phases without outputs, along either axis.
        const int64_t outputs = std::min(count, r.outputs - first);
        if (outputs > 0 && q.outputs > 0)
          lower_phase(r, q, weights_[next], packed, rows, first, outputs);
        ++next;
      }
  }

  void lower_phase(const ConvPhase& r, const ConvPhase& q, const PackedWeights& weights,
                   ValueId packed, int64_t rows, int64_t first, int64_t outputs) {
    struct Push {
      int32_t packed_rows, packed_columns, in_row, in_column, taps, groups_in, rows, columns;
      int32_t out_channels, blocks, out_height, out_width, out_row, out_column, out_step;
      int32_t in_channels, all_rows;
      float a, b, scale;
    };
    const Patch patch = patch_of(c_, q, lanes_);
    const int64_t out_step = c_.settings.transposed ? c_.stride() : 1;
    const bool wide = stores_fours(c_);
    const int64_t out = out_block(c_), blocks = ceil_div(c_.y.c, out);
    Constants constants{u32(lanes_), u32(patch.pixels),  u32(out), u32(q.taps),
                        u32(step_),  u32(patch.lanes_x), wide,     raw_};
    Binding weights_texels(weights.value);
    weights_texels.texel4 = true;
    Binding packed_texels(packed);
    packed_texels.texel4 = true;
    Epilogue e =
        make_epilogue(l_, c_.settings,
                      Binding(weights.value, 0, std::min<int64_t>(256, weights.bytes)), constants);
    e.residual.texel4 = wide;
    const double share = static_cast<double>(outputs * q.outputs * r.taps * q.taps);
    l_.dispatch(
        {.kernel = "conv2d_texel",
         .constants = constants,
         .bindings = {packed_texels, weights_texels, e.bias, e.slope, e.residual, l_.output()},
         .push = Push{i32(rows),
                      i32(packed_columns()),
                      i32(r.source - first_row()),
                      i32(q.source - first_column()),
                      i32(r.taps * groups_in()),
                      i32(groups_in()),
                      i32(outputs),
                      i32(q.outputs),
                      i32(c_.y.c),
                      i32(blocks),
                      i32(c_.y.h),
                      i32(c_.y.w),
                      i32(first * out_step + r.offset),
                      i32(q.offset),
                      i32(out_step),
                      i32(c_.x.c),
                      i32(c_.y.n * outputs),
                      e.a,
                      e.b,
                      e.scale},
         .groups = {u32(ceil_div(q.outputs, patch.lanes_x * patch.pixels)),
                    u32(ceil_div(c_.y.n * outputs, lanes_ / patch.lanes_x)), u32(blocks)},
         .flops = 2.0 * share * static_cast<double>(c_.y.n * c_.y.c * c_.x.c)});
  }

  Lowering& l_;
  const ConvProblem& c_;
  int64_t lanes_, step_;
  bool raw_;
  std::vector<ConvPhase> rows_, columns_;
  std::vector<PackedWeights> weights_;  // by row phase, then column phase
};

}  // namespace

void lower_texel(Lowering& lowering, const ConvProblem& problem) {
  TexelConvolution(lowering, problem).lower();
}

}  // namespace imago
