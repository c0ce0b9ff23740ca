// Colours and geometry changed by chance.
#include "models/data/synth/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/data/support.h"

namespace imago::test {
namespace {

Picture filled(int width, int height, const std::function<int(int, int, int)>& value) {
  Picture picture(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) picture.row(y)[3 * x + c] = static_cast<uint8_t>(value(x, y, c));
  return picture;
}

/// All of a picture after this.
Picture augmented(const Picture& picture, const Augmentation& augmentation) {
  DataOptions options;
  options.preprocess = Preprocess::none;
  return prepare(picture, options, augmentation, "");
}

/// Colours that no change below drives out of range.
Picture colours() {
  return filled(8, 8, [](int x, int y, int c) { return 90 + (x * 5 + y * 3 + c * 11) % 60; });
}

double grey(const uint8_t* pixel) { return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]; }

using Change = std::function<double(const uint8_t* pixel, int channel)>;

void expect_colours(const ColorJitter& color, const Change& expected) {
  const Picture before = colours();
  const Picture after = augmented(before, {.warp = {}, .color = color});
  for (size_t i = 0; i < before.values.size(); i += 3)
    for (int c = 0; c < 3; ++c)
      ASSERT_NEAR(after.values[i + static_cast<size_t>(c)], expected(&before.values[i], c), 0.51);
}

TEST(ColorJitter, DoesWhatItsNumbersSay) {
  expect_colours({}, [](const uint8_t* p, int c) { return p[c]; });
  expect_colours({.brightness = 1.3}, [](const uint8_t* p, int c) { return 1.3 * p[c]; });
  expect_colours({.contrast = 0.6},
                 [](const uint8_t* p, int c) { return 127.5 + 0.6 * (p[c] - 127.5); });
  expect_colours({.saturation = 0}, [](const uint8_t* p, int) { return grey(p); });
  expect_colours({.saturation = 1.5},
                 [](const uint8_t* p, int c) { return grey(p) + 1.5 * (p[c] - grey(p)); });
}

TEST(ColorJitter, AThirdOfATurnMakesRedGreenAndKeepsTheGrey) {
  expect_colours({.hue = 2 * std::numbers::pi / 3}, [](const uint8_t* p, int c) {
    const double turned[] = {p[2] - grey(p), p[0] - grey(p), p[1] - grey(p)};
    return grey(p) + turned[c] - (0.299 * turned[0] + 0.587 * turned[1] + 0.114 * turned[2]);
  });
  expect_colours({.hue = 2 * std::numbers::pi}, [](const uint8_t* p, int c) { return p[c]; });
}

TEST(ColorJitter, GreyPicturesHaveBrightnessAndContrast) {
  Picture picture(4, 4, 1);
  std::fill(picture.values.begin(), picture.values.end(), uint8_t{100});
  const ColorJitter color{.hue = 1, .saturation = 2, .brightness = 1.2, .contrast = 0.5};
  EXPECT_NEAR(augmented(picture, {.warp = {}, .color = color}).values[5],
              127.5 + 0.5 * (120 - 127.5), 0.51);
}

// Red is twice the column, green twice the row: the result tells where each pixel came from.
TEST(Warp, TurnsScalesAndMovesAboutTheMiddle) {
  constexpr int kWidth = 120, kHeight = 100;
  const Picture picture = filled(kWidth, kHeight, [](int x, int y, int c) {
    return c == 0 ? 2 * x : c == 1 ? 2 * y : 0;
  });
  for (const Warp& warp :
       {Warp{.angle = 0.2}, Warp{.scale = 1.2}, Warp{.scale = 0.8}, Warp{.dx = 0.1, .dy = -0.05},
        Warp{.angle = -0.26, .scale = 1.1, .dx = -0.1, .dy = 0.1}}) {
    const Picture result = augmented(picture, {.warp = warp, .color = {}});
    ASSERT_EQ(result.width, kWidth);
    int compared = 0;
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        // Where the pixel that is at (u, v) of the middle goes, solved for (u, v).
        const double u = (x - 59.5) / warp.scale, v = (y - 49.5) / warp.scale;
        const double from_x =
            59.5 + u * std::cos(warp.angle) - v * std::sin(warp.angle) - warp.dx * kWidth;
        const double from_y =
            49.5 + u * std::sin(warp.angle) + v * std::cos(warp.angle) - warp.dy * kHeight;
        // Two pixels from the border the mirror image has no part in it.
        if (from_x < 2 || from_x > kWidth - 3 || from_y < 2 || from_y > kHeight - 3) continue;
        ASSERT_NEAR(result.row(y)[3 * x], 2 * from_x, 1.1);
        ASSERT_NEAR(result.row(y)[3 * x + 1], 2 * from_y, 1.1);
        ++compared;
      }
    EXPECT_GT(compared, kWidth * kHeight / 2);
  }
}

TEST(Warp, WhatLiesOutsideIsTheMirrorImage) {
  const Picture picture = filled(40, 40, [](int x, int, int) { return 6 * x; });
  const Picture result = augmented(picture, {.warp = Warp{.dx = 0.1}, .color = {}});  // 4 pixels
  EXPECT_EQ(result.row(7)[3 * 4], 0);
  for (int x = 0; x < 4; ++x) EXPECT_EQ(result.row(7)[3 * x], 6 * (4 - x));
}

