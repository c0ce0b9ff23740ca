// Faults in what pictures show: copies, leaks, pairs that teach nothing or the wrong way round.
#include "tests/data/check/planted.h"

namespace imago::test {
namespace {

class FaultyContent : public Planted {
 protected:
  void expect_text(const DataReport& report, const std::string& kind, const std::string& part) {
    const DataProblem problem = problem_of(report, kind);
    EXPECT_NE(problem.text.find(part), std::string::npos) << problem.text;
  }
};

TEST_F(FaultyContent, Duplicate) {
  plant_photos();
  copy("train/03.png", "train/90.png");
  expect_text(expect({{"warning duplicate", 1}}), "duplicate", "train/90.png is train/03.png");
}

TEST_F(FaultyContent, DuplicatesSavedAnew) {
  plant_photos();
  save("train/90.jpg", photo(3, 67, 77), 75);   // of 03.png
  save("train/91.webp", photo(4, 68, 76), 95);  // of 04.png
  const Picture large = photo(60, 300, 200);
  save("train/60.png", large);
  save("train/92.jpg", resize_bicubic(large, 150, 100), 85);
  save("train/93.png", resize_bicubic(large, 400, 267));
  expect_text(expect({{"warning duplicate", 4}}), "duplicate",
              "train/90.jpg is train/03.png saved anew");
}

TEST_F(FaultyContent, AnotherFrameIsNoDuplicate) {
  plant_photos();
  for (int frame = 1; frame < 8; ++frame)
    save("train/frame" + number(frame) + ".jpg", photo(70, 300, 200, frame), 90);
  expect({});
  save("train/again.png", photo(70, 300, 200, 5));
  expect_text(expect({{"warning duplicate", 1}}), "duplicate", "frame05");
}

TEST_F(FaultyContent, FeaturelessPicturesAreNotAllTheSame) {
  plant_photos();
  for (const int value : {20, 24, 28})
    save_png(path("train/flat" + number(value) + ".png"), 64, 64,
             [&](int x, int, int) { return value + x / 32; });
  expect({});
}

TEST_F(FaultyContent, PairRepeated) {
  plant_paired();
  copy("trainA/02.png", "trainA/92.png");
  copy("trainB/02.jpg", "trainB/92.jpg");
  expect_text(expect({{"warning duplicate", 1}}), "duplicate", "trainA/92.png is trainA/02.png");
}

TEST_F(FaultyContent, OnePictureInAAndInB) {
  plant_unaligned();
  copy("trainA/02.png", "trainB/92.png");
  expect_text(expect({{"warning duplicate", 1}}), "duplicate", "trainB/92.png is trainA/02.png");
}

TEST_F(FaultyContent, TrainingPictureInVal) {
  plant_aligned();
  copy("train/07.png", "val/90.png");
  save("val/91.jpg", side_by_side(photo(8), drawn(8)), 80);
  save("test/92.jpg", side_by_side(photo(9), drawn(9)), 90);
  expect_text(expect({{"warning train_in_val", 3}}), "train_in_val", "val/90.png is train/07.png");
}

TEST_F(FaultyContent, TrainingPictureAmongTheHeldOut) {
  plant_photos();
  fs::remove_all(path("val"));
  data_.held_out = 4;  // 3, 9, 15, 21 of 24 files; of the 25 there will be: 3, 9, 15, 21
  copy("train/03.png", "train/90.png");
  expect({{"warning train_in_val", 1}});
}

TEST_F(FaultyContent, OneSceneInTwoCameras) {
  plant_cameras();
  copy("camera0/day/03.jpg", "camera2/day/90.jpg");  // cameras 1 and 2 are for validation
  expect({{"warning train_in_val", 1}});
}

TEST_F(FaultyContent, IdenticalPair) {
  plant_aligned();
  save("train/03.png", side_by_side(photo(3), photo(3)));
  save("train/04.jpg", side_by_side(photo(40), photo(40)), 85);
  const DataReport report = expect({{"warning identical_pair", 2}});
  expect_text(report, "identical_pair", "train/03.png, train/04.jpg");
}

TEST_F(FaultyContent, IdenticalPairOfFiles) {
  plant_paired();
  save("trainB/03.jpg", photo(3), 85);
  expect_text(expect({{"warning identical_pair", 1}}), "identical_pair",
              "trainA/03.png and trainB/03.jpg");
}

TEST_F(FaultyContent, APhotoWithoutColourTeachesNoColouring) {
  plant_photos();
  save("train/03.png", grey_of(photo(3, 67, 77)));
  expect({});
  data_.kind = DataKind::grey;
  expect_text(expect({{"warning identical_pair", 1}}, true), "identical_pair", "train/03.png");
}

TEST_F(FaultyContent, Swapped) {
  plant_aligned();
  for (const int i : {3, 11, 17})
    save("train/" + number(i) + ".png", side_by_side(drawn(i), photo(i)));
  save("val/02.png", side_by_side(drawn(102), photo(102)));
  expect_text(expect({{"warning swapped", 4}}), "swapped",
              "train/03.png, train/11.png, train/17.png, …");
}

TEST_F(FaultyContent, SwappedFiles) {
  plant_paired();
  save("trainA/05.png", drawn(5));
  save("trainB/05.jpg", photo(5));
  expect_text(expect({{"warning swapped", 1}}), "swapped", "trainA/05.png and trainB/05.jpg");
}

TEST_F(FaultyContent, SwappedGreyAndColour) {
  for (int i = 0; i < kCount; ++i)
    save("train/" + number(i) + ".png", i == 9 ? side_by_side(photo(i), grey_of(photo(i)))
                                               : side_by_side(grey_of(photo(i)), photo(i)));
  expect_text(expect({{"warning swapped", 1}}), "swapped", "train/09.png");
}

TEST_F(FaultyContent, AllFaultsTogether) {
  plant_aligned();
  write("train/80.png", "");
  write("train/81.jpg", "no picture");
  write("train/82.psd", "x");
  save("train/83.png", side_by_side(photo(83, 65, 64), drawn(83)));
  save("train/84.png", side_by_side(photo(84, 40, 40), drawn(84, 40, 40)));
  copy("train/05.png", "train/85.png");
  copy("train/06.png", "val/86.png");
  save("train/87.png", side_by_side(photo(87), photo(87)));
  save("train/88.png", side_by_side(drawn(88), photo(88)));
  fs::create_directories(path("test"));
  expect({{"error unreadable", 1},
          {"error not_a_picture", 1},
          {"error size_mismatch", 1},
          {"warning ignored", 1},
          {"warning too_small", 1},
          {"warning duplicate", 1},
          {"warning train_in_val", 1},
          {"warning identical_pair", 1},
          {"warning swapped", 1},
          {"warning empty", 1}});
}

TEST_F(FaultyContent, AllFaultsOfPairsTogether) {
  plant_paired();
  save("trainA/80.png", photo(80));
  save("trainA/02.webp", photo(70));
  save("trainB/05.jpg", drawn(5, 80, 64));
  save("trainB/03.jpg", photo(3));
  save("trainA/04.png", drawn(4));
  save("trainB/04.jpg", photo(4));
  expect({{"error unmatched", 1},
          {"error same_name", 1},
          {"warning size_mismatch", 1},
          {"warning identical_pair", 1},
          {"warning swapped", 1}});
}

}  // namespace
}  // namespace imago::test
