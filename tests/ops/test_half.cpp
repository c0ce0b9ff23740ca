// Values stored in fp16: every op that has kernels for it, with each of its kernels, against fp64.
// The inputs are numbers that fp16 holds, so that what is left is what one store rounds away: at
// most 2^-11 of a value, half of the last of its 11 digits.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "compute/base/error.h"
#include "compute/base/half.h"
#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "compute/graph/optimize.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/conv2d_kernels.h"
#include "compute/plan/half.h"
#include "compute/plan/plan.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr double kRounding = 0x1p-11;
constexpr double kOfSums = 4e-6;  // what fp32 itself is off by

void as_plain(DeviceProperties& p) {
  p.kind = DeviceProperties::Kind::other;
  p.shared_memory_bytes = 0;
}

class Half : public testing::Test {
 protected:
  void SetUp() override {
    if (!test_device().properties().storage_16bit)
      GTEST_SKIP() << test_device().properties().name << " stores no fp16";
  }

  /// With the kernels of CPU drivers, of GPUs, and of devices that are good for nothing better.
  /// `stores`: how many one after the other a value goes through.
  static void check(OpCase test, int stores = 1, bool anywhere = true) {
    test.storage = NumberType::fp16;
    test.tolerance = stores * kRounding + kOfSums;
    const std::string name = test.name;
    test.name = name + " on this device";
    check_op(test);
    test.name = name + " as on a GPU";
    check_op(test, as_gpu);
    if (!anywhere) return;
    test.name = name + " anywhere";
    check_op(test, as_plain);
  }

  /// A convolution that a CPU driver computes with a form of `kernel`.
  static void check_convolution(const std::string& kernel, Shape x, Shape w,
                                Conv2dSettings settings, bool transposed) {
    const OpCase test = convolution(kernel + to_string(w), x, w, settings, transposed);
    Graph graph;
    std::vector<Tensor> in;
    for (const Shape& shape : test.inputs)
      in.push_back(graph.parameter(std::to_string(in.size()), shape));
    graph.output("y", test.build(in));
    const Plan plan = make_plan(graph, test_device().properties(),
                                {.storage = NumberType::fp16, .fold_constants = false});
    if (prefers_texels(test_device().properties())) {
      EXPECT_TRUE(std::ranges::any_of(plan.dispatches, [&](const Dispatch& d) {
        return d.kernel == kernel + ".half";
      })) << kernel;
    }
    check(test, 1, kernel == "conv2d_texel");
  }

  static OpCase convolution(const std::string& name, Shape x, Shape w, Conv2dSettings settings,
                            bool transposed);
};

OpCase Half::convolution(const std::string& name, Shape x, Shape w, Conv2dSettings settings,
                         bool transposed) {
  return {.name = name,
          .inputs = {x, w, {1, transposed ? w.c : w.n, 1, 1}},
          .build =
              [=](auto& in) {
                const Tensor y =
                    transposed ? conv2d_dx(in[0], in[1], settings) : conv2d(in[0], in[1], settings);
                // Two readers, so that the convolution's own result is stored in fp16.
                const Tensor made = leaky_relu(y + in[2], 0.2f);
                return concat({made, slice_channels(made, 0, 1)});
              },
          .as_parameters = {1, 2}};
}

TEST_F(Half, Convolutions) {
  check_convolution("conv2d_winograd_output", {1, 16, 17, 16}, {16, 16, 3, 3}, {1, 1}, false);
  check_convolution("conv2d_winograd_output", {1, 16, 64, 64}, {16, 16, 4, 4}, {2, 1}, false);
  check_convolution("conv2d_texel", {2, 5, 12, 13}, {9, 5, 3, 3}, {2, 1}, false);
  check_convolution("conv2d_texel", {1, 8, 12, 12}, {8, 8, 4, 4}, {2, 1}, false);
  check_convolution("conv2d_few", {1, 12, 4, 4}, {20, 12, 4, 4}, {2, 1}, false);
  check_convolution("conv2d_pointwise", {1, 12, 6, 6}, {7, 12, 1, 1}, {}, false);
  check_convolution("conv2d_texel", {1, 12, 10, 9}, {12, 6, 3, 3}, {2, 1, 1}, true);
  check_convolution("conv2d_texel_dx", {1, 12, 9, 8}, {12, 6, 4, 4}, {2, 1}, true);
  check_convolution("conv2d_few_gather", {1, 12, 2, 2}, {12, 8, 4, 4}, {2, 1}, true);
}

