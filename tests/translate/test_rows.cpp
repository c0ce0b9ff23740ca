// Results that go to a file by rows, and what a batch says of its files.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <iterator>

#include "compute/base/atomic_file.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/batch.h"
#include "models/translate/planes.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

class Rows : public testing::Test {
 protected:
  Rows() {
    std::string name = (fs::temp_directory_path() / "imago-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Rows() override { fs::remove_all(folder_); }

  std::string content(const fs::path& path) const {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// Both ways to a file of this format: "rows" and "whole" in the folder.
  void write_both(Translator& translator, const Image& image, const TranslateOptions& options,
                  const std::string& format) {
    const Raster raster = to_raster(image);
    const SaveOptions save{.format = format};
    const auto writer = translator.translate_rows(
        raster, options, [&](const RowLayout& wanted, const ImageMetadata& metadata) {
          return open_image_writer(folder_ / "rows", stored_layout(format, wanted), metadata, save);
        });
    writer->finish();
    save_image(translator.translate(to_image(raster), options), folder_ / "whole", save);
  }

  /// Both give the same bytes.
  void expect_same_file(Translator& translator, const Image& image, const TranslateOptions& options,
                        const std::string& format) {
    write_both(translator, image, options, format);
    EXPECT_TRUE(content(folder_ / "rows") == content(folder_ / "whole")) << format;
  }

  fs::path folder_;
};

Image with_alpha(Image image) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      image.alpha.push_back(x < 9 ? 0.0f : x < 20 ? static_cast<float>(x * y % 256) / 255 : 1.0f);
  return image;
}

TEST_F(Rows, MakeTheSameFileAsTheWholePicture) {
  Translator translator(compact());
  for (const int bits : {8, 16})
    for (const int channels : {1, 3}) {
      Image image = noise(75, 50, channels);
      image.bits = bits;
      for (const bool alpha : {false, true})
        for (const int tile : {0, 32})
          for (const char* format : {"png", "jpg"}) {
            SCOPED_TRACE(std::to_string(bits) + " " + std::to_string(channels) + " " +
                         std::to_string(alpha) + " " + std::to_string(tile));
            expect_same_file(translator, alpha ? with_alpha(image) : image, {.tile = tile}, format);
          }
    }
}

TEST_F(Rows, OfAResultMadeSmallerOrLargerAreThoseOfTheWholePicture) {
  Translator translator(compact());
  for (const int channels : {1, 3})
    for (const double scale : {0.3, 1.0, 1.37, 1.99, 2.01, 3.3, 5.0})
      for (const int tile : {0, 32}) {
        SCOPED_TRACE(std::to_string(channels) + " x" + std::to_string(scale) + " tile " +
                     std::to_string(tile));
        const Image image = noise(75, 50, channels);
        write_both(translator, channels == 3 ? with_alpha(image) : image,
                   {.tile = tile, .scale = scale}, "png");
        // Sums in another order, so that a value between two bytes may become either.
        const Image rows = load_image(folder_ / "rows"), whole = load_image(folder_ / "whole");
        EXPECT_LE(difference(rows, whole), 1.001 / 255);
        size_t other = 0;
        for (size_t i = 0; i < whole.pixels.size(); ++i) other += rows.pixels[i] != whole.pixels[i];
        EXPECT_LE(other, whole.pixels.size() / 500);
        EXPECT_EQ(rows.alpha, whole.alpha);
      }
}

TEST_F(Rows, AlsoWhereAllOfTheResultIsNeeded) {
  Translator translator(compact()), same(compact(1));
  const Image image = noise(40, 30);
  expect_same_file(translator, image, {.self_ensemble = true}, "tif");
  expect_same_file(same, image, {.shifts = 2}, "ppm");
  expect_same_file(same, image, {.side = 20}, "png");
  Translator painter(with_weights(
      unet_generator({.in_channels = 1, .out_channels = 3, .features = 4, .depth = 5})));
  expect_same_file(painter, with_alpha(noise(40, 36, 1)), {}, "png");
}

TEST_F(Rows, ColoursUnderFullTransparencyDoNotMatter) {
  for (const int scale : {1, 2}) {
    Translator translator(compact(scale));
    Image image = with_alpha(noise(40, 30)), other = image;
    for (size_t i = 0; i < other.alpha.size(); ++i)
      for (size_t c = 0; c < 3 && other.alpha[i] == 0; ++c) other.pixels[3 * i + c] = c == 1;
    ASSERT_NE(image.pixels, other.pixels);
    EXPECT_EQ(translator.translate(image, {}).pixels, translator.translate(other, {}).pixels);
    EXPECT_EQ(translator.translate(image, {.side = 20}).pixels,
              translator.translate(other, {.side = 20}).pixels);
  }
}

TEST_F(Rows, AlphaOfAHardEdgeDoesNotOvershoot) {
  Translator translator(compact());
  Image image = noise(40, 30);
  for (int i = 0; i < 40 * 30; ++i) image.alpha.push_back(i % 40 < 20 ? 1.0f : 0.0f);
  const Image result = translator.translate(image, {});
  for (int i = 0; i < 80 * 60; ++i) {
    const int x = i % 80;
    if (x < 38) {
      ASSERT_EQ(result.alpha[static_cast<size_t>(i)], 1.0f) << x;
    } else if (x >= 42) {
      ASSERT_EQ(result.alpha[static_cast<size_t>(i)], 0.0f) << x;
    }
  }
}

TEST_F(Rows, ACancelLeavesNoFile) {
  Translator translator(compact());
  int calls = 0;
  EXPECT_THROW(translator.translate_rows(
                   to_raster(noise(80, 80)), {.tile = 32},
                   [&](const RowLayout& wanted, const ImageMetadata& metadata) {
                     return open_image_writer(folder_ / "out.png", wanted, metadata, {});
                   },
                   [&](const Progress&) { return ++calls < 6; }),
               Cancelled);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Rows, ABatchSaysWhatAFormatCannotHoldBeforeItComputes) {
  Translator translator(compact());
  Image wide = noise(8200, 8);
  save_image(wide, folder_ / "wide.png", {});
  int calls = 0;
  BatchOptions options;
  options.progress = [&](const BatchProgress& progress) {
    calls += progress.fraction > 0 ? 1 : 0;
    return true;
  };
  const std::vector<BatchResult> results =
      run_batch({{folder_ / "wide.png", folder_ / "out.webp", "webp"}}, translator, options);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].status, BatchResult::Status::failed);
  EXPECT_NE(results[0].reason.find("16383"), std::string::npos) << results[0].reason;
  EXPECT_EQ(calls, 0);
}

