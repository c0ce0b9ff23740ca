// Recomputation: the same numbers from less memory.
#include "compute/plan/gradient_checkpointing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "compute/graph/optimize.h"
#include "compute/plan/plan.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr Axes kPicture = {.h = true, .w = true};
constexpr Axes kAll = {.n = true, .c = true, .h = true, .w = true};

Tensor weight(Graph& graph, const std::string& name, int64_t out, int64_t in) {
  return graph.parameter(name, {out, in, 3, 3});
}

/// `layers` times convolution, normalisation with scale and shift, relu.
Tensor stack(Graph& graph, Tensor x, int layers, int channels) {
  for (int layer = 0; layer < layers; ++layer) {
    const std::string name = "w" + std::to_string(layer);
    x = conv2d(x, weight(graph, name, channels, x.shape().c), {1, 1});
    x = relu(normalize(x, kPicture, 1e-5f, graph.parameter(name + ".scale", {1, channels, 1, 1}),
                       graph.parameter(name + ".shift", {1, channels, 1, 1})));
  }
  return x;
}

std::vector<Tensor> parameters_of(Graph& graph) {
  std::vector<Tensor> result;
  for (const auto& [name, node] : graph.parameters()) result.push_back({&graph, node});
  return result;
}

/// What can be seen of three runs: outputs after each, parameters at the end.
struct Seen {
  std::vector<std::vector<float>> outputs;
  std::map<std::string, std::vector<float>> parameters;
  bool operator==(const Seen&) const = default;
};

Seen seen_of(const Graph& graph, const PlanOptions& options) {
  std::vector<Parameters::Entry> entries;
  for (const Node& node : graph.nodes())
    if (node.op == &kParameter) {
      const bool is_moment = node.name.find("moment") != std::string::npos;
      const size_t size = static_cast<size_t>(node.shape.elements());
      entries.push_back({node.name, is_moment ? std::vector<float>(size, 0.0f)
                                              : fill(node.name, 0, node.shape, -0.5f, 0.5f)});
    }
  const Parameters parameters(test_device(), entries);
  const Plan plan = make_plan(graph, test_device().properties(), options);
  Program program(test_device(), plan, parameters);
  Seen seen;
  for (uint32_t step = 1; step <= 3; ++step) {
    program.poison();
    for (const Plan::Port& port : plan.inputs) {
      const std::vector<float> values = fill(port.name, step, port.shape, -1, 1);
      std::copy(values.begin(), values.end(), program.input(port.name).begin());
    }
    StepParams params;
    params.step = step;
    params.seed_low = 7;
    for (OptimizerStep& optimizer : params.optimizers) optimizer = adam_step({}, 0.01f, step);
    program.run(params);
    for (const Plan::Port& port : plan.outputs) {
      const auto values = program.output(port.name);
      seen.outputs.emplace_back(values.begin(), values.end());
    }
  }
  for (const Parameters::Entry& entry : entries)
    seen.parameters[entry.name] = parameters.read(entry.name);
  return seen;
}

size_t count(const Graph& graph) {
  const std::vector<bool> alive = reachable(graph);
  return static_cast<size_t>(std::count(alive.begin(), alive.end(), true));
}

/// Bit for bit the same with and without, with and without fusion; and something was made again.
void expect_same(const Graph& graph) {
  Graph fused, target;
  fuse(graph, fused, test_device().properties());
  checkpoint_gradients(fused, target);
  EXPECT_GT(count(target), count(fused));
  for (const bool fuse : {true, false}) {
    const Seen plain = seen_of(graph, {.fuse = fuse, .fold_constants = false});
    const Seen again =
        seen_of(graph, {.fuse = fuse, .gradient_checkpointing = true, .fold_constants = false});
    EXPECT_EQ(plain.parameters, again.parameters) << "fuse " << fuse;
    EXPECT_EQ(plain.outputs, again.outputs) << "fuse " << fuse;
    EXPECT_NE(plain.outputs.front(), plain.outputs.back());  // the runs do change something
  }
}

TEST(Recompute, ADeepStackTrainsTheSame) {
  Graph graph;
  const Tensor y = stack(graph, graph.input("x", {2, 3, 12, 12}), 8, 6);
  const Tensor loss = mean(square(y), kAll);
  graph.output("loss", loss);
  const std::vector<Tensor> parameters = parameters_of(graph);
  const std::vector<Tensor> gradients = minimize(loss, parameters, Adam{}, 0);
  for (size_t i = 0; i < gradients.size(); ++i)
    graph.output("gradient " + std::to_string(i), gradients[i]);
  expect_same(graph);
}

TEST(Recompute, ADeepStackNeedsLessMemory) {
  Graph graph;
  const Tensor y = stack(graph, graph.input("x", {1, 16, 64, 64}), 24, 16);
  minimize(mean(square(y), kAll), parameters_of(graph), Adam{}, 0);
  const DeviceProperties& device = test_device().properties();
  const Plan plain = make_plan(graph, device, {.fold_constants = false});
  const Plan again =
      make_plan(graph, device, {.gradient_checkpointing = true, .fold_constants = false});
  std::printf("  arena: %ld KiB, with recomputation %ld KiB; work: %+.2f %%\n",
              static_cast<long>(plain.arena_bytes >> 10),
              static_cast<long>(again.arena_bytes >> 10), 100 * (again.flops / plain.flops - 1));
  // Of each layer's convolution and activation, only the former waits.
  EXPECT_LT(static_cast<double>(again.arena_bytes), 0.65 * static_cast<double>(plain.arena_bytes));
  EXPECT_LT(again.flops, 1.03 * plain.flops);
}

