// EXIF, ICC, XMP, IPTC and the label, read back by Pillow (tests/fixtures/read_image.py).
#include <gtest/gtest.h>

#include <thread>

#include "tests/image/pillow.h"

namespace imago::test {
namespace {

constexpr auto kComposite =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
constexpr auto kTrained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// A colour profile as far as anybody looks who does not use it.
File profile(const std::string& space, size_t size = 132) {
  std::string icc(size, '\0');
  icc[2] = static_cast<char>(size >> 8);
  icc[3] = static_cast<char>(size);
  icc.replace(12, 4, "mntr").replace(16, 4, space).replace(20, 4, "XYZ ").replace(36, 4, "acsp");
  return to_file(icc);
}

std::string samples_of(const Image& image, bool alpha) {
  std::string samples;
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t i = 0; i < image.pixels.size() / channels; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      samples += std::to_string(std::lround(image.pixels[i * channels + c] * 255)) + " ";
    }
    if (alpha) samples += std::to_string(std::lround(image.alpha[i] * 255)) + " ";
  }
  samples.pop_back();
  return samples;
}

TEST(Pillow, SeesTheSamplesThatWereWritten) {
  REQUIRE_PILLOW();
  Pillow pillow;
  for (const std::string format : {"png", "webp", "tif", "bmp", "ppm"}) {
    for (const bool alpha : {false, true}) {
      if (alpha && (format == "bmp" || format == "ppm")) continue;
      for (const Origin origin : {Origin::photograph, Origin::trained_model}) {
        const Image image = sample_image(7, 5, 3, 8, alpha);
        const SaveOptions options{.format = format, .quality = 100, .origin = origin};
        pillow.ask(format, encode_image(image, options), [=](const Facts& facts) {
          EXPECT_EQ(facts.at("mode"), alpha ? "RGBA" : "RGB");
          EXPECT_EQ(facts.at("samples"), samples_of(image, alpha));
        });
      }
    }
  }
  pillow.put_questions();
}

TEST(Metadata, IsReadFromAFile) {
  const Image image = load_image(images() / "metadata.jpg");
  EXPECT_TRUE(contains(image.metadata.exif, "Model 7"));
  EXPECT_TRUE(contains(image.metadata.xmp, "Rating"));
  ASSERT_GT(image.metadata.icc.size(), 128u);
  EXPECT_TRUE(contains(image.metadata.icc, "RGB "));
  EXPECT_EQ(image.width, 9);  // stored as 13 × 9, orientation 6
}

TEST(Metadata, IsCarriedOverWithOrientationAndSizePutRight) {
  REQUIRE_PILLOW();
  const File original = read(images() / "metadata.jpg");
  Image larger = sample_image(18, 26, 3, 8, false);
  larger.metadata = decode_image(original).metadata;
  Pillow pillow;
  pillow.ask("as given", original, [](const Facts& facts) {
    EXPECT_EQ(facts.at("orientation"), "6");
    EXPECT_EQ(facts.at("pixel_x"), "13");
    EXPECT_EQ(facts.at("thumbnail"), "True");
    EXPECT_EQ(facts.at("xmp_orientation"), "6");
  });
  for (const std::string format : {"jpg", "png", "webp", "tif"}) {
    const File file = encode_image(larger, {.format = format});
    EXPECT_EQ(decode_image(file).width, 18) << "turned a second time";
    pillow.ask(format, file, [&larger](const Facts& facts) {
      EXPECT_EQ(facts.at("size"), "18 26");
      EXPECT_EQ(facts.at("make"), "Maker");
      EXPECT_EQ(facts.at("software"), "Camera 1.0");
      EXPECT_EQ(facts.at("orientation"), "1");
      EXPECT_EQ(facts.at("taken"), "2020:02:03 04:05:06");
      EXPECT_EQ(facts.at("pixel_x"), "18");
      EXPECT_EQ(facts.at("pixel_y"), "26");
      EXPECT_EQ(facts.at("thumbnail"), "False");
      EXPECT_EQ(facts.at("icc"), std::to_string(larger.metadata.icc.size()) + " RGB ");
      EXPECT_EQ(facts.at("rating"), "4");
      EXPECT_EQ(facts.at("xmp_orientation"), "1");
      EXPECT_EQ(facts.at("source"), "-");
    });
  }
  pillow.put_questions();
}