TEST_F(Half, AConvolutionsResidualAndAResultInFp32) {
  check({.name = "residual",
         .inputs = {{1, 8, 9, 12}, {8, 8, 3, 3}, {1, 8, 1, 1}, {1, 8, 1, 1}, {1, 8, 9, 12}},
         .build =
             [](auto& in) {
               const Tensor y = prelu(conv2d(in[0], in[1], {1, 1}) + in[2], in[3]) * 0.5f + in[4];
               return tanh(conv2d(leaky_relu(y, 0.5f), in[1], {1, 1}) * 0.1f);
             },
         .as_parameters = {1, 2, 3}},
        2);
}

TEST_F(Half, SlicesOfALongSum) {
  // As deep in a U-Net: so few results that the sum is cut, and put together again in fp32.
  OpCase test = convolution("slices", {1, 256, 4, 4}, {32, 256, 4, 4}, {2, 1}, false);
  test.storage = NumberType::fp16;
  test.tolerance = kRounding + kOfSums;
  check_op(test, as_gpu);
}

TEST_F(Half, WhatMovesNumbersRoundsNothingMore) {
  const Shape x{2, 8, 6, 10};
  const auto check_move = [&](const char* name, std::function<Tensor(Tensor)> move) {
    check({.name = name,
           .inputs = {x, {8, 8, 1, 1}},
           .build = [=](auto& in) { return move(conv2d(in[0], in[1])); },
           .as_parameters = {1}});
  };
  check_move("pad", [](Tensor y) { return pad(y, {1, 2, 3, 1}, PadMode::reflect); });
  check_move("pad with zeros", [](Tensor y) { return pad(y, {1, 2, 3, 1}, PadMode::zero); });
  check_move("crop", [](Tensor y) { return crop(y, {1, 2, 1, 0}); });
  check_move("slice", [](Tensor y) { return slice_channels(y, 1, 4); });
  check_move("concat", [](Tensor y) { return concat({y, slice_channels(y, 2, 3), y}); });
  check_move("pixel shuffle", [](Tensor y) { return pixel_shuffle(y, 2); });
  check_move("pixel unshuffle", [](Tensor y) { return pixel_unshuffle(y, 2); });
  check_move("nearest", [](Tensor y) { return upsample_nearest(y, 2); });
  check_move("reshape", [](Tensor y) { return reshape(y, {1, 16, 10, 6}); });
}

TEST_F(Half, ElementByElement) {
  const Shape x{2, 5, 6, 10};
  const auto check_of = [&](const char* name, Shape other, std::function<Tensor(Tensor, Tensor)> of,
                            int stores = 2) {
    check({.name = name,
           .inputs = {x, {5, 5, 1, 1}, other},
           .build = [=](auto& in) { return of(conv2d(in[0], in[1]), in[2]); },
           .low = 0.25f,
           .high = 1,
           .as_parameters = {1}},
          stores);
  };
  check_of("tanh", x, [](Tensor y, Tensor) { return tanh(y); });
  check_of("square of odd", {1, 1, 1, 1}, [](Tensor y, Tensor) {
    return crop(sqrt(y), {0, 0, 0, 1});
  });
  check_of(
      "by fp32", x, [](Tensor y, Tensor b) { return square(y) * b; }, 4);
  check_of(
      "by channel", {1, 5, 1, 1}, [](Tensor y, Tensor b) { return sqrt(y) / b; }, 3);
  check_of(
      "by number", {1, 1, 1, 1}, [](Tensor y, Tensor b) { return sqrt(y) - b; }, 3);
  check_of(
      "fp32 by fp16", x, [](Tensor y, Tensor b) { return b / sqrt(y); }, 4);
  check_of(
      "by itself", x, [](Tensor y, Tensor) { return sqrt(y) * y; }, 4);
  check_of(
      "broadcast", {2, 5, 1, 1}, [&](Tensor y, Tensor b) { return sqrt(y) + broadcast(b, x); }, 3);
}