TEST(Warp, ACropTakesWhatLiesBesideIt) {
  const Picture picture = filled(64, 64, [](int x, int, int) { return 3 * x; });
  DataOptions options;
  options.preprocess = Preprocess::crop;
  options.crop_size = 20;
  Augmentation augmentation{.x = 0.5, .y = 0.5, .warp = Warp{.dx = 0.1}, .color = {}};
  const Picture result = prepare(picture, options, augmentation, "");
  EXPECT_EQ(result.row(3)[0], 3 * (22 - 2));  // the crop begins at 22; moved by 2, not mirrored
}

/// Both halves of a file, or both files, are the same picture.
class AugmentedPairs : public ::testing::Test {
 protected:
  AugmentedPairs() {
    const auto value = [](int x, int y, int c) {
      return (x * 5 + y * 3 + c * 40 + x * y / 7) % 200;
    };
    save_png(folder_.path() / "train" / "a.png", 96, 40,
             [&](int x, int y, int c) { return value(x % 48, y, c); });
    for (const char* side : {"trainA/a.png", "trainB/a.png", "a/day/0.png", "a/night/0.png"})
      save_png(folder_.path() / side, 48, 40, value);
    options_.dataroot = folder_.path();
    options_.preprocess = Preprocess::crop;
    options_.crop_size = 32;
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(AugmentedPairs, BothPicturesOfAPairChangeAlike) {
  for (const DataKind kind : {DataKind::aligned, DataKind::paired, DataKind::cameras}) {
    SCOPED_TRACE(to_string(kind));
    options_.kind = kind;
    options_.augment = options_.color_jitter = 0;
    const Dataset plain(options_);
    options_.augment = 1;
    const Dataset moved(options_);
    options_.augment = 0;
    options_.color_jitter = 0.3;
    const Dataset coloured(options_);
    for (int step = 0; step < 5; ++step) {
      for (const Dataset* dataset : {&moved, &coloured}) {
        const Batch batch = dataset->batch(step);
        EXPECT_EQ(batch.a, batch.b);
        EXPECT_NE(batch.a, plain.batch(step).a);
      }
      EXPECT_NE(moved.batch(step).a, moved.batch(step + 1).a);
    }
    for (const Dataset* dataset : {&moved, &coloured})
      EXPECT_EQ(dataset->example(0).a, plain.example(0).a);  // not in validation
  }
}

TEST_F(AugmentedPairs, TheColoursOfTheInputCanChangeAlone) {
  for (const bool b_to_a : {false, true}) {
    for (const DataKind kind : {DataKind::aligned, DataKind::paired, DataKind::cameras}) {
      SCOPED_TRACE(to_string(kind));
      options_.kind = kind;
      options_.b_to_a = b_to_a;
      options_.input_jitter = 0;
      const Dataset plain(options_);
      options_.input_jitter = 0.3;
      const Dataset varied(options_);
      for (int step = 0; step < 3; ++step) {
        EXPECT_EQ(varied.batch(step).b, plain.batch(step).b);
        EXPECT_NE(varied.batch(step).a, plain.batch(step).a);
        EXPECT_NE(varied.batch(step).a, varied.batch(step + 1).a);
      }
      EXPECT_EQ(varied.example(0).a, plain.example(0).a);  // not in validation
    }
  }
}

TEST_F(AugmentedPairs, UnalignedPicturesChangeEachOnItsOwn) {
  options_.kind = DataKind::unaligned;
  options_.preprocess = Preprocess::none;
  options_.flip = false;
  EXPECT_EQ(Dataset(options_).batch(0).a, Dataset(options_).batch(0).b);
  options_.color_jitter = 0.3;
  EXPECT_NE(Dataset(options_).batch(0).a, Dataset(options_).batch(0).b);
  options_.color_jitter = 0;
  options_.augment = 1;
  EXPECT_NE(Dataset(options_).batch(0).a, Dataset(options_).batch(0).b);
}

TEST_F(AugmentedPairs, HappensAsOftenAsAsked) {
  DataOptions options;
  options.augment = 0.3;
  int turned = 0, scaled = 0, moved = 0, none = 0;
  constexpr int kDraws = 2000;
  for (uint64_t i = 0; i < kDraws; ++i) {
    RandomStream random(3, Purpose::example, i);
    const Augmentation drawn = draw_augmentation(random, options);
    if (!drawn.warp) {
      ++none;
      continue;
    }
    const Warp& warp = *drawn.warp;
    turned += warp.angle != 0;
    scaled += warp.scale != 1;
    moved += warp.dx != 0;
    EXPECT_LE(std::abs(warp.angle), 15 * std::numbers::pi / 180);
    EXPECT_TRUE(warp.scale >= 0.8 && warp.scale <= 1.2);
    EXPECT_TRUE(std::abs(warp.dx) <= 0.1 && std::abs(warp.dy) <= 0.1);
  }
  for (const int count : {turned, scaled, moved}) EXPECT_NEAR(count, 0.3 * kDraws, 103);  // 5 sigma
  EXPECT_NEAR(none, 0.343 * kDraws, 107);
}

TEST_F(AugmentedPairs, NumbersThatMakeNoSenseAreRefused) {
  options_.color_jitter = 1.5;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--color-jitter"), std::string::npos);
  options_.color_jitter = 0;
  options_.input_jitter = -1;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--input-jitter"), std::string::npos);
  options_.input_jitter = 0.1;
  options_.kind = DataKind::unaligned;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("only pairs"), std::string::npos);
  options_.input_jitter = 0;
  options_.augment = -0.1;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--augment"), std::string::npos);
}

}  // namespace
}  // namespace imago::test
