// Paths and disks.
#include <gtest/gtest.h>

#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "tests/image/support.h"

namespace imago::test {
namespace {

/// The message of any Error that `action` throws; empty if it throws none.
template <typename Action>
std::string failure_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

size_t entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(File, TheExtensionChoosesTheFormat) {
  const TemporaryFolder folder;
  const Image image = sample_image(7, 5, 3, 8, false);
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"a.png", "png"},  {"a.JPG", "jpg"}, {"a.jpeg", "jpg"}, {"a.webp", "webp"},
      {"a.Tiff", "tif"}, {"a.bmp", "bmp"}, {"a.ppm", "ppm"},
  };
  for (const auto& [name, format] : cases) {
    save_image(image, folder.path() / name, {});
    EXPECT_EQ(probe_image(read(folder.path() / name)).format, format) << name;
    EXPECT_EQ(load_image(folder.path() / name).width, 7);
  }
  EXPECT_EQ(entries(folder.path()), cases.size());
  save_image(image, folder.path() / "b.jpg", {.format = "png"});
  EXPECT_EQ(probe_image(read(folder.path() / "b.jpg")).format, "png");
  for (const char* name : {"c", "c.gif", "c."}) {
    const std::string error = error_of([&] { save_image(image, folder.path() / name, {}); });
    EXPECT_NE(error.find("png, jpg, webp, tif, bmp or ppm"), std::string::npos) << error;
    EXPECT_FALSE(fs::exists(folder.path() / name));
  }
}

TEST(File, KnowsItsExtensions) {
  for (const char* name : {"a.png", "b.JPEG", "c.webp", "d.TIF", "e.tiff", "f.bmp", "g.ppm",
                           "h.pgm", "i.gif", "j.HEIC", "k.avif", "l.jxl", "ü/ö.Jpg"}) {
    EXPECT_TRUE(has_image_extension(name)) << name;
  }
  for (const char* name : {"a", "a.txt", "png", ".png", "a.png.bak", "a.psd", "a.safetensors"}) {
    EXPECT_FALSE(has_image_extension(name)) << name;
  }
}

TEST(File, UnicodeAndLongNames) {
  const TemporaryFolder folder;
  const Image image = sample_image(7, 5, 3, 8, false);
  const std::vector<std::string> names = {"Ölbild – 絵 🎨 ñ.png",
                                          "with space \"quotes\" 'and' $.png", "line\nbreak.png",
                                          "\xff\xfe not UTF-8.png", std::string(251, 'n') + ".png"};
  for (const std::string& name : names) {
    save_image(image, folder.path() / name, {});
    EXPECT_EQ(load_image(folder.path() / name).pixels, image.pixels) << name;
  }
  // One letter more than a name may have.
  const fs::path too_long = folder.path() / (std::string(252, 'n') + ".png");
  EXPECT_NE(failure_of([&] { save_image(image, too_long, {}); }), "");
  EXPECT_NE(error_of([&] { load_image(too_long); }), "");

  fs::path deep = folder.path();
  while (deep.native().size() < 3800) deep /= std::string(200, 'd');
  fs::create_directories(deep);
  save_image(image, deep / "deep.png", {});
  EXPECT_EQ(load_image(deep / "deep.png").pixels, image.pixels);
  while (deep.native().size() < 5000) deep /= std::string(200, 'd');
  EXPECT_NE(failure_of([&] { save_image(image, deep / "deeper.png", {}); }), "");
  EXPECT_NE(error_of([&] { load_image(deep / "deeper.png"); }), "");
  EXPECT_EQ(entries(folder.path()), names.size() + 1);
}

TEST(File, WhatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { load_image(folder.path() / "none.png"); }), "no such file");
  EXPECT_EQ(error_of([&] { load_image(folder.path()); }), "a folder, not a picture");
  EXPECT_EQ(error_of([&] { load_image("/dev/zero"); }), "not a regular file");
  fs::create_symlink("nowhere.png", folder.path() / "dangling.png");
  EXPECT_EQ(error_of([&] { load_image(folder.path() / "dangling.png"); }), "no such file");
  write(folder.path() / "empty.png", {});
  EXPECT_EQ(error_of([&] { load_image(folder.path() / "empty.png"); }), "the file is empty");
}

TEST(File, WhatCannotBeWrittenIsAnErrorAndLeavesNothing) {
  const TemporaryFolder folder;
  const Image image = sample_image(7, 5, 3, 8, false);
  write(folder.path() / "file", to_file("x"));
  for (const fs::path& path : {folder.path() / "file" / "a.png", fs::path("/proc/a.png"),
                               folder.path() / "missing" / "a.png"}) {
    EXPECT_NE(failure_of([&] { save_image(image, path, {}); }), "") << path;
  }
  fs::create_directory(folder.path() / "folder.png");
  EXPECT_NE(failure_of([&] { save_image(image, folder.path() / "folder.png", {}); }), "");
  EXPECT_EQ(entries(folder.path()), 2u);
}

TEST(File, AFailedPictureLeavesTheOldFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.png";
  Image image = sample_image(7, 5, 3, 8, false);
  save_image(image, path, {});
  const File before = read(path);
  image.pixels[0] = std::nanf("");
  EXPECT_NE(error_of([&] { save_image(image, path, {}); }), "");
  EXPECT_EQ(read(path), before);
  EXPECT_EQ(entries(folder.path()), 1u);
}

/// A disk of 64 KiB.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& at) : at_(at) {
    mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=64k") == 0;
    problem_ = mounted_ ? "" : std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount(at_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& problem() const { return problem_; }

 private:
  fs::path at_;
  bool mounted_ = false;
  std::string problem_;
};

TEST(File, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  const SmallDisk disk(folder.path());
  if (!disk.problem().empty()) {
    GTEST_SKIP() << "mounting a small disk needs privileges: " << disk.problem();
  }
  const fs::path path = folder.path() / "a.png";
  save_image(sample_image(7, 5, 3, 8, false), path, {});
  const File before = read(path);
  const Image large = sample_image(400, 400, 3, 8, false);
  EXPECT_NE(failure_of([&] { save_image(large, path, {}); }), "");
  EXPECT_EQ(read(path), before);
  EXPECT_EQ(entries(folder.path()), 1u);
}

}  // namespace
}  // namespace imago::test