TEST_F(Half, StatisticsAndFilters) {
  const Shape x{2, 6, 9, 12};
  const auto check_of = [&](const char* name, std::function<Tensor(const std::vector<Tensor>&)> of,
                            int stores) {
    check({.name = name,
           .inputs = {x, {6, 6, 1, 1}, {1, 6, 1, 1}, {1, 6, 1, 1}},
           .build =
               [=](auto& in) {
                 return of({conv2d(in[0], in[1]), in[2], in[3]});
               },
           .low = -0.5f,
           .as_parameters = {1, 2, 3}},
          stores);
  };
  check_of(
      "instance norm",
      [](auto& in) { return relu(normalize(in[0], {.h = true, .w = true}, 1e-5f, in[1], in[2])); },
      4);
  check_of(
      "batch norm",
      [](auto& in) {
        return normalize(in[0], {.n = true, .h = true, .w = true}, 1e-5f, in[1], in[2]) * 2.0f;
      },
      4);
  check_of(
      "mean", [](auto& in) { return in[0] - mean(in[0], {.h = true, .w = true}); }, 3);
  check_of(
      "blur",
      [](auto& in) {
        return blur(in[0], {2, 1, 2, 1});
      },
      2);
  check_of(
      "blur, every second pixel",
      [](auto& in) {
        return blur(in[0], {1, 1, 1, 1}, {.down = 2});
      },
      2);
  check_of(
      "blur, twice as large",
      [](auto& in) {
        return blur(in[0], {2, 1, 2, 1}, {.up = 2});
      },
      2);
  check_of(
      "bilinear", [](auto& in) { return upsample_bilinear(in[0], 2); }, 2);
  check_of(
      "dropout", [](auto& in) { return dropout(in[0], 0.5f); }, 2);
}

// Training.

/// The gradients of weights are stored in fp32, so nothing is rounded to fp16 any more.
TEST_F(Half, GradientsOfWeights) {
  struct Case {
    Shape dy, x;
    int side;
    Conv2dSettings settings;
  };
  for (const Case& c : {Case{{2, 9, 12, 13}, {2, 5, 12, 13}, 3, {1, 1}},
                        {{1, 16, 24, 24}, {1, 16, 24, 24}, 3, {1, 1}},
                        {{1, 16, 16, 16}, {1, 16, 32, 32}, 4, {2, 1}},
                        {{1, 20, 2, 2}, {1, 12, 4, 4}, 4, {2, 1}},
                        {{1, 16, 8, 8}, {1, 128, 8, 8}, 3, {1, 1}},
                        {{2, 8, 6, 8}, {2, 12, 6, 8}, 1, {}}})
    check({.name = "conv2d_dw " + to_string(c.dy) + " of " + to_string(c.x),
           .inputs = {c.dy, c.x},
           .build = [=](auto& in) { return conv2d_dw(in[0], in[1], c.side, c.side, c.settings); }},
          0);
}