TEST(Metadata, IsCarriedFromEachFormatToEachFormat) {
  REQUIRE_PILLOW();
  Image image = sample_image(7, 5, 3, 8, false);
  image.metadata = load_image(images() / "metadata.jpg").metadata;
  Pillow pillow;
  for (const std::string from : {"jpg", "png", "webp", "tif"}) {
    const Image loaded = decode_image(encode_image(image, {.format = from, .quality = 100}));
    for (const std::string to : {"jpg", "png", "webp", "tif"}) {
      const File file = encode_image(loaded, {.format = to, .quality = 100});
      pillow.ask(from + " to " + to, file, [=](const Facts& facts) {
        EXPECT_EQ(facts.at("size"), "7 5");
        EXPECT_EQ(facts.at("make"), "Maker");
        EXPECT_EQ(facts.at("taken"), "2020:02:03 04:05:06");
        EXPECT_EQ(facts.at("orientation"), "1");
        EXPECT_EQ(facts.at("rating"), "4");
        EXPECT_EQ(facts.at("icc"), std::to_string(image.metadata.icc.size()) + " RGB ");
        if (from != "jpg" && to != "jpg") {
          EXPECT_EQ(facts.at("samples"), samples_of(image, false));
        }
      });
    }
  }
  pillow.put_questions();
}

TEST(Label, NamesTheSourceAndTheTool) {
  REQUIRE_PILLOW();
  Pillow pillow;
  for (const bool with_metadata : {false, true}) {
    Image image = sample_image(7, 5, 3, 8, true);
    if (with_metadata) image.metadata = load_image(images() / "metadata.jpg").metadata;
    for (const std::string format : {"jpg", "png", "webp", "tif"}) {
      SaveOptions options{.format = format,
                          .origin = Origin::composite_with_trained_model,
                          .creator = "Imago 0.1.0, srgan_x4"};
      pillow.ask(format, encode_image(image, options), [=](const Facts& facts) {
        EXPECT_EQ(facts.at("source"), kComposite);
        EXPECT_EQ(facts.at("creator"), "Imago 0.1.0, srgan_x4");
        EXPECT_EQ(facts.at("rating"), with_metadata ? "4" : "-");
      });
      options = {.format = format, .origin = Origin::trained_model};
      pillow.ask(format, encode_image(image, options), [](const Facts& facts) {
        EXPECT_EQ(facts.at("source"), kTrained);
        EXPECT_EQ(facts.at("creator"), "Imago " IMAGO_VERSION);
      });
    }
  }
  pillow.put_questions();
}

TEST(Label, IsInTheBytes) {  // for machines without Pillow
  const Image image = sample_image(7, 5, 3, 8, false);
  for (const char* format : {"jpg", "png", "webp", "tif"}) {
    const SaveOptions options{.format = format, .origin = Origin::composite_with_trained_model};
    EXPECT_TRUE(contains(encode_image(image, options), kComposite)) << format;
    EXPECT_FALSE(contains(encode_image(image, {.format = format}), "trainedAlgorithmic")) << format;
  }
}

TEST(Metadata, AColourProfileMustFitTheChannels) {
  REQUIRE_PILLOW();
  Pillow pillow;
  const auto expect = [&](const std::string& space, int channels, const std::string& format,
                          bool alpha, bool kept) {
    Image image = sample_image(7, 5, channels, 8, alpha);
    image.metadata.icc = profile(space);
    pillow.ask(space + " in " + format, encode_image(image, {.format = format}),
               [=](const Facts& facts) {
                 EXPECT_EQ(facts.at("icc"), kept ? "132 " + space : std::string("0 -"));
               });
  };
  for (const char* format : {"jpg", "png", "tif"}) {
    expect("RGB ", 3, format, false, true);
    expect("GRAY", 1, format, false, true);
    expect("GRAY", 3, format, false, false);
    expect("RGB ", 1, format, false, false);
    expect("CMYK", 3, format, false, false);
  }
  expect("RGB ", 3, "webp", true, true);
  expect("GRAY", 1, "webp", false, false);  // a WebP is always RGB
  expect("GRAY", 1, "png", true, true);
  pillow.put_questions();
}

