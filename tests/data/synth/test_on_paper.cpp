// Photographs of things on white put somewhere on a sheet, and drawings that have only begun.
#include "models/data/synth/on_paper.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/data/dataset.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

RandomStream chance_of(uint64_t index) { return {5, Purpose::derivation, index}; }

/// Red, with a white border.
Picture red_thing(int width, int height) {
  Picture photo(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool on = x > width / 5 && x < width * 4 / 5 && y > height / 8 && y < height * 7 / 8;
      const uint8_t colour[] = {200, static_cast<uint8_t>(on ? 30 : 255),
                                static_cast<uint8_t>(on ? 40 : 255)};
      for (int c = 0; c < 3; ++c) photo.row(y)[3 * x + c] = on ? colour[c] : 255;
    }
  return photo;
}

int64_t red_pixels(const Picture& picture) {
  int64_t count = 0;
  for (size_t i = 0; i < picture.values.size(); i += 3) count += picture.values[i + 1] < 128;
  return count;
}

TEST(OnPaper, LiesSmallerAndAnywhereOnASheetOfTheSameSize) {
  const Picture photo = red_thing(96, 64);
  int furthest_left = 96, furthest_right = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    RandomStream random = chance_of(i);
    const SheetPlace place = draw_sheet_place(photo, random);
    ASSERT_GE(place.width, 0.39 * 96);
    ASSERT_LE(place.width, 96);
    ASSERT_NEAR(place.height * 96, place.width * 64, 96);  // its shape
    furthest_left = std::min(furthest_left, place.x);
    furthest_right = std::max(furthest_right, place.x + place.width);
    const Picture sheet = on_paper(photo, place);
    ASSERT_EQ(sheet.width, 96);
    ASSERT_EQ(sheet.height, 64);
    const double share = static_cast<double>(place.width) * place.height / (96 * 64);
    const bool inside =
        place.x >= 0 && place.y >= 0 && place.x + place.width <= 96 && place.y + place.height <= 64;
    if (inside) {
      ASSERT_NEAR(red_pixels(sheet), share * red_pixels(photo), 0.12 * 96 * 64 * share);
    }
    for (int y = 0; y < 64; ++y)
      for (int x = 0; x < 96; ++x) {
        const bool on =
            x >= place.x && x < place.x + place.width && y >= place.y && y < place.y + place.height;
        if (!on) {
          ASSERT_EQ(sheet.row(y)[3 * x + 1], 255) << x << ' ' << y;
        }
      }
  }
  EXPECT_LT(furthest_left, 0);
  EXPECT_GT(furthest_right, 96);
}

TEST(OnPaper, WhatIsNotDrawnYetIsASideOfTheThing) {
  const Picture photo = red_thing(96, 96);
  double least = 1, most = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    RandomStream random = chance_of(i);
    const UndrawnPart part({0, 0, 96, 96}, random);
    Picture cleared = photo;
    part.clear(cleared, 255);
    for (int y = 0; y < 96; ++y)
      for (int x = 0; x < 96; ++x)
        ASSERT_EQ(cleared.row(y)[3 * x + 1], part.holds(x, y) ? 255 : photo.row(y)[3 * x + 1]);
    const double left = static_cast<double>(red_pixels(cleared)) / red_pixels(photo);
    least = std::min(least, left);
    most = std::max(most, left);
  }
  EXPECT_LT(least, 0.25);
  EXPECT_GT(most, 0.75);
}

// Where the photo is white nobody has drawn anything; validation's photos stay where they are.
TEST(OnPaper, DrawingAndPhotoLieAtTheSamePlace) {
  const TemporaryFolder folder;
  DataOptions options;
  options.kind = DataKind::edges;
  options.dataroot = folder.path();
  options.load_size = options.crop_size = 96;
  options.flip = false;
  const Picture thing = red_thing(96, 96);
  for (int i = 0; i < 4; ++i)
    save_png(folder.path() / "train" / (std::to_string(i) + ".png"), 96, 96,
             [&](int x, int y, int c) { return thing.row(y)[3 * x + c]; });
  const Dataset plain(options);
  options.on_paper = 1;
  const Dataset dataset(options);
  int smaller = 0;
  for (int64_t example = 0; example < 24; ++example) {
    const Batch batch = dataset.batch(example);
    const auto at = [&](const std::vector<float>& values, int c, int x, int y) {
      return values[static_cast<size_t>((c * 96 + y) * 96 + x)];
    };
    int64_t red = 0;
    for (int y = 0; y < 96; ++y)
      for (int x = 0; x < 96; ++x) {
        red += at(batch.b, 1, x, y) < 0;
        if (at(batch.a, 1, x, y) > 0) continue;
        // Ink: the thing is within a line's width and wobble.
        bool near = false;
        for (int v = std::max(0, y - 8); v <= std::min(95, y + 8); ++v)
          for (int u = std::max(0, x - 8); u <= std::min(95, x + 8); ++u)
            near |= at(batch.b, 1, u, v) < 0.9f;
        ASSERT_TRUE(near) << example << ": " << x << ' ' << y;
      }
    smaller += red < 0.8 * static_cast<double>(red_pixels(thing));
  }
  EXPECT_GT(smaller, 12);
  EXPECT_EQ(dataset.example(1).b, plain.example(1).b);
  options.kind = DataKind::grey;
  EXPECT_THROW(Dataset{options}, DataError);
}

}  // namespace
}  // namespace imago::test
