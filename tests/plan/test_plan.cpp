#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr int64_t kAlignment = 256;

/// The most bytes alive at once, counted plainly at every moment.
int64_t lower_bound_of(const std::vector<Lifetime>& lives) {
  int64_t most = 0;
  for (const Lifetime& moment : lives) {
    int64_t live = 0;
    for (const Lifetime& life : lives)
      if (life.first <= moment.first && moment.first <= life.last) live += life.bytes;
    most = std::max(most, live);
  }
  return most;
}

void expect_no_overlap(const std::vector<Lifetime>& lives, const std::vector<int64_t>& offsets,
                       int64_t total) {
  for (size_t a = 0; a < lives.size(); ++a) {
    EXPECT_EQ(offsets[a] % kAlignment, 0);
    EXPECT_GE(offsets[a], 0);
    EXPECT_LE(offsets[a] + lives[a].bytes, total);
    for (size_t b = 0; b < a; ++b) {
      const bool together = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
      const bool overlap =
          offsets[a] < offsets[b] + lives[b].bytes && offsets[b] < offsets[a] + lives[a].bytes;
      EXPECT_FALSE(together && overlap) << a << " and " << b;
    }
  }
}

TEST(Place, NeverOverlapsWhatIsAliveTogether) {
  std::mt19937 random(1);
  double worst = 1;
  for (int round = 0; round < 300; ++round) {
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<Lifetime> lives(static_cast<size_t>(1 + below(60)));
    const int moments = 1 + below(40);
    for (Lifetime& life : lives) {
      const int first = below(moments);
      life = {(1 + below(64)) * kAlignment, first, first + below(1 + moments / 4)};
    }
    int64_t total = 0;
    const std::vector<int64_t> offsets = place(lives, kAlignment, &total);
    expect_no_overlap(lives, offsets, total);
    const int64_t bound = lower_bound_of(lives);
    EXPECT_GE(total, bound);
    worst = std::max(worst, static_cast<double>(total) / static_cast<double>(bound));
  }
  EXPECT_LE(worst, 1.35);
}

TEST(Place, KeepsSizesThatAreNoMultipleApart) {
  const std::vector<Lifetime> lives = {{100, 0, 3}, {300, 1, 2}, {1, 2, 2}, {700, 3, 4}};
  int64_t total = 0;
  const std::vector<int64_t> offsets = place(lives, kAlignment, &total);
  expect_no_overlap(lives, offsets, total);
  EXPECT_TRUE(place({}, kAlignment, &total).empty());
  EXPECT_EQ(total, 0);
}

/// A network in small: convolutions, a residual block, normalisation, down, up, dropout.
void build_network(Graph& graph) {
  const auto weight = [&](const char* name, Shape shape) { return graph.parameter(name, shape); };
  const Tensor x = graph.input("x", {2, 3, 12, 16});
  Tensor y = conv2d(pad(x, {1, 1, 1, 1}, PadMode::reflect), weight("w0", {8, 3, 3, 3}));
  y = relu(normalize(y + weight("b0", {1, 8, 1, 1}), {.h = true, .w = true}, 1e-5f));
  const Tensor inner =
      prelu(conv2d(y, weight("w1", {8, 8, 3, 3}), {1, 1}) + weight("b1", {1, 8, 1, 1}),
            weight("s1", {1, 8, 1, 1}));
  const Tensor block = y + 0.2f * conv2d(inner, weight("w2", {8, 8, 3, 3}), {1, 1});
  const Tensor down = leaky_relu(conv2d(block, weight("w3", {12, 8, 4, 4}), {2, 1}), 0.2f);
  const Tensor up = dropout(conv2d_dx(down, weight("w4", {12, 8, 4, 4}), {2, 1}), 0.25f);
  y = concat({block, tanh(up + weight("b4", {1, 8, 1, 1}))});
  graph.output("y", tanh(conv2d(y, weight("w5", {3, 16, 3, 3}), {1, 1})));
  graph.output("mean", mean(block, {.n = true, .c = true, .h = true, .w = true}));
}

