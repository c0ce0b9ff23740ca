#include <algorithm>

#include "cli/bench.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

constexpr uint32_t kFmaRounds = 200, kFmaSteps = 12 * 16;  // as in the shader

Shape same_shape(std::span<const Shape> inputs, const Attributes&) { return inputs[0]; }

void lower_peak_fma(Lowering& l, const Node& node) {
  struct Push {
    uint32_t count, rounds;
  };
  const auto count = static_cast<uint32_t>(node.shape.elements());
  l.dispatch({.kernel = "peak_fma",
              .constants = {},
              .bindings = {l.input(0), l.output()},
              .push = Push{count, kFmaRounds},
              .groups = l.flat_groups(count)});
}

void lower_peak_copy(Lowering& l, const Node& node) {
  const auto count = static_cast<uint32_t>(node.shape.elements() / 4);
  l.dispatch({.kernel = "peak_copy",
              .constants = {},
              .bindings = {l.input(0), l.output()},
              .push = count,
              .groups = l.flat_groups(count)});
}

const Op kPeakFma = {
    .name = "peak_fma", .shape = same_shape, .lower = lower_peak_fma, .reference = nullptr};
const Op kPeakCopy = {
    .name = "peak_copy", .shape = same_shape, .lower = lower_peak_copy, .reference = nullptr};

struct OpCase {
  std::string op, shape;
  std::function<Tensor(Graph&)> build;
};

OpCase conv_case(int64_t in, int64_t out, int64_t kernel, int stride, int64_t side) {
  return {"conv2d",
          std::to_string(kernel) + "x" + std::to_string(kernel) + " " + std::to_string(in) + "->" +
              std::to_string(out) + " /" + std::to_string(stride) + " at " + std::to_string(side),
          [=](Graph& g) {
            const int padding = static_cast<int>(stride == 2 ? 1 : kernel / 2);
            return conv2d(g.input("x", {1, in, side, side}),
                          g.parameter("w", {out, in, kernel, kernel}), {stride, padding});
          }};
}

OpCase conv_dx_case(int64_t in, int64_t out, int64_t side) {
  return {
      "conv2d_dx",
      "4x4 " + std::to_string(in) + "->" + std::to_string(out) + " *2 at " + std::to_string(side),
      [=](Graph& g) {
        return conv2d_dx(g.input("x", {1, in, side, side}), g.parameter("w", {in, out, 4, 4}),
                         {2, 1});
      }};
}

OpCase conv_dw_case(int64_t in, int64_t out, int kernel, int stride, int64_t side) {
  return {"conv2d_dw",
          std::to_string(kernel) + "x" + std::to_string(kernel) + " " + std::to_string(in) + "->" +
              std::to_string(out) + " /" + std::to_string(stride) + " at " + std::to_string(side),
          [=](Graph& g) {
            const int padding = stride == 2 ? 1 : kernel / 2;
            return conv2d_dw(g.input("dy", {1, out, side / stride, side / stride}),
                             g.input("x", {1, in, side, side}), kernel, kernel, {stride, padding});
          }};
}

OpCase unary_case(const char* op, Shape shape, std::function<Tensor(Tensor)> function) {
  return {op, to_string(shape), [=](Graph& g) { return function(g.input("x", shape)); }};
}

std::vector<OpCase> op_cases() {
  const Shape large{1, 64, 256, 256}, deep{1, 256, 64, 64};
  return {
      conv_case(256, 256, 3, 1, 64),
      conv_case(64, 64, 3, 1, 128),
      conv_case(64, 32, 3, 1, 128),
      conv_case(3, 64, 7, 1, 256),
      conv_case(64, 3, 9, 1, 256),
      conv_case(64, 256, 1, 1, 64),
      conv_case(64, 128, 4, 2, 128),
      conv_case(512, 512, 4, 2, 16),
      conv_dx_case(128, 64, 64),
      conv_dx_case(512, 512, 8),
      conv_dw_case(256, 256, 3, 1, 64),
      conv_dw_case(64, 128, 4, 2, 128),
      conv_dw_case(512, 512, 4, 2, 16),
      conv_dw_case(3, 64, 7, 1, 256),
      unary_case("normalize", large,
                 [](Tensor x) { return normalize(x, {.h = true, .w = true}, 1e-5f); }),
      unary_case("normalize", deep,
                 [](Tensor x) { return normalize(x, {.h = true, .w = true}, 1e-5f); }),
      unary_case("leaky_relu", large, [](Tensor x) { return leaky_relu(x, 0.2f); }),
      unary_case("tanh", large, [](Tensor x) { return tanh(x); }),
      unary_case("sum", large, [](Tensor x) { return sum(x, {.h = true, .w = true}); }),
      unary_case("pad reflect", large,
                 [](Tensor x) {
                   return pad(x, {3, 3, 3, 3}, PadMode::reflect);
                 }),
      unary_case("pixel_shuffle", deep, [](Tensor x) { return pixel_shuffle(x, 2); }),
      unary_case("upsample_nearest", deep, [](Tensor x) { return upsample_nearest(x, 2); }),
      unary_case("upsample_bilinear", deep, [](Tensor x) { return upsample_bilinear(x, 2); }),
      {"add", to_string(large),
       [=](Graph& g) { return add(g.input("a", large), g.input("b", large)); }},
      {"prelu", to_string(large),
       [=](Graph& g) {
         return prelu(g.input("a", large), g.parameter("b", {1, 64, 1, 1}));
       }},
      {"concat", to_string(large) + " twice",
       [=](Graph& g) {
         return concat({g.input("a", large), g.input("b", large)});
       }},
  };
}

}  // namespace

Peaks measure_peaks(Device& device, int runs) {
  const Shape many{1, 1, 256, 256}, wide{1, 64, 512, 512};
  Subject fma(device, [&](Graph& g) { return g.add(kPeakFma, {g.input("x", many)}); });
  Subject copy(device, [&](Graph& g) { return g.add(kPeakCopy, {g.input("x", wide)}); });
  return {static_cast<double>(many.elements()) * 2 * kFmaRounds * kFmaSteps /
              fma.median_kernel_seconds(runs),
          static_cast<double>(wide.bytes()) * 2 / copy.median_kernel_seconds(runs)};
}

std::vector<OpResult> bench_ops(Device& device, const Peaks& peaks, int runs) {
  std::vector<OpResult> results;
  for (const OpCase& c : op_cases()) {
    Subject subject(device, c.build);
    const double seconds = subject.median_kernel_seconds(runs);
    const double flops = subject.flops() / seconds, bytes = subject.bytes() / seconds;
    results.push_back({c.op, c.shape, seconds * 1e3, flops / 1e9, bytes / 1e9,
                       std::max(flops / peaks.flops_per_second, bytes / peaks.bytes_per_second)});
  }
  return results;
}

}  // namespace imago
