// What the fusion pass makes of chains of primitives: the same values, on every kernel of a
// convolution. check_op compares with the unfused graph's fp64 evaluation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/graph/op.h"
#include "compute/ops/binary.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/normalize.h"
#include "compute/plan/plan.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

const std::pair<const char*, Adapt> kDevices[] = {
    {"", {}},
    {" as a GPU", [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; }},
    {" with the least", [](DeviceProperties& p) {
       p.kind = DeviceProperties::Kind::discrete;
       p.shared_memory_bytes = 0;
     }}};

/// Convolutions that take each of the kernels: Winograd's, the direct ones, the transposed.
struct ConvKind {
  const char* name;
  Shape x, w;
  bool transposed;
  Conv2dSettings settings;
  Tensor operator()(const std::vector<Tensor>& in) const {
    return transposed ? conv2d_dx(in[0], in[1], settings) : conv2d(in[0], in[1], settings);
  }
  int64_t channels() const { return transposed ? w.c : w.n; }
  Shape out() const {
    if (!transposed) return {x.n, w.n, x.h, x.w};
    return {x.n, w.c, x.h * settings.stride, x.w * settings.stride};
  }
};
const ConvKind kKinds[] = {
    {"3x3 wide", {1, 20, 12, 16}, {24, 20, 3, 3}, false, {1, 1}},
    {"3x3 ragged", {2, 16, 9, 11}, {17, 16, 3, 3}, false, {1, 1}},
    {"7x7", {1, 3, 8, 9}, {5, 3, 7, 7}, false, {1, 3}},
    {"dx 4x4", {1, 6, 5, 7}, {6, 5, 4, 4}, true, {2, 1}},
    {"dx 3x3", {1, 16, 8, 8}, {16, 18, 3, 3}, true, {1, 1}},
};

using Tail = std::function<Tensor(Tensor, const std::vector<Tensor>&)>;
struct TailCase {
  const char* name;
  Tail tail;  // in[2] {1,C,1,1}, in[3] {1,C,1,1}, in[4] {1,1,1,1}, in[5] like the output
};
const TailCase kTails[] = {
    {"bias", [](Tensor y, auto& in) { return y + in[2]; }},
    {"scale then bias", [](Tensor y, auto& in) { return y * in[3] + in[2]; }},
    {"bias then scale then bias", [](Tensor y, auto& in) { return (y + in[2]) * in[3] + in[2]; }},
    {"bias, prelu per channel", [](Tensor y, auto& in) { return prelu(y + in[2], in[3]); }},
    {"bias, one prelu", [](Tensor y, auto& in) { return prelu(y + in[2], in[4]); }},
    {"leaky relu, number, residual",
     [](Tensor y, auto& in) { return leaky_relu(y + in[2], 0.2f) * 0.3f + in[5]; }},
    {"residual alone", [](Tensor y, auto& in) { return in[5] + y; }},
    {"residual, then bias", [](Tensor y, auto& in) { return (y + in[5]) + in[2]; }},
    {"residual, then relu", [](Tensor y, auto& in) { return relu(y + in[5]); }},
    {"tanh", [](Tensor y, auto& in) { return tanh(y + in[2]); }},
    {"sigmoid", [](Tensor y, auto& in) { return sigmoid(y + in[2]); }},
    {"clamp", [](Tensor y, auto& in) { return clamp(y + in[2], -0.5f, 0.5f); }},
    {"number before bias", [](Tensor y, auto& in) { return y * 0.5f + in[2]; }},
    {"two numbers", [](Tensor y, auto&) { return (y * 0.5f) * 3.0f; }},
    {"number after residual", [](Tensor y, auto& in) { return (y + in[5]) * 0.5f; }},
    {"used twice", [](Tensor y, auto& in) { return relu(y) + (y + in[2]); }},
    {"added to itself", [](Tensor y, auto&) { return y + y; }},
    {"all with slopes",
     [](Tensor y, auto& in) { return prelu(y * in[3] + in[2], in[3]) * 0.7f + in[5]; }},
    {"all with clamp",
     [](Tensor y, auto& in) { return clamp(y - in[2], -0.5f, 0.5f) * 0.7f + in[5]; }},
    {"one slope, residual", [](Tensor y, auto& in) { return prelu(y, in[4]) + in[5]; }},
    {"subtracted", [](Tensor y, auto& in) { return in[5] - y; }},
};

