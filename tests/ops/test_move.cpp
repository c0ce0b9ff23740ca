#include <gtest/gtest.h>

#include <algorithm>

#include "tests/ops/op_test.h"

namespace imago {
namespace {

const Shape kMovedShapes[] = {
    {1, 1, 1, 1}, {2, 3, 7, 5}, {1, 7, 7, 90}, {2, 5, 33, 17}, {2, 3, 6, 14}};

TEST(Pad, MatchesReference) {
  const Padding borders[] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {3, 2, 1, 4}, {0, 4, 4, 0}};
  for (const PadMode mode : {PadMode::zero, PadMode::reflect, PadMode::replicate})
    for (const Padding& border : borders)
      for (const Shape& shape : kMovedShapes) {
        const bool fits = std::max(border.top, border.bottom) < shape.h &&
                          std::max(border.left, border.right) < shape.w;
        if (mode == PadMode::reflect && !fits) continue;
        check_op({.name = "pad " + to_string(shape) + " top " + std::to_string(border.top) +
                          " mode " + std::to_string(static_cast<int>(mode)),
                  .inputs = {shape},
                  .build = [&](auto& in) { return pad(in[0], border, mode); },
                  .tolerance = 0});
      }
}

// Rows of a multiple of four elements are made four at a time on CPU drivers, wherever those of the
// padded picture begin.
TEST(PadDx, MatchesReference) {
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate})
    for (const Padding& border : {Padding{0, 0, 0, 0}, Padding{1, 1, 1, 1}, Padding{3, 3, 3, 3},
                                  Padding{3, 2, 1, 4}, Padding{0, 4, 5, 0}})
      for (const Shape& s : {Shape{1, 1, 5, 8}, Shape{2, 3, 7, 5}, Shape{2, 5, 33, 20},
                             Shape{1, 4, 6, 64}, Shape{1, 1, 9, 6}}) {
        const bool fits =
            std::max(border.top, border.bottom) < s.h && std::max(border.left, border.right) < s.w;
        if (mode == PadMode::reflect && !fits) continue;
        check_op({.name = "pad_dx " + to_string(s) + " " + std::to_string(static_cast<int>(mode)) +
                          " " + std::to_string(border.left),
                  .inputs = {{s.n, s.c, s.h + border.top + border.bottom,
                              s.w + border.left + border.right}},
                  .build = [&](auto& in) { return pad_dx(in[0], border, mode); }});
      }
}

TEST(Pad, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 8});
  expect_shape_error(
      [&] {
        pad(x, {4, 0, 0, 0}, PadMode::reflect);
      },
      "pad: a reflected border must be narrower than the picture (inputs: 1x3x4x8)");
  expect_shape_error([&] { pad(x, {0, 0, 0, 8}, PadMode::reflect); }, "reflected border");
  expect_shape_error([&] { pad(x, {0, -1, 0, 0}, PadMode::zero); }, "pad: the padding is negative");
  EXPECT_EQ(pad(x, {3, 3, 7, 7}, PadMode::reflect).shape(), (Shape{1, 3, 10, 22}));
}

TEST(Crop, MatchesReference) {
  const Padding margins[] = {{0, 0, 0, 0}, {1, 2, 3, 1}, {6, 0, 0, 4}};
  for (const Padding& margin : margins)
    for (const Shape& shape : kMovedShapes) {
      if (margin.top + margin.bottom >= shape.h || margin.left + margin.right >= shape.w) continue;
      check_op({.name = "crop " + to_string(shape) + " top " + std::to_string(margin.top),
                .inputs = {shape},
                .build = [&](auto& in) { return crop(in[0], margin); },
                .tolerance = 0});
    }
}

TEST(Crop, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 8});
  expect_shape_error(
      [&] {
        crop(x, {2, 2, 0, 0});
      },
      "crop: the margins leave nothing over (inputs: 1x3x4x8)");
  expect_shape_error([&] { crop(x, {0, 0, -1, 0}); }, "crop: a margin is negative");
}

TEST(Concat, MatchesReference) {
  const std::vector<int64_t> channels[] = {{1}, {2, 3}, {5, 1, 4, 7}};
  for (const auto& parts : channels)
    for (const Shape& shape : kMovedShapes) {
      std::vector<Shape> inputs;
      for (const int64_t c : parts) inputs.push_back({shape.n, c, shape.h, shape.w});
      check_op({.name = "concat " + std::to_string(parts.size()) + " of " + to_string(shape),
                .inputs = inputs,
                .build = [](auto& in) { return concat(in); },
                .tolerance = 0});
    }
  check_op({.name = "the same part twice, and a parameter",
            .inputs = {{1, 2, 5, 3}, {1, 3, 5, 3}},
            .build =
                [](auto& in) {
                  return concat({in[1], in[0], in[0]});
                },
            .tolerance = 0,
            .as_parameters = {1}});
}

TEST(Concat, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 8}), y = graph.input("y", {1, 3, 5, 8});
  expect_shape_error(
      [&] {
        concat({x, y});
      },
      "concat: the parts differ in more than their channels (inputs: 1x3x4x8 1x3x5x8)");
  expect_shape_error([&] { concat({}); }, "concat: there are no parts");
}

TEST(SliceChannels, MatchesReference) {
  for (const Shape& shape : {Shape{2, 7, 5, 9}, Shape{1, 7, 1, 1}, Shape{3, 7, 33, 20}})
    for (const auto& [begin, end] : {std::pair{0, 7}, std::pair{2, 3}, std::pair{3, 7}})
      check_op({.name = "slice " + to_string(shape) + " from " + std::to_string(begin),
                .inputs = {shape},
                .build = [&](auto& in) { return slice_channels(in[0], begin, end); },
                .tolerance = 0});
}

TEST(SliceChannels, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 8});
  expect_shape_error([&] { slice_channels(x, 1, 4); },
                     "slice_channels: x has 3 channels, asked for 1 to 4 (inputs: 1x3x4x8)");
  expect_shape_error([&] { slice_channels(x, 2, 2); }, "slice_channels: x has 3 channels");
  expect_shape_error([&] { slice_channels(x, -1, 2); }, "slice_channels: x has 3 channels");
}

}  // namespace
}  // namespace imago
