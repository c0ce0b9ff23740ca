// Which kernel a convolution takes: the first of its candidates, or the one that a table names; and
// that every candidate makes the same numbers.
#include "compute/plan/tuning.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compute/graph/op.h"
#include "compute/ops/conv2d_kernels.h"
#include "compute/ops/gpu_tiles.h"
#include "compute/plan/plan.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

void build_conv(Graph& graph, int64_t side = 32) {
  const Tensor x = graph.input("x", {1, 48, side, side});
  graph.output("y", conv2d(x, graph.parameter("w", {40, 48, 3, 3}), {1, 1}));
}

bool runs_kernel(const Plan& plan, const std::string& kernel) {
  return std::ranges::any_of(plan.dispatches,
                             [&](const Dispatch& d) { return d.kernel.starts_with(kernel); });
}

std::shared_ptr<const TuningTable> table_of(const std::string& problem,
                                            const std::string& candidate) {
  auto table = std::make_shared<TuningTable>();
  table->choose(problem, candidate);
  return table;
}

TEST(TuningTable, KeepsItsChoicesAsText) {
  TuningTable table;
  table.choose("b", "two");
  table.choose("a", "one");
  table.choose("b", "three");
  EXPECT_EQ(table.text(), "a\tone\nb\tthree\n");
  EXPECT_EQ(TuningTable::parse(table.text()), table);
  EXPECT_EQ(TuningTable::parse("no choice\n\na\tone\n\tnothing\nb\tthree"), table);
  EXPECT_EQ(table.choice("c"), "");
  EXPECT_FALSE(table.knows("c"));
}

TEST(Tuning, ASizeStandsForThoseDownToTheNext) {
  for (int64_t size = 1; size <= 5000; ++size) {
    const int64_t stands = representative_size(size);
    EXPECT_GE(stands, size);
    EXPECT_LE(stands * 2, size * 3) << size;
    EXPECT_EQ(representative_size(stands), stands);
  }
  EXPECT_EQ(representative_size(1), 1);
  EXPECT_EQ(representative_size(33), 48);
  EXPECT_EQ(representative_size(49), 64);
}

TEST(Tuning, ThePlanTakesWhatTheTableNames) {
  const DeviceProperties device = cpu_driver();
  Graph graph;
  build_conv(graph);
  const Plan first = make_plan(graph, device);
  ASSERT_EQ(first.choices.size(), 1u);
  const std::string problem = first.choices[0].problem.name;
  EXPECT_EQ(first.choices[0].candidates, (std::vector<std::string>{"winograd", "texel"}));
  EXPECT_TRUE(runs_kernel(first, "conv2d_winograd"));

  const Plan texel = make_plan(graph, device, {.tuning = table_of(problem, "texel")});
  EXPECT_TRUE(runs_kernel(texel, "conv2d_texel"));
  EXPECT_FALSE(runs_kernel(texel, "conv2d_winograd"));
  // A table of another device or version may name what there is not.
  const Plan unknown = make_plan(graph, device, {.tuning = table_of(problem, "shovel")});
  EXPECT_TRUE(runs_kernel(unknown, "conv2d_winograd"));
}

TEST(Tuning, AProblemStandsForSizesAboutAsLargeAndForOneWayToUseWeights) {
  const DeviceProperties device = cpu_driver();
  const auto problem = [&](int64_t side, bool folds) {
    Graph graph;
    build_conv(graph, side);
    return make_plan(graph, device, {.fold_constants = folds}).choices.at(0).problem.name;
  };
  EXPECT_EQ(problem(31, true), problem(32, true));
  EXPECT_NE(problem(33, true), problem(32, true));
  EXPECT_NE(problem(32, false), problem(32, true));
}

TEST(Tuning, ProblemsAreCountedOnceWithAllTheirWork) {
  Graph graph;
  Tensor y = graph.input("x", {1, 48, 32, 32});
  for (const char* name : {"a", "b", "c"})
    y = conv2d(y, graph.parameter(name, {48, 48, 3, 3}), {1, 1});
  graph.output("y", y);
  const Plan plan = make_plan(graph, cpu_driver());
  ASSERT_EQ(plan.choices.size(), 1u);
  EXPECT_DOUBLE_EQ(plan.choices[0].flops, plan.flops);
}

// As check_op does it: against fp64. So a table, wherever it is from, never makes a wrong picture.
TEST(Tuning, EveryCandidateMakesTheSameNumbers) {
  struct Kind {
    const char* name;
    bool transposed;
    Shape x, w, y;
  };
  constexpr int64_t kFew = 3;
  const Kind kinds[] = {
      {"3x3", false, {1, 40, 17, 13}, {72, 40, 3, 3}, {1, 72, 17, 13}},
      {"few", false, {1, 72, 9, 8}, {kFew, 72, 3, 3}, {1, kFew, 9, 8}},
      {"transposed", true, {1, 40, 7, 6}, {40, 24, 4, 4}, {1, 24, 14, 12}},
  };
  DeviceProperties gpu = test_device().properties();
  as_gpu(gpu);
  size_t checked = 0;
  for (const Kind& kind : kinds)
    for (const bool on_gpu : {false, true}) {
      ConvFusedSettings settings;
      settings.conv = kind.transposed ? Conv2dSettings{2, 1, 0} : Conv2dSettings{1, 1, 0};
      settings.transposed = kind.transposed;
      settings.has_bias = 1;
      settings.activation = {Unary::leaky_relu, 0.2f, 0};
      Graph graph;
      graph.output("y", graph.add(kConvFused,
                                  {graph.input("x", kind.x), graph.parameter("w", kind.w),
                                   graph.parameter("bias", {1, kind.y.c, 1, 1})},
                                  settings));
      const DeviceProperties& device = on_gpu ? gpu : test_device().properties();
      const Plan plan = make_plan(graph, device, {.fuse = false});
      if (plan.choices.empty()) continue;
      const TuningChoice& choice = plan.choices.front();
      if (on_gpu) {
        EXPECT_GE(choice.candidates.size(), 3u) << kind.name;
      }
      for (const std::string& candidate : choice.candidates) {
        ++checked;
        check_op({.name = std::string(kind.name) + " by " + candidate,
                  .inputs = {kind.x, kind.w, {1, kind.y.c, 1, 1}},
                  .build =
                      [&](auto& in) {
                        return in[0].graph().add(kConvFused, {in[0], in[1], in[2]}, settings);
                      },
                  .as_parameters = {1, 2},
                  .tuning = table_of(choice.problem.name, candidate)},
                 on_gpu ? as_gpu : Adapt());
      }
    }
  EXPECT_GE(checked, 12u);
}

}  // namespace
}  // namespace imago