/// Filters that are trained are stored in fp32: every kernel of both convolutions reads them so.
TEST_F(Half, ConvolutionsOfFiltersInFp32) {
  struct Case {
    Shape x, w;
    Conv2dSettings settings;
    bool transposed;
  };
  for (const Case& c : {Case{{1, 16, 17, 16}, {16, 16, 3, 3}, {1, 1}, false},
                        {{1, 16, 64, 64}, {16, 16, 4, 4}, {2, 1}, false},
                        {{2, 5, 12, 13}, {9, 5, 3, 3}, {2, 1}, false},
                        {{1, 8, 12, 12}, {8, 8, 4, 4}, {2, 1}, false},
                        {{1, 12, 4, 4}, {20, 12, 4, 4}, {2, 1}, false},
                        {{1, 12, 6, 6}, {7, 12, 1, 1}, {}, false},
                        {{1, 12, 10, 9}, {12, 6, 3, 3}, {2, 1, 1}, true},
                        {{1, 12, 9, 8}, {12, 6, 4, 4}, {2, 1}, true},
                        {{1, 12, 2, 2}, {12, 8, 4, 4}, {2, 1}, true}}) {
    OpCase test =
        convolution("filters in fp32 " + to_string(c.w), c.x, c.w, c.settings, c.transposed);
    const auto build = test.build;
    test.build = [=](auto& in) {
      const Tensor y = build(in);
      assign(in[2], in[2] * 1.0f);  // so that the graph is one that trains
      return y;
    };
    test.trains = true;
    check(test);
  }
}

TEST_F(Half, BackwardKernels) {
  const Shape x{2, 6, 9, 12};
  const auto check_of = [&](const char* name, Shape dy, int stores,
                            std::function<Tensor(Tensor, Tensor)> of) {
    check({.name = name,
           .inputs = {dy, x},
           .build = [=](auto& in) { return of(in[0], in[1]); },
           .low = -0.5f},
          stores);
  };
  check_of("normalize_dx of instances", x, 1,
           [](Tensor dy, Tensor y) { return normalize_dx(dy, y, {.h = true, .w = true}, 1e-5f); });
  check_of("normalize_dx of a batch", x, 1, [](Tensor dy, Tensor y) {
    return normalize_dx(dy, y, {.n = true, .h = true, .w = true}, 1e-5f);
  });
  check_of("normalize_dx of odd planes", {2, 6, 9, 12}, 1, [](Tensor dy, Tensor y) {
    return normalize_dx(crop(dy, {.right = 1}), crop(y, {.right = 1}), {.h = true, .w = true},
                        1e-5f);
  });
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::zero})
    check_of("pad_dx", x, 1, [=](Tensor dy, Tensor) { return pad_dx(dy, {1, 2, 3, 1}, mode); });
  check_of("upsample_nearest_dx", {2, 6, 18, 24}, 1,
           [](Tensor dy, Tensor) { return upsample_nearest_dx(dy, 2); });
  check_of("upsample_bilinear_dx", {2, 6, 18, 24}, 1,
           [](Tensor dy, Tensor) { return upsample_bilinear_dx(dy, 2); });
  check_of("leaky_relu_dx", x, 1, [](Tensor dy, Tensor y) { return leaky_relu_dx(dy, y, 0.2f); });
  check_of("tanh_dx", x, 1, [](Tensor dy, Tensor y) { return tanh_dx(dy, y); });
  check_of("sigmoid_dx", x, 1, [](Tensor dy, Tensor y) { return sigmoid_dx(dy, y); });
  check_of("clamp_dx", x, 1, [](Tensor dy, Tensor y) { return clamp_dx(dy, y, -0.2f, 0.3f); });
  check_of("sum of a channel", x, 0,
           [](Tensor dy, Tensor) { return sum(dy, {.n = true, .h = true, .w = true}); });
  check_of("squares", x, 0, [](Tensor dy, Tensor) { return square_sums(dy); });
}

