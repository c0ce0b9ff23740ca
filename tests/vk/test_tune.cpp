// Choosing kernels by measurement: what is clearly faster is taken and remembered, what makes other
// numbers never.
#include "compute/vk/tune.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "compute/base/error.h"
#include "compute/base/tuning_watch.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/ops/unary.h"
#include "compute/vk/program.h"
#include "tests/base/folder.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

class Tune : public testing::Test {
 protected:
  Tune() { setenv("IMAGO_TUNE", "1", 1); }
  ~Tune() override { setenv("IMAGO_TUNE", "0", 1); }

  TemporaryCache cache_;
};

std::shared_ptr<const TuningTable> choices(Device& device, const Graph& graph) {
  const Graph* const graphs[] = {&graph};
  return tune(device, graphs, {});
}

/// y = x + `what`, written `times` times over.
KernelCandidate adding(const std::string& name, float what, int times) {
  return {name, [=](Lowering& l) {
            struct Push {
              uint32_t count;
              float a, b;
            };
            const int64_t count = l.input_shape(0).elements();
            for (int i = 0; i < times; ++i)
              l.dispatch({.kernel = "unary",
                          .constants = {static_cast<uint32_t>(Unary::affine)},
                          .bindings = {l.input(0), l.output()},
                          .push = Push{static_cast<uint32_t>(count), 1, what},
                          .groups = l.flat_fours(count),
                          .flops = static_cast<double>(count)});
          }};
}

/// y = x + 1, by these candidates; w is not read.
class PlusOne {
 public:
  explicit PlusOne(std::vector<KernelCandidate> candidates) {
    candidates_ = std::move(candidates);
    op_ = {.name = "plus_one",
           .shape = [](std::span<const Shape> inputs, const Attributes&) { return inputs[0]; },
           .lower = lower,
           .reference = [](std::span<const HostArray* const>, const Attributes&, const StepParams&,
                           HostArray&) {}};
    present_ = &op_;
    graph_.output("y", graph_.add(op_, {graph_.input("x", kShape), graph_.parameter("w", kOne)}));
  }

  const Graph& graph() const { return graph_; }

 private:
  static constexpr Shape kShape = {1, 16, 256, 256}, kOne = {1, 1, 1, 1};

  static void lower(Lowering& l, const Node&) {
    l.choose({"plus one", present_, {}, {kShape, kOne}}, candidates_);
  }

  static std::vector<KernelCandidate> candidates_;
  static const Op* present_;
  Op op_;
  Graph graph_;
};
std::vector<KernelCandidate> PlusOne::candidates_;
const Op* PlusOne::present_ = nullptr;

TEST_F(Tune, TakesWhatIsClearlyFaster) {
  const PlusOne op({adding("slow", 1, 30), adding("fast", 1, 1), adding("slower", 1, 40)});
  Device device;
  EXPECT_EQ(choices(device, op.graph())->choice("plus one"), "fast");
}

TEST_F(Tune, NeverTakesWhatMakesOtherNumbers) {
  const PlusOne op({adding("right", 1, 30), adding("wrong", 1.01f, 1),
                    adding("not a number", std::nanf(""), 1)});
  Device device;
  EXPECT_EQ(choices(device, op.graph())->choice("plus one"), "right");
}

// Also by the next process: whatever another measurement would say.
TEST_F(Tune, AChoiceIsRemembered) {
  const PlusOne op({adding("slow", 1, 30), adding("fast", 1, 1)});
  std::shared_ptr<const TuningTable> first;
  {
    Device device;
    first = choices(device, op.graph());
  }
  const PlusOne other_way({adding("slow", 1, 1), adding("fast", 1, 30)});
  Device device;
  EXPECT_EQ(*choices(device, other_way.graph()), *first);
  EXPECT_EQ(first->choice("plus one"), "fast");
}

TEST_F(Tune, TellsHowFarItIs) {
  const PlusOne op({adding("slow", 1, 30), adding("fast", 1, 1)});
  Device device;
  std::vector<std::pair<int, int>> told;
  const TuningWatch watch([&](int chosen, int of) { told.emplace_back(chosen, of); });
  choices(device, op.graph());
  EXPECT_EQ(told, (std::vector<std::pair<int, int>>{{0, 1}}));
  choices(device, op.graph());
  EXPECT_EQ(told.size(), 1) << "what is known is not measured again";
}

