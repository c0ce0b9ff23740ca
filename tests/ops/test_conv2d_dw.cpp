#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

struct DwCase {
  Shape dy, x;
  int kernel_h, kernel_w;
  Conv2dSettings settings;
  std::string name() const {
    return to_string(dy) + " and " + to_string(x) + " k" + std::to_string(kernel_h) + "x" +
           std::to_string(kernel_w) + " s" + std::to_string(settings.stride) + " p" +
           std::to_string(settings.padding);
  }
};

/// A case whose dy is what conv2d gives.
DwCase of_conv2d(Shape x, int64_t out_channels, int kernel, Conv2dSettings s) {
  const auto side = [&](int64_t in) { return (in + 2 * s.padding - kernel) / s.stride + 1; };
  return {{x.n, out_channels, side(x.h), side(x.w)}, x, kernel, kernel, s};
}

OpCase op_case(const DwCase& c, const std::string& device) {
  const auto build = [c](const std::vector<Tensor>& in) {
    return conv2d_dw(in[0], in[1], c.kernel_h, c.kernel_w, c.settings);
  };
  return {.name = c.name() + device, .inputs = {c.dy, c.x}, .build = build};
}

void check(const DwCase& c) {
  for (const auto& [device, adapt] : kDevices) check_op(op_case(c, device), adapt);
}

TEST(Conv2dDw, MatchesReference) {
  const DwCase cases[] = {
      of_conv2d({1, 1, 1, 1}, 1, 1, {1, 0}),    of_conv2d({2, 6, 9, 8}, 5, 1, {1, 0}),
      of_conv2d({1, 3, 7, 9}, 5, 3, {1, 1}),    of_conv2d({3, 4, 8, 8}, 8, 3, {1, 0}),
      of_conv2d({1, 6, 16, 12}, 12, 4, {2, 1}), of_conv2d({2, 5, 11, 7}, 3, 4, {2, 1}),
      of_conv2d({2, 17, 2, 2}, 9, 4, {2, 1}),   of_conv2d({1, 9, 9, 9}, 1, 4, {1, 1}),
      of_conv2d({1, 3, 20, 24}, 10, 7, {1, 3}), of_conv2d({1, 12, 18, 14}, 3, 7, {1, 0}),
      of_conv2d({2, 3, 12, 16}, 8, 9, {1, 4}),  of_conv2d({1, 8, 12, 17}, 3, 9, {1, 4}),
      of_conv2d({1, 8, 9, 7}, 16, 3, {2, 1}),   of_conv2d({1, 40, 12, 20}, 70, 3, {1, 1}),
      of_conv2d({1, 2, 70, 66}, 2, 3, {1, 1}),  of_conv2d({2, 64, 4, 4}, 64, 4, {2, 1}),
  };
  for (const DwCase& c : cases) check(c);
}

TEST(Conv2dDw, OfUnusualKernelsAndSizes) {
  const DwCase cases[] = {
      {{1, 3, 6, 7}, {1, 2, 8, 7}, 3, 1, {1, 0}},    // not square
      {{2, 3, 3, 2}, {2, 4, 9, 9}, 2, 5, {3, 1}},    // stride 3
      {{1, 2, 3, 3}, {1, 3, 8, 8}, 3, 3, {1, 1}},    // fewer outputs than x has room for
      {{1, 6, 5, 5}, {1, 7, 10, 10}, 3, 3, {2, 1}},  // conv2d_dx with output_padding
      {{1, 1, 3, 3}, {1, 1, 3, 3}, 9, 9, {1, 4}},    // a kernel wider than x
  };
  for (const DwCase& c : cases) check(c);
}

bool takes_winograd(const DwCase& c, const DeviceProperties& device) {
  Graph graph;
  graph.output("dw", conv2d_dw(graph.input("0", c.dy), graph.input("1", c.x), c.kernel_h,
                               c.kernel_w, c.settings));
  const Plan plan = make_plan(graph, device);
  return std::any_of(plan.dispatches.begin(), plan.dispatches.end(),
                     [](const Dispatch& d) { return d.kernel == "conv2d_dw_winograd_input"; });
}

/// Large enough for Winograd's gradient to pay; the first in more than one chunk of tiles.
TEST(Conv2dDw, MatchesReferenceInWinogradsDomain) {
  const DwCase cases[] = {
      of_conv2d({1, 60, 66, 65}, 62, 3, {1, 1}),
      of_conv2d({2, 60, 24, 24}, 57, 4, {1, 1}),
      of_conv2d({1, 60, 78, 77}, 66, 4, {2, 1}),
  };
  for (const DwCase& c : cases) {
    EXPECT_TRUE(takes_winograd(c, cpu_driver())) << c.name();
    // Other devices would only take their time over the kernels of the small cases.
    if (takes_winograd(c, test_device().properties())) check_op(op_case(c, ""));
  }
  EXPECT_FALSE(takes_winograd(of_conv2d({1, 64, 8, 8}, 64, 3, {1, 1}), cpu_driver()));
  EXPECT_FALSE(takes_winograd(of_conv2d({1, 3, 64, 64}, 64, 3, {1, 1}), cpu_driver()));
}

