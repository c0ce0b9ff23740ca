// A fault that is planted is named, and no other; and what has none is left in peace.
#include <algorithm>

#include "tests/data/check/planted.h"

namespace imago::test {
namespace {

using CleanData = Planted;

TEST_F(CleanData, AlignedPairs) {
  plant_aligned();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::aligned);
  EXPECT_EQ(report.pictures, kCount + 4);
  EXPECT_EQ(report.what, "pairs A|B in one file: 24 in train, 4 in val; 128x64 pixels");
}

TEST_F(CleanData, AlignedPairsThatAreNotTwoSquares) {
  for (int i = 0; i < kCount; ++i)
    save("train/" + number(i) + ".png", side_by_side(photo(i, 60, 90), drawn(i, 60, 90)));
  EXPECT_EQ(expect({}).data.kind, DataKind::aligned);
}

TEST_F(CleanData, PairsInTwoFolders) {
  plant_paired();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::paired);
  EXPECT_EQ(report.what, "pairs in two folders: 24 in train, 4 in val; 64x64 pixels");
}

TEST_F(CleanData, TwoFoldersWithoutPairs) {
  plant_unaligned();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::unaligned);
  EXPECT_EQ(report.what,
            "two folders without pairs: 24 and 24 in train, 4 and 4 in test; 64x64 pixels");
}

TEST_F(CleanData, PairsInFoldersOfTheirOwn) {
  plant_paired();
  move_apart();
  DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::paired);
  EXPECT_EQ(report.what, "pairs in two folders: 24 in train; 64x64 pixels");
  data_.held_out = 4;
  EXPECT_EQ(expect({}).what, "pairs in two folders: 20 in train, 4 in val; 64x64 pixels");
  data_.phase = "val";
  EXPECT_EQ(expect({{"warning few", 4}}).what,
            "pairs in two folders: 4 in val, 20 in train; 64x64 pixels");
  data_.phase = "train";
  data_.held_out = 0;
  data_.kind = DataKind::unaligned;
  report = expect({}, true);
  EXPECT_EQ(report.data.kind, DataKind::unaligned);
  EXPECT_EQ(report.what, "two folders without pairs: 24 and 24 in train; 64x64 pixels");
}

TEST_F(CleanData, FoldersOfTheirOwnWithoutPairs) {
  plant_unaligned();
  move_apart();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::unaligned);
  EXPECT_EQ(report.what, "two folders without pairs: 24 and 24 in train; 64x64 pixels");
}

TEST_F(CleanData, Photos) {
  plant_photos();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::photos);
  for (const DataKind kind : {DataKind::photos, DataKind::edges, DataKind::grey, DataKind::holes}) {
    data_.kind = kind;
    EXPECT_EQ(expect({}, true).data.kind, kind);
  }
}

TEST_F(CleanData, PhotosInTheFolderItself) {
  for (int i = 0; i < kCount; ++i) save("deeper/" + number(i) + ".png", photo(i, 90, 70));
  save("99.png", photo(99, 90, 70));
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::photos);
  EXPECT_EQ(report.pictures, kCount + 1);
}

TEST_F(CleanData, Cameras) {
  plant_cameras();
  const DataReport report = expect({});
  EXPECT_EQ(report.data.kind, DataKind::cameras);
  EXPECT_EQ(report.what,
            "cameras: 24 by day and 24 by night in train, 48 by day and 48 by night in val; 80x64 "
            "pixels");
}

TEST_F(CleanData, GreyBesideColourIsADifference) {
  for (int i = 0; i < kCount; ++i)
    save("train/" + number(i) + ".jpg", side_by_side(grey_of(photo(i)), photo(i)));
  EXPECT_EQ(expect({}).data.kind, DataKind::aligned);
}

TEST_F(CleanData, AIsAlittleNoisierThanB) {
  for (int i = 0; i < kCount; ++i) {
    Picture noisy = photo(i);
    for (size_t k = 0; k < noisy.values.size(); ++k)
      noisy.values[k] = static_cast<uint8_t>(
          std::clamp(noisy.values[k] + (hash(i, static_cast<int>(k), 5) - 128) / 16, 0, 255));
    save("trainA/" + number(i) + ".png", noisy);
    save("trainB/" + number(i) + ".png", photo(i));
  }
  EXPECT_EQ(expect({}).data.kind, DataKind::paired);
}

