// Pairs of which one picture is made from the other.
#include <algorithm>
#include <map>
#include <set>

#include "models/data/prefetch.h"
#include "models/data/synth/sketch.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

/// The first picture of a batch as it was in bytes.
Picture picture_of(const std::vector<float>& values, const Shape& shape) {
  Picture picture(static_cast<int>(shape.w), static_cast<int>(shape.h), static_cast<int>(shape.c));
  const auto plane = static_cast<size_t>(shape.h * shape.w),
             channels = static_cast<size_t>(shape.c);
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < plane; ++i)
      picture.values[i * channels + c] = static_cast<uint8_t>(byte_of(values[c * plane + i]));
  return picture;
}

/// A scene of discs and bars of several colours, with some noise; no value above 120.
int scene(int x, int y, int c) {
  const int noise = (x * 7919 + y * 104729 + c * 31 + x * y * 37) % 7;
  for (int disc = 0; disc < 6; ++disc) {
    const int dx = x - (29 + disc * 83) % 300, dy = y - (47 + disc * 59) % 280;
    if (dx * dx + dy * dy < (12 + 6 * disc) * (12 + 6 * disc))
      return 40 + (disc * 37 + 30 * c) % 74 + noise;
  }
  return (x / 40 + y / 70) % 3 == 0 ? 5 + noise : 20 + noise;
}

