#include "compute/ops/conv2d_kernels.h"

#include <algorithm>
#include <array>

#include "compute/graph/op.h"

namespace imago {
namespace {

/// Codes of shaders/include/epilogue.glsl.
constexpr uint32_t kPrelu = 100;
constexpr uint32_t kActivationId = 20, kHasBiasId = 21, kHasResidualId = 22, kSlopeStrideId = 23;

}  // namespace

double ConvProblem::flops() const {
  const double taps = static_cast<double>(w.h * w.w);
  // conv2d sums over its inputs per output, conv2d_dx spreads each input over outputs.
  return settings.transposed
             ? 2.0 * static_cast<double>(x.elements()) * static_cast<double>(y.c) * taps
             : 2.0 * static_cast<double>(y.elements()) * static_cast<double>(x.c) * taps;
}

std::vector<ConvPhase> conv_phases(const ConvProblem& c, int64_t out_size, int64_t kernel) {
  if (!c.settings.transposed) return {{out_size, 0, -c.padding(), kernel, 0, 1}};
  std::vector<ConvPhase> phases;
  const int64_t s = c.stride();
  for (int64_t residue = 0; residue < s; ++residue) {
    // Output residue + i*s meets tap k where (residue + padding - k) is a multiple of s.
    const int64_t first = (residue + c.padding()) % s;
    const int64_t taps = first < kernel ? (kernel - first - 1) / s + 1 : 0;
    const int64_t base = (residue + c.padding() - first) / s;
    const int64_t outputs = out_size > residue ? ceil_div(out_size - residue, s) : 0;
    phases.push_back({outputs, residue, base - (taps - 1), taps, first + s * (taps - 1), -s});
  }
  return phases;
}

Epilogue make_epilogue(const Lowering& l, const ConvFusedSettings& s, const Binding& unused,
                       Constants& constants) {
  Binding nothing = unused;
  nothing.unread = true;
  Epilogue e{nothing, nothing, nothing, s.activation.a, s.activation.b, s.scale};
  size_t next = 2;
  uint32_t slope_stride = 0;
  if (s.has_bias) e.bias = l.input(next++);
  if (s.has_slope) {
    slope_stride = l.input_shape(next).elements() == 1 ? 0 : 1;
    e.slope = l.input(next++);
  }
  if (s.has_residual) e.residual = l.input(next++);
  constants.set(kActivationId,
                s.has_slope ? kPrelu : static_cast<uint32_t>(s.activation.operation));
  constants.set(kHasBiasId, s.has_bias);
  constants.set(kHasResidualId, s.has_residual);
  constants.set(kSlopeStrideId, slope_stride);
  return e;
}

bool prefers_texels(const DeviceProperties& device) {
  return device.kind == DeviceProperties::Kind::cpu && device.subgroup_lanes &&
         device.subgroup_size >= 4 && device.subgroup_size <= 16;
}

Groups groups_along(int64_t count, int64_t lanes) {
  const int64_t groups = ceil_div(count, std::max<int64_t>(64, lanes));
  const int64_t size = ceil_div(ceil_div(count, groups), lanes) * lanes;
  return {u32(size), u32(ceil_div(count, size))};
}

void lower_direct(Lowering& l, const ConvProblem& c) {
  constexpr int64_t kPixels = 4, kChannels = 8, kLocalSize = 64;  // as in the shader
  struct Push {
    int32_t in_channels, in_h, in_w;
    int32_t out_channels, out_h, out_w;
    int32_t padding;
    float a, b, scale;
  };
  Constants constants{c.settings.transposed, u32(c.w.h), u32(c.w.w), u32(c.stride())};
  ValueId w = l.input(1);
  if (l.type(l.input(0)) == NumberType::fp16 && l.type(w) == NumberType::fp32) {
    w = l.scratch(c.w.bytes(NumberType::fp16), NumberType::fp16);
    l.dispatch({.kernel = "narrow",
                .constants = {},
                .bindings = {l.input(1), w},
                .push = u32(c.w.elements()),
                .groups = l.flat_fours(c.w.elements())});
  }
  const Epilogue e = make_epilogue(l, c.settings, w, constants);
  l.dispatch({.kernel = "conv2d",
              .constants = constants,
              .bindings = {l.input(0), w, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.y.c), i32(c.y.h), i32(c.y.w),
                           c.padding(), e.a, e.b, e.scale},
              .groups = {u32(ceil_div(c.y.h * c.y.w, kPixels * kLocalSize)),
                         u32(ceil_div(c.y.c, kChannels)), u32(c.y.n)},
              .flops = c.flops()});
}

