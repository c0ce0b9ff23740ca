#include <algorithm>
#include <map>
#include <set>

#include "models/data/dataset.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

/// Pictures that tell where every pixel came from: red is x, green is y, blue the file and, of the
/// right half, 100 more.
class AlignedData : public ::testing::Test {
 protected:
  static constexpr int kFiles = 5, kWidth = 24, kHeight = 20;

  AlignedData() {
    for (int file = 0; file < kFiles; ++file)
      save_png(folder_.path() / "train" / (std::to_string(file) + ".png"), 2 * kWidth, kHeight,
               [&](int x, int y, int c) {
                 return c == 0 ? x % kWidth : c == 1 ? y : file + (x < kWidth ? 0 : 100);
               });
    options_.dataroot = folder_.path();
    options_.preprocess = Preprocess::crop;
    options_.crop_size = 16;
    options_.seed = 42;
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

/// Of the first row of the batch's first picture: where it came from.
int red(const std::vector<float>& values, int x) { return byte_of(values[static_cast<size_t>(x)]); }

TEST_F(AlignedData, ABatchIsAFunctionOfSeedAndStep) {
  options_.batch_size = 2;
  const Dataset one(options_), other(options_);
  const Batch later = one.batch(7);
  for (const int step : {0, 3, 7}) static_cast<void>(other.batch(step));
  const Batch again = other.batch(7);
  EXPECT_EQ(later.a, again.a);
  EXPECT_EQ(later.b, again.b);
  EXPECT_EQ(later.files, again.files);
  EXPECT_NE(later.a, one.batch(8).a);
  options_.seed = 43;
  EXPECT_NE(later.a, Dataset(options_).batch(7).a);
  options_.seed = 42;
  options_.cache_bytes = 0;
  EXPECT_EQ(later.a, Dataset(options_).batch(7).a);
}

TEST_F(AlignedData, ShapesAndRange) {
  options_.batch_size = 3;
  options_.input_channels = 1;
  const Batch batch = Dataset(options_).batch(0);
  EXPECT_EQ(batch.a_shape, (Shape{3, 1, 16, 16}));
  EXPECT_EQ(batch.b_shape, (Shape{3, 3, 16, 16}));
  EXPECT_EQ(static_cast<int64_t>(batch.a.size()), batch.a_shape.elements());
  EXPECT_EQ(static_cast<int64_t>(batch.b.size()), batch.b_shape.elements());
  EXPECT_EQ(batch.files.size(), 3u);
  EXPECT_EQ(batch.files, batch.b_files);
}

TEST_F(AlignedData, EveryEpochHasEveryFileOnceInAnotherOrder) {
  options_.batch_size = 2;  // does not divide 5: the batches run on over the end of an epoch
  const Dataset dataset(options_);
  EXPECT_EQ(dataset.size(), kFiles);
  EXPECT_EQ(dataset.steps_per_epoch(), 3);
  std::vector<std::string> dealt;
  for (int step = 0; step < 2 * kFiles; ++step)
    for (const std::string& file : dataset.batch(step).files) dealt.push_back(file);
  std::set<std::vector<std::string>> orders;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const auto first = dealt.begin() + epoch * kFiles;
    const std::vector<std::string> order(first, first + kFiles);
    EXPECT_EQ(std::set<std::string>(order.begin(), order.end()).size(), size_t{kFiles});
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 1u);
}

TEST_F(AlignedData, InOrderMeansByName) {
  options_.in_order = true;
  const Dataset dataset(options_);
  for (int step = 0; step < 7; ++step)
    EXPECT_EQ(dataset.batch(step).files[0], "train/" + std::to_string(step % kFiles) + ".png");
}

TEST_F(AlignedData, TheHalvesStayRegistered) {
  const Dataset dataset(options_);
  for (int step = 0; step < 40; ++step) {
    const Batch batch = dataset.batch(step);
    const auto blue = batch.a.begin() + 2 * 16 * 16;
    EXPECT_TRUE(std::equal(batch.a.begin(), blue, batch.b.begin())) << "step " << step;
    EXPECT_EQ(byte_of(batch.b.back()) - byte_of(batch.a.back()), 100);
    EXPECT_EQ("train/" + std::to_string(byte_of(batch.a.back())) + ".png", batch.files[0]);
  }
}

TEST_F(AlignedData, DirectionSwapsTheHalves) {
  const Batch forward = Dataset(options_).batch(3);
  options_.b_to_a = true;
  const Batch backward = Dataset(options_).batch(3);
  EXPECT_EQ(forward.a, backward.b);
  EXPECT_EQ(forward.b, backward.a);
}

TEST_F(AlignedData, CropsLieEverywhereAndHalfAreFlipped) {
  const Dataset dataset(options_);
  std::map<int, int> columns, rows;
  int flipped = 0;
  constexpr int kSteps = 900;
  for (int step = 0; step < kSteps; ++step) {
    const Batch batch = dataset.batch(step);
    const int left = red(batch.a, 0), right = red(batch.a, 15);
    EXPECT_EQ(std::abs(left - right), 15);
    flipped += left > right;
    ++columns[std::min(left, right)];
    ++rows[byte_of(batch.a[16 * 16])];
  }
  EXPECT_NEAR(flipped, kSteps / 2, 75);  // five standard deviations
  EXPECT_EQ(columns.size(), 9u);         // 0…8: 24 - 16
  for (const auto& [column, count] : columns) EXPECT_NEAR(count, 100, 50);
  EXPECT_EQ(rows.size(), 5u);
  for (const auto& [row, count] : rows) EXPECT_NEAR(count, 180, 60);
}

TEST_F(AlignedData, NoFlipMeansNone) {
  options_.flip = false;
  const Dataset dataset(options_);
  for (int step = 0; step < 20; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_LT(red(batch.a, 0), red(batch.a, 15));
  }
}

TEST_F(AlignedData, ExamplesAreNotAugmented) {
  const Dataset dataset(options_);
  for (int index = 0; index < kFiles; ++index) {
    const Batch batch = dataset.example(index);
    EXPECT_EQ(batch.files[0], "train/" + std::to_string(index) + ".png");
    EXPECT_EQ(red(batch.a, 0), 4);            // (24 - 16) / 2
    EXPECT_EQ(byte_of(batch.a[16 * 16]), 2);  // (20 - 16) / 2
    EXPECT_EQ(red(batch.b, 15), 19);          // to the right, unmirrored
  }
}

TEST_F(AlignedData, PreprocessGivesTheSizesOfTheOriginal) {
  const auto shape = [&](Preprocess preprocess, bool training) {
    options_.preprocess = preprocess;
    options_.load_size = 18;
    const Dataset dataset(options_);
    return (training ? dataset.batch(0) : dataset.example(0)).a_shape;
  };
  const Shape square{1, 3, 16, 16};
  for (const bool training : {true, false}) {
    EXPECT_EQ(shape(Preprocess::resize_and_crop, training), square);
    EXPECT_EQ(shape(Preprocess::crop, training), square);
    EXPECT_EQ(shape(Preprocess::scale_width, training), (Shape{1, 3, 15, 18}));  // 20 * 18 / 24
    EXPECT_EQ(shape(Preprocess::none, training), (Shape{1, 3, 20, 24}));
  }
  // 15 rows are lower than the crop, and nothing is stretched.
  EXPECT_THROW(shape(Preprocess::scale_width_and_crop, true), DataError);
  options_.crop_size = 12;
  const Dataset low((options_.preprocess = Preprocess::scale_width_and_crop, options_));
  EXPECT_EQ(low.batch(0).a_shape, (Shape{1, 3, 12, 12}));
  options_.crop_size = 16;
  save_png(folder_.path() / "train" / "0.png", 2 * 21, 18, [](int, int, int) { return 9; });
  EXPECT_EQ(shape(Preprocess::none, false), (Shape{1, 3, 16, 20}));  // 18 / 4 = 4.5: half to even
}

TEST_F(AlignedData, MaximumSizeKeepsTheFirstFiles) {
  options_.max_dataset_size = 2;
  const Dataset dataset(options_);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.example(1).files[0], "train/1.png");
}

