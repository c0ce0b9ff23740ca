// Pictures written by rows.
#include <gtest/gtest.h>

#include "models/image/writer.h"
#include "tests/image/pillow.h"

namespace imago::test {
namespace {

size_t files_in(const fs::path& folder) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) count += entry.path().empty() ? 0 : 1;
  return count;
}

RowLayout layout_of(const Image& image, const std::string& format) {
  return stored_layout(
      format, {image.width, image.height, image.channels, !image.alpha.empty(), image.bits});
}

TEST(Writer, RowsMakeTheSameFileAsTheWholePicture) {
  const TemporaryFolder folder;
  for (const char* format : {"png", "jpg", "tif", "webp", "bmp", "ppm"})
    for (const int channels : {1, 3})
      for (const int bits : {8, 16})
        for (const bool alpha : {false, true}) {
          const Image image = sample_image(37, 29, channels, bits, alpha);
          const SaveOptions options{.format = format, .origin = Origin::trained_model};
          const RowLayout layout = layout_of(image, format);
          const fs::path path = folder.path() / "rows";
          for (const bool background : {false, true}) {
            auto writer = open_image_writer(path, layout, image.metadata, options);
            if (background) writer = in_background(std::move(writer), 100);
            std::vector<std::byte> rows(layout.row_bytes() * 29);
            for (int y = 0; y < 29; ++y)
              quantise_row(&image.pixels[static_cast<size_t>(y * 37 * channels)], channels,
                           alpha ? &image.alpha[static_cast<size_t>(y * 37)] : nullptr, layout, y,
                           &rows[static_cast<size_t>(y) * layout.row_bytes()]);
            for (const auto& [from, to] : {std::pair{0, 1}, {1, 8}, {8, 29}})
              writer->write_rows(
                  std::span(rows).subspan(static_cast<size_t>(from) * layout.row_bytes(),
                                          static_cast<size_t>(to - from) * layout.row_bytes()));
            writer->finish();
            EXPECT_EQ(read(path), encode_image(image, options))
                << format << channels << " " << bits << alpha;
          }
          // As bytes, which a file of 8 bits or without alpha has others of.
          const Raster raster = to_raster(image);
          save_raster(raster, path, options);
          EXPECT_EQ(read(path), encode_image(to_image(raster), options))
              << format << channels << " " << bits << alpha;
        }
}

TEST(Writer, LeavesNothingBehindThatIsNotFinished) {
  const TemporaryFolder folder;
  const Image image = sample_image(200, 100, 3, 8, false);
  for (const char* format : {"png", "jpg", "tif", "webp", "bmp", "ppm"}) {
    const fs::path path = folder.path() / (std::string("picture.") + format);
    const RowLayout layout = layout_of(image, format);
    const std::vector<std::byte> rows(layout.row_bytes() * 50, std::byte{77});
    {
      const auto writer = open_image_writer(path, layout, {}, {});
      writer->write_rows(rows);
      EXPECT_FALSE(fs::exists(path));
    }
    {
      const auto writer = in_background(open_image_writer(path, layout, {}, {}));
      writer->write_rows(rows);
    }
    EXPECT_EQ(files_in(folder.path()), 0u) << format;
    write(path, to_file("older"));
    { open_image_writer(path, layout, {}, {})->write_rows(rows); }
    EXPECT_EQ(read(path), to_file("older"));
    fs::remove(path);
  }
}

TEST(Writer, FailuresComeOutOfTheBackground) {
  class Failing : public ImageWriter {
   public:
    explicit Failing(bool late) : ImageWriter(RowLayout{4, 4, 1, false, 8}), late_(late) {}
    void write_rows(std::span<const std::byte>) override {
      if (!late_) throw ImageError("no room");
    }
    void finish() override { throw ImageError("no room"); }

   private:
    bool late_;
  };
  for (const bool late : {false, true}) {
    const std::string error = error_of([&] {
      const auto writer = in_background(std::make_unique<Failing>(late));
      for (int i = 0; i < 4; ++i) writer->write_rows(std::vector<std::byte>(4));
      writer->finish();
    });
    EXPECT_EQ(error, "no room");
  }
}

TEST(Writer, SaysBeforehandWhatAFormatCannotHold) {
  const std::vector<std::tuple<const char*, int64_t, int64_t, bool>> cases = {
      {"webp", 16383, 16383, true}, {"webp", 16384, 1, false},     {"webp", 1, 16384, false},
      {"jpg", 65500, 65500, true},  {"jpg", 70000, 10, false},     {"jpeg", 10, 70000, false},
      {"png", 400000, 9, true},     {"tif", 400000, 400000, true}, {"bmp", 2000000, 1, false},
      {"bmp", 40000, 40000, false}, {"bmp", 30000, 30000, true}};
  for (const auto& [format, width, height, good] : cases) {
    const std::string error =
        error_of([&, f = format, w = width, h = height] { check_output_size(f, w, h); });
    EXPECT_EQ(error.empty(), good) << format << " " << width << " " << error;
    if (!good) {
      EXPECT_NE(error.find("png or tif"), std::string::npos) << error;
    }
  }
}

TEST(Writer, GreyWithAlphaStaysGreyWithAlpha) {
  REQUIRE_PILLOW();
  Pillow pillow;
  for (const char* format : {"png", "tif"}) {
    const Image image = sample_image(7, 5, 1, 8, true);
    pillow.ask(format, encode_image(image, {.format = format}),
               [](const Facts& facts) { EXPECT_EQ(facts.at("mode"), "LA"); });
  }
  pillow.put_questions();
}

}  // namespace
}  // namespace imago::test
