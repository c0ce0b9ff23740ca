// Updates of parameters: several steps on the device against the papers' formulas in fp64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "compute/base/error.h"
#include "compute/graph/grad.h"
#include "compute/graph/optimize.h"
#include "compute/ops/loss_scale.h"
#include "compute/ops/update.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr Shape kShape = {1, 3, 5, 7};
// One whose elements are read one by one and one of whole texels, in more than one workgroup.
constexpr Shape kBothShapes[] = {kShape, {1, 5, 20, 53}};

/// Minimizes sum((p - target)^2) / 2 + …, whose gradient is p - target.
struct Problem {
  explicit Problem(const Shape& of = kShape) : shape(of) {}

  Shape shape;
  Graph graph;
  Tensor p = graph.parameter("p", shape);
  Tensor loss = sum(square(p - graph.input("target", shape)), {true, true, true, true}) * 0.5f;
  std::vector<float> start = fill("start", 0, shape, -1, 1);
  std::vector<float> target = fill("target", 0, shape, -1, 1);

  /// p after each of ten steps.
  std::vector<std::vector<float>> run(std::vector<std::string> zeros,
                                      const std::function<OptimizerStep(int)>& step_of) {
    std::vector<Parameters::Entry> entries = {{"p", start}};
    for (const std::string& name : zeros)
      entries.push_back({name, std::vector<float>(start.size(), 0.0f)});
    const Parameters parameters(test_device(), entries);
    Program program(test_device(),
                    make_plan(graph, test_device().properties(), {.fold_constants = false}),
                    parameters);
    std::vector<std::vector<float>> result;
    for (int step = 1; step <= 10; ++step) {
      program.poison();
      std::copy(target.begin(), target.end(), program.input("target").begin());
      StepParams params;
      params.optimizers[1] = step_of(step);
      program.run(params);
      result.push_back(parameters.read("p"));
    }
    return result;
  }
};

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected) {
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 2e-6) << i;
}