/// Every tail through one kernel, and every kernel with the tails that use all of an epilogue: each
/// combination is a kernel to compile, which takes CPU drivers most of the time.
bool is_worth_it(const ConvKind& kind, const TailCase& tail, const char* device) {
  const std::string name = tail.name;
  return (&kind == &kKinds[2] && std::string(device) == " with the least") ||
         name == "all with slopes" || name == "all with clamp";
}

TEST(Fuse, ConvolutionTailsKeepTheirValues) {
  for (const ConvKind& kind : kKinds)
    for (const TailCase& tail : kTails)
      for (const auto& [device, adapt] : kDevices) {
        if (!is_worth_it(kind, tail, device)) continue;
        const int64_t c = kind.channels();
        const double sum = static_cast<double>(kind.x.c * kind.w.h * kind.w.w);
        check_op({.name = std::string(kind.name) + ", " + tail.name + device,
                  .inputs = {kind.x, kind.w, {1, c, 1, 1}, {1, c, 1, 1}, {1, 1, 1, 1}, kind.out()},
                  .build =
                      [&](auto& in) {
                        // Fan-in scaling, so that every tail sees values of about one.
                        const auto scale = static_cast<float>(1 / std::sqrt(sum));
                        return tail.tail(kind({in[0], in[1] * scale}), in);
                      },
                  .as_parameters = {1, 2, 3, 4}},
                 adapt);
      }
}

TEST(Fuse, ActivationsMoveBeforeAPixelShuffle) {
  const std::pair<const char*, Tail> tails[] = {
      {"prelu", [](Tensor y, auto& in) { return prelu(y, in[3]); }},
      {"leaky relu", [](Tensor y, auto&) { return leaky_relu(y, 0.1f); }},
      {"prelu per channel stays", [](Tensor y, auto& in) { return prelu(y, in[4]); }},
      {"affine stays", [](Tensor y, auto&) { return y * 2.0f + 1.0f; }}};
  for (const auto& [name, tail] : tails)
    check_op({.name = name,
              .inputs = {{1, 5, 6, 7}, {12, 5, 3, 3}, {1, 12, 1, 1}, {1, 1, 1, 1}, {1, 3, 1, 1}},
              .build =
                  [&](auto& in) {
                    return tail(pixel_shuffle(conv2d(in[0], in[1] * 0.15f, {1, 1}) + in[2], 2), in);
                  },
              .as_parameters = {1, 2, 3, 4}});
}

TEST(Fuse, NormalizeTakesScaleShiftAndActivation) {
  for (const bool batch : {false, true})
    check_op({.name = batch ? "batch" : "instance",
              .inputs = {{2, 3, 5, 7}, {1, 3, 1, 1}, {1, 3, 1, 1}},
              .build =
                  [&](auto& in) {
                    const Tensor y = normalize(in[0], {.n = batch, .h = true, .w = true}, 1e-5f);
                    return relu(y * in[1] + in[2]);
                  },
              .as_parameters = {1, 2}});
}

/// Counts the nodes of the fused graph that its output needs, leaves and what is fixed left out.
int live_nodes(const Graph& fused) {
  std::vector<bool> live(fused.nodes().size(), false), varies(fused.nodes().size(), false);
  for (size_t id = 0; id < varies.size(); ++id) {
    const Node& node = fused.node(static_cast<int>(id));
    varies[id] =
        node.name == "x" || std::any_of(node.inputs.begin(), node.inputs.end(),
                                        [&](int i) { return varies[static_cast<size_t>(i)]; });
  }
  live[static_cast<size_t>(fused.outputs()[0].node)] = true;
  int count = 0;
  for (size_t id = live.size(); id-- > 0;) {
    if (!live[id]) continue;
    const Node& node = fused.node(static_cast<int>(id));
    for (const int input : node.inputs) live[static_cast<size_t>(input)] = true;
    count += varies[id] && !node.inputs.empty();
  }
  return count;
}