// A GPU's first picture can be cancelled; the next one goes on where that was.
TEST_F(Tune, IsCancelledBetweenTwoKernels) {
  Device device("",
                {.adapt = [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; }});
  Graph graph;
  Tensor y = graph.input("x", {1, 16, 24, 24});
  y = conv2d(y, graph.parameter("a", {16, 16, 3, 3}), {1, 1});
  graph.output("y", conv2d(y, graph.parameter("b", {24, 16, 3, 3}), {1, 1}));
  {
    const TuningWatch watch([](int chosen, int) {
      if (chosen == 1) throw Cancelled();
    });
    EXPECT_THROW(choices(device, graph), Cancelled);
  }
  Device again("",
               {.adapt = [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; }});
  int measured = 0;
  const TuningWatch watch([&](int, int of) {
    ++measured;
    EXPECT_EQ(of, 1);
  });
  choices(again, graph);
  EXPECT_EQ(measured, 1) << "of two, one was remembered";
}

// Where the first makes no numbers, none is better known.
TEST_F(Tune, TakesTheFirstWhereThereIsNothingToCompareWith) {
  const PlusOne op({adding("not a number", std::nanf(""), 30), adding("fast", 1, 1)});
  Device device;
  EXPECT_EQ(choices(device, op.graph())->choice("plus one"), "not a number");
}

// Else a picture's last digits would depend on what else the device remembers.
TEST_F(Tune, ChoicesAreThoseOfTheGraphAlone) {
  const PlusOne op({adding("slow", 1, 30), adding("fast", 1, 1)});
  Device device;
  EXPECT_FALSE(choices(device, op.graph())->empty());
  Graph other;
  other.output("y", tanh(other.input("x", {1, 1, 8, 8})));
  EXPECT_TRUE(choices(device, other)->empty());
}

TEST_F(Tune, OnGpusUnlessItIsSwitchedOff) {
  DeviceProperties properties;
  const auto tuned = [&](DeviceProperties::Kind kind) {
    properties.kind = kind;
    return is_tuned(properties);
  };
  EXPECT_TRUE(tuned(DeviceProperties::Kind::cpu));
  unsetenv("IMAGO_TUNE");
  EXPECT_TRUE(tuned(DeviceProperties::Kind::discrete));
  EXPECT_FALSE(tuned(DeviceProperties::Kind::cpu));
  setenv("IMAGO_TUNE", "0", 1);
  EXPECT_FALSE(tuned(DeviceProperties::Kind::discrete));
  const PlusOne op({adding("slow", 1, 30), adding("fast", 1, 1)});
  Device device;
  EXPECT_EQ(choices(device, op.graph()), nullptr);
}

// A small network with every candidate there is: those of GPUs on this driver, and its own.
TEST_F(Tune, NetworksOfEveryKindOfKernel) {
  for (const bool as_gpu : {false, true}) {
    SCOPED_TRACE(as_gpu ? "as a GPU" : "as it is");
    const TemporaryCache of_its_own;  // or the one would remember what the other chose
    Device device("", {.adapt = [&](DeviceProperties& p) {
                    if (as_gpu) p.kind = DeviceProperties::Kind::discrete;
                  }});
    Graph graph;
    Tensor y = graph.input("x", {1, 3, 24, 24});
    y = relu(conv2d(y, graph.parameter("head", {32, 3, 3, 3}), {1, 1}));
    y = relu(conv2d(y, graph.parameter("body", {32, 32, 3, 3}), {1, 1}));
    y = conv2d_dx(y, graph.parameter("up", {32, 16, 4, 4}), {2, 1});
    const Tensor dw = conv2d_dw(y, graph.input("far", {1, 8, 48, 48}), 3, 3, {1, 1});
    graph.output("y", y);
    graph.output("dw", dw);
    const Plan plan = make_plan(graph, device.properties());
    const std::shared_ptr<const TuningTable> table = choices(device, graph);
    ASSERT_TRUE(table);
    size_t measured = 0;
    for (const TuningChoice& choice : plan.choices)
      if (table->knows(choice.problem.name)) {
        ++measured;
        EXPECT_TRUE(std::ranges::count(choice.candidates, table->choice(choice.problem.name)))
            << choice.problem.name;
      }
    EXPECT_GE(measured, as_gpu ? 3u : 2u);
  }
}

}  // namespace
}  // namespace imago