TEST_F(CleanData, AAndBLookAlike) {
  data_.kind = DataKind::paired;
  for (int i = 0; i < kCount; ++i) {
    save("trainA/" + number(i) + ".png", photo(i));
    save("trainB/" + number(i) + ".png", photo(500 + i));
  }
  expect({}, true);
}

TEST_F(CleanData, OneAWithSeveralB) {
  plant_paired();
  copy("trainA/00.png", "trainA/50.png");
  save("trainB/50.png", drawn(50));
  expect({});
}

TEST_F(CleanData, TheCropIsTheUsualOneOfTheKind) {
  plant_photos();
  data_.crop_size = 0;
  EXPECT_EQ(problem_of(check(), "too_small").text.substr(0, 40),
            "24 pictures are smaller than the crop of");
  EXPECT_EQ(check().data.crop_size, 96);
  data_.kind = DataKind::edges;
  EXPECT_EQ(check(true).data.crop_size, 256);
}

TEST_F(CleanData, ProgressGoesUpAndCanEndIt) {
  plant_aligned();
  std::vector<double> shares;
  check_data(data_, {}, [&](double share) {
    shares.push_back(share);
    return true;
  });
  ASSERT_FALSE(shares.empty());
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_GT(shares.back(), 0.5);
  EXPECT_LE(shares.back(), 1);
  EXPECT_THROW(check_data(data_, {}, [](double) { return false; }), Cancelled);
}

TEST_F(CleanData, NoSuchFolder) {
  data_.dataroot = path("nowhere");
  EXPECT_NE(error_of([&] { check(); }).find("nowhere: no such folder"), std::string::npos);
  data_.dataroot = path(".");
  data_.dataroot_b = path("nowhere");
  EXPECT_NE(error_of([&] { check(); }).find("nowhere: no such folder: --dataroot-b"),
            std::string::npos);
}

using FaultyFolders = Planted;

TEST_F(FaultyFolders, UnknownLayout) {
  save("images/a.png", photo(1));
  save("labels/a.png", drawn(1));
  const DataReport report = expect({{"error layout", 1}});
  EXPECT_FALSE(report.recognised);
  const DataProblem problem = problem_of(report, "layout");
  EXPECT_NE(problem.text.find("images, labels"), std::string::npos) << problem.text;
  EXPECT_NE(problem.remedy.find("trainA and trainB"), std::string::npos) << problem.remedy;
}

TEST_F(FaultyFolders, FoldersOfOtherNames) {
  save("A/a.png", photo(1));
  save("B/a.png", drawn(1));
  EXPECT_EQ(problem_of(expect({{"error layout", 1}}), "layout").remedy,
            "Call them trainA and trainB, or take A as the folder and name B with --dataroot-b.");
  fs::create_directories(path("train"));
  fs::rename(path("A"), path("train/A"));
  fs::rename(path("B"), path("train/B"));
  EXPECT_EQ(
      problem_of(expect({{"error layout", 1}}), "layout").remedy,
      "Make train/A and train/B into trainA and trainB, or take A as the folder and name B with "
      "--dataroot-b.");
}

TEST_F(FaultyFolders, NeitherOfTheTwo) {
  save("horses/a.png", photo(1));
  save("zebras/a.png", drawn(1));
  for (const DataKind kind : {DataKind::unaligned, DataKind::paired}) {
    data_.kind = kind;
    const DataProblem problem = problem_of(expect({{"error layout", 1}}, true), "layout");
    for (const char* part :
         {"no folder trainA", "trainA and trainB", "--dataroot-b", "it has horses, zebras"})
      EXPECT_NE(problem.text.find(part), std::string::npos) << problem.text;
  }
}

