// Which files make an example: pairs by name, cameras, held out pictures.
#include <map>
#include <set>

#include "tests/data/support.h"

namespace imago::test {
namespace {

class Kinds : public ::testing::Test {
 protected:
  explicit Kinds(DataKind kind = DataKind::paired) {
    options_.kind = kind;
    options_.dataroot = folder_.path();
    options_.load_size = options_.crop_size = 8;
  }

  /// A picture of one value.
  void save(const std::string& name, int value, int width = 8, int height = 8) {
    save_png(folder_.path() / name, width, height, [&](int, int, int) { return value; });
  }
  void expect_refused(std::initializer_list<const char*> parts) {
    const std::string message = error_of([&] { Dataset{options_}.batch(0); });
    ASSERT_NE(message, "");
    for (const char* part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << "\"" << part << "\" not in: " << message;
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

std::set<std::string> files_of(const DataOptions& options) {
  const Dataset dataset(options);
  std::set<std::string> files;
  for (int64_t i = 0; i < dataset.size(); ++i)
    EXPECT_TRUE(files.insert(dataset.example(i).files[0]).second) << "twice";
  return files;
}

TEST_F(Kinds, PairsMatchWhateverTheExtension) {
  // By position "2.ppm" would be beside "10.png".
  save("trainA/10.png", 1);
  save("trainA/2.jpg", 2);
  save("trainA/deep/2.png", 3);
  save("trainB/2.png", 102);
  save("trainB/10.bmp", 101);
  save("trainB/deep/2.webp", 103);
  const Dataset dataset(options_);
  ASSERT_EQ(dataset.size(), 3);
  const auto expect_pair = [](const Batch& batch) {
    const auto stem = [](const std::string& file) {
      return fs::path(file.substr(file.find('/'))).replace_extension().string();
    };
    EXPECT_EQ(stem(batch.files[0]), stem(batch.b_files[0]));
    EXPECT_NEAR(byte_of(batch.b[0]) - byte_of(batch.a[0]), 100, 1);  // webp and jpg may lose one
    EXPECT_TRUE(batch.files[0].starts_with("trainA/") && batch.b_files[0].starts_with("trainB/"));
  };
  for (int i = 0; i < 3; ++i) expect_pair(dataset.example(i));
  for (int i = 0; i < 9; ++i) expect_pair(dataset.batch(i));
  options_.b_to_a = true;
  const Batch turned = Dataset(options_).example(0);
  EXPECT_EQ(turned.files[0], "trainB/10.bmp");
  EXPECT_EQ(turned.b_files[0], "trainA/10.png");
}

TEST_F(Kinds, WhatHasNoPartnerIsNamed) {
  for (const char* name : {"trainA/a.png", "trainA/b.png", "trainB/b.jpg", "trainB/c.png"})
    save(name, 1);
  expect_refused({"2 pictures have no partner", "trainA/a.png, trainB/c.png", "imago check-data"});
  for (const char* name : {"trainA/d.png", "trainA/e.png"}) save(name, 1);
  expect_refused({"4 pictures", "trainA/a.png, trainA/d.png, trainA/e.png, …"});
}

TEST_F(Kinds, TwoPicturesOfOneNameAreRefused) {
  for (const char* name : {"trainA/a.png", "trainA/a.jpg", "trainB/a.png"}) save(name, 1);
  expect_refused({"trainA/a.jpg and trainA/a.png", "two pictures of one name"});
}

TEST_F(Kinds, PairsAreCutAlike) {
  for (const char* side : {"A", "B"})
    save_png(folder_.path() / (std::string("train") + side) / "a.png", 24, 20,
             [&](int x, int y, int c) { return c == 0   ? x
                                               : c == 1 ? y
                                                        : side[0]; });
  options_.preprocess = Preprocess::crop;
  std::set<std::vector<float>> crops;
  for (int step = 0; step < 20; ++step) {
    const Batch batch = Dataset(options_).batch(step);
    EXPECT_TRUE(std::equal(batch.a.begin(), batch.a.begin() + 2 * 64, batch.b.begin()));
    EXPECT_EQ(byte_of(batch.b.back()), 'B');
    crops.insert(batch.a);
  }
  EXPECT_GT(crops.size(), 10u);
}

TEST_F(Kinds, PairsOfTwoSizesNeedToBeResized) {
  save("trainA/a.png", 1, 16, 16);
  save("trainB/a.png", 1, 12, 16);
  EXPECT_EQ(Dataset(options_).batch(0).b_shape, (Shape{1, 3, 8, 8}));
  options_.preprocess = Preprocess::crop;
  expect_refused({"trainA/a.png: 16x16 pixels", "trainB/a.png has 12x16", "resize_and_crop"});
}

TEST_F(Kinds, HeldOutAndTrainedOnAreAllOfIt) {
  for (int i = 0; i < 10; ++i) save(std::to_string(i) + ".png", i);
  for (const DataKind kind : {DataKind::photos, DataKind::grey}) {
    options_.kind = kind;
    for (const int64_t count : {1, 3, 5, 9}) {
      options_.held_out = count;
      options_.phase = "train";
      std::set<std::string> all = files_of(options_);
      EXPECT_EQ(static_cast<int64_t>(all.size()), 10 - count);
      options_.phase = "val";
      const std::set<std::string> held = files_of(options_);
      EXPECT_EQ(static_cast<int64_t>(held.size()), count);
      all.insert(held.begin(), held.end());
      EXPECT_EQ(all.size(), 10u);  // nothing in both, nothing lost
    }
  }
  options_.held_out = 3;
  EXPECT_EQ(files_of(options_), (std::set<std::string>{"1.png", "5.png", "8.png"}));
  options_.max_dataset_size = 2;  // of what was held out, not of what it is chosen from
  EXPECT_EQ(files_of(options_), (std::set<std::string>{"1.png", "5.png"}));
}

TEST_F(Kinds, HeldOutPairsStayPairs) {
  for (int i = 0; i < 5; ++i) {
    save("trainA/" + std::to_string(i) + ".png", i);
    save("trainB/" + std::to_string(i) + ".png", 100 + i);
  }
  options_.held_out = 2;
  for (const char* phase : {"train", "val"}) {
    options_.phase = phase;
    const Dataset dataset(options_);
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const Batch batch = dataset.example(i);
      EXPECT_EQ(byte_of(batch.b[0]) - byte_of(batch.a[0]), 100);
    }
  }
}

TEST_F(Kinds, HoldingOutThatMakesNoSenseIsRefused) {
  options_.kind = DataKind::edges;
  save("train/a.png", 1);
  save("train/b.png", 1);
  options_.held_out = 2;
  expect_refused({"--held-out 2", "nothing to train on", "2 of them"});
  save("val/a.png", 1);
  options_.held_out = 1;
  expect_refused({"has a folder val", "leave --held-out away"});
  options_.kind = DataKind::cameras;
  expect_refused({"--held-out", "--val-cameras"});
  options_.kind = DataKind::edges;
  options_.held_out = 0;
  options_.val_cameras = {"a"};
  expect_refused({"--val-cameras", "cameras"});
}

/// A in horses, B in far/zebras: their values are those of trainA and trainB of `both`.
class TwoFolders : public Kinds {
 protected:
  static constexpr int kOfA = 7, kOfB = 5;

  TwoFolders() : Kinds(DataKind::unaligned) {
    for (int i = 0; i < kOfA; ++i) {
      const std::string name = std::to_string(i) + ".png";
      for (const char* folder : {"horses/", "both/trainA/"}) save(folder + name, i);
      if (i < kOfB)
        for (const char* folder : {"far/zebras/", "both/trainB/"}) save(folder + name, 100 + i);
    }
    take_two();
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  void take_two() {
    options_.dataroot = path("horses");
    options_.dataroot_b = path("far/zebras");
  }
  void take_one() {
    options_.dataroot = path("both");
    options_.dataroot_b.clear();
  }
};

TEST_F(TwoFolders, AreWhatOneFolderWithBothIs) {
  for (const bool b_to_a : {false, true}) {
    options_.b_to_a = b_to_a;
    take_one();
    const Dataset one(options_);
    take_two();
    const Dataset two(options_);
    ASSERT_EQ(one.size(), kOfA);
    ASSERT_EQ(two.size(), kOfA);
    for (int step = 0; step < 3 * kOfA; ++step) {
      EXPECT_EQ(one.batch(step).a, two.batch(step).a);
      EXPECT_EQ(one.batch(step).b, two.batch(step).b);
    }
    const Batch example = two.example(1);
    EXPECT_EQ(b_to_a ? example.b_files[0] : example.files[0], "1.png");
    EXPECT_EQ(b_to_a ? example.files[0] : example.b_files[0], "../far/zebras/1.png");
  }
}

TEST_F(TwoFolders, AreTheSameWhereverTheyLie) {
  const uint32_t fingerprint = Dataset(options_).fingerprint();
  const std::vector<float> b = Dataset(options_).example(2).b;
  fs::rename(path("far/zebras"), path("zebras"));
  options_.dataroot_b = path("zebras");
  EXPECT_EQ(Dataset(options_).fingerprint(), fingerprint);
  save("zebras/9.png", 9);
  EXPECT_NE(Dataset(options_).fingerprint(), fingerprint);
  fs::remove(path("zebras/9.png"));
  // From here, with slashes at their ends, and through a link whose ".." leads elsewhere.
  options_.dataroot = fs::relative(path("horses")) / "";
  options_.dataroot_b = fs::relative(path("zebras")) / "";
  EXPECT_EQ(Dataset(options_).example(2).b, b);
  EXPECT_EQ(Dataset(options_).fingerprint(), fingerprint);
  fs::create_directories(path("deep/er"));
  fs::rename(path("horses"), path("deep/er/horses"));
  fs::create_directory_symlink(path("deep/er/horses"), path("link"));
  options_.dataroot = path("link");
  EXPECT_EQ(Dataset(options_).example(2).b, b);
  EXPECT_EQ(Dataset(options_).fingerprint(), fingerprint);
}

TEST_F(TwoFolders, PairsByName) {
  options_.kind = DataKind::paired;
  expect_refused({"horses and ", "far/zebras: 2 pictures have no partner", "5.png, 6.png"});
  for (const char* name : {"horses/5.png", "horses/6.png", "far/zebras/3.png"})
    fs::remove(path(name));
  save("far/zebras/3.jpg", 103);
  save("horses/deep/1.png", 50);
  save("far/zebras/deep/1.bmp", 150);
  const Dataset dataset(options_);
  ASSERT_EQ(dataset.size(), 6);
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const Batch batch = dataset.example(i);
    EXPECT_NEAR(byte_of(batch.b[0]) - byte_of(batch.a[0]), 100, 1) << batch.files[0];
  }
  save("far/zebras/3.png", 103);
  expect_refused({"../far/zebras/3.jpg and ../far/zebras/3.png", "two pictures of one name"});
}

TEST_F(TwoFolders, ValidationIsHeldOut) {
  save("horses/valA/7.png", 7);  // one of A's, whatever its folder is called
  options_.held_out = 2;
  for (const bool b_to_a : {false, true}) {
    options_.b_to_a = b_to_a;
    std::set<std::string> all;
    for (const char* phase : {"train", "val"}) {
      options_.phase = phase;
      const Dataset dataset(options_);
      const std::set<std::string> files = [&] {
        std::set<std::string> found;
        for (int64_t i = 0; i < dataset.size(); ++i) found.insert(dataset.example(i).files[0]);
        return found;
      }();
      const size_t of_all = b_to_a ? kOfB : kOfA + 1;
      EXPECT_EQ(files.size(), options_.phase == "val" ? 2 : of_all - 2);
      all.insert(files.begin(), files.end());
    }
    EXPECT_EQ(all.size(), b_to_a ? kOfB : kOfA + 1u);
  }
  options_.phase = "train";
  options_.held_out = kOfB;
  expect_refused({"--held-out 5", "far/zebras has 5 of them"});
}

TEST_F(TwoFolders, OtherPhasesAreRefused) {
  options_.phase = "val";
  expect_refused({"--phase val", "--held-out N"});
  options_.phase = "test";
  expect_refused({"--phase test", "train and val", "--dataroot-b"});
}

TEST_F(TwoFolders, MistakesAreNamed) {
  options_.dataroot_b = path("nowhere");
  expect_refused({"nowhere: no such folder: --dataroot-b"});
  options_.dataroot_b = path("both/trainA/0.png");
  expect_refused({"0.png: is not a folder: --dataroot-b"});
  fs::create_directories(path("empty"));
  options_.dataroot_b = path("empty");
  expect_refused({"empty: no pictures in this folder"});
  fs::create_directory_symlink(path("horses"), path("link"));
  for (const fs::path& same : {path("horses"), path("far/../horses/"), path("link")}) {
    options_.dataroot_b = same;
    expect_refused({"is both --dataroot and --dataroot-b"});
  }
  options_.dataroot_b = folder_.path();
  expect_refused({"lies in the other"});
  std::swap(options_.dataroot, options_.dataroot_b);
  expect_refused({"lies in the other"});
  // A name that begins alike is no folder within.
  save("horses of B/0.png", 1);
  options_.dataroot = path("horses");
  options_.dataroot_b = path("horses of B");
  EXPECT_EQ(Dataset(options_).size(), kOfA);
  for (const DataKind kind : {DataKind::aligned, DataKind::photos, DataKind::edges, DataKind::grey,
                              DataKind::holes, DataKind::cameras}) {
    options_.kind = kind;
    expect_refused({"--dataroot-b", to_string(kind), "paired and unaligned"});
  }
}

/// Four cameras; a value tells camera, time and number: 40 · camera + 20 · night + number.
class Cameras : public Kinds {
 protected:
  static constexpr int kDays = 3, kNights = 4;

  Cameras() : Kinds(DataKind::cameras) {
    for (int camera = 0; camera < 4; ++camera) {
      const std::string name(1, static_cast<char>('a' + camera));
      for (int i = 0; i < kDays; ++i)
        save(name + "/day/" + std::to_string(i) + ".png", 40 * camera + i);
      for (int i = 0; i < kNights; ++i)
        save(name + "/night/" + std::to_string(i) + ".png", 40 * camera + 20 + i);
    }
  }
};

std::set<std::string> cameras_shown(const DataOptions& options) {
  const Dataset dataset(options);
  std::set<std::string> cameras;
  for (int step = 0; step < 40; ++step) {
    const Batch batch = dataset.batch(step);
    for (const auto& files : {batch.files, batch.b_files})
      cameras.insert(files[0].substr(0, files[0].find('/')));
  }
  return cameras;
}

TEST_F(Cameras, DayIsPairedWithAnyNightOfItsOwnCamera) {
  const Dataset dataset(options_);
  EXPECT_EQ(dataset.size(), 2 * kDays);  // the last two cameras are for validation
  std::set<std::string> pairs;
  std::map<std::string, int> nights;
  constexpr int kSteps = 480;
  for (int step = 0; step < kSteps; ++step) {
    const Batch batch = dataset.batch(step);
    const int a = byte_of(batch.a[0]), b = byte_of(batch.b[0]);
    EXPECT_EQ(a / 40, b / 40) << "two cameras";
    EXPECT_LT(a % 40, 20) << "no day";
    EXPECT_GE(b % 40, 20) << "no night";
    EXPECT_EQ(batch.files[0][0], 'a' + a / 40);
    pairs.insert(batch.files[0] + batch.b_files[0]);
    ++nights[batch.b_files[0]];
  }
  EXPECT_EQ(pairs.size(), 2u * kDays * kNights);
  for (const auto& [file, count] : nights) EXPECT_NEAR(count, kSteps / 8, 35) << file;
  EXPECT_EQ(dataset.batch(17).b, Dataset(options_).batch(17).b);
}

TEST_F(Cameras, ValidationIsAlwaysTheSame) {
  options_.phase = "val";
  const Dataset one(options_);
  options_.seed = 5;
  const Dataset other(options_);
  for (int64_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one.example(i).b_files, other.example(i).b_files);
    EXPECT_EQ(one.example(i).files[0].back(), one.example(i).b_files[0].back());
  }
  EXPECT_EQ(one.example(kDays).b_files[0], "d/night/0.png");
}

TEST_F(Cameras, DirectionSwapsDayAndNight) {
  options_.b_to_a = true;
  const Dataset dataset(options_);
  EXPECT_EQ(dataset.size(), 2 * kNights);
  for (int step = 0; step < 20; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_NE(batch.files[0].find("/night/"), std::string::npos);
    EXPECT_NE(batch.b_files[0].find("/day/"), std::string::npos);
    EXPECT_EQ(batch.files[0][0], batch.b_files[0][0]);
  }
}

TEST_F(Cameras, NoCameraIsOfBothPhases) {
  using Names = std::set<std::string>;
  const auto shown = [&](const char* phase) {
    options_.phase = phase;
    return cameras_shown(options_);
  };
  EXPECT_EQ(shown("train"), (Names{"a", "b"}));
  EXPECT_EQ(shown("val"), (Names{"c", "d"}));
  options_.val_cameras = {"b"};
  EXPECT_EQ(shown("train"), (Names{"a", "c", "d"}));
  EXPECT_EQ(shown("val"), (Names{"b"}));
  options_.val_cameras.clear();
  fs::remove_all(folder_.path() / "c");
  fs::remove_all(folder_.path() / "d");
  EXPECT_EQ(shown("train"), (Names{"a", "b"}));  // with two there is none to spare
  options_.phase = "val";
  expect_refused({"no camera is left for validation", "--val-cameras"});
}

TEST_F(Cameras, MistakesAreNamed) {
  options_.val_cameras = {"a", "x"};
  expect_refused({"has no camera x", "--val-cameras", "a, b, c, d"});
  options_.val_cameras = {"a", "b", "c", "d"};
  expect_refused({"no camera is left for training"});
  options_.val_cameras.clear();
  options_.phase = "test";
  expect_refused({"--phase test", "train and val"});
  options_.phase = "train";
  fs::remove_all(folder_.path() / "b" / "night");
  expect_refused({"/b: there is no folder night"});
  options_.dataroot = folder_.path() / "a";
  expect_refused({"has no cameras", "it has day, night"});
}

TEST_F(Cameras, BothPicturesShowTheSamePart) {
  for (const char* camera : {"a", "b"}) {
    fs::remove_all(folder_.path() / camera);
    const auto save_ramp = [&](const std::string& time, int width, int height) {
      save_png(folder_.path() / camera / time / "0.png", width, height, [&](int x, int y, int c) {
        return c == 0 ? 255 * x / (width - 1) : c == 1 ? 255 * y / (height - 1) : 0;
      });
    };
    save_ramp("day", 96, 48);
    save_ramp("night", 64, 32);  // smaller, as another year's
  }
  options_.load_size = 40;
  options_.crop_size = 32;
  const Dataset dataset(options_);
  std::set<int> columns;
  for (int step = 0; step < 20; ++step) {
    const Batch batch = dataset.batch(step);
    ASSERT_EQ(batch.b_shape, (Shape{1, 3, 32, 32}));
    for (size_t i = 0; i < batch.a.size(); ++i)
      ASSERT_NEAR(byte_of(batch.a[i]), byte_of(batch.b[i]), 5);
    // 40 of 48 rows, so 80 of 96 columns: a pixel is 255 / 80 of red, and of green 255 / 40.
    EXPECT_NEAR(std::abs(byte_of(batch.a[31]) - byte_of(batch.a[0])), 31 * 255 / 80, 4);
    columns.insert(std::min(byte_of(batch.a[0]), byte_of(batch.a[31])));
  }
  EXPECT_GT(columns.size(), 8u);
}

}  // namespace
}  // namespace imago::test