TEST(Fuse, AResidualBlockWithBatchNormBecomesTwoNodes) {
  Graph graph, fused;
  const auto channel = [&](const char* name) { return graph.parameter(name, {1, 8, 1, 1}); };
  const Tensor x = graph.input("x", {1, 8, 9, 9});
  Tensor y = conv2d(x, graph.parameter("w1", {8, 8, 3, 3}), {1, 1}) + channel("b1");
  y = prelu((y - channel("mean")) * rsqrt(channel("variance")) * channel("g") + channel("h"),
            graph.parameter("slope", {1, 1, 1, 1}));
  y = conv2d(y, graph.parameter("w2", {8, 8, 3, 3}), {1, 1}) * channel("g2") + x;
  graph.output("y", y);
  fuse(graph, fused, test_device().properties());
  EXPECT_EQ(live_nodes(fused), 2);
  Graph plain, one;
  const Tensor z = plain.input("x", {1, 8, 9, 9});
  plain.output("y", relu(conv2d(z, plain.parameter("w", {8, 8, 3, 3}), {1, 1}) *
                             plain.parameter("g", {1, 8, 1, 1}) +
                         plain.parameter("h", {1, 8, 1, 1})) +
                        z);
  fuse(plain, one, test_device().properties());
  EXPECT_EQ(live_nodes(one), 1);
}

struct InputCase {
  const char* name;
  Shape x, w;
  Conv2dSettings settings;
  std::function<Tensor(Tensor)> before;
  bool fuses;  // on a CPU driver
};
const std::function<Tensor(Tensor)> border(int p, PadMode mode) {
  return [=](Tensor x) { return pad(x, {p, p, p, p}, mode); };
}
const InputCase kInputs[] = {
    {"reflect, 3x3", {1, 20, 12, 16}, {24, 20, 3, 3}, {}, border(1, PadMode::reflect), true},
    {"reflect, 3x3 ragged", {2, 16, 9, 11}, {17, 16, 3, 3}, {}, border(1, PadMode::reflect), true},
    {"reflect, 7x7", {2, 3, 8, 9}, {5, 3, 7, 7}, {}, border(3, PadMode::reflect), true},
    {"reflect, 7x7 of texels", {1, 6, 5, 8}, {9, 6, 7, 7}, {}, border(3, PadMode::reflect), true},
    {"reflect, stride 2", {1, 5, 9, 12}, {6, 5, 3, 3}, {2}, border(1, PadMode::reflect), true},
    {"reflect, 4x4 in halves",
     {1, 16, 34, 34},
     {16, 16, 4, 4},
     {2},
     border(1, PadMode::reflect),
     true},
    {"replicate, 3x3", {1, 16, 8, 8}, {16, 16, 3, 3}, {}, border(1, PadMode::replicate), true},
    {"replicate, 5x5", {1, 3, 7, 6}, {4, 3, 5, 5}, {}, border(2, PadMode::replicate), true},
    {"zero", {1, 4, 7, 6}, {4, 4, 3, 3}, {}, border(1, PadMode::zero), true},
    {"uneven",
     {1, 4, 7, 6},
     {4, 4, 3, 3},
     {},
     [](Tensor x) {
       return pad(x, {1, 2, 1, 1}, PadMode::reflect);
     },
     false},
    {"padded twice", {1, 4, 7, 6}, {4, 4, 3, 3}, {1, 1}, border(1, PadMode::reflect), false},
    {"upsampled",
     {1, 17, 8, 12},
     {20, 17, 3, 3},
     {1, 1},
     [](Tensor x) { return upsample_nearest(x, 2); },
     true},
    {"upsampled, ragged",
     {2, 16, 5, 7},
     {16, 16, 3, 3},
     {1, 1},
     [](Tensor x) { return upsample_nearest(x, 2); },
     true},
    {"upsampled, few channels",
     {1, 3, 8, 8},
     {4, 3, 3, 3},
     {1, 1},
     [](Tensor x) { return upsample_nearest(x, 2); },
     false},
    {"upsampled three times",
     {1, 16, 8, 8},
     {16, 16, 3, 3},
     {1, 1},
     [](Tensor x) { return upsample_nearest(x, 3); },
     false},
};

