// Pictures that follow each other: one is read and another written while the device works.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "models/networks/resnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/live.h"
#include "models/translate/raster_writer.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

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

struct Begun {
  Raster made;
  std::unique_ptr<RowTranslation> rows;
};

struct Case {
  std::vector<Generator> networks;
  int width = 40, height = 30;
  TranslateOptions options = {};
  bool alpha = false;
};

void expect_same(const Case& c) {
  constexpr int kPictures = 4;
  Translator one(c.networks), overlapped(c.networks);
  std::vector<Raster> expected;
  for (int i = 0; i < kPictures; ++i)
    expected.push_back(translate_raster(one, picture(c.width, c.height, i, c.alpha), c.options));
  EXPECT_NE(expected[0].samples, expected[1].samples) << "the test shows nothing";

  std::deque<std::unique_ptr<Begun>> under_way;
  int finished = 0;
  const auto finish = [&] {
    overlapped.finish_rows(*under_way.front()->rows);
    EXPECT_EQ(under_way.front()->made.samples, expected[static_cast<size_t>(finished)].samples);
    EXPECT_EQ(under_way.front()->made.alpha, c.alpha);
    under_way.pop_front();
    ++finished;
  };
  for (int i = 0; i < kPictures; ++i) {
    if (under_way.size() == 2) finish();
    auto next = std::make_unique<Begun>();
    Raster given = picture(c.width, c.height, i, c.alpha);
    next->rows = overlapped.begin_rows(given, c.options, into_raster(next->made));
    ASSERT_NE(next->rows, nullptr);
    under_way.push_back(std::move(next));
  }
  while (!under_way.empty()) finish();
  EXPECT_EQ(finished, kPictures);
}

Generator same_size() { return compact(1); }

TEST(Overlap, GivesTheBytesOfOneAfterTheOther) {
  expect_same({{compact()}});
  expect_same({{compact()}, 33, 21, {}, true});
  // Sides that the network must be padded for.
  expect_same(
      {{with_weights(unet_generator({.features = 4, .depth = 5, .dropout = false}))}, 50, 37});
  expect_same({{compact()}, 40, 30, {.tile = 16}});
  expect_same({{same_size()}, 41, 30, {.shifts = 3}});
  expect_same({{same_size()}, 41, 30, {.tile = 20, .shifts = 2}});
  Generator with_margin = same_size();
  with_margin.info.margin = 7;
  expect_same({{with_margin}, 41, 30});
  expect_same({{with_margin}, 41, 30, {.tile = 20, .shifts = 2}});
  // Another size than the network's: smaller, larger, and reduced before the network.
  expect_same({{compact()}, 40, 30, {.scale = 1.5}});
  expect_same({{compact()}, 40, 30, {.scale = 3}});
  expect_same({{same_size()}, 41, 30, {.side = 24}});
}

TEST(Overlap, GoesFromNetworkToNetwork) {
  expect_same({{same_size(), compact()}});
  expect_same({{compact(), same_size(), compact()}, 21, 17, {.shifts = 2}, true});
}

/// How often writers were opened for a picture that is not begun, and for one that is.
TEST(Overlap, OpensOneWriterForAPicture) {
  Translator translator(compact());
  int opened = 0;
  Raster made;
  const OpenWriter open = [&](const RowLayout& layout, const ImageMetadata& metadata) {
    ++opened;
    return into_raster(made)(layout, metadata);
  };
  Raster given = picture(40, 30, 0);
  ASSERT_EQ(translator.begin_rows(given, {.self_ensemble = true}, open), nullptr);
  EXPECT_EQ(opened, 0);
  const auto begun = translator.begin_rows(given, {}, open);
  ASSERT_NE(begun, nullptr);
  translator.finish_rows(*begun);
  EXPECT_EQ(opened, 1);
}

TEST(Overlap, WhatTakesMoreThanWindowsIsLeftAlone) {
  Translator translator(compact());
  Raster made;
  Raster given = picture(40, 30, 0);
  const Raster before = given;
  EXPECT_EQ(translator.begin_rows(given, {.self_ensemble = true}, into_raster(made)), nullptr);
  EXPECT_EQ(given.samples, before.samples);
  // Instance norms look at the whole picture: tiles take sweeps.
  Translator sweeping(with_weights(resnet_generator({.features = 4, .blocks = 1})));
  EXPECT_EQ(sweeping.begin_rows(given, {.tile = 16}, into_raster(made)), nullptr);
  EXPECT_EQ(given.samples, before.samples);
}

TEST(Overlap, AnotherSizeWaitsForThoseUnderWay) {
  Translator translator(compact());
  Begun first, second;
  Raster a = picture(40, 30, 0), b = picture(24, 18, 1);
  first.rows = translator.begin_rows(a, {}, into_raster(first.made));
  ASSERT_NE(first.rows, nullptr);
  EXPECT_EQ(translator.begin_rows(b, {}, into_raster(second.made)), nullptr);
  EXPECT_EQ(b.samples, picture(24, 18, 1).samples);
  translator.finish_rows(*first.rows);
  first.rows.reset();
  second.rows = translator.begin_rows(b, {}, into_raster(second.made));
  ASSERT_NE(second.rows, nullptr);
  translator.finish_rows(*second.rows);
  EXPECT_EQ(second.made.samples, translate_raster(translator, picture(24, 18, 1), {}).samples);
}

TEST(Overlap, WhatIsLetGoLeavesTheTranslatorWhole) {
  Translator translator(compact());
  for (int round = 0; round < 2; ++round) {
    Begun first, second;
    Raster a = picture(40, 30, 0), b = picture(40, 30, 1);
    first.rows = translator.begin_rows(a, {}, into_raster(first.made));
    second.rows = translator.begin_rows(b, {}, into_raster(second.made));
    ASSERT_TRUE(first.rows && second.rows);
  }
  EXPECT_EQ(translate_raster(translator, picture(40, 30, 2), {}).samples,
            translate_raster(translator, picture(40, 30, 2), {}).samples);
  auto outlives = std::make_unique<Translator>(compact());
  Begun last;
  Raster given = picture(40, 30, 0);
  last.rows = outlives->begin_rows(given, {}, into_raster(last.made));
  outlives.reset();
}

}  // namespace
}  // namespace imago
