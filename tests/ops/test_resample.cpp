#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

Tensor sum_of(Tensor x) { return sum(x, {true, true, true, true}); }

// Rows of a multiple of four elements are read as texels on CPU drivers.
const Shape kResampledShapes[] = {{1, 1, 1, 1},  {2, 3, 7, 5}, {1, 7, 7, 90}, {2, 5, 1, 33},
                                  {2, 3, 5, 12}, {1, 2, 1, 4}, {1, 1, 33, 64}};

TEST(PixelShuffle, MatchesReference) {
  for (const int factor : {1, 2, 3, 4})
    for (const Shape& s : kResampledShapes) {
      const Shape shape{s.n, s.c * factor * factor, s.h, s.w};
      check_op({.name = "shuffle " + to_string(shape) + " by " + std::to_string(factor),
                .inputs = {shape},
                .build = [&](auto& in) { return pixel_shuffle(in[0], factor); },
                .tolerance = 0});
    }
}

TEST(PixelUnshuffle, MatchesReference) {
  for (const int factor : {1, 2, 3, 4})
    for (const Shape& s : kResampledShapes) {
      const Shape shape{s.n, s.c, s.h * factor, s.w * factor};
      check_op({.name = "unshuffle " + to_string(shape) + " by " + std::to_string(factor),
                .inputs = {shape},
                .build = [&](auto& in) { return pixel_unshuffle(in[0], factor); },
                .tolerance = 0});
    }
}

TEST(MaxPool, MatchesReference) {
  for (const int factor : {1, 2, 3, 4})
    for (const Shape& s : {Shape{1, 1, 4, 4}, Shape{2, 3, 7, 5}, Shape{1, 7, 9, 90},
                           Shape{2, 5, 4, 33}, Shape{2, 3, 28, 28}, Shape{1, 2, 7, 12}}) {
      const std::string name = to_string(s) + " by " + std::to_string(factor);
      check_op({.name = "max_pool " + name,
                .inputs = {s},
                .build = [&](auto& in) { return max_pool(in[0], factor); },
                .tolerance = 0});
      // The gradient, and its own with respect to what it is given.
      const Shape y{s.n, s.c, s.h / factor, s.w / factor};
      check_op(
          {.name = "max_pool_dx " + name,
           .inputs = {s, y},
           .build = [&](auto& in) { return grad(sum_of(max_pool(in[0], factor) * in[1]), in[0]); },
           .tolerance = 0});
      check_op({.name = "max_pool_take " + name,
                .inputs = {s, y, s},
                .build =
                    [&](auto& in) {
                      const Tensor dx = grad(sum_of(max_pool(in[0], factor) * in[1]), in[0]);
                      return grad(sum_of(dx * in[2]), in[1]);
                    },
                .tolerance = 0});
    }
  Graph graph;
  const Tensor x = graph.input("x", {1, 1, 2, 8});
  expect_shape_error([&] { max_pool(x, 3); }, "smaller than a block");
}

TEST(MaxPool, TakesWhatIsNotANumberForTheLargest) {
  Graph graph;
  graph.output("y", max_pool(graph.input("x", {1, 1, 2, 6}), 2));
  Device& device = test_device();
  const Parameters none(device, {});
  Program program(device, make_plan(graph, device.properties()), none);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::ranges::copy(std::initializer_list<float>{nan, 1, 2, 3, 4, 5, 6, 7, 8, nan, 9, 9},
                    program.input("x").begin());
  program.run();
  const auto y = program.output("y");
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_TRUE(std::isnan(y[1]));
  EXPECT_EQ(y[2], 9);
}

std::vector<double> evaluate_on(const Shape& shape, const std::function<Tensor(Tensor)>& function) {
  Graph graph;
  graph.output("y", function(graph.input("x", shape)));
  return evaluate(graph,
                  [](const Node& node) {
                    std::vector<double> values(static_cast<size_t>(node.shape.elements()));
                    for (size_t i = 0; i < values.size(); ++i)
                      values[i] = static_cast<double>(i * i);
                    return values;
                  })[0]
      .values;
}

// Tensors of a multiple of four elements are read as texels on CPU drivers, wherever rows begin.
TEST(Blur, MatchesReference) {
  for (const Shape& s :
       {Shape{1, 1, 4, 4}, Shape{2, 3, 7, 5}, Shape{1, 7, 9, 90}, Shape{2, 5, 3, 33},
        Shape{2, 4, 7, 5}, Shape{3, 4, 9, 34}, Shape{1, 2, 6, 8}, Shape{2, 4, 17, 19}})
    for (const Padding& border : {Padding{0, 0, 0, 0}, Padding{1, 1, 1, 1}, Padding{2, 2, 2, 2},
                                  Padding{2, 1, 2, 1}, Padding{3, 1, 0, 2}}) {
      if (s.h + border.top + border.bottom < 4) continue;
      check_op({.name = "blur " + to_string(s) + " " + std::to_string(border.top),
                .inputs = {s},
                .build = [&](auto& in) { return blur(in[0], border); }});
    }
  Graph graph;
  const Tensor x = graph.input("x", {1, 1, 2, 8});
  expect_shape_error([&] { blur(x, {}); }, "nothing is left over");
  expect_shape_error([&] { blur(x, {.top = 4}); }, "0 to 3 pixels");
}

