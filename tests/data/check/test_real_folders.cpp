// The same on folders that people have. Skipped where they are absent.
#include <algorithm>

#include "models/data/check/check_data.h"
#include "models/data/resample.h"
#include "models/measure/metrics.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

TEST(RealFolders, Maps) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "maps_256";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  const Dataset dataset({.dataroot = root, .batch_size = 2});
  EXPECT_GT(dataset.size(), 100);
  const Batch batch = dataset.batch(11);
  EXPECT_EQ(batch.a_shape, (Shape{2, 3, 256, 256}));
  const auto [low, high] = std::minmax_element(batch.a.begin(), batch.a.end());
  EXPECT_GE(*low, -1);
  EXPECT_LE(*high, 1);
  EXPECT_GT(*high - *low, 1);
  EXPECT_NE(batch.a, batch.b);
}

TEST(RealFolders, Photos) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "photos";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  const Dataset dataset({.kind = DataKind::photos, .dataroot = root, .crop_size = 96});
  EXPECT_GT(dataset.size(), 1000);
  for (int step = 0; step < 8; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_EQ(batch.a_shape, (Shape{1, 3, 24, 24}));
    EXPECT_EQ(batch.b_shape, (Shape{1, 3, 96, 96}));
    for (const float value : batch.a) ASSERT_TRUE(value >= 0 && value <= 1);
  }
}

TEST(RealFolders, PhotosAsDrawings) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "photos";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  DataOptions options{.kind = DataKind::edges, .dataroot = root, .held_out = 20};
  const Dataset training(options);
  options.phase = "val";
  const Dataset validation(options);
  EXPECT_EQ(validation.size(), 20);
  const auto ink = [](const Batch& batch) {
    double sum = 0;
    for (const float value : batch.a) sum += (1 - double{value}) / 2;
    return sum / static_cast<double>(batch.a.size());
  };
  double mean = 0;
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_LT(ink(training.batch(i)), 0.35);
    mean += ink(validation.example(i)) / 20;
  }
  EXPECT_GT(mean, 0.04);  // a drawing, neither an empty sheet
  EXPECT_LT(mean, 0.18);  // nor a grey one
}

TEST(RealFolders, DayAndNight) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "day2night";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  DataOptions options{.kind = DataKind::cameras, .dataroot = root};
  const Dataset training(options);
  options.phase = "val";
  const Dataset validation(options);
  EXPECT_EQ(training.size() + validation.size(), 125);
  EXPECT_EQ(validation.size(), 14 + 6);  // the last two of nine by name
  double day = 0, night = 0;
  for (int64_t i = 0; i < 10; ++i) {
    const Batch batch = training.batch(i);
    const std::string camera = batch.files[0].substr(0, batch.files[0].find('/'));
    EXPECT_TRUE(batch.b_files[0].starts_with(camera + "/night/")) << batch.b_files[0];
    EXPECT_EQ(batch.a_shape, batch.b_shape);
    for (const float value : batch.a) day += double{value};
    for (const float value : batch.b) night += double{value};
  }
  EXPECT_GT(day, night);
}

Planes planes_of(const Picture& picture) {
  Planes planes(picture.channels, picture.height, picture.width);
  planes.values.clear();
  append_planes(picture, 0, 1, planes.values);
  return planes;
}

// set5_lr_x4 was made by Pillow. What bicubic enlargement reaches on it is the number that every
// super-resolution paper begins its tables with.
TEST(RealFolders, Set5ByBicubic) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "eval";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  double decibels = 0, similarity = 0;
  int pictures = 0;
  for (const auto& entry : fs::directory_iterator(root / "set5_lr_x4")) {
    const Picture small = with_channels(read_picture(entry.path()), 3);
    const Picture whole = with_channels(read_picture(root / "set5" / entry.path().filename()), 3);
    const Picture large = part(whole, 0, 0, 4 * small.width, 4 * small.height);
    EXPECT_EQ(resize_bicubic(large, small.width, small.height), small) << entry.path().filename();
    const Planes result = planes_of(resize_bicubic(small, large.width, large.height));
    const MetricOptions options{.border = 4, .luma = true};
    decibels += psnr(result, planes_of(large), options);
    similarity += ssim(result, planes_of(large), options);
    ++pictures;
  }
  ASSERT_EQ(pictures, 5);
  EXPECT_NEAR(decibels / 5, 28.43, 0.02);
  EXPECT_NEAR(similarity / 5, 0.8109, 0.002);
}

/// What check_data says of a folder that somebody made with care, looked at by hand: nothing.
void expect_nothing_wrong(const std::string& name, DataKind kind) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / name;
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  DataOptions data{.dataroot = root};
  data.crop_size = 0;
  const DataReport report = check_data(data);
  EXPECT_EQ(report.data.kind, kind);
  for (const DataProblem& problem : report.problems) ADD_FAILURE() << name << ": " << problem.text;
}

TEST(RealFolders, NothingIsWrongWithMaps) { expect_nothing_wrong("maps_256", DataKind::aligned); }
TEST(RealFolders, NothingIsWrongWithPhotos) { expect_nothing_wrong("photos", DataKind::photos); }
TEST(RealFolders, NothingIsWrongWithCameras) {
  expect_nothing_wrong("day2night", DataKind::cameras);
}

}  // namespace
}  // namespace imago::test