TEST_F(FaultyFolders, TwoThatAreOne) {
  plant_unaligned();
  move_apart();
  data_.dataroot_b = data_.dataroot;
  const DataProblem problem = problem_of(expect({{"error layout", 1}}), "layout");
  EXPECT_NE(problem.text.find("both --dataroot and --dataroot-b"), std::string::npos)
      << problem.text;
  data_.dataroot_b = path("");
  expect({{"error layout", 1}});
  data_.kind = DataKind::photos;
  data_.dataroot_b = path("far/zebras");
  expect({{"error layout", 1}}, true);
}

TEST_F(FaultyFolders, AnEmptyOneOfTwo) {
  plant_unaligned();
  move_apart();
  fs::create_directories(path("empty"));
  data_.dataroot_b = path("empty");
  EXPECT_NE(problem_of(expect({{"error empty", 1}}), "empty").text.find("../empty"),
            std::string::npos);
  data_.dataroot = path("empty");
  data_.dataroot_b = path("horses");
  EXPECT_NE(problem_of(expect({{"error empty", 1}}), "empty").text.find(path("empty").string()),
            std::string::npos);
}

TEST_F(FaultyFolders, PhasesThatTwoFoldersDoNotHave) {
  plant_unaligned();
  move_apart();
  for (const char* phase : {"val", "test"}) {
    data_.phase = phase;
    const DataProblem problem = problem_of(expect({{"error layout", 1}}), "layout");
    EXPECT_NE(problem.text.find(std::string("--phase ") + phase), std::string::npos)
        << problem.text;
  }
}

TEST_F(FaultyFolders, UnalignedFoldersOfOtherNamesAreNotCalledEmpty) {
  for (int i = 0; i < kCount; ++i) {
    save("apples/" + number(i) + ".png", photo(i));
    save("oranges/" + number(i) + ".png", photo(50 + i));
  }
  data_.kind = DataKind::unaligned;
  const DataProblem problem = problem_of(expect({{"error layout", 1}}, true), "layout");
  for (const char* part : {"no folder trainA", "apples, oranges"})
    EXPECT_NE(problem.text.find(part), std::string::npos) << problem.text;
}

TEST_F(FaultyFolders, AMissingPartner) {
  save("trainA/a.png", photo(1));
  const DataProblem problem = problem_of(expect({{"error layout", 1}}), "layout");
  EXPECT_NE(problem.text.find("no folder trainB"), std::string::npos) << problem.text;
}

TEST_F(FaultyFolders, ACameraWithoutNight) {
  plant_cameras();
  fs::remove_all(path("camera1/night"));
  const DataProblem problem = problem_of(expect({{"error layout", 1}}), "layout");
  EXPECT_NE(problem.text.find("no folder night"), std::string::npos) << problem.text;
}

TEST_F(FaultyFolders, AnotherPhase) {
  plant_aligned();
  data_.phase = "trian";
  const DataProblem problem = problem_of(expect({{"error layout", 1}}), "layout");
  EXPECT_NE(problem.text.find("train, val"), std::string::npos) << problem.text;
}

TEST_F(FaultyFolders, PairsOutsideOfTheirFolder) {
  for (int i = 0; i < kCount; ++i) save(number(i) + ".png", side_by_side(photo(i), drawn(i)));
  EXPECT_EQ(problem_of(expect({{"error layout", 1}}), "layout").remedy,
            "Move them into a folder train.");
}

TEST_F(FaultyFolders, Empty) {
  expect({{"error empty", 1}});
  fs::create_directories(path("train"));
  expect({{"error empty", 1}});
  fs::create_directories(path("trainA"));
  fs::create_directories(path("trainB"));
  expect({{"error empty", 2}});
}

TEST_F(FaultyFolders, EmptyForValidation) {
  plant_aligned();
  fs::remove_all(path("val"));
  fs::create_directories(path("val"));
  expect({{"warning empty", 1}});
}

TEST_F(FaultyFolders, FormatsThatAreNotRead) {
  plant_photos();
  write("train/a.PSD", "x");
  write("train/notes.txt", "x");
  EXPECT_NE(problem_of(expect({{"warning ignored", 1}}), "ignored").text.find("train/a.PSD"),
            std::string::npos);
}

