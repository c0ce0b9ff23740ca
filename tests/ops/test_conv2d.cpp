#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "compute/base/error.h"
#include "compute/plan/plan.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

struct ConvCase {
  Shape x;
  int64_t out_channels, kernel;
  Conv2dSettings settings;
  std::string name() const {
    return to_string(x) + " to " + std::to_string(out_channels) + " k" + std::to_string(kernel) +
           " s" + std::to_string(settings.stride) + " p" + std::to_string(settings.padding) +
           " op" + std::to_string(settings.output_padding);
  }
};

TEST(Conv2d, MatchesReference) {
  const ConvCase cases[] = {
      {{1, 3, 7, 9}, 5, 3, {1, 1}},    {{2, 4, 8, 8}, 8, 3, {1, 0}},
      {{1, 1, 1, 1}, 1, 1, {1, 0}},    {{1, 17, 5, 13}, 9, 3, {1, 1}},
      {{1, 3, 16, 11}, 6, 4, {2, 1}},  {{2, 5, 9, 9}, 7, 4, {1, 1}},
      {{1, 3, 12, 10}, 8, 7, {1, 3}},  {{1, 64, 20, 33}, 64, 3, {1, 1}},
      {{1, 8, 9, 7}, 16, 3, {2, 1}},   {{1, 3, 30, 30}, 12, 9, {1, 4}},
      {{1, 300, 6, 6}, 10, 3, {1, 1}}, {{1, 12, 2, 2}, 12, 4, {2, 1}},
      {{2, 20, 4, 4}, 37, 4, {2, 1}},  {{1, 8, 5, 5}, 70, 3, {1, 0}},
  };
  for (const ConvCase& c : cases)
    for (const auto& [device, adapt] : kDevices)
      check_op({.name = c.name() + device,
                .inputs = {c.x, {c.out_channels, c.x.c, c.kernel, c.kernel}},
                .build = [&](auto& in) { return conv2d(in[0], in[1], c.settings); },
                .as_parameters = {1}},
               adapt);
}

TEST(Conv2dDx, MatchesReference) {
  const ConvCase cases[] = {
      {{1, 5, 7, 9}, 3, 3, {1, 1}},      {{1, 8, 4, 5}, 4, 4, {2, 1}},
      {{2, 6, 5, 5}, 7, 3, {2, 1, 1}},   {{1, 1, 1, 1}, 1, 4, {2, 1}},
      {{1, 16, 9, 11}, 12, 4, {2, 1}},   {{1, 10, 6, 3}, 9, 2, {2, 0}},
      {{1, 70, 8, 8}, 20, 3, {2, 1, 1}}, {{3, 17, 1, 2}, 41, 4, {2, 1}},
      {{1, 9, 3, 3}, 12, 3, {1, 1}},     {{1, 20, 4, 4}, 36, 4, {2, 1}},
      {{1, 5, 2, 2}, 4, 3, {3, 0, 2}},   {{1, 20, 5, 1}, 20, 3, {3, 1}},
      {{2, 20, 1, 5}, 20, 3, {3, 1}},    {{2, 18, 1, 1}, 22, 4, {3, 1}},
  };
  for (const ConvCase& c : cases)
    for (const auto& [device, adapt] : kDevices)
      check_op({.name = c.name() + device,
                .inputs = {c.x, {c.x.c, c.out_channels, c.kernel, c.kernel}},
                .build = [&](auto& in) { return conv2d_dx(in[0], in[1], c.settings); },
                .as_parameters = {1}},
               adapt);
}

bool takes(const ConvCase& c, const DeviceProperties& device, const std::string& kernel) {
  Graph graph;
  graph.output(
      "y", conv2d(graph.input("x", c.x),
                  graph.parameter("w", {c.out_channels, c.x.c, c.kernel, c.kernel}), c.settings));
  const Plan plan = make_plan(graph, device);
  return std::any_of(plan.dispatches.begin(), plan.dispatches.end(),
                     [&](const Dispatch& d) { return d.kernel == kernel; });
}

/// A device that runs so few groups along x, as a GPU.
Adapt few_groups(uint32_t most) {
  return [most](DeviceProperties& p) {
    p.kind = DeviceProperties::Kind::discrete;
    p.max_groups[0] = most;
  };
}

