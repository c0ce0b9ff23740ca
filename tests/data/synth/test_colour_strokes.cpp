// Drawings with some of the photograph's colours.
#include "models/data/synth/colour_strokes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/data/dataset.h"
#include "models/data/synth/sketch.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

/// A garment of three colours on white paper, with a little noise.
Picture garment(int side = 96) {
  Picture photo(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const bool on = x > side / 6 && x < side * 5 / 6 && y > side / 8 && y < side * 7 / 8;
      const uint8_t colours[][3] = {{190, 40, 50}, {40, 90, 170}, {60, 150, 70}};
      const uint8_t* colour = colours[3 * y / side];
      for (int c = 0; c < 3; ++c)
        photo.row(y)[3 * x + c] =
            on ? static_cast<uint8_t>(colour[c] + (x * 7 + y * 13 + c) % 9) : 255;
    }
  return photo;
}

Picture paper_of(const Picture& photo) {
  Picture paper(photo.width, photo.height, 1);
  std::fill(paper.values.begin(), paper.values.end(), 255);
  return paper;
}

Picture drawing_of(const Picture& photo) {
  RandomStream unused(1, Purpose::derivation, 0);
  return sketch(photo, {}, unused);
}

RandomStream stream(uint64_t index) { return {5, Purpose::derivation, index}; }

TEST(ColourStrokes, HaveTheMeanColourOfWhatTheyCover) {
  const Picture photo = garment();
  std::map<ColourStroke::Kind, int> kinds;
  for (uint64_t i = 0; i < 200; ++i) {
    RandomStream random = stream(i);
    const ColourStroke stroke = draw_colour_stroke(photo, random);
    ++kinds[stroke.kind];
    ASSERT_EQ(stroke.coverage.size(), photo.values.size() / 3);
    double sum[3] = {}, count = 0;
    for (size_t pixel = 0; pixel < stroke.coverage.size(); ++pixel) {
      if (stroke.coverage[pixel] == 0) continue;
      ++count;
      for (size_t c = 0; c < 3; ++c) sum[c] += photo.values[3 * pixel + c];
    }
    ASSERT_GT(count, 0);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(stroke.colour[c], sum[c] / count, 0.51) << i;
  }
  EXPECT_EQ(kinds.size(), 3u);
}

// The colours of the garment are far apart, so a fill ends where another begins; the noise within
// one does not end it.
TEST(ColourStrokes, FillsAreTheAreaOfOneColour) {
  const Picture photo = garment();
  int fills = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    RandomStream random = stream(i);
    const ColourStroke stroke = draw_colour_stroke(photo, random);
    if (stroke.kind != ColourStroke::Kind::fill) continue;
    ++fills;
    const auto covered = std::ranges::count(stroke.coverage, 1);
    EXPECT_GT(covered, 96 * 96 / 10) << i;
    int far = 0;
    for (size_t pixel = 0; pixel < stroke.coverage.size(); ++pixel)
      for (size_t c = 0; c < 3 && stroke.coverage[pixel] != 0; ++c)
        far += std::abs(photo.values[3 * pixel + c] - stroke.colour[c]) > 40;
    EXPECT_LT(far, covered / 50) << i;
  }
  EXPECT_GT(fills, 20);
}

TEST(ColourStrokes, MostLieWhereThereIsColour) {
  const Picture photo = garment();
  int white = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    RandomStream random = stream(i);
    const ColourStroke stroke = draw_colour_stroke(photo, random);
    white += *std::min_element(stroke.colour, stroke.colour + 3) > 239;
  }
  EXPECT_LT(white, 20);
}

TEST(ColourStrokes, NoneLeavesTheDrawingGreyAndAsItWas) {
  const Picture photo = garment(), drawing = drawing_of(photo);
  RandomStream random = stream(0);
  EXPECT_EQ(coloured(drawing, photo, 0, false, random), with_channels(drawing, 3));
  Picture negative = with_channels(drawing, 3);
  for (uint8_t& value : negative.values) value = static_cast<uint8_t>(255 - value);
  EXPECT_EQ(coloured(drawing, photo, 0, true, random), negative);
}

TEST(ColourStrokes, LinesLieOverTheColours) {
  const Picture photo = garment(), drawing = drawing_of(photo);
  for (const bool white_on_black : {false, true}) {
    RandomStream random = stream(1), same = stream(1);
    const Picture result = coloured(drawing, photo, 12, white_on_black, random);
    const Picture colours = coloured(paper_of(photo), photo, 12, white_on_black, same);
    int painted = 0;
    for (size_t i = 0; i < result.values.size(); ++i) {
      const uint8_t line = drawing.values[i / 3];
      if (line == 0) {
        EXPECT_EQ(result.values[i], white_on_black ? 255 : 0);
      } else if (line == 255) {
        EXPECT_EQ(result.values[i], colours.values[i]);
        painted += colours.values[i] != (white_on_black ? 0 : 255);
      }
    }
    EXPECT_GT(painted, 1000);
  }
}