/// Whole gradient rules: that of `of` with respect to x, where each of its parts is stored once.
TEST_F(Half, GradientsOfOps) {
  const Shape x{2, 6, 9, 12};
  const auto check_of = [&](const char* name, int stores,
                            std::function<Tensor(Tensor, Tensor)> of) {
    check({.name = std::string("gradient of ") + name,
           .inputs = {x, {1, 6, 1, 1}, x},
           .build =
               [=](auto& in) {
                 const Tensor y = of(in[0], in[1]);
                 const Tensor dy = y.shape() == in[2].shape() ? in[2] : of(in[2], in[1]);
                 return grad(sum(y * dy, {true, true, true, true}), in[0]);
               },
           .low = 0.1f,
           .as_parameters = {1}},
          stores);
  };
  check_of("crop", 2, [](Tensor t, Tensor) { return crop(t, {1, 2, 1, 0}); });
  check_of("slice", 2, [](Tensor t, Tensor) { return slice_channels(t, 1, 4); });
  check_of("concat", 3, [](Tensor t, Tensor) { return concat({t, slice_channels(t, 2, 3), t}); });
  check_of("pad", 2, [](Tensor t, Tensor) { return pad(t, {1, 2, 3, 1}, PadMode::reflect); });
  check_of("unshuffle", 2,
           [](Tensor t, Tensor) { return pixel_unshuffle(crop(t, {.bottom = 1}), 2); });
  check_of("shuffle", 2,
           [](Tensor t, Tensor) { return pixel_shuffle(slice_channels(t, 0, 4), 2); });
  check_of("nearest", 2, [](Tensor t, Tensor) { return upsample_nearest(t, 2); });
  check_of("blur", 2, [](Tensor t, Tensor) { return blur(t, {2, 1, 2, 1}); });
  check_of("dropout", 2, [](Tensor t, Tensor) { return dropout(t, 0.5f); });
  check_of("prelu", 3, [](Tensor t, Tensor slope) { return prelu(t - 0.5f, slope); });
  check_of("division", 3, [](Tensor t, Tensor by) { return t / by; });
  check_of("batch norm", 4, [](Tensor t, Tensor scale) {
    return normalize(t, {.n = true, .h = true, .w = true}, 1e-5f, scale, scale);
  });
}

TEST(HalfStorage, NumbersAreConvertedAsTheyShould) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float value = half_to_float(static_cast<uint16_t>(half));
    if (value == value) {
      ASSERT_EQ(float_to_half(value), half);
      // By the compiler's own arithmetic where it has any.
#ifdef __FLT16_MAX__
      ASSERT_EQ(value, static_cast<float>(std::bit_cast<_Float16>(static_cast<uint16_t>(half))));
#endif
    } else {
      ASSERT_EQ(half & 0x7c00u, 0x7c00u);
    }
  }
  EXPECT_EQ(half_to_float(float_to_half(65519.0f)), 65504.0f);
  EXPECT_TRUE(std::isinf(half_to_float(float_to_half(65520.0f))));
  EXPECT_EQ(float_to_half(1 + 0x1p-11f), float_to_half(1.0f));  // a tie, to even
}

/// A device that stores no fp16 says so when the plan is made.
TEST(HalfStorage, IsRefusedWhereThereIsNone) {
  Graph graph;
  graph.output("y", relu(graph.input("x", {1, 1, 2, 2})));
  DeviceProperties properties = test_device().properties();
  properties.storage_16bit = false;
  EXPECT_THROW(make_plan(graph, properties, {.storage = NumberType::fp16}), DeviceError);
}

/// Two convolutions and what is between them: their values and weights take half the bytes.
TEST_F(Half, TakesHalfTheMemory) {
  Graph graph;
  Tensor y = graph.input("x", {1, 4, 512, 512});
  for (int i = 0; i < 4; ++i)
    y = relu(conv2d(y, graph.parameter("w" + std::to_string(i), {64, y.shape().c, 3, 3}), {1, 1}));
  graph.output("y", conv2d(y, graph.parameter("last", {3, 64, 3, 3}), {1, 1}));
  DeviceProperties properties = test_device().properties();
  as_gpu(properties);
  const Plan full = make_plan(graph, properties);
  const Plan half = make_plan(graph, properties, {.storage = NumberType::fp16});
  EXPECT_EQ(half.arena_bytes * 2, full.arena_bytes);
  EXPECT_EQ(half.constant_bytes * 2, full.constant_bytes);
}

}  // namespace
}  // namespace imago
