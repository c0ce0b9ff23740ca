// receptive_radius against what really happens: one input pixel is changed at a time in the fp64
// evaluation, and the outputs that change are looked at.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

struct ReachCase {
  const char* name;
  int side;   // of the square input
  int block;  // sides are multiples of it, tiles begin at multiples of it
  std::function<Tensor(Tensor)> build;
  int64_t channels = 1;
};

/// A kernel without zeros, so that no dependence hides.
Tensor kernel(Tensor x, int64_t out, int64_t in, int64_t side) {
  return x.graph().parameter(
      "w" + std::to_string(out) + "x" + std::to_string(in) + "x" + std::to_string(side),
      {out, in, side, side});
}

Tensor conv(Tensor x, int64_t out, int64_t side, Conv2dSettings settings) {
  return conv2d(x, kernel(x, out, x.shape().c, side), settings);
}
Tensor conv_dx(Tensor x, int64_t out, int64_t side, Conv2dSettings settings) {
  return conv2d_dx(x, kernel(x, x.shape().c, out, side), settings);
}

/// The largest distance, in input pixels, between a block of the output (as its place in the input)
/// and an input pixel that changes it.
int measured_radius(const ReachCase& test) {
  Graph graph;
  const Shape in{1, test.channels, test.side, test.side};
  graph.output("y", test.build(graph.input("x", in)));
  const auto run = [&](int64_t changed) {
    return evaluate(graph, [&](const Node& node) {
      std::vector<double> values(static_cast<size_t>(node.shape.elements()));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = 0.5 + std::abs(std::sin(static_cast<double>(i + 1)));
      if (node.name == "x" && changed >= 0)
        for (int64_t c = 0; c < in.c; ++c)
          values[static_cast<size_t>(c * in.h * in.w + changed)] += 10;
      return values;
    })[0];
  };
  const HostArray before = run(-1);
  const Shape out = before.shape;
  const auto outside = [&](int64_t at, int64_t position, int64_t size_out, int64_t size_in) {
    // Output position -> the block of input pixels it belongs to.
    const int64_t block = position * size_in / size_out / test.block * test.block;
    return std::max({int64_t{0}, block - at, at - (block + test.block - 1)});
  };
  int64_t radius = 0;
  for (int64_t pixel = 0; pixel < in.h * in.w; ++pixel) {
    const HostArray after = run(pixel);
    for (int64_t c = 0; c < out.c; ++c)
      for (int64_t h = 0; h < out.h; ++h)
        for (int64_t w = 0; w < out.w; ++w) {
          if (std::abs(before.at(0, c, h, w) - after.at(0, c, h, w)) < 1e-9) continue;
          radius = std::max({radius, outside(pixel / in.w, h, out.h, in.h),
                             outside(pixel % in.w, w, out.w, in.w)});
        }
  }
  return static_cast<int>(radius);
}

int stated_radius(const ReachCase& test) {
  Graph graph;
  const Tensor x = graph.input("x", {1, test.channels, test.side, test.side});
  return receptive_radius(graph, x, test.build(x), test.block);
}