std::vector<double> evaluate_dw(const DwCase& c, const std::vector<double>& dy,
                                const std::vector<double>& x) {
  Graph graph;
  graph.output("dw", conv2d_dw(graph.input("dy", c.dy), graph.input("x", c.x), c.kernel_h,
                               c.kernel_w, c.settings));
  return evaluate(graph, [&](const Node& node) { return node.name == "x" ? x : dy; })[0].values;
}

TEST(Conv2dDw, ReferenceIsPyTorchs) {
  // conv2d(x, w, stride=2, padding=1) backwards in PyTorch 1.13.
  const std::vector<double> x = {1,  0,  -3, -1, -2, -1, 3,  0,  1,  2,  -1, -3, -2, 2,  -1, 1,
                                 1,  -1, 1,  -1, 3,  -1, 1,  -1, 1,  1,  -2, 0,  -2, 1,  -2, -3,
                                 1,  2,  0,  1,  0,  -1, -2, 1,  1,  -3, -3, 2,  3,  1,  2,  1,
                                 1,  2,  3,  1,  0,  2,  0,  2,  -2, 1,  -1, -1, 0,  -1, 3,  -1,
                                 -2, -3, -3, -3, 0,  1,  -3, 2,  -2, 0,  1,  2,  1,  1,  2,  2};
  const std::vector<double> dy = {0, 3,  2, 0, 3,  -1, -2, 2, 0,  -2, -3, 0, -3, 0,  2, 0,  0,  2,
                                  1, -2, 0, 2, -3, 1,  -1, 3, -2, 2,  -1, 0, 1,  -1, 3, -2, -1, 1};
  const std::vector<double> dw = {3,   -1, -8, -5,  14, 1, 5,  3,  -20, 3,  -3,  4,
                                  -11, 3,  -5, -10, 9,  4, 9,  -5, 4,   6,  -14, -6,
                                  1,   3,  12, -2,  6,  5, -1, 12, -2,  -7, -4,  1};
  EXPECT_EQ(evaluate_dw({{2, 3, 2, 3}, {2, 2, 4, 5}, 3, 2, {2, 1}}, dy, x), dw);
}

std::vector<double> random_values(const Shape& shape, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(static_cast<size_t>(shape.elements()));
  for (double& value : values) value = uniform(generator);
  return values;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Both convolutions are linear in w, so <conv(w), g> = <w, gradient>.
TEST(Conv2dDw, IsAdjointToBothConvolutions) {
  const Shape small{2, 5, 4, 5}, large{2, 3, 8, 10}, w{5, 3, 3, 3};
  const Conv2dSettings settings{2, 1, 1};
  const auto of_small = random_values(small, 1), of_large = random_values(large, 2),
             of_w = random_values(w, 3);
  Graph graph;
  const Tensor s = graph.input("small", small), g = graph.input("large", large),
               weights = graph.input("w", w);
  graph.output("conv2d", conv2d(g, weights, settings));
  graph.output("conv2d_dx", conv2d_dx(s, weights, settings));
  const auto results = evaluate(graph, [&](const Node& node) {
    return node.name == "w" ? of_w : node.name == "small" ? of_small : of_large;
  });
  const double expected =
      dot(of_w, evaluate_dw({small, large, 3, 3, settings}, of_small, of_large));
  EXPECT_GT(std::abs(expected), 1e-3);
  EXPECT_NEAR(dot(results[0].values, of_small), expected, 1e-12);
  EXPECT_NEAR(dot(results[1].values, of_large), expected, 1e-12);
}

TEST(Conv2dDw, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor dy = graph.input("dy", {1, 8, 8, 8});
  const Tensor x = graph.input("x", {1, 3, 8, 8});
  const Tensor two = graph.input("two", {2, 3, 8, 8});
  expect_shape_error([&] { conv2d_dw(dy, two, 3, 3, {1, 1}); }, "dy has 1 images, x has 2");
  expect_shape_error(
      [&] {
        conv2d_dw(dy, x, 3, 3, {1, 0});
      },
      "conv2d_dw: dy is 8x8, the convolution of x gives at most 6x6");
  expect_shape_error([&] { conv2d_dw(dy, x, 3, 3, {2, 1}); }, "at most 4x4");
  expect_shape_error([&] { conv2d_dw(dy, x, 3, 0, {1, 1}); }, "makes no sense");
}

}  // namespace
}  // namespace imago
