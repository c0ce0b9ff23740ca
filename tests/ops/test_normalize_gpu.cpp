// Normalisation and its gradients as GPUs compute them: groups in the registers of a workgroup,
// whole or in parts, and what later nodes take over from earlier ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "compute/graph/grad.h"
#include "compute/graph/optimize.h"
#include "compute/ops/normalize.h"
#include "compute/plan/plan.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr Axes kOfInstance{.h = true, .w = true};
constexpr Axes kOfBatch{.n = true, .h = true, .w = true};
constexpr Axes kByChannel{.n = true, .h = true, .w = true};
constexpr Axes kWhole{true, true, true, true};

/// A GPU whose workgroups are so small that groups of more than 16 * `most` elements lie in parts.
Adapt gpu_with(uint32_t most) {
  return [most](DeviceProperties& p) {
    as_gpu(p);
    p.max_group_invocations = std::min(p.max_group_invocations, most);
    p.max_group_size[0] = std::min(p.max_group_size[0], most);
  };
}

/// Everything of the backward pass at once: dx of dy * scale, the gradients of scale and shift.
Tensor all_gradients(const std::vector<Tensor>& in, const Axes& axes) {
  const Tensor y = normalize(in[0], axes, 1e-2f, in[2], in[3]);
  const auto gradients = grad(sum(y * in[1], kWhole), {in[0], in[2], in[3]});
  return gradients[0] + gradients[1] + gradients[2];
}

void check_all(const std::string& name, const Shape& x, const Axes& axes, const Adapt& adapt,
               NumberType storage = NumberType::fp32) {
  const Shape vector{1, x.c, 1, 1};
  OpCase test{
      .name = name + " forward",
      .inputs = {x, vector, vector},
      .build =
          [&](auto& in) { return leaky_relu(normalize(in[0], axes, 1e-5f, in[1], in[2]), 0.2f); },
      .low = -2,
      .high = 3,
      .as_parameters = {1, 2},
      .storage = storage};
  if (storage == NumberType::fp16) test.tolerance = 0x1p-10;
  check_op(test, adapt);
  test.name = name + " backward";
  test.inputs = {x, x, vector, vector};
  test.as_parameters = {2, 3};
  test.build = [&](auto& in) { return all_gradients(in, axes); };
  if (storage == NumberType::fp16) test.tolerance = 3 * 0x1p-11;  // dx, and two sums with it
  check_op(test, adapt);
}

/// Another one for every run; IMAGO_TEST_SEED repeats one.
unsigned seed_of_shapes() {
  const char* given = std::getenv("IMAGO_TEST_SEED");
  static const unsigned chosen =
      given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
  return chosen;
}

TEST(NormalizeOnGpus, RandomShapesMatchTheReference) {
  constexpr int kShapes = 12;
  std::printf("  IMAGO_TEST_SEED=%u\n", seed_of_shapes());
  std::mt19937 random(seed_of_shapes());
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution(low, high)(random);
  };
  for (int i = 0; i < kShapes; ++i) {
    const int fours = i % 3 == 0 ? 4 : 1;
    const Shape x{between(1, 3), between(1, 5), between(1, 60), between(1, 60 / fours) * fours};
    const Axes axes = between(0, 1) ? kOfBatch : kOfInstance;
    const uint32_t most = 64u << between(0, 4);
    const bool half = test_device().properties().storage_16bit && between(0, 3) == 0;
    check_all((axes.n ? "batch " : "instance ") + to_string(x) + " by " + std::to_string(most) +
                  (half ? " in fp16" : ""),
              x, axes, gpu_with(most), half ? NumberType::fp16 : NumberType::fp32);
  }
}

TEST(NormalizeOnGpus, GroupsJustFitOrJustDoNot) {
  // 64 invocations hold 1024 elements; 128 parts are joined at once.
  for (const Shape& x : {Shape{1, 2, 32, 32},
                         {1, 2, 5, 205},
                         {1, 1, 4, 257},
                         {2, 3, 16, 32},
                         {2, 2, 19, 27},
                         {1, 1, 512, 257}})
    for (const Axes& axes : {kOfInstance, kOfBatch})
      check_all((axes.n ? "batch " : "instance ") + to_string(x), x, axes, gpu_with(64));
}

TEST(NormalizeOnGpus, StaysAccurateFarFromZero) {
  for (const uint32_t most : {64u, 1024u})
    for (const Axes& axes : {kOfInstance, kOfBatch})
      check_op({.name = (axes.n ? "batch by " : "instance by ") + std::to_string(most),
                .inputs = {{2, 2, 97, 64}},
                .build = [&](auto& in) { return normalize(in[0], axes, 1e-5f); },
                .low = 998.3f,
                .high = 1001.7f},
               gpu_with(most));
}

TEST(NormalizeOnGpus, SecondGradientsMatchTheReference) {
  const Shape x{2, 3, 6, 10}, vector{1, 3, 1, 1};
  for (const Axes& axes : {kOfInstance, kOfBatch})
    for (const uint32_t most : {64u, 1024u})
      check_op({.name = (axes.n ? "batch by " : "instance by ") + std::to_string(most),
                .inputs = {x, vector, vector},
                .build =
                    [&](auto& in) {
                      const Tensor y = tanh(normalize(in[0], axes, 1e-1f, in[1], in[2]));
                      const Tensor slope = grad(sum(square(y), kWhole), in[0]);
                      const auto second = grad(sum(square(slope), kWhole), {in[0], in[1], in[2]});
                      return second[0] + second[1] + second[2];
                    },
                .tolerance = 1e-5,
                .as_parameters = {1, 2}},
               gpu_with(most));
}