/// `scaled`: the loss is multiplied by a power of two, which step_if_finite takes back.
void check_adam(const Shape& shape, bool scaled) {
  for (const auto& [decay, clip] : {std::pair{0.0f, 0.0f}, {0.1f, 0.0f}, {0.0f, 0.5f}}) {
    Problem problem(shape);
    const Adam adam = {.beta1 = 0.5f, .weight_decay = decay, .clip_norm = clip};
    if (scaled)
      step_if_finite({problem.p}, {grad(problem.loss * loss_scale(problem.graph, 1), problem.p)},
                     adam, 1);
    else
      minimize(problem.loss, {problem.p}, adam, 1);
    const auto steps =
        problem.run({first_moment_name("p"), second_moment_name("p")}, [&](int step) {
          OptimizerStep told = adam_step(adam, 0.05f / static_cast<float>(step), step);
          told.loss_scale = scaled ? 1024 : 1;
          return told;
        });

    std::vector<double> p(problem.start.begin(), problem.start.end());
    std::vector<double> m(p.size()), v(p.size());
    for (int t = 1; t <= 10; ++t) {
      double norm = 0;
      for (size_t i = 0; i < p.size(); ++i) norm += std::pow(p[i] - problem.target[i], 2);
      const double factor = clip > 0 ? std::min(1.0, clip / (std::sqrt(norm) + 1e-6)) : 1;
      for (size_t i = 0; i < p.size(); ++i) {
        const double g = (p[i] - problem.target[i]) * factor + decay * p[i];
        m[i] = 0.5 * m[i] + 0.5 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        p[i] -= 0.05 / t * (m[i] / (1 - std::pow(0.5, t))) /
                (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      }
      expect_near(steps[static_cast<size_t>(t) - 1], p);
    }
  }
}

TEST(Optimize, AdamIsAlgorithmOne) {
  for (const Shape& shape : kBothShapes)
    for (const bool scaled : {false, true}) check_adam(shape, scaled);
}

/// A gradient that is not finite in one element: no element of anything moves, what is guarded by
/// the same number neither, and running values take over what is finite of theirs.
TEST(Optimize, AStepThatIsNotFiniteChangesNothing) {
  for (const Shape& shape : kBothShapes) {
    Problem problem(shape);
    Graph& graph = problem.graph;
    const Tensor guard = step_if_finite(
        {problem.p}, {grad(problem.loss * loss_scale(graph, 1), problem.p)}, Adam{}, 1);
    graph.output("guard", guard);
    const Tensor average = graph.parameter("average", shape);
    graph.update(kUpdate, {average, average - graph.parameter("p", shape), guard},
                 UpdateSettings{Update::sgd, 2, {}, 1});
    graph.update(kUpdate, {graph.parameter("running", shape), graph.input("seen", shape)},
                 UpdateSettings{Update::average_of_finite, 0, {0.5f, 0, 0, 0}});
    const std::vector<float> zeros(problem.start.size(), 0.0f);
    const Parameters parameters(test_device(), {{"p", problem.start},
                                                {"average", zeros},
                                                {"running", problem.start},
                                                {first_moment_name("p"), zeros},
                                                {second_moment_name("p"), zeros}});
    Program program(test_device(),
                    make_plan(graph, test_device().properties(), {.fold_constants = false}),
                    parameters);
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 0.0f}) {
      SCOPED_TRACE(bad);
      const auto put = [&](const char* input, const std::vector<float>& values, size_t at) {
        std::copy(values.begin(), values.end(), program.input(input).begin());
        if (bad != 0) program.input(input)[at] = bad;
      };
      put("target", problem.target, 4);
      put("seen", problem.target, 5);
      StepParams params;
      params.optimizers[1] = adam_step({}, 0.1f, 1);
      params.optimizers[2].learning_rate = 0.5f;
      program.run(params);
      const bool finite = bad == 0;
      EXPECT_EQ(std::isfinite(program.output("guard")[0]), finite);
      EXPECT_EQ(parameters.read("p") == problem.start, !finite);
      EXPECT_EQ(parameters.read("average") == zeros, !finite);
      EXPECT_EQ(parameters.read(first_moment_name("p")) == zeros, !finite);
      EXPECT_EQ(parameters.read(second_moment_name("p")) == zeros, !finite);
      for (const float value : parameters.read("running")) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

void check_sgd(const Shape& shape) {
  for (const float momentum : {0.0f, 0.9f}) {
    Problem problem(shape);
    minimize(problem.loss, {problem.p}, Sgd{.momentum = momentum, .weight_decay = 0.01f}, 1);
    std::vector<std::string> state;
    if (momentum > 0) state.push_back(first_moment_name("p"));
    const auto steps = problem.run(state, [](int) { return OptimizerStep{.learning_rate = 0.1f}; });
    std::vector<double> p(problem.start.begin(), problem.start.end()), v(p.size());
    for (size_t t = 0; t < 10; ++t) {
      for (size_t i = 0; i < p.size(); ++i) {
        v[i] = momentum * v[i] + p[i] - problem.target[i] + double{0.01f} * p[i];
        p[i] -= double{0.1f} * v[i];
      }
      expect_near(steps[t], p);
    }
  }
}

TEST(Optimize, SgdWithAndWithoutMomentum) {
  for (const Shape& shape : kBothShapes) check_sgd(shape);
}

TEST(Optimize, WhatIsReadAfterAnUpdateIsNewAndBeforeItOld) {
  Problem problem;
  Graph& graph = problem.graph;
  graph.output("before", sum(problem.p, {true, true, true, true}));
  minimize(problem.loss, {problem.p}, Sgd{}, 1);
  const Tensor updated = graph.parameter("p", kShape);
  graph.output("after", sum(updated, {true, true, true, true}));
  const Tensor average = graph.parameter("average", kShape);
  update_average(average, updated, 0.25f);
  EXPECT_THROW(square(problem.p), ShapeError);

  const Parameters parameters(
      test_device(),
      {{"p", problem.start}, {"average", std::vector<float>(problem.start.size(), 1.0f)}});
  Program program(test_device(),
                  make_plan(graph, test_device().properties(), {.fold_constants = false}),
                  parameters);
  std::copy(problem.target.begin(), problem.target.end(), program.input("target").begin());
  StepParams params;
  params.optimizers[1].learning_rate = 0.5f;
  program.run(params);
  double before = 0, after = 0;
  const std::vector<float> average_now = parameters.read("average");
  for (size_t i = 0; i < problem.start.size(); ++i) {
    const double moved = 0.5 * (double{problem.start[i]} + problem.target[i]);
    before += problem.start[i];
    after += moved;
    ASSERT_NEAR(average_now[i], 0.75 + 0.25 * moved, 1e-6);
  }
  EXPECT_NEAR(program.output("before")[0], before, 1e-4);
  EXPECT_NEAR(program.output("after")[0], after, 1e-4);
}

/// The arena of a step of twelve layers of 64 channels on 4 x 4 pixels, whose gradients take much
/// more memory than what they are computed from.
int64_t arena_of_step(const std::function<void(Tensor loss, const std::vector<Tensor>&)>& step) {
  constexpr int kLayers = 12, kChannels = 64;
  Graph graph;
  Tensor y = graph.input("x", {1, kChannels, 4, 4});
  std::vector<Tensor> weights;
  for (int layer = 0; layer < kLayers; ++layer) {
    weights.push_back(graph.parameter(std::to_string(layer), {kChannels, kChannels, 3, 3}));
    y = relu(conv2d(y, weights.back(), {1, 1}));
  }
  step(mean(square(y), {true, true, true, true}), weights);
  return make_plan(graph, test_device().properties(), {.fold_constants = false}).arena_bytes;
}

int64_t arena_with_adam() {
  return arena_of_step(
      [](Tensor loss, const auto& weights) { minimize(loss, weights, Adam{}, 0); });
}

// Where all gradients decide whether any is used, those of deep layers are computed after that:
// what waits is what they are computed from, 4 × 4 pixels.
TEST(Optimize, GuardedGradientsDoNotWaitInMemoryEither) {
  const int64_t guarded = arena_of_step([](Tensor loss, const auto& weights) {
    step_if_finite(weights, grad(loss * loss_scale(loss.graph(), 0), weights), Adam{}, 0);
  });
  constexpr int64_t kGradient = 64 * 64 * 9 * 4;
  EXPECT_LE(guarded, arena_with_adam() + kGradient);
}

// Adam's moments are asked for after all gradients are there, but no gradient waits for that.
TEST(Optimize, GradientsDoNotWaitForEachOtherInMemory) {
  EXPECT_LE(arena_with_adam(), arena_of_step([](Tensor loss, const auto& weights) {
              minimize(loss, weights, Sgd{}, 0);
            }));
}

// The graph's nodes move in memory as it grows, at any of its sizes.
TEST(Optimize, MomentsHaveTheShapesOfTheirParameters) {
  for (int before = 0; before < 70; ++before) {
    Graph graph;
    const Tensor p = graph.parameter("p", {2, 3, 5, 7});
    const Tensor loss = sum(square(p), {true, true, true, true});
    for (int i = 0; i < before; ++i) graph.input(std::to_string(i), {1, 1, 1, 1});
    minimize(loss, {p}, Adam{}, 0);
    for (const std::string& name : {first_moment_name("p"), second_moment_name("p")})
      ASSERT_EQ(graph.node(graph.parameters().at(name)).shape, p.shape()) << before;
  }
}

TEST(Optimize, ParametersAreReadAndWrittenByName) {
  Parameters parameters(test_device(), {{"a", {1, 2, 3}}, {"b", {4}}});
  parameters.write("a", std::vector<float>{5, 6, 7});
  EXPECT_EQ(parameters.read("a"), (std::vector<float>{5, 6, 7}));
  EXPECT_EQ(parameters.read("b"), std::vector<float>{4});
  EXPECT_THROW(parameters.read("c"), Error);
  EXPECT_THROW(parameters.write("b", std::vector<float>{1, 2}), Error);
}

// More than one piece, whose borders fall into arrays and between them.
TEST(Optimize, LargeParametersArriveWhole) {
  constexpr size_t kPiece = Parameters::kPieceBytes / 4;
  std::vector<Parameters::Entry> entries;
  for (const size_t count : {size_t{3}, kPiece - 64, size_t{5}, 2 * kPiece + 1, size_t{1000}}) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(i % 65521) + 0.125f * static_cast<float>(entries.size());
    entries.push_back({std::to_string(entries.size()), std::move(values)});
  }
  const Parameters parameters(test_device(), entries);
  for (const Parameters::Entry& entry : entries)
    EXPECT_TRUE(parameters.read(entry.name) == entry.values) << entry.name;
}

// The gradient penalty of Gulrajani et al. 2017 is a gradient of a gradient: its own gradient with
// respect to a small critic's weights, against differences in fp64.
TEST(Optimize, GradientPenaltyOfACritic) {
  const auto penalty = [](const std::vector<Tensor>& in) {
    const Tensor x = in[0];
    Tensor y = leaky_relu(conv2d(x, in[1], {2, 1}) + in[2], 0.2f);
    y = leaky_relu(normalize(conv2d(y, in[3], {2, 1}), {.h = true, .w = true}, 1e-2f), 0.2f);
    y = conv2d(y, in[4], {1, 0});
    const Tensor slope = grad(sum(y, {true, true, true, true}), x);
    const Tensor norm = sqrt(sum(square(slope), {.c = true, .h = true, .w = true}));
    return mean(square(norm - 1.0f), {true, true, true, true}) * 10.0f;
  };
  const std::vector<Shape> shapes = {
      {2, 3, 8, 8}, {4, 3, 4, 4}, {1, 4, 1, 1}, {5, 4, 4, 4}, {1, 5, 2, 2}};
  const auto value_of = [&](const std::vector<std::vector<double>>& values, size_t wrt,
                            std::vector<double>* gradient) {
    Graph graph;
    std::vector<Tensor> in;
    for (size_t i = 0; i < shapes.size(); ++i)
      in.push_back(graph.input(std::to_string(i), shapes[i]));
    const Tensor loss = penalty(in);
    graph.output("loss", loss);
    if (gradient) graph.output("gradient", grad(loss, in[wrt]));
    const auto arrays =
        evaluate(graph, [&](const Node& node) { return values[std::stoul(node.name)]; });
    if (gradient) *gradient = arrays[1].values;
    return arrays[0].values[0];
  };
  std::vector<std::vector<double>> values;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const std::vector<float> v = fill("critic", i, shapes[i], -1, 1);
    values.emplace_back(v.begin(), v.end());
  }
  for (const size_t wrt : {1u, 2u, 3u, 4u}) {
    std::vector<double> gradient;
    value_of(values, wrt, &gradient);
    double norm = 0, largest = 0;
    for (const double g : gradient) norm += g * g;
    norm = std::sqrt(norm);
    for (size_t i = 0; i < gradient.size(); i += 1 + gradient.size() / 12) {
      auto moved = values;
      moved[wrt][i] += 1e-6;
      const double above = value_of(moved, wrt, nullptr);
      moved[wrt][i] -= 2e-6;
      const double below = value_of(moved, wrt, nullptr);
      largest = std::max(largest, std::abs((above - below) / 2e-6 - gradient[i]));
    }
    EXPECT_LE(largest, 1e-5 * norm) << "input " << wrt;
  }
}

}  // namespace
}  // namespace imago
