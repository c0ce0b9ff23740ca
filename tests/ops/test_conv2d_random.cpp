// Convolutions of random ragged shapes, on every kernel that can be made to take them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/conv2d_kernels.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr int kCases = 6;           // of each op
constexpr double kMostTerms = 4e6;  // of a case: the fp64 reference is slow

/// Another one for every run; IMAGO_TEST_SEED repeats one.
unsigned seed() {
  const char* given = std::getenv("IMAGO_TEST_SEED");
  static const unsigned chosen =
      given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
  return chosen;
}

struct RandomConv {
  Shape x;
  int64_t out_channels;
  int kernel_h, kernel_w;
  Conv2dSettings settings;

  std::string name() const {
    return to_string(x) + " to " + std::to_string(out_channels) + " k" + std::to_string(kernel_h) +
           "x" + std::to_string(kernel_w) + " s" + std::to_string(settings.stride) + " p" +
           std::to_string(settings.padding) + " op" + std::to_string(settings.output_padding);
  }
};

class RandomCases {
 public:
  explicit RandomCases(unsigned offset) : random_(seed() + offset) {
    std::printf("  IMAGO_TEST_SEED=%u\n", seed());
  }

  int between(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

  /// A third each: any, few channels on one side, and what Winograd's kernels take.
  RandomConv next() {
    const int kind = between(0, 2);
    const bool winograd = kind == 2;
    const auto channels = [&] { return winograd ? between(16, 40) : between(1, 40); };
    const auto side = [&] { return winograd ? between(8, 40) : between(1, 40); };
    RandomConv c;
    c.x = {between(1, 3), channels(), side(), side()};
    c.out_channels = channels();
    if (kind == 1) c.out_channels = between(1, 4), c.x.c = 4 * between(1, 10);
    if (kind == 1 && between(0, 1) == 0) std::swap(c.out_channels, c.x.c);
    c.kernel_h = winograd ? 3 : between(1, 7);
    c.kernel_w = winograd || between(0, 1) == 0 ? c.kernel_h : between(1, 7);
    c.settings.stride = winograd ? 1 : between(1, 3);
    c.settings.padding = between(0, std::min(c.kernel_h, c.kernel_w) - 1);
    const double terms = static_cast<double>(c.x.elements() * c.out_channels) *
                         (c.kernel_h * c.kernel_w) / (c.settings.stride * c.settings.stride);
    return terms <= kMostTerms ? c : next();
  }

 private:
  std::mt19937 random_;
};

/// A kernel, ops that take no other, and a device that would: as the device under test is, but for
/// its kind.
template <class Problem>
struct ForcedKernel {
  const char* name;
  DeviceProperties::Kind kind;
  bool (*can_lower)(const DeviceProperties&, const Problem&);
  Op forward, transposed = {};

