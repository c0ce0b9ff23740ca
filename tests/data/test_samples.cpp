// Pictures with labels, and the random numbers that samplers are given.
#include <fstream>
#include <set>

#include "models/data/labels.h"
#include "tests/data/support.h"

namespace imago {
namespace {

using test::error_of;
using test::save_png;
namespace fs = std::filesystem;

constexpr int kSide = 8;

void append_number(std::string& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
}

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Picture i is of the even grey 10 i, its label i % 3.
void write_idx(const fs::path& folder, const std::string& phase, uint32_t count) {
  std::string pictures, labels;
  for (const uint32_t number : {0x803u, count, uint32_t{kSide}, uint32_t{kSide}})
    append_number(pictures, number);
  for (const uint32_t number : {0x801u, count}) append_number(labels, number);
  for (uint32_t i = 0; i < count; ++i) {
    pictures.append(kSide * kSide, static_cast<char>(10 * i));
    labels += static_cast<char>(i % 3);
  }
  write(folder / (phase + "-images-idx3-ubyte"), pictures);
  write(folder / (phase + "-labels-idx1-ubyte"), labels);
}

void save_grey(const fs::path& path, int grey, int width = kSide) {
  save_png(path, width, kSide, [grey](int, int, int) { return grey; });
}

DataOptions samples_in(const fs::path& folder) {
  DataOptions options;
  options.kind = DataKind::samples;
  options.dataroot = folder;
  options.crop_size = kSide;
  options.output_channels = 1;
  options.batch_size = 4;
  options.latent = 6;
  options.labels = true;
  return options;
}

/// The class that the numbers behind the latent of example n ask for.
int label_of(const Batch& batch, int64_t n, int latent) {
  int label = -1;
  for (int64_t i = latent; i < batch.a_shape.c; ++i) {
    const float value = batch.a[static_cast<size_t>(n * batch.a_shape.c + i)];
    EXPECT_TRUE(value == 0 || value == 1);
    if (value != 1) continue;
    EXPECT_EQ(label, -1) << "two classes at once";
    label = static_cast<int>(i) - latent;
  }
  return label;
}

int grey_of(const Batch& batch, int64_t n) {
  const int64_t size = batch.b_shape.elements() / batch.b_shape.n;
  return test::byte_of(batch.b[static_cast<size_t>(n * size)]);
}

TEST(Samples, IdxFilesGiveEveryPictureWithItsLabel) {
  const TemporaryFolder folder;
  write_idx(folder.path(), "train", 12);
  write_idx(folder.path(), "t10k", 5);
  const Dataset dataset(samples_in(folder.path()));
  EXPECT_EQ(dataset.size(), 12);
  EXPECT_EQ(dataset.label_names(), (std::vector<std::string>{"0", "1", "2"}));
  std::set<int> seen;
  for (int64_t step = 0; step < 3; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_EQ(batch.a_shape, (Shape{4, 9, 1, 1}));
    EXPECT_EQ(batch.b_shape, (Shape{4, 1, kSide, kSide}));
    for (int64_t n = 0; n < 4; ++n) {
      const int i = grey_of(batch, n) / 10;
      EXPECT_EQ(label_of(batch, n, 6), i % 3);
      seen.insert(i);
    }
  }
  EXPECT_EQ(seen.size(), 12u) << "an epoch shows each picture once";
  DataOptions tests = samples_in(folder.path());
  tests.phase = "test";
  EXPECT_EQ(Dataset(tests).size(), 5);
}

TEST(Samples, LatentsAreNormalAndFunctionsOfSeedAndStep) {
  const TemporaryFolder folder;
  write_idx(folder.path(), "train", 12);
  DataOptions options = samples_in(folder.path());
  options.latent = 1000;
  options.labels = false;
  const Dataset dataset(options), again(options);
  const Batch batch = dataset.batch(7);
  EXPECT_EQ(batch.a, again.batch(7).a);
  EXPECT_NE(batch.a, dataset.batch(8).a);
  options.seed = 1;
  EXPECT_NE(batch.a, Dataset(options).batch(7).a);
  double mean = 0, square = 0, fourth = 0;
  for (const float x : batch.a) mean += x, square += x * x, fourth += x * x * x * x;
  const auto count = static_cast<double>(batch.a.size());
  ASSERT_EQ(count, 4000);
  // Four standard errors of each moment.
  EXPECT_NEAR(mean / count, 0, 4 / std::sqrt(count));
  EXPECT_NEAR(square / count, 1, 4 * std::sqrt(2 / count));
  EXPECT_NEAR(fourth / count, 3, 4 * std::sqrt(96 / count));
  EXPECT_NE(dataset.example(0).a, dataset.example(1).a);
}

TEST(Samples, ForValidationTheLabelsTakeTurns) {
  const TemporaryFolder folder;
  write_idx(folder.path(), "train", 12);
  const Dataset dataset(samples_in(folder.path()));
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(label_of(dataset.example(i), 0, 6), i % 3);
}

TEST(Samples, LabelsAreTheNamesOfFolders) {
  const TemporaryFolder folder;
  save_grey(folder.path() / "pears/1.png", 50, 2 * kSide);
  save_grey(folder.path() / "apples/green/1.png", 100);
  save_grey(folder.path() / "apples/2.png", 100);
  DataOptions options = samples_in(folder.path());
  EXPECT_EQ(read_label_names(options), (std::vector<std::string>{"apples", "pears"}));
  const Batch batch = Dataset(options).batch(0);
  for (int64_t n = 0; n < 4; ++n) EXPECT_EQ(label_of(batch, n, 6), grey_of(batch, n) == 50 ? 1 : 0);
  options.label_names = {"an apple", "a pear"};
  EXPECT_EQ(Dataset(options).label_names(), options.label_names);
  options.label_names = {"apple"};
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("names 1 classes"), std::string::npos);
  save_grey(folder.path() / "alone.png", 0);
  options.label_names.clear();
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("alone.png: lies in no sub-folder"),
            std::string::npos);
}