TEST(Fuse, ConvolutionsMakeTheirBordersAndUpsample) {
  for (const InputCase& c : kInputs) {
    const auto build = [&](Tensor x, Tensor w) { return conv2d(c.before(x), w, c.settings); };
    for (const auto& [device, adapt] : kDevices)
      if (adapt == nullptr || &c == &kInputs[0])
        check_op({.name = std::string(c.name) + device,
                  .inputs = {c.x, c.w, {1, c.w.n, 1, 1}},
                  .build = [&](auto& in) { return relu(build(in[0], in[1] * 0.1f) + in[2]); },
                  .as_parameters = {1, 2}},
                 adapt);
    const bool cpu = test_device().properties().kind == DeviceProperties::Kind::cpu;
    Graph graph, fused;
    graph.output("y", build(graph.input("x", c.x), graph.parameter("w", c.w)));
    fuse(graph, fused, test_device().properties());
    EXPECT_EQ(live_nodes(fused), c.fuses && cpu ? 1 : 2) << c.name;
  }
}

TEST(Fuse, NestedConcatsAreNotCopied) {
  Graph graph;
  const auto conv = [&](Tensor x, const char* name, int64_t out) {
    return conv2d(x, graph.parameter(name, {out, x.shape().c, 3, 3}), {1, 1});
  };
  const Tensor x = graph.input("x", {1, 3, 16, 16});
  const Tensor f = conv(x, "head", 64);
  const Tensor a = conv(f, "a", 32), b = conv(concat({f, a}), "b", 32);
  const Tensor c = conv(concat({f, a, b}), "c", 64);
  graph.output("y", c * 0.2f + f);
  const Plan plan = make_plan(graph, test_device().properties());
  for (const Dispatch& dispatch : plan.dispatches) EXPECT_NE(dispatch.kernel, "copy_block");

  check_op(
      {.name = "dense block",
       .inputs = {{1, 64, 8, 8}, {64, 64, 3, 3}, {64, 128, 3, 3}, {64, 192, 3, 3}},
       .build =
           [](auto& in) {
             const Tensor d = conv2d(in[0], in[1] * 0.02f, {1, 1});
             const Tensor e = leaky_relu(conv2d(concat({d, in[0]}), in[2] * 0.02f, {1, 1}), 0.2f);
             const Tensor g = conv2d(concat({d, in[0], e}), in[3] * 0.02f, {1, 1});
             return concat({g * 0.2f + d, e, e});
           },
       .as_parameters = {1, 2, 3}});
}

TEST(Fuse, ExpandIsTheFusedOpsDefinition) {
  Graph graph;
  const ConvFusedSettings settings{.conv = {1, 1},
                                   .has_bias = 1,
                                   .has_slope = 1,
                                   .has_residual = 1,
                                   .activation = {},
                                   .scale = 0.7f};
  const std::vector<Tensor> in = {graph.input("x", {1, 3, 6, 5}), graph.input("w", {4, 3, 3, 3}),
                                  graph.input("b", {1, 4, 1, 1}), graph.input("s", {1, 4, 1, 1}),
                                  graph.input("r", {1, 4, 6, 5})};
  graph.output("fused", graph.add(kConvFused, in, settings));
  graph.output("expanded", kConvFused.decompose(in, settings));
  const std::vector<HostArray> values = evaluate(graph, [](const Node& node) {
    std::vector<double> result(static_cast<size_t>(node.shape.elements()));
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = std::sin(static_cast<double>(i) * 0.7 + node.name[0]);
    return result;
  });
  for (size_t i = 0; i < values[0].values.size(); ++i)
    EXPECT_NEAR(values[0].values[i], values[1].values[i], 1e-6);  // scale is stored in fp32
}

}  // namespace
}  // namespace imago