  void adapt(DeviceProperties& p) const { p.kind = kind; }
  bool takes(const Problem& problem) const {
    DeviceProperties properties = test_device().properties();
    adapt(properties);
    return can_lower(properties, problem);
  }
};

template <void (*lower_kernel)(Lowering&, const ConvProblem&), bool transposed>
void lower_forced(Lowering& l, const Node& node) {
  ConvFusedSettings settings;
  settings.conv = node.attributes.as<Conv2dSettings>();
  settings.transposed = transposed;
  lower_kernel(l, {l.input_shape(0), l.input_shape(1), node.shape, settings});
}

template <void (*lower_kernel)(Lowering&, const ConvDwProblem&)>
void lower_forced_dw(Lowering& l, const Node& node) {
  lower_kernel(l, {l.input_shape(0), l.input_shape(1), node.shape,
                   node.attributes.as<Conv2dDwSettings>().conv});
}

Op with_kernel(const Op& op, void (*lower)(Lowering&, const Node&)) {
  Op forced = op;
  forced.lower = lower;
  return forced;
}

using Kind = DeviceProperties::Kind;

template <void (*lower)(Lowering&, const ConvProblem&)>
ForcedKernel<ConvProblem> conv_kernel(const char* name, Kind kind,
                                      bool (*can)(const DeviceProperties&, const ConvProblem&)) {
  return {name, kind, can, with_kernel(kConv2d, &lower_forced<lower, false>),
          with_kernel(kConv2dDx, &lower_forced<lower, true>)};
}

template <void (*lower)(Lowering&, const ConvDwProblem&)>
ForcedKernel<ConvDwProblem> dw_kernel(const char* name, Kind kind,
                                      bool (*can)(const DeviceProperties&, const ConvDwProblem&)) {
  return {name, kind, can, with_kernel(kConv2dDw, &lower_forced_dw<lower>)};
}

template <class Problem>
bool always(const DeviceProperties&, const Problem&) {
  return true;
}

const std::vector<ForcedKernel<ConvProblem>>& conv_kernels() {
  static const std::vector<ForcedKernel<ConvProblem>> kernels = {
      conv_kernel<lower_direct>("direct", Kind::discrete, always<ConvProblem>),
      conv_kernel<lower_tiled>("tiled", Kind::discrete, can_lower_tiled),
      conv_kernel<lower_few>("few", Kind::cpu, can_lower_few),
      conv_kernel<lower_texel>("texel", Kind::cpu, can_lower_texel),
      conv_kernel<lower_winograd>("winograd", Kind::cpu, can_lower_winograd),
  };
  return kernels;
}

const std::vector<ForcedKernel<ConvDwProblem>>& dw_kernels() {
  static const std::vector<ForcedKernel<ConvDwProblem>> kernels = {
      dw_kernel<lower_dw_direct>("direct", Kind::discrete, always<ConvDwProblem>),
      dw_kernel<lower_dw_tiled>("tiled", Kind::discrete, can_lower_dw_tiled),
      dw_kernel<lower_dw_texel>("texel", Kind::cpu, can_lower_dw_texel),
      dw_kernel<lower_dw_winograd>("winograd", Kind::cpu, can_lower_dw_winograd),
  };
  return kernels;
}

/// The shape of the result, or nothing where there is none.
std::optional<Shape> shape_of(const std::function<Tensor(Graph&)>& build) {
  try {
    Graph graph;
    return build(graph).shape();
  } catch (const ShapeError&) {
    return std::nullopt;
  }
}

void show(const std::map<std::string, int>& taken) {
  for (const auto& [kernel, cases] : taken)
    std::printf("  %-10s %d cases\n", kernel.c_str(), cases);
}

/// conv2d, or conv2d_dx where `transposed`: its inputs are x and w in the same order.
void check_convolutions(bool transposed) {
  RandomCases random(transposed ? 1 : 0);
  std::map<std::string, int> taken;
  for (int cases = 0; cases < kCases;) {
    RandomConv c = random.next();
    if (transposed) c.settings.output_padding = random.between(0, c.settings.stride - 1);
    const Shape w = transposed ? Shape{c.x.c, c.out_channels, c.kernel_h, c.kernel_w}
                               : Shape{c.out_channels, c.x.c, c.kernel_h, c.kernel_w};
    const std::optional<Shape> y = shape_of([&](Graph& graph) {
      const Tensor x = graph.input("x", c.x), weights = graph.parameter("w", w);
      return transposed ? conv2d_dx(x, weights, c.settings) : conv2d(x, weights, c.settings);
    });
    if (!y) continue;
    ++cases;
    ConvFusedSettings settings;
    settings.conv = c.settings;
    settings.transposed = transposed;
    for (const ForcedKernel<ConvProblem>& kernel : conv_kernels()) {
      if (!kernel.takes({c.x, w, *y, settings})) continue;
      ++taken[kernel.name];
      const Op& op = transposed ? kernel.transposed : kernel.forward;
      check_op({.name = c.name() + " " + kernel.name,
                .inputs = {c.x, w},
                .build =
                    [&](auto& in) {
                      return in[0].graph().add(op, {in[0], in[1]}, c.settings);
                    },
                .as_parameters = {1}},
               [&](DeviceProperties& p) { kernel.adapt(p); });
    }
  }
  show(taken);
  EXPECT_EQ(taken["direct"], kCases);
}

TEST(RandomConv2d, MatchesReferenceOnEveryKernel) { check_convolutions(false); }

TEST(RandomConv2dDx, MatchesReferenceOnEveryKernel) { check_convolutions(true); }

TEST(RandomConv2dDw, MatchesReferenceOnEveryKernel) {
  RandomCases random(2);
  std::map<std::string, int> taken;
  for (int cases = 0; cases < kCases;) {
    const RandomConv c = random.next();
    const Shape w{c.out_channels, c.x.c, c.kernel_h, c.kernel_w};
    std::optional<Shape> dy = shape_of([&](Graph& graph) {
      return conv2d(graph.input("x", c.x), graph.parameter("w", w), c.settings);
    });
    if (!dy) continue;
    ++cases;
    // Of an x with rows and columns that no output sees.
    dy->h = std::max<int64_t>(1, dy->h - random.between(0, 1));
    dy->w = std::max<int64_t>(1, dy->w - random.between(0, 1));
    const Conv2dDwSettings settings{c.settings, c.kernel_h, c.kernel_w};
    for (const ForcedKernel<ConvDwProblem>& kernel : dw_kernels()) {
      if (!kernel.takes({*dy, c.x, w, c.settings})) continue;
      ++taken[kernel.name];
      check_op({.name = c.name() + " " + kernel.name,
                .inputs = {*dy, c.x},
                .build =
                    [&](auto& in) {
                      return in[0].graph().add(kernel.forward, {in[0], in[1]}, settings);
                    }},
               [&](DeviceProperties& p) { kernel.adapt(p); });
    }
  }
  show(taken);
  EXPECT_EQ(taken["direct"], kCases);
}

}  // namespace
}  // namespace imago