class Derived : public ::testing::Test {
 protected:
  Derived() {
    save_png(folder_.path() / "a.png", 320, 280, scene);
    options_.dataroot = folder_.path();
    options_.load_size = 286;
    options_.crop_size = 256;
    options_.seed = 11;
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

constexpr DataKind kKinds[] = {DataKind::edges, DataKind::grey, DataKind::holes};

TEST_F(Derived, TheSameStepGivesTheSamePairAndAnotherAnother) {
  for (const DataKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    options_.kind = kind;
    options_.color_jitter = 0.3;
    options_.augment = 0.5;
    const Dataset one(options_), other(options_);
    const Batch later = one.batch(6);
    static_cast<void>(other.batch(2));
    EXPECT_EQ(later.a, other.batch(6).a);
    EXPECT_EQ(later.b, other.batch(6).b);
    EXPECT_NE(later.a, one.batch(7).a);
    EXPECT_EQ(later.a_shape, (Shape{1, 3, 256, 256}));
    DataOptions reseeded = options_;
    reseeded.seed = 12;
    EXPECT_NE(later.a, Dataset(reseeded).batch(6).a);
    EXPECT_EQ(one.example(0).a, Dataset(reseeded).example(0).a);  // validation has no chance
  }
}

TEST_F(Derived, WorkersMakeTheSamePairs) {
  options_.kind = DataKind::edges;
  options_.augment = 0.5;
  const Dataset dataset(options_);
  Prefetcher ahead(dataset, 5, 3, 6);
  for (int step = 5; step < 17; ++step) {
    const Batch batch = ahead.next();
    EXPECT_EQ(batch.a, dataset.batch(step).a) << step;
    EXPECT_EQ(batch.b, dataset.batch(step).b) << step;
  }
}

TEST_F(Derived, GreyIsThatOfTheColoursShown) {
  options_.kind = DataKind::grey;
  options_.color_jitter = 0.4;
  options_.augment = 0.7;
  for (const int channels : {1, 3}) {
    options_.input_channels = channels;
    const Dataset dataset(options_);
    for (int step = 0; step < 3; ++step) {
      const Batch batch = dataset.batch(step);
      ASSERT_EQ(batch.a_shape.c, channels);
      const size_t plane = 256 * 256;
      for (size_t i = 0; i < plane; ++i) {
        const auto value = [&](size_t c) { return byte_of(batch.b[c * plane + i]); };
        const double grey = 0.299 * value(0) + 0.587 * value(1) + 0.114 * value(2);  // BT.601
        for (size_t c = 0; c < static_cast<size_t>(channels); ++c)
          ASSERT_NEAR(byte_of(batch.a[c * plane + i]), grey, 0.5001);
      }
    }
  }
}

TEST_F(Derived, OutsideTheHolesNothingChanges) {
  options_.kind = DataKind::holes;
  const Dataset dataset(options_);
  std::map<int, int> colours;
  double largest = 0, sum = 0;
  constexpr int kSteps = 40;
  for (int step = 0; step < kSteps; ++step) {
    const Batch batch = dataset.batch(step);
    const Picture a = picture_of(batch.a, batch.a_shape), b = picture_of(batch.b, batch.b_shape);
    std::set<int> painted;
    int64_t count = 0;
    for (size_t i = 0; i < a.values.size(); i += 3) {
      if (std::equal(&a.values[i], &a.values[i] + 3, &b.values[i])) continue;
      ++count;
      painted.insert(&a.values[i], &a.values[i] + 3);
    }
    ASSERT_EQ(painted.size(), 1u) << "step " << step;  // one colour, and no step without a hole
    ++colours[*painted.begin()];
    const double share = static_cast<double>(count) / (256 * 256);
    largest = std::max(largest, share);
    sum += share;
  }
  ASSERT_EQ(colours.size(), 2u);
  EXPECT_GT(colours[128], kSteps / 5);
  EXPECT_GT(colours[255], kSteps / 5);
  EXPECT_LT(largest, 0.6);
  EXPECT_NEAR(sum / kSteps, 0.15, 0.08);
}

TEST_F(Derived, ForValidationTheHoleIsInTheMiddle) {
  options_.kind = DataKind::holes;
  const Batch batch = Dataset(options_).example(0);
  const Picture a = picture_of(batch.a, batch.a_shape), b = picture_of(batch.b, batch.b_shape);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) {
      const bool hole = x >= 90 && x < 166 && y >= 90 && y < 166;  // 30 % of 256 is 76.8
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(a.row(y)[3 * x + c], hole ? 255 : b.row(y)[3 * x + c]) << x << " " << y;
    }
}

TEST_F(Derived, PhotosKeepTheirProportions) {
  // Red tells the column, green the row: a pixel of the crop is as far in one as in the other.
  for (const auto& [width, height] : {std::pair{240, 120}, std::pair{100, 200}}) {
    save_png(folder_.path() / "a.png", width, height, [](int x, int y, int c) {
      return c == 0 ? x : c == 1 ? y : 0;
    });
    options_.kind = DataKind::grey;
    for (const auto& [preprocess, crop] :
         {std::pair{Preprocess::resize_and_crop, 64}, std::pair{Preprocess::crop, 64},
          std::pair{Preprocess::crop, 160}}) {
      options_.preprocess = preprocess;
      options_.crop_size = crop;
      options_.load_size = 80;
      if (preprocess == Preprocess::crop) options_.load_size = crop;
      const Dataset dataset(options_);
      for (const Batch& batch : {dataset.batch(0), dataset.example(0)}) {
        ASSERT_EQ(batch.b_shape, (Shape{1, 3, crop, crop}));
        const auto side = static_cast<size_t>(crop), plane = side * side;
        const int across = std::abs(byte_of(batch.b[side - 1]) - byte_of(batch.b[0]));
        const int down = byte_of(batch.b[plane + plane - side]) - byte_of(batch.b[plane]);
        EXPECT_NEAR(across, down, 2);
        EXPECT_GT(down, 30);
      }
    }
    options_.preprocess = Preprocess::resize_and_crop;
  }
}

TEST_F(Derived, TheOtherDirection) {
  options_.kind = DataKind::edges;
  options_.output_channels = 1;
  const Dataset forward([&] {
    DataOptions options = options_;
    options.input_channels = 1;
    options.output_channels = 3;
    return options;
  }());
  options_.b_to_a = true;
  const Dataset backward(options_);
  EXPECT_EQ(forward.batch(4).a, backward.batch(4).b);
  EXPECT_EQ(forward.batch(4).b, backward.batch(4).a);
  EXPECT_EQ(backward.example(0).b_shape, (Shape{1, 1, 256, 256}));
}

// --- Edges

/// The share of dark pixels.
double darkness(const Picture& drawing) {
  return static_cast<double>(std::count_if(drawing.values.begin(), drawing.values.end(),
                                           [](uint8_t value) { return value < 128; })) /
         static_cast<double>(drawing.values.size());
}

TEST_F(Derived, EdgesAreDarkLinesOnWhite) {
  options_.kind = DataKind::edges;
  options_.input_channels = 1;
  const Dataset dataset(options_);
  std::set<std::vector<float>> drawings;
  for (int step = 0; step < 40; ++step) {
    const Batch batch = dataset.batch(step);
    const double dark = darkness(picture_of(batch.a, batch.a_shape));
    EXPECT_GT(dark, 0.002) << step;
    EXPECT_LT(dark, 0.4) << step;
    drawings.insert(batch.a);
  }
  EXPECT_EQ(drawings.size(), 40u);
  const double dark = darkness(picture_of(dataset.example(0).a, dataset.example(0).a_shape));
  EXPECT_GT(dark, 0.02);
  EXPECT_LT(dark, 0.2);
}

TEST_F(Derived, WhiteOnBlackIsTheNegative) {
  options_.kind = DataKind::edges;
  options_.input_channels = 1;
  const Dataset usual(options_);
  options_.white_on_black = 1;
  const Dataset negative(options_);
  options_.white_on_black = 0.5;
  const Dataset both(options_);
  const auto drawing = [](const Batch& batch) { return picture_of(batch.a, batch.a_shape).values; };
  const auto negated = [&](const Batch& batch) {
    std::vector<uint8_t> values = drawing(batch);
    for (uint8_t& value : values) value = static_cast<uint8_t>(255 - value);
    return values;
  };
  EXPECT_EQ(drawing(negative.example(0)), negated(usual.example(0)));
  EXPECT_EQ(negative.example(0).b, usual.example(0).b);
  int black = 0;
  for (int step = 0; step < 40; ++step) {
    const Batch expected = usual.batch(step), batch = both.batch(step);
    EXPECT_EQ(drawing(negative.batch(step)), negated(expected));
    EXPECT_EQ(batch.b, expected.b);
    if (drawing(batch) == drawing(expected)) continue;
    EXPECT_EQ(drawing(batch), negated(expected));
    ++black;
  }
  EXPECT_GT(black, 8);
  EXPECT_LT(black, 32);
}

TEST_F(Derived, LinesOfValidationAreAsWideAsAsked) {
  options_.kind = DataKind::edges;
  options_.input_channels = 1;
  double before = 0;
  for (const double width : {1, 2, 4, 8}) {
    options_.line_width = width;
    const Batch example = Dataset(options_).example(0);
    const double dark = darkness(picture_of(example.a, example.a_shape));
    EXPECT_GT(dark, before) << width;
    before = dark;
  }
}

TEST_F(Derived, OnlyDrawingsHaveLines) {
  options_.kind = DataKind::grey;
  options_.white_on_black = 0.5;
  EXPECT_NE(error_of([&] { Dataset{options_}; }).find("--white-on-black"), std::string::npos);
}

TEST_F(Derived, AllDetectorsAreDrawn) {
  std::map<EdgeDetector, int> drawn;
  for (uint64_t i = 0; i < 400; ++i) {
    RandomStream random(1, Purpose::derivation, i);
    ++drawn[draw_sketch_options(random).detector];
  }
  EXPECT_EQ(drawn.size(), 5u);
  for (const auto& [detector, count] : drawn) EXPECT_GT(count, 20);
}

/// Dark on the left, bright on the right; the edge is where `scene` of the photo shown has it.
class StepEdge : public Derived, public ::testing::WithParamInterface<bool> {};

/// How far the dark pixels of every row are from the edge: the nearest one and the farthest.
struct Distances {
  int rows = 0, near = 0;  // rows in all, rows with a line within two pixels of the edge
  int farthest = 0;
};

Distances distances(const Picture& drawing, const Picture& photo) {
  Distances result;
  constexpr int kMargin = 8;  // lines may begin and end a little off the border
  for (int y = kMargin; y < photo.height - kMargin; ++y) {
    const bool dark_first = photo.row(y)[0] < 128;
    double edge = 0;  // between two pixels
    for (int x = 0; x + 1 < photo.width; ++x)
      if ((photo.row(y)[3 * x] < 128) != (photo.row(y)[3 * x + 3] < 128)) edge = x + 0.5;
    EXPECT_GT(edge, 0) << dark_first;
    double nearest = 1e9;
    for (int x = 0; x < drawing.width; ++x) {
      if (drawing.row(y)[x] >= 192) continue;  // pencil lines are not black
      nearest = std::min(nearest, std::abs(x - edge));
      result.farthest = std::max(result.farthest, static_cast<int>(std::abs(x - edge)));
    }
    ++result.rows;
    result.near += nearest <= 2;
  }
  return result;
}

TEST_P(StepEdge, LinesLieWhereThePhotoShownHasItsEdge) {
  const bool slanted = GetParam();
  save_png(folder_.path() / "a.png", 320, 280,
           [&](int x, int y, int) { return x < 150 + (slanted ? y / 6 : 0) ? 70 : 190; });
  options_.kind = DataKind::edges;
  options_.input_channels = 1;
  const Dataset dataset(options_);
  const auto expect_line = [](const Batch& batch) {
    const Picture drawing = picture_of(batch.a, batch.a_shape);
    const Distances found = distances(drawing, picture_of(batch.b, batch.b_shape));
    EXPECT_GE(found.near, found.rows * 9 / 10);
    EXPECT_LE(found.farthest, 9);
  };
  expect_line(dataset.example(0));
  for (int step = 0; step < 40; ++step) {
    SCOPED_TRACE(step);
    expect_line(dataset.batch(step));
  }
}

INSTANTIATE_TEST_SUITE_P(, StepEdge, ::testing::Bool());

TEST(Sketch, APlainPictureHasNoLines) {
  Picture plain(64, 64, 3);
  for (size_t i = 0; i < plain.values.size(); ++i)
    plain.values[i] = static_cast<uint8_t>(120 + i * 7919 % 3);  // noise of a level or two
  for (uint64_t i = 0; i < 40; ++i) {
    RandomStream random(1, Purpose::derivation, i);
    const SketchOptions options = draw_sketch_options(random);
    EXPECT_EQ(darkness(sketch(plain, options, random)), 0) << static_cast<int>(options.detector);
  }
}

TEST(Sketch, LinesAreAsWideAsAsked) {
  Picture step(256, 256, 3);
  for (size_t i = 0; i < step.values.size(); ++i) step.values[i] = i / 3 % 256 < 128 ? 60 : 190;
  RandomStream unused(1, Purpose::derivation, 0);
  for (const EdgeDetector detector : {EdgeDetector::canny, EdgeDetector::contours})
    for (const int width : {1, 2, 3}) {
      SketchOptions options;
      options.detector = detector;
      options.softness = 0;
      options.width = width;
      const Picture drawing = sketch(step, options, unused);
      int dark = 0;
      for (int x = 0; x < 256; ++x) dark += drawing.row(128)[x] < 128;
      EXPECT_NEAR(dark, width, detector == EdgeDetector::canny ? 0 : 1) << width;
    }
}

TEST(Sketch, SmallOnesAndGreyOnesToo) {
  for (const int side : {1, 3, 16}) {
    const Picture photo(side, side + 1, 1);
    for (uint64_t i = 0; i < 20; ++i) {
      RandomStream random(1, Purpose::derivation, i);
      const Picture drawing = sketch(photo, draw_sketch_options(random), random);
      EXPECT_EQ(drawing.width, side);
      EXPECT_EQ(drawing.height, side + 1);
    }
  }
}

}  // namespace
}  // namespace imago::test