TEST(ColourStrokes, TheSameSeedGivesTheSamePicture) {
  const Picture photo = garment(), drawing = drawing_of(photo);
  std::set<std::vector<uint8_t>> pictures;
  for (uint64_t i = 0; i < 20; ++i) {
    RandomStream first = stream(i), second = stream(i);
    const Picture one = coloured(drawing, photo, 5, false, first);
    EXPECT_EQ(one, coloured(drawing, photo, 5, false, second));
    pictures.insert(one.values);
  }
  EXPECT_EQ(pictures.size(), 20u);
}

TEST(ColourStrokes, AThirdOfTheDrawingsHasNoneAndTheOthersUpToAllThatAreAllowed) {
  int none = 0, most = 0;
  for (uint64_t i = 0; i < 3000; ++i) {
    RandomStream random = stream(i);
    const int count = draw_stroke_count(16, random);
    none += count == 0;
    most = std::max(most, count);
  }
  EXPECT_NEAR(none, 1000, 120);
  EXPECT_EQ(most, 16);
  RandomStream random = stream(0);
  EXPECT_EQ(draw_stroke_count(0, random), 0);
}

TEST(ColourStrokes, OnTheSmallestPicturesToo) {
  for (const int side : {1, 2, 5}) {
    const Picture photo = garment(side), drawing = drawing_of(photo);
    for (uint64_t i = 0; i < 20; ++i) {
      RandomStream random = stream(i);
      EXPECT_EQ(coloured(drawing, photo, 8, false, random).width, side);
    }
  }
}

/// Drawings of a data set of one photo.
class ColouredDrawings : public ::testing::Test {
 protected:
  ColouredDrawings() {
    const Picture photo = garment();
    save_png(folder_.path() / "a.png", photo.width, photo.height,
             [&](int x, int y, int c) { return photo.row(y)[3 * x + c]; });
    options_.kind = DataKind::edges;
    options_.dataroot = folder_.path();
    options_.load_size = options_.crop_size = 96;
    options_.colour_strokes = 8;
  }

  static bool is_grey(const Batch& batch) {
    const auto plane = static_cast<ptrdiff_t>(batch.a.size() / 3);
    const auto begin = batch.a.begin();
    return std::equal(begin, begin + plane, begin + plane) &&
           std::equal(begin, begin + plane, begin + 2 * plane);
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(ColouredDrawings, OfTrainingAreSometimesGreyThoseOfValidationNever) {
  const Dataset dataset(options_);
  int grey = 0;
  for (int step = 0; step < 60; ++step) grey += is_grey(dataset.batch(step));
  EXPECT_GT(grey, 8);
  EXPECT_LT(grey, 36);
  EXPECT_FALSE(is_grey(dataset.example(0)));
  EXPECT_EQ(dataset.example(0).a, Dataset(options_).example(0).a);
  options_.colour_strokes = 0;
  EXPECT_TRUE(is_grey(Dataset(options_).example(0)));
}

TEST_F(ColouredDrawings, NeedThreeChannelsAndDrawings) {
  options_.input_channels = 1;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--colour-strokes"), std::string::npos);
  options_.input_channels = 3;
  options_.kind = DataKind::grey;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--colour-strokes"), std::string::npos);
}

TEST(HandDrawn, LinesAreOfAllWidthsAndOpen) {
  double narrowest = 99, widest = 0;
  int open = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    RandomStream random = stream(i);
    const SketchOptions options = draw_hand_options(random);
    narrowest = std::min(narrowest, options.width);
    widest = std::max(widest, options.width);
    open += options.gaps > 0;
    EXPECT_TRUE(options.detector == EdgeDetector::canny ||
                options.detector == EdgeDetector::contours);
  }
  EXPECT_NEAR(narrowest, 1, 0.05);
  EXPECT_NEAR(widest, 7, 0.1);
  EXPECT_NEAR(open, 200, 40);
}

TEST(HandDrawn, GapsTakeTheirShareOfTheLinesInStretches) {
  const Picture photo = garment(256);
  SketchOptions options;
  options.width = 1;
  options.softness = 0;
  const auto dark = [](const Picture& drawing) {
    return static_cast<double>(std::ranges::count(drawing.values, 0));
  };
  RandomStream random = stream(3);
  const double whole = dark(sketch(photo, options, random));
  options.gaps = 0.3;
  random = stream(3);
  const Picture open = sketch(photo, options, random);
  EXPECT_NEAR(dark(open), 0.7 * whole, 0.02 * whole);
  // In stretches: most of what is left has a neighbour that is left.
  double neighbours = 0;
  for (int y = 1; y + 1 < 256; ++y)
    for (int x = 1; x + 1 < 256; ++x) {
      if (open.row(y)[x] != 0) continue;
      int near = -1;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) near += open.row(y + dy)[x + dx] == 0;
      neighbours += near >= 2;
    }
  EXPECT_GT(neighbours, 0.85 * dark(open));
}

}  // namespace
}  // namespace imago::test
