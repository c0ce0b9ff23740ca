#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "compute/base/error.h"
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

constexpr int64_t kNoLimit = int64_t{1} << 40;

void expect_no_overlap(const std::vector<Lifetime>& lives, const Placement& placement,
                       int64_t largest) {
  ASSERT_EQ(placement.locations.size(), lives.size());
  for (const int64_t bytes : placement.blocks) EXPECT_LE(bytes, largest);
  for (size_t a = 0; a < lives.size(); ++a) {
    const Location& at = placement.locations[a];
    EXPECT_EQ(at.offset % kAlignment, 0);
    EXPECT_GE(at.offset, 0);
    EXPECT_LE(at.offset + lives[a].bytes, placement.blocks.at(static_cast<size_t>(at.block)));
    for (size_t b = 0; b < a; ++b) {
      const Location& other = placement.locations[b];
      const bool together = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
      const bool overlap = at.block == other.block && at.offset < other.offset + lives[b].bytes &&
                           other.offset < at.offset + lives[a].bytes;
      EXPECT_FALSE(together && overlap) << a << " and " << b;
    }
  }
}

std::vector<Lifetime> random_lifetimes(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<Lifetime> lives(static_cast<size_t>(1 + below(60)));
  const int moments = 1 + below(40);
  for (Lifetime& life : lives) {
    const int first = below(moments);
    life = {(1 + below(64)) * kAlignment, first, first + below(1 + moments / 4)};
  }
  return lives;
}

TEST(Place, NeverOverlapsWhatIsAliveTogether) {
  std::mt19937 random(1);
  double worst = 1;
  for (int round = 0; round < 300; ++round) {
    const std::vector<Lifetime> lives = random_lifetimes(random);
    const Placement placement = place(lives, kAlignment, kNoLimit);
    expect_no_overlap(lives, placement, kNoLimit);
    EXPECT_EQ(placement.blocks.size(), 1u);
    const int64_t total = total_bytes(placement.blocks), bound = lower_bound_of(lives);
    EXPECT_GE(total, bound);
    worst = std::max(worst, static_cast<double>(total) / static_cast<double>(bound));
  }
  EXPECT_LE(worst, 1.35);
}

TEST(Place, KeepsSizesThatAreNoMultipleApart) {
  const std::vector<Lifetime> lives = {{100, 0, 3}, {300, 1, 2}, {1, 2, 2}, {700, 3, 4}};
  expect_no_overlap(lives, place(lives, kAlignment, kNoLimit), kNoLimit);
  const Placement none = place({}, kAlignment, kNoLimit);
  EXPECT_TRUE(none.locations.empty());
  EXPECT_TRUE(none.blocks.empty());
}

/// Blocks as small as the largest value, and such that waste some of their ends.
TEST(Place, KeepsToTheLargestBlock) {
  std::mt19937 random(2);
  size_t most_blocks = 0;
  for (int round = 0; round < 300; ++round) {
    const std::vector<Lifetime> lives = random_lifetimes(random);
    int64_t largest = 0;
    for (const Lifetime& life : lives) largest = std::max(largest, life.bytes);
    for (const int64_t limit : {largest, largest + kAlignment, 2 * largest}) {
      const Placement placement = place(lives, kAlignment, limit);
      expect_no_overlap(lives, placement, limit);
      EXPECT_GE(total_bytes(placement.blocks), lower_bound_of(lives));
      most_blocks = std::max(most_blocks, placement.blocks.size());
    }
    EXPECT_THROW(place(lives, kAlignment, largest - kAlignment), OutOfMemory);
  }
  EXPECT_GT(most_blocks, 5u);
}

TEST(Blocks, AreFilledOneAfterTheOther) {
  BlockLayout layout(1024);
  EXPECT_EQ(layout.add(1), (Location{0, 0}));
  EXPECT_EQ(layout.add(512), (Location{0, 256}));
  EXPECT_EQ(layout.add(300), (Location{1, 0}));
  EXPECT_EQ(layout.add(512), (Location{1, 512}));
  EXPECT_EQ(layout.add(1024), (Location{2, 0}));
  EXPECT_EQ(layout.blocks(), (std::vector<int64_t>{768, 1024, 1024}));
  EXPECT_THROW(layout.add(1025), OutOfMemory);

  DeviceProperties device;
  device.max_allocation_bytes = (1 << 20) + 5000;
  EXPECT_EQ(largest_block(device), 1 << 20);
  device.max_allocation_bytes = ~uint64_t{0};
  EXPECT_GT(largest_block(device), int64_t{1} << 40);
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
  size_t arena_blocks;
  bool guards_intact;
};

Outcome run(const Graph& graph, const PlanOptions& options, Device& device = test_device()) {
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
  return {{y.begin(), y.end()},
          {mean.begin(), mean.end()},
          program.plan().arena_bytes,
          program.plan().arena_blocks.size(),
          options.guard_bytes == 0 || program.guards_intact()};
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

TEST(Plan, BlocksOfASmallLargestAllocationChangeNoBit) {
  Graph graph;
  build_network(graph);
  const Outcome whole = run(graph, {});
  EXPECT_EQ(whole.arena_blocks, 1u);
  int64_t largest = 0;
  for (const Value& value : make_plan(graph, test_device().properties()).values)
    largest = std::max(largest, value.bytes);
  DeviceOptions options;
  options.adapt = [&](DeviceProperties& p) {  // with room for a guard
    p.max_allocation_bytes = static_cast<uint64_t>(largest) + 2 * kAlignment;
  };
  Device device("", options);
  const Outcome cut = run(graph, {}, device);
  EXPECT_GT(cut.arena_blocks, 1u);
  EXPECT_TRUE(same_bits(cut.y, whole.y));
  EXPECT_TRUE(same_bits(cut.mean, whole.mean));
  const Outcome guarded = run(graph, {.guard_bytes = 256}, device);
  EXPECT_TRUE(guarded.guards_intact);
  EXPECT_TRUE(same_bits(guarded.y, whole.y));
}

TEST(Plan, SaysWhatNoAllocationBindingOrDispatchCanHold) {
  Graph graph;
  build_network(graph);
  const auto message = [&](auto limit) -> std::string {
    DeviceProperties properties = test_device().properties();
    limit(properties);
    try {
      make_plan(graph, properties);
    } catch (const OutOfMemory& error) {
      return error.what();
    }
    return "";
  };
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(message([](DeviceProperties& p) { p.max_allocation_bytes = 8000; }),
         "allocates at most 0 MiB");
  expect(message([](DeviceProperties& p) { p.max_storage_range = 8000; }), "binds at most 0 MiB");
  expect(message([](DeviceProperties& p) { p.max_groups[1] = 1; }), "runs at most 1 at once");
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
  for (const Dispatch& dispatch : plan.prologue)
    EXPECT_TRUE(dispatch.kernel.starts_with("unary")) << dispatch.kernel;
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