// The picture is large enough that the furthest pixel an output sees lies inside it, so the two
// numbers must be equal, not merely in order.
TEST(ReceptiveRadius, IsWhatAPerturbationShows) {
  const ReachCase cases[] = {
      {"one pixel", 6, 1, [](Tensor x) { return relu(conv(x, 2, 1, {})); }},
      {"conv 3", 8, 1,
       [](Tensor x) {
         return conv(x, 2, 3, {1, 1});
       }},
      {"two convs", 12, 1,
       [](Tensor x) {
         return conv(conv(x, 2, 3, {1, 1}), 1, 5, {1, 2});
       }},
      {"residual", 12, 1,
       [](Tensor x) {
         return x + conv(conv(x, 2, 3, {1, 1}), 1, 3, {1, 1});
       }},
      {"even kernel", 10, 1,
       [](Tensor x) {
         return conv(pad(x, {1, 2, 1, 2}, PadMode::zero), 1, 4, {});
       }},
      {"stride 2", 16, 2,
       [](Tensor x) {
         return conv(x, 2, 4, {2, 1});
       }},
      {"stride 2, kernel 3", 16, 2,
       [](Tensor x) {
         return conv(x, 2, 3, {2, 1});
       }},
      {"stride 2 twice", 24, 4,
       [](Tensor x) {
         return conv(conv(x, 2, 4, {2, 1}), 1, 4, {2, 1});
       }},
      {"conv_dx 4", 10, 1,
       [](Tensor x) {
         return conv_dx(x, 2, 4, {2, 1});
       }},
      {"conv_dx 3", 10, 1,
       [](Tensor x) {
         return conv_dx(x, 2, 3, {2, 1, 1});
       }},
      {"down and up", 16, 2,
       [](Tensor x) {
         return conv_dx(conv(x, 2, 4, {2, 1}), 1, 4, {2, 1});
       }},
      {"down and up twice", 32, 4,
       [](Tensor x) {
         const Tensor deep = conv(conv(x, 1, 4, {2, 1}), 1, 4, {2, 1});
         return conv_dx(conv_dx(deep, 1, 4, {2, 1}), 1, 4, {2, 1});
       }},
      {"reflect", 16, 1,
       [](Tensor x) {
         return conv(pad(x, {3, 3, 3, 3}, PadMode::reflect), 1, 7, {});
       }},
      {"replicate", 12, 1,
       [](Tensor x) {
         return conv(pad(x, {2, 2, 2, 2}, PadMode::replicate), 1, 5, {});
       }},
      {"reflect twice", 16, 1,
       [](Tensor x) {
         const auto layer = [](Tensor t) {
           return conv(pad(t, {1, 1, 1, 1}, PadMode::reflect), 1, 3, {});
         };
         return layer(layer(x));
       }},
      {"crop of a valid conv", 14, 1,
       [](Tensor x) {
         return crop(conv(x, 1, 3, {1, 3}), {2, 2, 2, 2});
       }},
      {"crop joined", 12, 1,
       [](Tensor x) {
         const Tensor wide = pad(x, {2, 2, 2, 2}, PadMode::zero);
         return concat({x, crop(conv(wide, 1, 3, {1, 1}), {2, 2, 2, 2})});
       }},
      {"slice of a concat", 12, 1,
       [](Tensor x) {
         return slice_channels(concat({conv(x, 2, 3, {1, 1}), conv(x, 2, 5, {1, 2})}), 1, 3);
       }},
      {"shuffle", 8, 1,
       [](Tensor x) {
         return pixel_shuffle(conv(x, 4, 3, {1, 1}), 2);
       }},
      {"conv after shuffle", 8, 1,
       [](Tensor x) {
         return conv(pixel_shuffle(conv(x, 4, 1, {}), 2), 1, 3, {1, 1});
       }},
      {"conv 9 after shuffle by 4", 9, 1,
       [](Tensor x) {
         return conv(pixel_shuffle(conv(x, 16, 3, {1, 1}), 4), 1, 9, {1, 4});
       }},
      {"unshuffle", 12, 2,
       [](Tensor x) {
         return conv(pixel_unshuffle(x, 2), 1, 3, {1, 1});
       }},
      {"unshuffle and shuffle", 16, 4,
       [](Tensor x) {
         return pixel_shuffle(conv(pixel_unshuffle(x, 4), 16, 3, {1, 1}), 4);
       }},
      {"nearest", 10, 1,
       [](Tensor x) {
         return conv(upsample_nearest(x, 2), 1, 3, {1, 1});
       }},
      {"nearest 3", 10, 1,
       [](Tensor x) {
         return conv(upsample_nearest(x, 3), 1, 9, {1, 4});
       }},
      {"bilinear 2", 8, 1, [](Tensor x) { return upsample_bilinear(x, 2); }},
      {"bilinear 3", 8, 1, [](Tensor x) { return upsample_bilinear(x, 3); }},
      {"conv after bilinear 4", 9, 1,
       [](Tensor x) {
         return conv(upsample_bilinear(x, 4), 1, 5, {1, 2});
       }},
      {"means of blocks, bilinear up", 16, 4,
       [](Tensor x) { return upsample_bilinear(upsample_nearest_dx(x, 4), 4); }},
      {"largest of blocks", 12, 2,
       [](Tensor x) {
         return conv(upsample_nearest(max_pool(x, 2), 2), 1, 3, {1, 1});
       },
       2},
      {"down, bilinear up", 16, 2,
       [](Tensor x) {
         return upsample_bilinear(conv(x, 1, 4, {2, 1}), 2);
       }},
  };
  // Behind layers that look only upwards or only downwards, each end of an interval counts alone.
  const auto identity = [](Tensor x) { return x; };
  const auto above = [](Tensor x) { return conv(pad(x, {2, 0, 2, 0}, PadMode::zero), 1, 3, {}); };
  const auto below = [](Tensor x) { return conv(pad(x, {0, 2, 0, 2}, PadMode::zero), 1, 3, {}); };
  const std::pair<const char*, std::function<Tensor(Tensor)>> fronts[] = {
      {"", identity}, {" after above", above}, {" after below", below}};
  for (ReachCase test : cases)
    for (const auto& [name, front] : fronts) {
      SCOPED_TRACE(std::string(test.name) + name);
      const auto build = test.build;
      test.build = [&](Tensor x) { return build(front(x)); };
      EXPECT_EQ(stated_radius(test), measured_radius(test));
      test.build = build;
    }
}

TEST(ReceptiveRadius, IsMinusOneForStatisticsOfThePicture) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 4, 8, 8});
  EXPECT_EQ(receptive_radius(graph, x,
                             relu(normalize(conv(x, 4, 3, {1, 1}), {.h = true, .w = true}, 1e-5f))),
            -1);
}

}  // namespace
}  // namespace imago
