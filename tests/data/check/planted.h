// Generated data sets of every kind, and the faults that are planted in them.
#pragma once

#include <map>
#include <set>

#include "models/data/check/check_data.h"
#include "models/data/resample.h"
#include "models/data/synth/degrade.h"
#include "tests/data/support.h"

namespace imago::test {

/// Repeatable noise, 0…255.
int hash(int a, int b, int c, int d = 0);

/// Something like a photo: discs before a slope, both textured. `frame`: another moment, with other
/// noise and, by the way, a thing that moved.
Picture photo(int seed, int width = 64, int height = 64, int frame = 0);

/// The map of such a photo: flat and light.
Picture drawn(int seed, int width = 64, int height = 64);

/// Grey values as RGB.
Picture grey_of(const Picture& picture);

Picture side_by_side(const Picture& left, const Picture& right);

Image image_of(const Picture& picture);

/// A folder that faults can be planted in.
class Planted : public ::testing::Test {
 protected:
  static constexpr int kCount = 24;  // enough not to be few

  Planted() {
    data_.dataroot = folder_.path();
    data_.crop_size = 48;
    data_.load_size = 56;
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }
  void save(const std::string& name, const Picture& picture, int quality = 95) {
    fs::create_directories(path(name).parent_path());
    save_image(image_of(picture), path(name), {.quality = quality});
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
  }
  void copy(const std::string& from, const std::string& to) {
    fs::create_directories(path(to).parent_path());
    fs::copy_file(path(from), path(to));
  }
  void remove(const std::string& name) { ASSERT_TRUE(fs::remove(path(name))) << name; }
  /// "07"
  static std::string number(int i) { return (i < 10 ? "0" : "") + std::to_string(i); }

  void plant_aligned() {
    for (int i = 0; i < kCount; ++i)
      save("train/" + number(i) + ".png", side_by_side(photo(i), drawn(i)));
    for (int i = 0; i < 4; ++i)
      save("val/" + number(i) + ".png", side_by_side(photo(100 + i), drawn(100 + i)));
  }
  void plant_paired() {
    for (int i = 0; i < kCount; ++i) {
      save("trainA/" + number(i) + ".png", photo(i));
      save("trainB/" + number(i) + ".jpg", drawn(i));
    }
    for (int i = 0; i < 4; ++i) {
      save("valA/" + number(i) + ".png", photo(100 + i));
      save("valB/" + number(i) + ".png", drawn(100 + i));
    }
  }
  /// Numbered alike, as if they were pairs.
  void plant_unaligned() {
    for (int i = 0; i < kCount; ++i) {
      save("trainA/" + number(i) + ".png", photo(i));
      save("trainB/" + number(i) + ".png", drawn(200 + i));
    }
    for (int i = 0; i < 4; ++i) {
      save("testA/" + number(i) + ".png", photo(100 + i));
      save("testB/" + number(i) + ".png", drawn(300 + i));
    }
  }
  void plant_photos() {
    for (int i = 0; i < kCount; ++i)
      save("train/" + number(i) + ".png", photo(i, 64 + i % 5, 80 - i % 7));
    for (int i = 0; i < 4; ++i) save("val/" + number(i) + ".jpg", photo(100 + i, 80, 64));
  }
  /// What lies in trainA and trainB comes into folders of its own, and nothing else counts.
  void move_apart() {
    fs::create_directories(path("far"));
    fs::rename(path("trainA"), path("horses"));
    fs::rename(path("trainB"), path("far/zebras"));
    data_.dataroot = path("horses");
    data_.dataroot_b = path("far/zebras");
  }
  /// Frames of three cameras that do not move: they resemble each other closely.
  void plant_cameras() {
    for (int camera = 0; camera < 3; ++camera)
      for (int i = 0; i < kCount; ++i) {
        const std::string root = "camera" + std::to_string(camera) + "/";
        Picture day = photo(400 + camera, 80, 64, 1 + i),
                night = photo(400 + camera, 80, 64, 50 + i);
        for (uint8_t& value : night.values) value = static_cast<uint8_t>(value / 4);
        save(root + "day/" + number(i) + ".jpg", day);
        save(root + "night/" + number(i) + ".jpg", night);
      }
  }

  DataReport check(bool know_kind = false) {
    return check_data(data_, {.know_kind = know_kind, .threads = 2});
  }

  static std::string shown(const DataReport& report) {
    std::string text = report.what + "\n";
    for (const DataProblem& problem : report.problems)
      text += problem.kind + ": " + problem.text + " | " + problem.remedy + "\n";
    return text;
  }

  /// Whether training gets through an epoch, which is what errors are about.
  static bool trains(const DataOptions& data) {
    return error_of([&] {
             const Dataset dataset(data);
             for (int64_t i = 0; i < dataset.size(); ++i) {
               static_cast<void>(dataset.batch(i));
               static_cast<void>(dataset.example(i));
             }
             if (data.kind == DataKind::unaligned || data.kind == DataKind::cameras) {
               DataOptions other = data;  // all of B too
               other.b_to_a = true;
               const Dataset reverse(other);
               for (int64_t i = 0; i < reverse.size(); ++i) static_cast<void>(reverse.example(i));
             }
           }) == "";
  }

  /// The report names these faults and no other: "error unreadable" or "warning few", as often as
  /// there are files or pairs with it. And what it calls usable is.
  DataReport expect(const std::map<std::string, int64_t>& faults, bool know_kind = false) {
    const DataReport report = check(know_kind);
    std::map<std::string, int64_t> found;
    for (const DataProblem& problem : report.problems) {
      const bool error = problem.severity == DataProblem::Severity::error;
      found[(error ? "error " : "warning ") + problem.kind] += problem.count;
      EXPECT_FALSE(problem.text.empty());
      EXPECT_FALSE(problem.remedy.empty());
      for (const fs::path& file : problem.files)
        EXPECT_TRUE(fs::exists(data_.dataroot / file)) << file;
    }
    EXPECT_EQ(found, faults) << shown(report);
    EXPECT_EQ(report.usable(), report.recognised && trains(report.data)) << shown(report);
    return report;
  }

  TemporaryFolder folder_;
  DataOptions data_;
};

/// The problem of this kind; fails where there is none.
inline DataProblem problem_of(const DataReport& report, const std::string& kind) {
  for (const DataProblem& problem : report.problems)
    if (problem.kind == kind) return problem;
  ADD_FAILURE() << "no problem " << kind;
  return {};
}

}  // namespace imago::test
