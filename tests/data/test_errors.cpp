// What a person is told whose data set is not as it should be.
#include "models/data/prefetch.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

using ::testing::Test;

class DataErrors : public Test {
 protected:
  void save(const std::string& name, int width, int height) {
    save_png(folder_.path() / name, width, height, [](int, int, int) { return 128; });
  }
  /// Where in the message `part` is missing, the test fails and shows it.
  void expect_refused(std::initializer_list<const char*> parts) {
    const std::string message = error_of([&] { Dataset{options_}.batch(0); });
    ASSERT_NE(message, "");
    for (const char* part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << "\"" << part << "\" not in: " << message;
  }

  TemporaryFolder folder_;
  DataOptions options_{.dataroot = folder_.path()};
};

TEST_F(DataErrors, NoSuchRoot) {
  options_.dataroot /= "nowhere";
  expect_refused({"nowhere: no such folder", "--dataroot"});
  std::ofstream(folder_.path() / "file") << "x";
  options_.dataroot = folder_.path() / "file";
  expect_refused({"file: is not a folder"});
}

TEST_F(DataErrors, WrongPhaseShowsWhatIsThere) {
  save("train/a.png", 8, 4);
  save("val/a.png", 8, 4);
  options_.phase = "trian";
  expect_refused({"no folder trian", "side by side", "it has train, val", "--phase"});
  options_.kind = DataKind::unaligned;
  options_.phase = "train";
  expect_refused({"no folder trainA", "trainA and trainB", "two folders", "--dataroot-b",
                  "it has train, val"});
}

TEST_F(DataErrors, AMissingPartner) {
  save("trainA/a.png", 8, 4);
  options_.kind = DataKind::unaligned;
  expect_refused({"no folder trainB", "it has trainA"});
}

TEST_F(DataErrors, AnEmptyFolder) {
  fs::create_directories(folder_.path() / "train" / ".hidden");
  save("train/.hidden/a.png", 8, 4);
  std::ofstream(folder_.path() / "train" / "notes.txt") << "x";
  expect_refused({"train: no pictures in this folder"});
  options_.kind = DataKind::photos;
  expect_refused({"no pictures in this folder"});
}

TEST_F(DataErrors, OneUnreadablePictureIsNamed) {
  save("train/a.png", 512, 256);
  std::ofstream(folder_.path() / "train" / "b.png") << "not a picture";
  options_.in_order = true;
  const Dataset dataset(options_);
  EXPECT_EQ(error_of([&] { dataset.batch(0); }), "");
  const std::string message = error_of([&] { dataset.batch(1); });
  EXPECT_NE(message.find("train/b.png: not a picture"), std::string::npos) << message;
}

TEST_F(DataErrors, AnAlignedPictureOfOddWidth) {
  save("train/a.png", 513, 256);
  expect_refused({"train/a.png: 513x256 pixels", "side by side", "even"});
}

TEST_F(DataErrors, APictureSmallerThanTheCrop) {
  save("train/a.png", 400, 300);
  options_.preprocess = Preprocess::crop;
  expect_refused({"train/a.png: 200x300 pixels", "crop of 256", "--preprocess resize_and_crop"});
}

TEST_F(DataErrors, PicturesOfSeveralSizesInABatch) {
  save("train/a.png", 16, 8);
  save("train/b.png", 24, 8);
  options_.preprocess = Preprocess::none;
  options_.batch_size = 2;
  options_.in_order = true;
  expect_refused({"train/b.png: 12x8 pixels where the batch has 8x8", "--batch-size 1"});
}

TEST_F(DataErrors, OptionsThatContradictEachOther) {
  save("train/a.png", 512, 256);
  options_.load_size = 200;
  expect_refused({"--load-size 200 is smaller than --crop-size 256"});
  options_ = {.dataroot = folder_.path(), .batch_size = 0};
  expect_refused({"--batch-size"});
  options_ = {.dataroot = folder_.path(), .input_channels = 4};
  expect_refused({"1 or 3 channels"});
  options_ = {.kind = DataKind::photos, .dataroot = folder_.path(), .crop_size = 254};
  expect_refused({"--crop-size 254 is not a multiple of --scale 4"});
  options_.crop_size = 0;
  expect_refused({"--crop-size"});
}

TEST_F(DataErrors, NoSuchExampleOrStep) {
  save("train/a.png", 512, 256);
  const Dataset dataset(options_);
  EXPECT_NE(error_of([&] { dataset.example(1); }), "");
  EXPECT_NE(error_of([&] { dataset.example(-1); }), "");
  EXPECT_NE(error_of([&] { dataset.batch(-1); }), "");
}

}  // namespace
}  // namespace imago::test
