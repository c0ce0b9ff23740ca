// Pictures that follow each other: one is read and another written while the device works.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/live.h"
#include "models/translate/raster_writer.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

Generator compact() {
  return with_weights(srvgg_generator({.channels = 3, .features = 8, .blocks = 1, .scale = 2}));
}

/// Pictures of one size that differ.
Raster picture(int width, int height, int number, bool alpha = false) {
  Raster raster = to_raster(noise(width, height));
  std::rotate(raster.samples.begin(), raster.samples.begin() + 60 * number, raster.samples.end());
  if (!alpha) return raster;
  Raster with{width, height, 3, true, 8, {}, {}, {}};
  for (size_t i = 0; i < raster.samples.size(); i += 3) {
    with.samples.insert(with.samples.end(), &raster.samples[i], &raster.samples[i] + 3);
    with.samples.push_back(static_cast<std::byte>(i % 5 == 0 ? 0 : 200));
  }
  return with;
}

OpenWriter into(Raster& made) {
  return [&made](const RowLayout& layout, const ImageMetadata&) {
    return std::make_unique<RasterWriter>(layout, made);
  };
}

struct Begun {
  Raster made;
  std::unique_ptr<RowTranslation> rows;
};

void expect_same(const Generator& generator, int width, int height, bool alpha) {
  constexpr int kPictures = 7;
  Translator one(generator), overlapped(generator);
  std::vector<Raster> expected;
  for (int i = 0; i < kPictures; ++i)
    expected.push_back(translate_raster(one, picture(width, height, i, alpha), {}));
  EXPECT_NE(expected[0].samples, expected[1].samples) << "the test shows nothing";

  std::deque<std::unique_ptr<Begun>> under_way;
  int finished = 0;
  const auto finish = [&] {
    overlapped.finish_rows(*under_way.front()->rows);
    EXPECT_EQ(under_way.front()->made.samples, expected[static_cast<size_t>(finished)].samples);
    EXPECT_EQ(under_way.front()->made.alpha, alpha);
    under_way.pop_front();
    ++finished;
  };
  for (int i = 0; i < kPictures; ++i) {
    if (under_way.size() == 2) finish();
    auto next = std::make_unique<Begun>();
    Raster given = picture(width, height, i, alpha);
    next->rows = overlapped.begin_rows(given, {}, into(next->made));
    ASSERT_NE(next->rows, nullptr);
    under_way.push_back(std::move(next));
  }
  while (!under_way.empty()) finish();
  EXPECT_EQ(finished, kPictures);
}

TEST(Overlap, GivesTheBytesOfOneAfterTheOther) {
  expect_same(compact(), 40, 30, false);
  expect_same(compact(), 33, 21, true);
  // Sides that the network must be padded for.
  expect_same(with_weights(unet_generator({.features = 4, .depth = 5, .dropout = false})), 50, 37,
              false);
}

TEST(Overlap, WhatNeedsMoreThanOneRunIsLeftAlone) {
  Translator translator(compact());
  Raster made;
  Raster given = picture(40, 30, 0);
  const Raster before = given;
  EXPECT_EQ(translator.begin_rows(given, {.self_ensemble = true}, into(made)), nullptr);
  EXPECT_EQ(translator.begin_rows(given, {.tile = 16}, into(made)), nullptr);
  EXPECT_EQ(translator.begin_rows(given, {.scale = 3}, into(made)), nullptr);
  EXPECT_EQ(given.samples, before.samples);
  std::vector<Generator> two;
  two.push_back(compact());
  two.push_back(compact());
  Translator several(std::move(two));
  EXPECT_EQ(several.begin_rows(given, {}, into(made)), nullptr);
}

TEST(Overlap, WhatIsLetGoLeavesTheTranslatorWhole) {
  Translator translator(compact());
  for (int round = 0; round < 2; ++round) {
    Begun first, second;
    Raster a = picture(40, 30, 0), b = picture(40, 30, 1);
    first.rows = translator.begin_rows(a, {}, into(first.made));
    second.rows = translator.begin_rows(b, {}, into(second.made));
    ASSERT_TRUE(first.rows && second.rows);
  }
  EXPECT_EQ(translate_raster(translator, picture(40, 30, 2), {}).samples,
            translate_raster(translator, picture(40, 30, 2), {}).samples);
  auto outlives = std::make_unique<Translator>(compact());
  Begun last;
  Raster given = picture(40, 30, 0);
  last.rows = outlives->begin_rows(given, {}, into(last.made));
  outlives.reset();
}

}  // namespace
}  // namespace imago