/// The kernels of a plan without what their names have of fp16.
std::vector<std::string> kernels_of(const Graph& graph, const Adapt& adapt) {
  DeviceProperties properties = test_device().properties();
  adapt(properties);
  std::vector<std::string> kernels;
  for (const Dispatch& d : make_plan(graph, properties, {.fold_constants = false}).dispatches)
    kernels.push_back(d.kernel);
  return kernels;
}

using Names = std::vector<std::string>;

/// The kernels of all_gradients and the forward pass before it.
Names step_kernels(const Shape& x, const Axes& axes, const Adapt& adapt) {
  Graph graph;
  const Shape vector{1, x.c, 1, 1};
  const Tensor in = graph.input("x", x), dy = graph.input("dy", x);
  const Tensor scale = graph.parameter("scale", vector), shift = graph.parameter("shift", vector);
  const Tensor y = normalize(in, axes, 1e-5f, scale, shift);
  graph.output("y", y);
  const auto gradients = grad(sum(y * dy, kWhole), {in, scale, shift});
  const std::array names = {"dx", "dscale", "dshift"};
  for (size_t i = 0; i < names.size(); ++i) graph.output(names[i], gradients[i]);
  Names kernels = kernels_of(graph, adapt);
  std::erase_if(kernels, [](const std::string& kernel) {
    return !kernel.starts_with("normalize") && !kernel.starts_with("moments");
  });
  return kernels;
}

TEST(NormalizeOnGpus, EachPassIsOneDispatchWhereGroupsFit) {
  if (!test_device().properties().subgroup_arithmetic) GTEST_SKIP() << "no subgroup arithmetic";
  for (const Axes& axes : {kOfInstance, kOfBatch})
    EXPECT_EQ(step_kernels({2, 8, 16, 16}, axes, gpu_with(128)),
              (Names{"normalize_whole", "normalize_dx_whole", "normalize_sums", "normalize_sums"}));
}

TEST(NormalizeOnGpus, LargerGroupsTakeTheirMomentsOnce) {
  if (!test_device().properties().subgroup_arithmetic) GTEST_SKIP() << "no subgroup arithmetic";
  EXPECT_EQ(step_kernels({1, 8, 64, 64}, kOfInstance, gpu_with(128)),
            (Names{"moments_part", "moments_combine", "normalize", "normalize_dx_part",
                   "normalize_dx_join", "normalize_dx", "normalize_sums", "normalize_sums"}));
}

// Running statistics need no pass of their own, whatever rides on the normalisation.
TEST(NormalizeOnGpus, StatisticsAreReadFromTheMoments) {
  if (!test_device().properties().subgroup_arithmetic) GTEST_SKIP() << "no subgroup arithmetic";
  Graph graph;
  const Tensor x = graph.input("x", {2, 8, 16, 16});
  const Tensor y = normalize(x, kOfBatch, 1e-5f, graph.parameter("scale", {1, 8, 1, 1}),
                             graph.parameter("shift", {1, 8, 1, 1}));
  update_average(graph.parameter("mean", {1, 8, 1, 1}), batch_mean(x, 1e-5f), 0.1f);
  update_average(graph.parameter("variance", {1, 8, 1, 1}), batch_variance(x, 1e-5f), 0.1f);
  graph.output("y", relu(y));
  Names kernels = kernels_of(graph, gpu_with(128));
  EXPECT_EQ(kernels.front(), "normalize_whole");
  EXPECT_EQ(std::ranges::count(kernels, "batch_statistics"), 2);
  EXPECT_EQ(kernels.size(), 5u);  // and the updates
}

TEST(NormalizeOnGpus, WithoutArithmeticOverSubgroupsMomentsAreTakenOnceToo) {
  const Names kernels = step_kernels({1, 8, 16, 16}, kOfInstance, [](DeviceProperties& p) {
    as_gpu(p);
    p.subgroup_arithmetic = false;
  });
  EXPECT_EQ(std::ranges::count(kernels, "moments"), 1);
  EXPECT_EQ(std::ranges::count(kernels, "normalize"), 2);  // once more for the scale's gradient
  EXPECT_FALSE(std::ranges::any_of(kernels, [](const std::string& kernel) {
    return kernel.ends_with("_whole") || kernel.ends_with("_part") || kernel == "normalize_sums";
  }));
}

/// What is normalised is overwritten in between: its moments are others by then.
TEST(NormalizeOnGpus, AnUpdatedParameterIsMeasuredAnew) {
  Graph graph;
  const Tensor x = graph.parameter("x", {1, 2, 8, 8});
  const Tensor before = normalize(x, kOfInstance, 1e-5f);
  assign(x, before * 3.0f);
  graph.output("y", before + normalize(graph.parameter("x", {1, 2, 8, 8}), kOfInstance, 1e-5f));
  const Names kernels = kernels_of(graph, as_gpu);
  EXPECT_EQ(std::ranges::count_if(kernels,
                                  [](const std::string& kernel) {
                                    return kernel == "normalize_whole" || kernel == "moments";
                                  }),
            2);
}

}  // namespace
}  // namespace imago