// A DCGAN of the paper's widths, 64 pictures at a time: more planes than groups along z were left
// to the kernels that serve anything, which are many times as slow.
TEST(Conv2d, ManyPlanesAreNoWorkForTheDirectKernels) {
  DeviceProperties device = cpu_driver();
  std::ranges::fill(device.max_groups, 65535u);
  const Conv2dSettings halving = {2, 1};
  for (const Shape& wide : {Shape{64, 1024, 4, 4}, Shape{128, 512, 8, 8}, Shape{512, 256, 2, 2}}) {
    const Shape narrow = {wide.n, wide.c / 2, wide.h * 2, wide.w * 2};
    Graph graph;
    const Tensor x = graph.input("x", narrow), dy = graph.input("dy", wide),
                 w = graph.parameter("w", {wide.c, narrow.c, 4, 4});
    graph.output("y", conv2d(x, w, halving));
    graph.output("dx", conv2d_dx(dy, w, halving));
    graph.output("dw", conv2d_dw(dy, x, 4, 4, halving));
    for (const Dispatch& d : make_plan(graph, device).dispatches) {
      EXPECT_NE(d.kernel, "conv2d") << to_string(wide);
      EXPECT_NE(d.kernel, "conv2d_dw") << to_string(wide);
      for (const uint32_t groups : d.groups) EXPECT_LE(groups, 65535u) << d.kernel;
    }
  }
}

