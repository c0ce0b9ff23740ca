// Both ways in which kernels hand numbers from lane to lane (shaders/include/lanes.glsl): a device
// uses the faster one, which the other tests compare with fp64, and the other gives the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "compute/ops/ops.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

/// Convolutions and gradients that between them use every kernel that includes lanes.glsl on
/// lavapipe.
void add_outputs(Graph& graph) {
  auto input = [&, count = 0](const Shape& shape) mutable {
    return graph.input("x" + std::to_string(count++), shape);
  };
  auto output = [&, count = 0](Tensor y) mutable {
    graph.output("y" + std::to_string(count++), y);
  };
  const Tensor wide = input({1, 64, 64, 64});
  output(conv2d(wide, input({64, 64, 3, 3}), {1, 1}));             // Winograd
  output(conv2d_dw(input({1, 128, 32, 32}), wide, 4, 4, {2, 1}));  // Winograd, of weights
  const Tensor small = input({1, 20, 16, 16});
  output(conv2d(small, input({24, 20, 3, 3}), {2, 1}));                    // texel, packed
  output(conv2d(small, input({24, 20, 4, 4}), {2, 1}));                    // texel, raw
  output(conv2d(small, input({24, 20, 1, 1})));                            // pointwise
  output(conv2d_dx(small, input({20, 24, 4, 4}), {2, 1}));                 // texel_dx
  output(conv2d_dw(input({1, 24, 8, 8}), small, 3, 3, {2, 1}));            // dw_texel
  output(conv2d(input({1, 32, 4, 4}), input({40, 32, 4, 4}), {2, 1}));     // few
  output(conv2d_dx(input({1, 32, 1, 1}), input({32, 40, 4, 4}), {2, 1}));  // few_scatter
}

/// Every kernel's results, and their names.
std::vector<float> results(bool broadcasts, std::set<std::string>& kernels) {
  DeviceOptions options;
  options.adapt = [&](DeviceProperties& p) { p.subgroup_broadcasts = broadcasts; };
  Device device("", options);
  Graph graph;
  add_outputs(graph);
  const Parameters none(device, {});
  Plan plan = make_plan(graph, device.properties());
  const auto inputs = plan.inputs, outputs = plan.outputs;
  for (const Dispatch& dispatch : plan.dispatches) kernels.insert(dispatch.kernel);
  Program program(device, std::move(plan), none);
  for (const Plan::Port& port : inputs) {
    const std::span<float> values = program.input(port.name);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>((i * 7919 + 13) % 1009) / 1009 - 0.5f;
  }
  program.run();
  std::vector<float> all;
  for (const Plan::Port& port : outputs) {
    const std::span<const float> y = program.output(port.name);
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}

TEST(Lanes, BothWaysAreTheSame) {
  const DeviceProperties device = Device().properties();
  if (device.kind != DeviceProperties::Kind::cpu || !device.subgroup_lanes)
    GTEST_SKIP() << "no kernel hands numbers from lane to lane on " << device.name;
  std::set<std::string> kernels;
  const std::vector<float> shuffled = results(false, kernels), broadcast = results(true, kernels);
  for (const char* kernel :
       {"conv2d_dw_texel", "conv2d_dw_winograd_products", "conv2d_few", "conv2d_few_scatter",
        "conv2d_pointwise", "conv2d_texel", "conv2d_texel_dx", "conv2d_winograd_gemm"})
    if (device.driver_name == "llvmpipe") {
      EXPECT_TRUE(kernels.contains(kernel)) << kernel << " is not tested";
    }
  EXPECT_TRUE(std::ranges::any_of(shuffled, [](float value) { return value != 0; }));
  EXPECT_EQ(shuffled, broadcast);
}

}  // namespace
}  // namespace imago