TEST_F(AlignedData, LinksAreFollowedAndDoNotLeadRoundInCircles) {
  save_png(folder_.path() / "elsewhere" / "9.png", 2 * kWidth, kHeight,
           [](int, int, int) { return 9; });
  fs::create_directory_symlink(folder_.path() / "elsewhere", folder_.path() / "train" / "more");
  fs::create_directory_symlink(folder_.path() / "train", folder_.path() / "train" / "round");
  const Dataset dataset(options_);
  EXPECT_EQ(dataset.size(), kFiles + 1);
  EXPECT_EQ(dataset.example(kFiles).files[0], "train/more/9.png");
}

TEST(UnalignedData, AIsDealtAndBDrawn) {
  const TemporaryFolder folder;
  const auto save = [&](const std::string& name, int value) {
    save_png(folder.path() / name, 8, 8, [&](int, int, int) { return value; });
  };
  for (int i = 0; i < 3; ++i) save("trainA/" + std::to_string(i) + ".png", i);
  for (int i = 0; i < 4; ++i) save("trainB/deeper/" + std::to_string(i) + ".png", 50 + i);
  DataOptions options{.kind = DataKind::unaligned, .dataroot = folder.path()};
  options.load_size = options.crop_size = 8;
  const Dataset dataset(options);
  EXPECT_EQ(dataset.size(), 4);
  std::set<std::string> pairs;
  std::map<std::string, int> partners;
  for (int step = 0; step < 400; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_EQ(batch.files[0], "trainA/" + std::to_string(byte_of(batch.a[0])) + ".png");
    EXPECT_EQ(batch.b_files[0],
              "trainB/deeper/" + std::to_string(byte_of(batch.b[0]) - 50) + ".png");
    pairs.insert(batch.files[0] + batch.b_files[0]);
    ++partners[batch.b_files[0]];
  }
  EXPECT_EQ(pairs.size(), 12u);
  for (const auto& [file, count] : partners) EXPECT_NEAR(count, 100, 45) << file;

  options.in_order = true;
  const Dataset in_order(options);
  EXPECT_EQ(in_order.batch(3).files[0], "trainA/0.png");
  EXPECT_EQ(in_order.batch(3).b_files[0], "trainB/deeper/3.png");
  options.b_to_a = true;
  EXPECT_EQ(Dataset(options).batch(3).files[0], "trainB/deeper/3.png");
}

}  // namespace
}  // namespace imago::test