TEST(Conv2d, KeepsToTheTiledKernelAboveTheLimitOfGroups) {
  // 1, 2, 3… rows of tiles of 64 pixels, the last of them not full.
  const ConvCase c{{2, 3, 37, 29}, 9, 3, {1, 1}};  // 34 tiles
  for (const uint32_t most : {34u, 33u, 17u, 10u, 3u, 1u}) {
    DeviceProperties device = test_device().properties();
    few_groups(most)(device);
    EXPECT_TRUE(takes(c, device, "conv2d_tiled"));
    check_op({.name = c.name() + " in rows of " + std::to_string(most),
              .inputs = {c.x, {c.out_channels, c.x.c, c.kernel, c.kernel}},
              .build = [&](auto& in) { return conv2d(in[0], in[1], c.settings); },
              .as_parameters = {1}},
             few_groups(most));
    check_op({.name = c.name() + " transposed, in rows of " + std::to_string(most),
              .inputs = {c.x, {c.x.c, c.out_channels, 4, 4}},
              .build =
                  [&](auto& in) {
                    return conv2d_dx(in[0], in[1], {2, 1});
                  },
              .as_parameters = {1}},
             few_groups(most));
  }
  // A tile of 512 at four times its size, where drivers run 65,535 groups.
  DeviceProperties device = test_device().properties();
  few_groups(65'535)(device);
  device.max_storage_range = device.max_allocation_bytes = uint64_t{1} << 32;
  EXPECT_TRUE(takes({{1, 64, 2048, 2049}, 3, 3, {1, 1}}, device, "conv2d_tiled"));
}

OpCase op_case(const ConvCase& c, bool transposed) {
  const int64_t in = c.x.c, out = c.out_channels, k = c.kernel;
  const auto build = [=](const std::vector<Tensor>& i) {
    return transposed ? conv2d_dx(i[0], i[1], c.settings) : conv2d(i[0], i[1], c.settings);
  };
  return {.name = c.name() + (transposed ? " transposed" : ""),
          .inputs = {c.x, transposed ? Shape{in, out, k, k} : Shape{out, in, k, k}},
          .build = build,
          .as_parameters = {1}};
}

/// Kernels of the case's plan, once each.
std::vector<std::string> kernels_of(const OpCase& c, const DeviceProperties& device) {
  Graph graph;
  graph.output("y", c.build({graph.input("0", c.inputs[0]), graph.input("1", c.inputs[1])}));
  std::vector<std::string> kernels;
  for (const Dispatch& dispatch : make_plan(graph, device).dispatches)
    if (std::find(kernels.begin(), kernels.end(), dispatch.kernel) == kernels.end())
      kernels.push_back(dispatch.kernel);
  return kernels;
}

const std::vector<std::string> kWinograd = {"conv2d_winograd_weights", "conv2d_winograd_input",
                                            "conv2d_winograd_gemm", "conv2d_winograd_output"};

TEST(Conv2d, FourByFourInWinogradsDomain) {
  const ConvCase cases[] = {
      {{1, 20, 17, 19}, 18, 4, {1, 1}}, {{2, 33, 12, 14}, 40, 4, {1, 0}},
      {{1, 16, 30, 9}, 70, 4, {1, 2}},  {{1, 64, 31, 32}, 96, 4, {1, 1}},
      {{3, 17, 11, 13}, 16, 4, {1, 2}},
  };
  for (const ConvCase& c : cases)
    for (const bool transposed : {false, true}) {
      EXPECT_EQ(kernels_of(op_case(c, transposed), cpu_driver()), kWinograd) << c.name();
      check_op(op_case(c, transposed));
    }
}

TEST(Conv2d, FourByFourWithStrideTwoInWinogradsDomain) {
  const ConvCase cases[] = {
      {{1, 20, 64, 66}, 18, 4, {2, 1}}, {{2, 16, 47, 51}, 40, 4, {2, 0}},
      {{1, 33, 62, 64}, 70, 4, {2, 1}}, {{1, 18, 61, 90}, 33, 4, {2, 2}},
      {{5, 17, 29, 28}, 16, 4, {2, 1}}, {{1, 64, 128, 36}, 32, 4, {2, 3}},
  };
  for (const ConvCase& c : cases) {
    EXPECT_EQ(kernels_of(op_case(c, false), cpu_driver()), kWinograd) << c.name();
    check_op(op_case(c, false));
  }
}

TEST(Conv2d, FourByFourReadsItsWeightsAsTheyAre) {
  const ConvCase cases[] = {
      {{1, 3, 22, 37}, 20, 4, {2, 1}},  {{2, 18, 15, 12}, 7, 4, {2, 1}},
      {{1, 32, 16, 24}, 33, 4, {2, 1}}, {{1, 5, 19, 18}, 3, 4, {2, 0}},
      {{1, 6, 9, 50}, 17, 4, {1, 2}},   {{1, 70, 18, 16}, 16, 4, {3, 1}},
  };
  for (const ConvCase& c : cases) {
    EXPECT_EQ(kernels_of(op_case(c, false), cpu_driver()),
              (std::vector<std::string>{"conv2d_pack_input", "conv2d_texel"}))
        << c.name();
    check_op(op_case(c, false));
  }
}

TEST(Conv2dDx, FourByFourWithStrideTwoReadsItsWeightsAsTheyAre) {
  const ConvCase cases[] = {
      {{1, 3, 9, 17}, 20, 4, {2, 1}},      {{2, 18, 5, 6}, 7, 4, {2, 1, 1}},
      {{1, 33, 16, 21}, 32, 4, {2, 1}},    {{1, 5, 40, 3}, 3, 4, {2, 1, 1}},
      {{1, 64, 12, 12}, 64, 4, {2, 1, 1}}, {{1, 70, 6, 33}, 17, 4, {2, 1}},
  };
  for (const ConvCase& c : cases) {
    EXPECT_EQ(kernels_of(op_case(c, true), cpu_driver()),
              (std::vector<std::string>{"conv2d_pack_input", "conv2d_texel_dx"}))
        << c.name();
    check_op(op_case(c, true));
  }
}

TEST(Conv2d, OfRandomShapes) {
  std::mt19937 random(12);
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int i = 0; i < 16; ++i) {
    const int kernel = between(3, 4), stride = between(1, 2);
    const ConvCase c{{between(1, 2), between(1, 40), between(4, 40), between(4, 40)},
                     between(1, 40),
                     kernel,
                     {stride, between(0, 2), between(0, stride - 1)}};
    ConvCase forward = c;
    forward.settings.output_padding = 0;
    check_op(op_case(forward, false));
    check_op(op_case(c, true));
  }
}

TEST(Conv2d, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 64, 8, 8});
  const Tensor w = graph.parameter("w", {8, 3, 3, 3});
  try {
    conv2d(x, w, {1, 1});
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("conv2d: x has 64 channels, w expects 3"),
              std::string::npos)
        << error.what();
  }
  const Tensor big = graph.parameter("big", {8, 64, 9, 9});
  EXPECT_THROW(conv2d(x, big), ShapeError);
  EXPECT_THROW(conv2d(x, big, {0, 4}), ShapeError);
  EXPECT_THROW(conv2d_dx(x, w), ShapeError);
}

}  // namespace
}  // namespace imago