/// One picture waits to be written until the next one is translated, and is not translated before
/// the one after it has been opened: a batch that did one thing at a time would wait in vain.
TEST_F(Rows, ABatchReadsTranslatesAndWritesSideBySide) {
  constexpr int kPatienceMs = 20'000;
  std::vector<BatchJob> jobs;
  for (const char* name : {"0.png", "1.png", "2.png"}) {
    save_image(noise(40, 30), folder_ / name, {});
    jobs.push_back({folder_ / name, folder_ / ("out " + std::string(name)), "png"});
  }
  const int watch = inotify_init();
  ASSERT_GE(inotify_add_watch(watch, jobs[2].input.c_str(), IN_OPEN), 0);
  std::promise<void> translating;  // picture 1
  int opened = -1, written = -1;
  set_file_hook([&](const char* operation, const fs::path& path) {
    const bool last = operation == std::string("rename") && path == jobs[0].output;
    if (!last || written >= 0) return 0;
    written = translating.get_future().wait_for(std::chrono::milliseconds(kPatienceMs)) ==
              std::future_status::ready;
    return 0;
  });
  Translator translator(compact());
  BatchOptions options;
  options.progress = [&](const BatchProgress& progress) {
    if (progress.index != 1 || opened >= 0) return true;
    pollfd ready{watch, POLLIN, 0};
    opened = poll(&ready, 1, kPatienceMs) == 1;
    translating.set_value();
    return true;
  };
  const std::vector<BatchResult> results = run_batch(jobs, translator, options);
  set_file_hook({});
  close(watch);
  for (const BatchResult& result : results)
    EXPECT_EQ(result.status, BatchResult::Status::done) << result.reason;
  EXPECT_EQ(opened, 1) << "the next picture was not being read";
  EXPECT_EQ(written, 1) << "the last picture was written before";
}

TEST_F(Rows, ABatchTellsOfMoreFramesUnlessOneIsAskedFor) {
  Translator translator(compact(1));
  const fs::path gif = fs::path(IMAGO_FIXTURES) / "images" / "three.gif";
  for (const int page : {0, 1, 3}) {  // 0: nobody said
    BatchOptions options;
    options.limits.page = page;
    const auto results = run_batch({{gif, folder_ / "out.png", "png"}}, translator, options);
    ASSERT_EQ(results[0].status, BatchResult::Status::done) << results[0].reason;
    EXPECT_EQ(results[0].note.find("3 frames") != std::string::npos, page == 0) << results[0].note;
    const Image expected = translator.translate(load_image(gif, {.page = page}), {});
    EXPECT_LE(difference(load_image(folder_ / "out.png"), expected), 0.5 / 255 + 1e-6);
  }
}

TEST_F(Rows, APlanCountsTheFilesThatAreLeftOut) {
  fs::create_directory(folder_ / "in");
  save_image(noise(8, 8), folder_ / "in" / "a.png", {});
  fs::copy_file(fs::path(IMAGO_FIXTURES) / "images" / "three.gif", folder_ / "in" / "b.gif");
  std::ofstream(folder_ / "in" / "notes.txt") << "no picture";
  std::ofstream(folder_ / "in" / "archive.zip") << "no picture";
  BatchRequest request;
  request.inputs = {folder_ / "in"};
  request.output = folder_ / "out/";
  const BatchPlan plan = plan_batch(request);
  ASSERT_EQ(plan.jobs.size(), 2u);
  EXPECT_EQ(plan.jobs[1].output, folder_ / "out" / "b.gif") << "it moves";
  request.stills = true;
  EXPECT_EQ(plan_batch(request).jobs[1].output, folder_ / "out" / "b.png");
  ASSERT_EQ(plan.left_out.size(), 2u);
  EXPECT_EQ(plan.left_out[0].filename(), "archive.zip");
}

}  // namespace
}  // namespace imago
