// Less flicker where nothing moves, no smear where something does.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/translate/flicker.h"

namespace imago {
namespace {

constexpr int kWidth = 40, kHeight = 30;

Raster grey(int width, int height, int value) {
  Raster raster{width, height, 3, false, 8, {}, {}, {}};
  raster.samples.assign(raster.row_bytes() * static_cast<size_t>(height),
                        static_cast<std::byte>(value));
  return raster;
}

Raster noisy(Raster raster, int most, std::mt19937& random) {
  std::uniform_int_distribution<int> step(-most, most);
  for (std::byte& sample : raster.samples)
    sample = static_cast<std::byte>(std::clamp(static_cast<int>(sample) + step(random), 0, 255));
  return raster;
}

/// The mean difference of pictures of one size.
double difference(const Raster& a, const Raster& b) {
  double sum = 0;
  for (size_t i = 0; i < a.samples.size(); ++i)
    sum += std::abs(static_cast<int>(a.samples[i]) - static_cast<int>(b.samples[i]));
  return sum / static_cast<double>(a.samples.size());
}

TEST(Flicker, ResultsTrembleLessWhereTheSourceStandsStill) {
  std::mt19937 random(1);
  FlickerFilter filter;
  Raster raw_before, before;
  double raw_change = 0, change = 0;
  for (int frame = 0; frame < 24; ++frame) {
    const Raster source = noisy(grey(kWidth, kHeight, 100), 3, random);
    const Raster raw = noisy(grey(kWidth, kHeight, 150), 20, random);
    Raster made = raw;
    filter.smooth(source, made);
    if (frame > 8) {
      raw_change += difference(raw, raw_before);
      change += difference(made, before);
    }
    raw_before = raw;
    before = made;
  }
  EXPECT_LT(change, raw_change / 3);
}

TEST(Flicker, WhatMovesIsNotSmeared) {
  std::mt19937 random(2);
  FlickerFilter filter;
  Raster first = grey(kWidth, kHeight, 30);
  filter.smooth(grey(kWidth, kHeight, 40), first);
  // The right half of the source changes, and so does all of the result, of twice the size.
  Raster large = grey(2 * kWidth, 2 * kHeight, 30);
  filter.smooth(grey(kWidth, kHeight, 40), large);
  Raster source = grey(kWidth, kHeight, 40);
  for (int y = 0; y < kHeight; ++y)
    std::fill_n(source.row(y) + 3 * kWidth / 2, 3 * kWidth / 2, std::byte{200});
  Raster made = grey(2 * kWidth, 2 * kHeight, 230);
  filter.smooth(source, made);
  EXPECT_EQ(static_cast<int>(made.row(10)[3 * (2 * kWidth - 4)]), 230);
  EXPECT_LT(static_cast<int>(made.row(10)[3 * 4]), 120);
}

TEST(Flicker, AStillResultArrivesWholly) {
  FlickerFilter filter;
  const Raster source = grey(kWidth, kHeight, 90);
  Raster made = grey(kWidth, kHeight, 10);
  filter.smooth(source, made);
  for (const int value : {200, 11}) {
    for (int frame = 0; frame < 40; ++frame) {
      made = grey(kWidth, kHeight, value);
      filter.smooth(source, made);
    }
    EXPECT_EQ(made.samples, grey(kWidth, kHeight, value).samples);
  }
}

TEST(Flicker, BeginsAnewWithAnotherSizeAndWhenTold) {
  FlickerFilter filter;
  Raster made = grey(8, 8, 10);
  filter.smooth(grey(8, 8, 90), made);
  Raster other = grey(9, 8, 250);
  filter.smooth(grey(9, 8, 90), other);
  EXPECT_EQ(other.samples, grey(9, 8, 250).samples);
  filter.forget();
  Raster again = grey(9, 8, 20);
  filter.smooth(grey(9, 8, 90), again);
  EXPECT_EQ(again.samples, grey(9, 8, 20).samples);
}

}  // namespace
}  // namespace imago