TEST(Metadata, IptcIsCarriedOver) {
  REQUIRE_PILLOW();
  Pillow pillow;
  Image image = sample_image(7, 5, 3, 8, false);
  image.metadata.iptc = to_file(std::string_view("\x1c\x02\x78\0\x05hello", 10));
  for (const std::string format : {"jpg", "png", "tif"}) {
    const File file = encode_image(image, {.format = format});
    EXPECT_EQ(decode_image(file).metadata.iptc, image.metadata.iptc) << format;
    if (format == "png") continue;  // there it is in hexadecimal
    pillow.ask(format, file, [](const Facts& facts) { EXPECT_EQ(facts.at("iptc"), "True"); });
  }
  pillow.put_questions();
}

TEST(Metadata, WhatIsBrokenIsDroppedAndThePictureWritten) {
  const ImageMetadata whole = load_image(images() / "metadata.jpg").metadata;
  const std::vector<void (*)(ImageMetadata&)> faults = {
      [](ImageMetadata& all) { all.exif = to_file("nonsense"); },
      [](ImageMetadata& all) { all.exif.resize(all.exif.size() / 2); },
      [](ImageMetadata& all) { all.exif.assign(100000, std::byte{0xFF}); },
      [](ImageMetadata& all) { all.xmp = to_file("<x:xmpmeta><unclosed"); },
      [](ImageMetadata& all) { all.xmp.assign(200000, std::byte{'x'}); },
      [](ImageMetadata& all) { all.icc = to_file("short"); },
      [](ImageMetadata& all) { all.icc = profile("RGB "), all.icc[3] = std::byte{1}; },
      [](ImageMetadata& all) { all.iptc = to_file("nonsense"); },
      [](ImageMetadata& all) {
        all = {.exif = {}, .icc = profile("RGB ", 65000), .xmp = {}, .iptc = {}};
      },
  };
  for (size_t fault = 0; fault < faults.size(); ++fault) {
    Image image = sample_image(7, 5, 3, 8, false);
    image.metadata = whole;
    faults[fault](image.metadata);
    for (const char* format : {"jpg", "png", "webp", "tif", "bmp", "ppm"}) {
      SCOPED_TRACE(std::to_string(fault) + " " + format);
      const SaveOptions options{
          .format = format, .quality = 100, .origin = Origin::composite_with_trained_model};
      const File file = encode_image(image, options);
      EXPECT_EQ(decode_image(file).width, 7);
      const bool holds_label = format != std::string("bmp") && format != std::string("ppm");
      EXPECT_EQ(contains(file, kComposite), holds_label);
    }
  }
}

TEST(Metadata, TooMuchForAJpegIsLeftOut) {
  // More than the 64 KiB of a segment: a comment of 100,000 letters, in EXIF made by hand.
  std::string exif("II*\0\x08\0\0\0\x02\0", 10);
  exif += std::string("\x0f\x01\x02\0\x04\0\0\0Me!\0", 12);
  exif += std::string("\x3b\x01\x02\0\xa0\x86\x01\0\x26\0\0\0\0\0\0\0", 16);
  exif += std::string(99999, 'a') + '\0';
  Image image = sample_image(7, 5, 3, 8, false);
  image.metadata.exif = to_file(exif);
  for (const char* format : {"jpg", "png", "webp", "tif"}) {
    const File file =
        encode_image(image, {.format = format, .quality = 100, .origin = Origin::trained_model});
    EXPECT_EQ(decode_image(file).width, 7) << format;
    EXPECT_TRUE(contains(file, kTrained)) << format;
  }
}

TEST(Metadata, ManyThreadsAtOnce) {
  const File file = read(images() / "metadata.jpg");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&file] {
      for (int k = 0; k < 20; ++k) {
        const Image image = decode_image(file);
        const File out = encode_image(image, {.format = "jpg", .origin = Origin::trained_model});
        EXPECT_TRUE(contains(out, kTrained));
      }
    });
  }
}

}  // namespace
}  // namespace imago::test
