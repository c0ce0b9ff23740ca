// Fully connected layers (compute/ops/conv2d_connected.cpp): convolutions of pictures of one pixel,
// or by kernels as large as the picture, and back.
#include <gtest/gtest.h>

#include <set>

#include "compute/plan/plan.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

struct Layer {
  Shape x;
  int64_t out;
  std::string name() const { return to_string(x) + " to " + std::to_string(out); }
};

// Some with more pictures than fit in the lanes of one group, in numbers that are no multiple of
// four and of one picture alone.
const Layer kLayers[] = {{{2, 5, 1, 1}, 3},     {{17, 40, 1, 1}, 70}, {{100, 33, 1, 1}, 9},
                         {{64, 10, 7, 7}, 1},   {{6, 3, 4, 5}, 35},   {{1, 12, 7, 7}, 20},
                         {{70, 130, 1, 1}, 129}};

TEST(Connected, OfWholePictures) {
  for (const Layer& l : kLayers)
    for (const auto& [device, adapt] : kDevices)
      check_op({.name = l.name() + device,
                .inputs = {l.x, {l.out, l.x.c, l.x.h, l.x.w}},
                .build = [](auto& in) { return conv2d(in[0], in[1]); }},
               adapt);
}

TEST(Connected, ToWholePictures) {
  for (const Layer& l : kLayers)
    for (const auto& [device, adapt] : kDevices)
      check_op({.name = l.name() + " back" + device,
                .inputs = {{l.x.n, l.out, 1, 1}, {l.out, l.x.c, l.x.h, l.x.w}},
                .build = [](auto& in) { return conv2d_dx(in[0], in[1]); }},
               adapt);
}

TEST(Connected, GradientsOfWeights) {
  for (const Layer& l : kLayers)
    for (const auto& [device, adapt] : kDevices)
      check_op({.name = l.name() + " dw" + device,
                .inputs = {{l.x.n, l.out, 1, 1}, l.x},
                .build =
                    [&](auto& in) {
                      return conv2d_dw(in[0], in[1], static_cast<int>(l.x.h),
                                       static_cast<int>(l.x.w));
                    }},
               adapt);
}

TEST(Connected, WithWhatRidesOnTheOutput) {
  for (const bool transposed : {false, true})
    for (const int side : {1, 4})
      for (const bool biased : {false, true}) {
        const Shape pixel = {9, 20, 1, 1}, picture = {9, 12, side, side};
        check_op({.name = "epilogue " + std::to_string(transposed) + std::to_string(side) +
                          std::to_string(biased),
                  .inputs = {transposed ? pixel : picture,
                             {20, 12, side, side},
                             {1, transposed ? 12 : 20, 1, 1},
                             transposed ? picture : pixel},
                  .build =
                      [&](auto& in) {
                        Tensor y = transposed ? conv2d_dx(in[0], in[1]) : conv2d(in[0], in[1]);
                        if (biased) y = leaky_relu(y + in[2], 0.2f);
                        return y * 0.5f + in[3];
                      },
                  .as_parameters = {1, 2}});
      }
}

// A layer of 1200 x 1200 weights for 100 pictures was left to the kernel that serves anything, and
// took four seconds.
TEST(Connected, ManyWeightsAreNoWorkForTheDirectKernels) {
  Graph graph;
  const Tensor x = graph.input("x", {100, 1200, 1, 1}),
               w = graph.parameter("w", {1200, 1200, 1, 1});
  const Tensor y = conv2d(x, w);
  graph.output("y", y);
  graph.output("dx", conv2d_dx(y, w));
  graph.output("dw", conv2d_dw(y, x, 1, 1));
  std::set<std::string> kernels;
  for (const Dispatch& d : make_plan(graph, cpu_driver()).dispatches) kernels.insert(d.kernel);
  EXPECT_TRUE(kernels.contains("transpose"));
  EXPECT_FALSE(kernels.contains("conv2d"));
  EXPECT_FALSE(kernels.contains("conv2d_dw"));
}

}  // namespace
}  // namespace imago