TEST(Samples, LabelsStandInAnIndex) {
  const TemporaryFolder folder;
  for (int i = 0; i < 3; ++i)
    save_grey(folder.path() / "train" / (std::to_string(i) + ".png"), 50 * i);
  const fs::path index = folder.path() / "train" / "index.csv";
  write(index, "seed,label,file\r\n1,\"red, ripe\",0.png\r\n2,green,./1.png\r\n3,green,2.png\r\n");
  const DataOptions options = samples_in(folder.path());
  const Dataset dataset(options);
  EXPECT_EQ(dataset.label_names(), (std::vector<std::string>{"green", "red, ripe"}));
  const Batch batch = dataset.batch(0);
  for (int64_t n = 0; n < 4; ++n) EXPECT_EQ(label_of(batch, n, 6), grey_of(batch, n) == 0 ? 1 : 0);
  write(index, "file,label\n0.png,red\n1.png,green\n");
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("has no line for 2.png"), std::string::npos);
  write(index, "name,label\n0.png,red\n");
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("no column 'file'"), std::string::npos);
}

// As data sets have it whose list of both phases lies beside their folders.
TEST(Samples, OneIndexMayServeAllPhases) {
  const TemporaryFolder folder;
  for (const char* phase : {"train", "val"})
    for (const char* name : {"x", "y", "z"})
      if (std::string(phase) == "train" || std::string(name) != "y")
        save_grey(folder.path() / phase / (std::string(phase) + name + ".png"), 50);
  write(folder.path() / "index.csv",
        "split,file,label\ntrain,trainx.png,shoe\ntrain,trainy.png,hat\ntrain,trainz.png,coat\n"
        "val,valx.png,shoe\nval,valz.png,coat\n");
  DataOptions options = samples_in(folder.path());
  options.label_names = read_label_names(options);
  EXPECT_EQ(options.label_names, (std::vector<std::string>{"coat", "hat", "shoe"}));
  options.phase = "val";
  const LabelledFiles val = read_labelled_files(options);
  EXPECT_EQ(val.names, options.label_names) << "though there is no hat";
  EXPECT_EQ(val.labels, (std::vector<int>{2, 0}));
  EXPECT_EQ(val.files, (std::vector<fs::path>{"val/valx.png", "val/valz.png"}));
  options.labels = false;
  EXPECT_NE(error_of([&] { read_labelled_files(options); }).find("--labels"), std::string::npos);
}

TEST(Samples, DamagedIdxFilesAreNamed) {
  const TemporaryFolder folder;
  write_idx(folder.path(), "train", 3);
  const fs::path pictures = folder.path() / "train-images-idx3-ubyte";
  const DataOptions options = samples_in(folder.path());
  fs::resize_file(pictures, 100);
  EXPECT_EQ(error_of([&] { Dataset{options}; }),
            pictures.string() + ": is cut short or damaged: get the file anew");
  std::string huge;
  for (const uint32_t number : {0x803u, 0xffffffffu, 60000u, 60000u}) append_number(huge, number);
  write(pictures, huge);
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("it is damaged"), std::string::npos);
  write(pictures, "not an IDX file at all");
  EXPECT_NE(error_of([&] { Dataset{options}; }).find("is no IDX file"), std::string::npos);
}

TEST(Samples, FashionMnistOfDebian) {
  DataOptions options = samples_in("/usr/share/datasets/fashion-mnist");
  if (!fs::exists(options.dataroot)) GTEST_SKIP() << "no package dataset-fashion-mnist";
  options.crop_size = 28;
  const Dataset dataset(options);
  EXPECT_EQ(dataset.size(), 60000);
  EXPECT_EQ(dataset.label_names().size(), 10u);
  // Its first picture is an ankle boot, class 9, as its authors' page shows; of the classes all are
  // equally frequent.
  options.in_order = true;
  EXPECT_EQ(label_of(Dataset(options).batch(0), 0, 6), 9);
}

}  // namespace
}  // namespace imago