TEST(Blur, EnlargesAndReduces) {
  for (const Shape& s :
       {Shape{1, 1, 4, 4}, Shape{2, 3, 7, 5}, Shape{1, 7, 9, 90}, Shape{2, 5, 3, 33},
        Shape{2, 4, 7, 5}, Shape{3, 4, 9, 34}, Shape{1, 2, 6, 8}, Shape{2, 4, 17, 19}})
    for (const Padding& border : {Padding{0, 0, 0, 0}, Padding{1, 1, 1, 1}, Padding{2, 1, 2, 1},
                                  Padding{3, -1, 0, 2}, Padding{1, 4, 2, -1}, Padding{0, 3, 3, 4}})
      for (const BlurScale& scale : {BlurScale{.up = 2}, BlurScale{.down = 2}}) {
        if (s.h * scale.up + border.top + border.bottom < 4) continue;
        check_op({.name = "blur " + to_string(s) + " " + std::to_string(border.top) + ", up " +
                          std::to_string(scale.up),
                  .inputs = {s},
                  .build = [&](auto& in) { return blur(in[0], border, scale); }});
      }
  Graph graph;
  const Tensor x = graph.input("x", {1, 1, 4, 8});
  expect_shape_error([&] { blur(x, {}, {.up = 2, .down = 2}); }, "one of up and down is 1");
  expect_shape_error([&] { blur(x, {}, {.down = 3}); }, "one of up and down is 1");
}

// What StyleGAN2 halves by, against the same as a convolution, and enlarges by, against bilinear
// upsampling, which differs at the border alone.
TEST(Blur, ReducesAndEnlargesAsStylegan2) {
  const auto values = [](auto function) { return evaluate_on({1, 1, 8, 8}, function); };
  const std::vector<double> whole = values([](Tensor x) { return blur(x, {1, 1, 1, 1}); });
  const std::vector<double> half = values([](Tensor x) {
    return blur(x, {1, 1, 1, 1}, {.down = 2});
  });
  ASSERT_EQ(half.size(), 16u);
  for (size_t i = 0; i < 16; ++i)
    EXPECT_EQ(half[i], whole[i / 4 * 2 * 7 + i % 4 * 2]) << "whole has sides of 7";
  const std::vector<double> twice = values([](Tensor x) {
    return blur(x, {2, 1, 2, 1}, {.up = 2});
  });
  const std::vector<double> bilinear = values([](Tensor x) { return upsample_bilinear(x, 2); });
  ASSERT_EQ(twice.size(), bilinear.size());
  for (size_t i = 1; i < 15; ++i)
    for (size_t j = 1; j < 15; ++j)
      EXPECT_DOUBLE_EQ(4 * twice[i * 16 + j], bilinear[i * 16 + j]) << i << ", " << j;
}

// Numbers printed by PyTorch 1.13 for torch.arange(…).reshape(…) ** 2.
TEST(Resample, ReferencesMatchPyTorch) {
  EXPECT_EQ(evaluate_on({1, 4, 1, 2}, [](Tensor x) { return pixel_shuffle(x, 2); }),
            (std::vector<double>{0, 4, 1, 9, 16, 36, 25, 49}));
  EXPECT_EQ(evaluate_on({1, 1, 2, 4}, [](Tensor x) { return pixel_unshuffle(x, 2); }),
            (std::vector<double>{0, 4, 1, 9, 16, 36, 25, 49}));
  EXPECT_EQ(evaluate_on({1, 1, 2, 2}, [](Tensor x) { return upsample_bilinear(x, 2); }),
            (std::vector<double>{0, 0.25, 0.75, 1, 1, 1.5, 2.5, 3, 3, 4, 6, 7, 4, 5.25, 7.75, 9}));
  EXPECT_EQ(evaluate_on({1, 1, 1, 2}, [](Tensor x) { return upsample_bilinear(x, 4); }),
            (std::vector<double>{
                0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1, 0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1,
                0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1, 0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1}));
}

TEST(Upsample, MatchesReference) {
  for (const int factor : {1, 2, 3, 4})
    for (const Shape& shape : kResampledShapes) {
      check_op({.name = "nearest " + to_string(shape) + " by " + std::to_string(factor),
                .inputs = {shape},
                .build = [&](auto& in) { return upsample_nearest(in[0], factor); },
                .tolerance = 0});
      check_op({.name = "bilinear " + to_string(shape) + " by " + std::to_string(factor),
                .inputs = {shape},
                .build = [&](auto& in) { return upsample_bilinear(in[0], factor); }});
    }
}

TEST(Resample, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 6, 4, 9});
  expect_shape_error([&] { pixel_shuffle(x, 2); },
                     "pixel_shuffle: x has 6 channels, not a multiple of 4 (inputs: 1x6x4x9)");
  expect_shape_error([&] { pixel_shuffle(x, 0); }, "pixel_shuffle: the factor is below 1");
  expect_shape_error([&] { pixel_unshuffle(x, 2); },
                     "pixel_unshuffle: the sides of x are not multiples of 2 (inputs: 1x6x4x9)");
  expect_shape_error([&] { upsample_nearest(x, 0); }, "upsample_nearest: the factor is below 1");
  expect_shape_error([&] { upsample_bilinear(x, -1); }, "upsample_bilinear: the factor is below 1");
}

}  // namespace
}  // namespace imago