TEST_F(FaultyFolders, Few) {
  for (int i = 0; i < 5; ++i) save("train/" + number(i) + ".png", photo(i, 90, 70));
  EXPECT_NE(problem_of(expect({{"warning few", 5}}), "few").text.find("only 5 pictures"),
            std::string::npos);
  data_.max_dataset_size = 3;  // wanted so
  expect({});
}

TEST_F(FaultyFolders, HeldOutMoreThanThereIs) {
  plant_photos();
  fs::remove_all(path("val"));
  data_.held_out = 30;
  EXPECT_NE(problem_of(expect({{"error layout", 1}}), "layout").text.find("--held-out 30"),
            std::string::npos);
}

using FaultyFiles = Planted;

TEST_F(FaultyFiles, Unreadable) {
  plant_photos();
  save("train/30.jpg", photo(30));
  fs::resize_file(path("train/30.jpg"), fs::file_size(path("train/30.jpg")) / 2);
  write("train/31.png", "");
  const DataProblem problem = problem_of(expect({{"error unreadable", 2}}), "unreadable");
  EXPECT_NE(problem.text.find("train/30.jpg ("), std::string::npos) << problem.text;
  EXPECT_NE(problem.text.find("train/31.png (the file is empty)"), std::string::npos)
      << problem.text;
}

TEST_F(FaultyFiles, UnreadableForValidation) {
  plant_aligned();
  fs::resize_file(path("val/02.png"), 300);
  expect({{"warning unreadable", 1}});
}

TEST_F(FaultyFiles, NothingButUnreadable) {
  for (int i = 0; i < 3; ++i) write("train/" + number(i) + ".png", "");
  expect({{"error unreadable", 3}});
}

TEST_F(FaultyFiles, NotAPicture) {
  plant_photos();
  write("train/page.jpg", "<html>404</html>");
  const DataProblem problem = problem_of(expect({{"error not_a_picture", 1}}), "not_a_picture");
  EXPECT_NE(problem.text.find("train/page.jpg (not a picture"), std::string::npos) << problem.text;
}

TEST_F(FaultyFiles, Unmatched) {
  plant_paired();
  save("trainA/80.png", photo(80));
  save("trainB/81.png", drawn(81));
  const DataProblem problem = problem_of(expect({{"error unmatched", 2}}), "unmatched");
  EXPECT_NE(problem.text.find("trainA/80.png, trainB/81.png"), std::string::npos) << problem.text;
}

TEST_F(FaultyFiles, FaultsInFoldersOfTheirOwn) {
  plant_paired();
  move_apart();
  save("horses/80.png", photo(80));
  copy("far/zebras/03.jpg", "far/zebras/81.jpg");
  write("far/zebras/82.png", "");
  const DataReport report = expect({{"error unmatched", 3}, {"error unreadable", 1}});
  EXPECT_NE(problem_of(report, "unmatched").text.find("80.png, ../far/zebras/81.jpg"),
            std::string::npos)
      << shown(report);
  EXPECT_NE(problem_of(report, "unreadable").text.find("../far/zebras/82.png"), std::string::npos)
      << shown(report);
  data_.kind = DataKind::unaligned;
  remove("far/zebras/82.png");
  const DataReport copies = expect({{"warning duplicate", 1}}, true);
  EXPECT_NE(
      problem_of(copies, "duplicate").text.find("../far/zebras/81.jpg is ../far/zebras/03.jpg"),
      std::string::npos)
      << shown(copies);
}

TEST_F(FaultyFiles, UnmatchedForValidation) {
  plant_paired();
  save("valA/80.png", photo(80));
  expect({{"warning unmatched", 1}});
}

TEST_F(FaultyFiles, NothingMatches) {
  data_.kind = DataKind::paired;
  save("trainA/a.png", photo(1));
  save("trainB/b.png", drawn(1));
  EXPECT_NE(problem_of(expect({{"error unmatched", 2}}, true), "unmatched").remedy.find("cyclegan"),
            std::string::npos);
}

TEST_F(FaultyFiles, SameName) {
  plant_paired();
  save("trainA/03.jpg", photo(70));
  const DataProblem problem = problem_of(expect({{"error same_name", 1}}), "same_name");
  EXPECT_NE(problem.text.find("trainA/03.jpg and trainA/03.png"), std::string::npos)
      << problem.text;
}