/// Values of variance 1, or 1 / fan-in for weights, as networks are initialised: every layer then
/// passes errors on about as large as it got them.
std::vector<float> numbers(const Node& node) {
  const double seed = std::accumulate(node.name.begin(), node.name.end(), 0.0);
  const bool weight = node.shape.h > 1 && node.name != "x";
  const auto fan_in = static_cast<double>(node.shape.c * node.shape.h * node.shape.w);
  const double scale = std::sqrt(2 / (weight ? fan_in : 1));
  std::vector<float> values(static_cast<size_t>(node.shape.elements()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(scale * std::sin(seed + 12.9898 * static_cast<double>(i * i)));
  return values;
}

struct Outcome {
  std::vector<float> y, mean;
  int64_t arena_bytes;
};

Outcome run(const Graph& graph, const PlanOptions& options) {
  Device& device = test_device();
  std::vector<Parameters::Entry> entries;
  for (const Node& node : graph.nodes())
    if (!node.op->lower && !node.name.empty() && node.name != "x")
      entries.push_back({node.name, numbers(node)});
  const Parameters parameters(device, entries);
  Program program(device, make_plan(graph, device.properties(), options), parameters);
  program.poison();
  const std::span<float> x = program.input("x");
  const std::vector<float> values = numbers(graph.node(0));
  std::copy(values.begin(), values.end(), x.begin());
  program.run({.seed_low = 3});
  const auto y = program.output("y"), mean = program.output("mean");
  return {{y.begin(), y.end()}, {mean.begin(), mean.end()}, program.plan().arena_bytes};
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Plan, SharedMemoryChangesNoBit) {
  Graph graph;
  build_network(graph);
  const Outcome shared = run(graph, {}), apart = run(graph, {.alias = false});
  EXPECT_TRUE(same_bits(shared.y, apart.y));
  EXPECT_TRUE(same_bits(shared.mean, apart.mean));
  EXPECT_LT(shared.arena_bytes, apart.arena_bytes / 2);
}

TEST(Plan, FusedAndPlainAgreeWithTheReference) {
  Graph graph;
  build_network(graph);
  const auto expected = evaluate(graph,
                                 [](const Node& node) {
                                   const auto values = numbers(node);
                                   return std::vector<double>(values.begin(), values.end());
                                 },
                                 {.seed_low = 3});
  for (const bool fused : {true, false}) {
    const Outcome result = run(graph, {.fuse = fused});
    ASSERT_EQ(result.y.size(), expected[0].values.size());
    for (size_t i = 0; i < result.y.size(); ++i)
      EXPECT_NEAR(result.y[i], expected[0].values[i], 2e-6) << "fuse " << fused << " at " << i;
    EXPECT_NEAR(result.mean[0], expected[1].values[0], 2e-6);
  }
}

TEST(Plan, StatesItsLowerBoundAndStaysClose) {
  Graph graph;
  build_network(graph);
  const Plan plan = make_plan(graph, test_device().properties());
  EXPECT_GE(plan.arena_bytes, plan.lower_bound_bytes);
  EXPECT_LE(static_cast<double>(plan.arena_bytes),
            1.1 * static_cast<double>(plan.lower_bound_bytes));
}

TEST(Plan, HoistsWhatDependsOnParametersAlone) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 4, 6, 6});
  const Tensor w = graph.parameter("w", {1, 4, 1, 1});
  const Tensor constant = square(w) + 1.0f;
  graph.output("y", tanh(x * constant));
  graph.output("mean", mean(x, {.n = true, .c = true, .h = true, .w = true}));
  const Plan plan = make_plan(graph, test_device().properties(), {.fuse = false});
  EXPECT_EQ(plan.prologue.size(), 2u);  // square and + 1
  for (const Dispatch& dispatch : plan.prologue) EXPECT_EQ(dispatch.kernel, "unary");
  EXPECT_GE(plan.constant_bytes, 2 * 16);

  const Outcome result = run(graph, {.fuse = false});
  const std::vector<float> values = numbers(graph.node(0)), weights = numbers(graph.node(1));
  for (size_t i = 0; i < result.y.size(); ++i) {
    const double factor = 1.0 + static_cast<double>(weights[i / 36]) * weights[i / 36];
    EXPECT_NEAR(result.y[i], std::tanh(values[i] * factor), 1e-6);
  }
}

TEST(Plan, DoesNotHoistRandomNumbersOrPartsOfAConcat) {
  Graph graph;
  const Tensor w = graph.parameter("w", {1, 4, 6, 6});
  graph.output("dropped", dropout(w, 0.5f));
  graph.output("joined", concat({w, graph.input("x", {1, 4, 6, 6})}));
  const Plan plan = make_plan(graph, test_device().properties());
  EXPECT_TRUE(plan.prologue.empty());
  EXPECT_EQ(plan.dispatches.size(), 3u);
}

TEST(Plan, LeavesOutWhatNoOutputNeeds) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 4, 6, 6});
  tanh(square(x));
  graph.output("y", relu(x));
  const Plan plan = make_plan(graph, test_device().properties());
  EXPECT_EQ(plan.dispatches.size(), 1u);
}

}  // namespace
}  // namespace imago