bool reads_such_input(const DeviceProperties& device, const Shape& x, const Shape& w,
                      const ConvFusedSettings& settings) {
  const ConvProblem problem{x, w, kConvFused.shape(std::array{x, w}, settings), settings};
  return can_lower_winograd(device, problem) || can_lower_texel(device, problem);
}

namespace {

/// The convolution without what rides on its output, which is the same with every kernel.
TuningProblem tuning_problem(const Lowering& l, const ConvProblem& c) {
  ConvFusedSettings s;
  s.conv = c.settings.conv;
  s.transposed = c.settings.transposed;
  s.border = c.settings.border;
  s.upsample = c.settings.upsample;
  const Shape x = {c.x.n, c.x.c, representative_size(c.x.h), representative_size(c.x.w)};
  const auto number = [](const char* what, int value, int usual) {
    return value == usual ? std::string() : std::string(" ") + what + " " + std::to_string(value);
  };
  return {(s.transposed ? "conv2d_dx " : "conv2d ") + to_string(x) + " with " + to_string(c.w) +
              number("stride", s.conv.stride, 1) + number("padding", s.conv.padding, 0) +
              number("output_padding", s.conv.output_padding, 0) +
              number("border", static_cast<int>(s.border), static_cast<int>(PadMode::zero)) +
              number("upsample", s.upsample, 1) + " " + to_string(l.type(l.input(0))),
          &kConvFused,
          s,
          {x, c.w}};
}

/// The kernels that can serve, the one that should be the fastest first.
std::vector<KernelCandidate> candidates_of(const Lowering& l, const ConvProblem& c) {
  constexpr int64_t kFewChannels = 16;
  const DeviceProperties& device = l.device();
  const bool alone = c.settings.border == PadMode::zero && c.settings.upsample == 1;
  std::vector<KernelCandidate> candidates;
  const auto add = [&](const char* name, bool can, void (*lower)(Lowering&, const ConvProblem&)) {
    if (can) candidates.push_back({name, [c, lower](Lowering& to) { lower(to, c); }});
  };
  add("winograd", can_lower_winograd(device, c), lower_winograd);
  add("pointwise", alone && can_lower_pointwise(device, c), lower_pointwise);
  add("few", alone && can_lower_few(device, c), lower_few);
  add("connected", alone && can_lower_connected(device, c), lower_connected);
  add("texel_dx", alone && can_lower_texel_dx(device, c), lower_texel_dx);
  add("texel", can_lower_texel(device, c), lower_texel);
  std::vector<KernelCandidate> first = tiled_candidates(device, c);
  std::vector<KernelCandidate> second = cooperative_candidates(l, c);
  if (!second.empty() && prefers_cooperative(device, c)) std::swap(first, second);
  candidates.insert(candidates.end(), first.begin(), first.end());
  candidates.insert(candidates.end(), second.begin(), second.end());
  const bool few = device.kind != DeviceProperties::Kind::cpu &&
                   (c.x.c <= kFewChannels || c.y.c <= kFewChannels);
  add("direct", candidates.empty() || few, lower_direct);
  return candidates;
}

}  // namespace

void lower_convolution(Lowering& l, const Shape& out, const ConvFusedSettings& settings) {
  const ConvProblem problem =
      as_product(ConvProblem{l.input_shape(0), l.input_shape(1), out, settings});
  const std::vector<KernelCandidate> candidates = candidates_of(l, problem);
  // With filters in fp32 and pictures in fp16, as in training, nothing is measured.
  if (l.type(l.input(0)) == l.type(l.input(1)))
    l.choose(tuning_problem(l, problem), candidates);
  else
    candidates.front().lower(l);
}

}  // namespace imago