TEST_F(FaultyFiles, PairsOfDifferentSizes) {
  plant_paired();
  save("trainB/05.jpg", drawn(5, 80, 64));
  const DataProblem problem = problem_of(expect({{"warning size_mismatch", 1}}), "size_mismatch");
  EXPECT_NE(problem.text.find("trainA/05.png (64x64) and trainB/05.jpg (80x64)"), std::string::npos)
      << problem.text;
  data_.preprocess = Preprocess::crop;
  expect({{"error size_mismatch", 1}});
}

TEST_F(FaultyFiles, ASmallerThanBThroughoutIsMeant) {
  for (int i = 0; i < kCount; ++i) {
    save("trainA/" + number(i) + ".png", photo(i, 64, 64));
    save("trainB/" + number(i) + ".png", drawn(i, 128, 128));
  }
  EXPECT_EQ(expect({}).data.kind, DataKind::paired);
}

TEST_F(FaultyFiles, AlignedOfOddWidth) {
  plant_aligned();
  save("train/04.png", side_by_side(photo(4, 65, 64), drawn(4)));
  EXPECT_NE(problem_of(expect({{"error size_mismatch", 1}}), "size_mismatch").text.find("129x64"),
            std::string::npos);
}

TEST_F(FaultyFiles, AlignedWithoutB) {
  plant_aligned();
  save("train/04.png", photo(4, 96, 96));
  expect({{"warning size_mismatch", 1}});
}

TEST_F(FaultyFiles, ACameraThatWasTurned) {
  plant_cameras();
  save("camera0/night/05.jpg", photo(900, 64, 80));
  EXPECT_NE(problem_of(expect({{"warning size_mismatch", 1}}), "size_mismatch")
                .text.find("camera0/night/05.jpg (64x80) where others are 80x64"),
            std::string::npos);
}

TEST_F(FaultyFiles, PicturesOfSeveralSizesInABatch) {
  plant_aligned();
  save("train/04.png", side_by_side(photo(4, 72, 64), drawn(4, 72, 64)));
  data_.preprocess = Preprocess::none;
  expect({});
  data_.batch_size = 2;
  EXPECT_NE(problem_of(expect({{"error size_mismatch", 1}}), "size_mismatch").text.find("144x64"),
            std::string::npos);
}

TEST_F(FaultyFiles, TooSmall) {
  plant_aligned();
  save("train/04.png", side_by_side(photo(4, 40, 40), drawn(4, 40, 40)));
  EXPECT_NE(problem_of(expect({{"warning too_small", 1}}), "too_small").remedy.find("enlarged"),
            std::string::npos);
  data_.preprocess = Preprocess::crop;
  expect({{"error too_small", 1}});
  data_.preprocess = Preprocess::none;
  expect({});
}

TEST_F(FaultyFiles, OnePixelWideIsNoPairAndIsToldWhateverThePreprocess) {
  plant_aligned();
  save("train/04.png", photo(4, 1, 64));
  data_.batch_size = 2;
  for (const Preprocess preprocess : {Preprocess::scale_width, Preprocess::scale_width_and_crop,
                                      Preprocess::resize_and_crop, Preprocess::none}) {
    data_.preprocess = preprocess;
    const DataReport report = check_data(data_);
    EXPECT_TRUE(std::ranges::any_of(report.problems, [&](const DataProblem& problem) {
      return problem.kind == "size_mismatch" && problem.text.find("04.png") != std::string::npos;
    })) << to_string(preprocess);
  }
}

TEST_F(FaultyFiles, PhotosTooSmall) {
  plant_photos();
  save("train/04.png", photo(4, 40, 64));
  data_.preprocess = Preprocess::crop;
  EXPECT_NE(problem_of(expect({{"warning too_small", 1}}), "too_small").remedy.find("mirrored"),
            std::string::npos);
  data_.preprocess = Preprocess::none;
  save("train/05.png", photo(5, 64, 3));
  expect({{"error too_small", 1}});
}

}  // namespace
}  // namespace imago::test