// The sums of residual blocks could all be made again from the first one: a recipe must not grow
// with the depth.
TEST(Recompute, ResidualBlocksTrainTheSameAtLinearCost) {
  const auto build = [](Graph& graph, int blocks) {
    Tensor y = conv2d(graph.input("x", {1, 3, 8, 8}), weight(graph, "first", 4, 3), {1, 1});
    for (int block = 0; block < blocks; ++block) {
      const std::string name = "block" + std::to_string(block);
      const Padding edge = {1, 1, 1, 1};
      Tensor r = conv2d(pad(y, edge, PadMode::reflect), weight(graph, name + ".1", 4, 4));
      r = relu(normalize(r, kPicture, 1e-5f));
      r = conv2d(pad(r, edge, PadMode::reflect), weight(graph, name + ".2", 4, 4));
      y = y + normalize(r, kPicture, 1e-5f);
    }
    const Tensor loss = mean(abs(y), kAll);
    graph.output("loss", loss);
    minimize(loss, parameters_of(graph), Sgd{.momentum = 0.9f}, 0);
  };
  const auto added = [&](int blocks) {
    Graph graph, target;
    build(graph, blocks);
    checkpoint_gradients(graph, target);
    return count(target) - count(graph);
  };
  EXPECT_LE(added(32), 2 * added(16) + 16);
  Graph graph;
  build(graph, 8);
  expect_same(graph);
}

// Skips through concat, dropout and noise, whose streams must be the same when drawn again, an
// input that is not used, and a second network's step in between that moves its parameters on.
TEST(Recompute, SkipsRandomStreamsAndTwoOptimizersInOneGraph) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 4, 16, 16});
  graph.input("unused", {1, 1, 2, 2});
  const auto generate = [&] {
    Tensor skip = dropout(stack(graph, x, 3, 4), 0.5f), y = skip;
    for (int i = 0; i < 6; ++i)
      y = tanh(conv2d(y, weight(graph, "deep" + std::to_string(i), 4, 4), {1, 1}) +
               random_uniform(graph, y.shape()));
    return conv2d(concat({skip, y}), weight(graph, "last", 3, 8), {1, 1});
  };
  const Tensor fake = generate();
  const std::vector<Tensor> generator = parameters_of(graph);
  const auto judge = [&](Tensor y) {
    for (int i = 0; i < 6; ++i)
      y = leaky_relu(
          normalize(conv2d(y, weight(graph, "judge" + std::to_string(i), 3, 3), {1, 1}), kPicture,
                    1e-5f, graph.parameter("judge.scale" + std::to_string(i), {1, 3, 1, 1}),
                    graph.parameter("judge.shift" + std::to_string(i), {1, 3, 1, 1})),
          0.2f);
    return mean(square(y), kAll);
  };
  const Tensor judged = judge(fake);
  std::vector<Tensor> judges;
  for (const Tensor& parameter : parameters_of(graph))
    if (graph.parameter_name(parameter).starts_with("judge")) judges.push_back(parameter);
  graph.output("judged", judged);
  minimize(judged, judges, Adam{}, 0);
  const Tensor loss = judge(fake) * -1.0f + mean(abs(fake), kAll);
  graph.output("loss", loss);
  minimize(loss, generator, Adam{}, 1);
  expect_same(graph);
}

// A gradient's gradient: a critic with the penalty of Gulrajani et al. 2017.
TEST(Recompute, SecondDerivatives) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 3, 12, 12});
  const Tensor y = stack(graph, x, 6, 4);
  const Tensor slope = grad(sum(y, kAll), x);
  const Tensor norm = sqrt(sum(square(slope), {.c = true, .h = true, .w = true}) + 1e-6f);
  const Tensor loss = mean(square(norm - 1.0f), kAll);
  graph.output("loss", loss);
  minimize(loss, parameters_of(graph), Adam{}, 0);
  expect_same(graph);
}

// y comes from `slope`, which is updated before the late use of y: it has to wait in memory.
TEST(Recompute, NothingIsMadeAgainFromAnUpdatedParameter) {
  const auto build = [](Graph& graph, bool update) {
    const Tensor slope = graph.parameter("slope", {1, 4, 1, 1});
    const Tensor c = conv2d(graph.input("x", {1, 4, 8, 8}), weight(graph, "first", 4, 4), {1, 1});
    const Tensor y = prelu(c, slope);
    Tensor z = y;
    for (int i = 0; i < 8; ++i) z = conv2d(z, weight(graph, "w" + std::to_string(i), 4, 4), {1, 1});
    if (update) update_average(slope, mean(z, {.n = true, .h = true, .w = true}), 1);
    graph.output("late", z * y + c);  // c waits anyway
  };
  Graph updated, kept;
  build(updated, true);
  build(kept, false);
  Graph without, with;
  checkpoint_gradients(kept, with);
  checkpoint_gradients(updated, without);
  EXPECT_EQ(count(with), count(kept) + 1);
  EXPECT_EQ(count(without), count(updated));
  EXPECT_EQ(seen_of(updated, {.fold_constants = false}),
            seen_of(updated, {.gradient_checkpointing = true, .fold_constants = false}));
}

}  // namespace
}  // namespace imago
