// What translating a picture promises beyond the network itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "models/image/alpha.h"
#include "models/networks/cugan.h"
#include "models/networks/realplksr.h"
#include "models/networks/resnet.h"
#include "models/networks/span.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/planes.h"
#include "models/translate/translator.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

Image turned(const Image& image) {  // a quarter, clockwise
  Image result = noise(image.height, image.width, image.channels);
  const int channels = image.channels;
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x)
      for (int c = 0; c < channels; ++c)
        result.pixels[static_cast<size_t>((y * result.width + x) * channels + c)] =
            image.pixels[static_cast<size_t>(((image.height - 1 - x) * image.width + y) * channels +
                                             c)];
  return result;
}

Image mirrored(const Image& image) {  // left to right
  Image result = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < image.channels; ++c)
        result.pixels[static_cast<size_t>((y * image.width + x) * image.channels + c)] =
            image.pixels[static_cast<size_t>(
                (y * image.width + image.width - 1 - x) * image.channels + c)];
  return result;
}

TEST(EightFold, IsTheMeanOfTheEightTurnsAndMirrorImages) {
  for (const int tile : {0, 32}) {
    Translator translator(compact());
    const Image picture = noise(53, 40);
    std::vector<double> sum(picture.pixels.size() * 4);
    for (const bool mirror : {false, true})
      for (int turns = 0; turns < 4; ++turns) {
        Image seen = mirror ? mirrored(picture) : picture;
        for (int i = 0; i < turns; ++i) seen = turned(seen);
        Image back = translator.translate(seen, {.tile = tile});
        for (int i = turns; i < 4; ++i) back = turned(back);
        if (mirror) back = mirrored(back);
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += back.pixels.at(i) / 8.0;
      }
    Image mean = translator.translate(picture, {.tile = tile});
    const Image once = mean;
    for (size_t i = 0; i < sum.size(); ++i) mean.pixels[i] = static_cast<float>(sum[i]);
    const Image result = translator.translate(picture, {.tile = tile, .self_ensemble = true});
    EXPECT_LE(difference(result, mean), 1e-5);
    EXPECT_GE(difference(result, once), 0.01);  // the network is not symmetric itself
  }
}

/// The picture at (left, top) of one of this side, continued by mirroring.
Image placed(const Image& image, int side, int left, int top) {
  Image result = noise(side, side, image.channels);
  const auto mirror = [](int i, int size) {
    const int period = 2 * (size - 1), at = ((i % period) + period) % period;
    return at < size ? at : period - at;
  };
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < image.channels; ++c)
        result.pixels[static_cast<size_t>((y * side + x) * image.channels + c)] =
            image.pixels[static_cast<size_t>(
                (mirror(y - top, image.height) * image.width + mirror(x - left, image.width)) *
                    image.channels +
                c)];
  return result;
}

TEST(Shifts, AreTheMeanOfThePictureAtSeveralPlaces) {
  Generator generator = with_weights(unet_generator({.features = 4, .depth = 5}));
  Translator translator(generator);
  const Image picture = noise(60, 50);
  const std::vector<std::pair<int, int>> places = {{0, 0}, {5, 11}, {10, 5}, {15, 2}};
  std::vector<double> sum(picture.pixels.size());
  for (const auto& [left, top] : places) {
    const Image made = translator.translate(placed(picture, 96, left, top), {});
    for (int y = 0; y < 50; ++y)
      for (size_t x = 0; x < 60 * 3; ++x)
        sum[static_cast<size_t>(y) * 60 * 3 + x] +=
            made.pixels[static_cast<size_t>(((y + top) * 96 + left) * 3) + x] / 4.0;
  }
  Image mean = picture;
  for (size_t i = 0; i < sum.size(); ++i) mean.pixels[i] = static_cast<float>(sum[i]);
  const Image once = translator.translate(picture, {});
  std::vector<double> told;
  const Image result = translator.translate(picture, {.shifts = 4}, [&](const Progress& progress) {
    told.push_back(progress.fraction);
    return true;
  });
  EXPECT_LE(difference(result, mean), 1e-5);
  EXPECT_GE(difference(result, once), 0.01);
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.back(), 1);
  generator.info.shifts = 4;  // as the file may say
  EXPECT_EQ(Translator(generator).translate(picture, {}).pixels, result.pixels);
  EXPECT_EQ(Translator(generator).translate(picture, {.shifts = 1}).pixels, once.pixels);
}

TEST(Alpha, IsScaledAndNotTranslated) {
  Image picture = noise(24, 20);
  for (int i = 0; i < 24 * 20; ++i)
    picture.alpha.push_back(static_cast<float>((i * 37) % 255 + 1) / 255);  // hides nothing
  Translator same(compact(1));
  EXPECT_EQ(same.translate(picture, {}).alpha, picture.alpha);

  Translator twice(compact(2));
  const Image large = twice.translate(picture, {});
  EXPECT_EQ(large.alpha, resize_alpha(picture.alpha, 24, 20, 48, 40));
  // The colours do not see the alpha.
  Image opaque = picture;
  opaque.alpha.clear();
  EXPECT_EQ(twice.translate(opaque, {}).pixels, large.pixels);
  EXPECT_TRUE(twice.translate(opaque, {}).alpha.empty());
}

void expect_white_paper(Generator generator) {
  const int channels = generator.info.in_channels;
  Translator painter(std::move(generator));
  Image drawing = noise(40, 36, channels), paper = drawing;
  for (int i = 0; i < 40 * 36; ++i)
    drawing.alpha.push_back(i % 5 == 0 ? 1.0f : i % 5 == 1 ? 0.25f : 0.0f);
  for (size_t i = 0; i < paper.pixels.size(); ++i) {
    const float alpha = drawing.alpha[i / static_cast<size_t>(channels)];
    paper.pixels[i] = paper.pixels[i] * alpha + 1 - alpha;
  }
  const Image result = painter.translate(drawing, {});
  EXPECT_TRUE(result.alpha.empty());
  EXPECT_LE(difference(result, painter.translate(paper, {})), 1e-5);
  EXPECT_GT(contrast(result), 0.01);
}

TEST(Alpha, OfADrawingIsWhitePaper) {
  expect_white_paper(with_weights(
      unet_generator({.in_channels = 1, .out_channels = 3, .features = 4, .depth = 5})));
  Generator coloured = with_weights(unet_generator({.features = 4, .depth = 5}));
  coloured.info.takes_drawings = true;
  expect_white_paper(coloured);
}

TEST(Side, LargerPicturesAreReducedForTheNetworkAndItsResultEnlarged) {
  Generator generator = compact(1);
  generator.info.side = 30;
  Translator translator(generator);
  const Image picture = noise(80, 60);
  Image small = noise(40, 30);
  small.pixels = resize_plane(picture.pixels, 80, 60, 40, 30);
  const Image made = translator.translate(small, {});  // no larger than that: as it is
  Image expected = picture;
  expected.pixels = resize_plane(made.pixels, 40, 30, 80, 60);
  const Image result = translator.translate(picture, {});
  EXPECT_LE(difference(result, expected), 1e-6);
  const Image whole = translator.translate(picture, {.side = 0});
  EXPECT_GE(difference(whole, result), 0.01);
  EXPECT_LE(difference(translator.translate(picture, {.side = 60}), whole), 0);
  EXPECT_LE(difference(Translator(compact(1)).translate(picture, {}), whole), 0);
  EXPECT_EQ(translator.translate(picture, {.scale = 0.5, .side = 30}).width, 40);

  // Of upscaling networks it is still the picture itself that is enlarged.
  Translator twice(compact(2));
  EXPECT_EQ(twice.translate(picture, {.side = 30}).width, 160);
}

TEST(Luma, IsThatOfThePictureWhereOnlyColoursAreMeant) {
  Generator generator = with_weights(
      unet_generator({.in_channels = 1, .out_channels = 3, .features = 4, .depth = 5}));
  generator.info.side = 32;
  Translator colours(keeping_luma(generator));
  const Image grey = noise(64, 64, 1);
  for (const int side : {0, 32}) {
    const Image result = colours.translate(grey, {.side = side});
    int inside = 0, coloured = 0;
    for (size_t i = 0; i < grey.pixels.size(); ++i) {
      const float* now = &result.pixels[3 * i];
      if (std::min({now[0], now[1], now[2]}) <= 0 || std::max({now[0], now[1], now[2]}) >= 1)
        continue;  // there is no such colour
      ++inside;
      coloured += std::abs(now[0] - now[1]) > 0.02f;
      ASSERT_NEAR(0.299 * now[0] + 0.587 * now[1] + 0.114 * now[2], grey.pixels[i], 1e-5);
    }
    EXPECT_GT(inside, 400) << side;
    EXPECT_GT(coloured, 200) << side;
  }
}

/// What is left of a plane of 64 x 64 when blocks of 4 x 4 are averaged and interpolated.
std::vector<double> coarse(const std::vector<double>& plane) {
  std::vector<double> means(16 * 16), result(64 * 64);
  for (size_t i = 0; i < plane.size(); ++i) means[i / 256 * 16 + i % 64 / 4] += plane[i] / 16;
  const auto at = [](int place, int* first, double* share) {  // half-pixel centres
    const double centre = std::max((place + 0.5) / 4 - 0.5, 0.0);
    *first = std::min(static_cast<int>(centre), 15);
    *share = centre - *first;
  };
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      int top = 0, left = 0;
      double down = 0, right = 0;
      at(y, &top, &down);
      at(x, &left, &right);
      const auto mean = [&](int v, int u) {
        return means[static_cast<size_t>(std::min(v, 15) * 16 + std::min(u, 15))];
      };
      result[static_cast<size_t>(y * 64 + x)] =
          (1 - down) * ((1 - right) * mean(top, left) + right * mean(top, left + 1)) +
          down * ((1 - right) * mean(top + 1, left) + right * mean(top + 1, left + 1));
    }
  return result;
}

TEST(Luma, ColoursAreThoseOfTheNetworkAtAQuarterOfTheResolution) {
  const Generator generator = with_weights(
      unet_generator({.in_channels = 1, .out_channels = 3, .features = 4, .depth = 5}));
  const Image grey = noise(64, 64, 1);
  const Image painted = Translator(generator).translate(grey, {});
  const Image result = Translator(keeping_luma(generator)).translate(grey, {});
  const size_t count = grey.pixels.size();
  std::vector<std::vector<double>> colours(3, std::vector<double>(count));
  for (size_t i = 0; i < count; ++i) {
    const float* p = &painted.pixels[3 * i];
    const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    for (size_t c = 0; c < 3; ++c) colours[c][i] = p[c] - luma;
  }
  int inside = 0;
  for (std::vector<double>& plane : colours) plane = coarse(plane);
  for (size_t i = 0; i < count; ++i) {
    bool clipped = false;
    for (size_t c = 0; c < 3; ++c) {
      const double wanted = grey.pixels[i] + colours[c][i];
      clipped = clipped || wanted < 0 || wanted > 1;
    }
    if (clipped) continue;
    ++inside;
    for (size_t c = 0; c < 3; ++c)
      ASSERT_NEAR(result.pixels[3 * i + c], grey.pixels[i] + colours[c][i], 1e-4) << i;
  }
  EXPECT_GT(inside, 400);
}

Image as_colour(const Image& grey) {
  Image colour = noise(grey.width, grey.height, 3);
  for (size_t i = 0; i < colour.pixels.size(); ++i) colour.pixels[i] = grey.pixels[i / 3];
  return colour;
}

TEST(Grey, GoesThroughColourNetworksAsGreyColour) {
  Translator translator(
      with_weights(resnet_generator({.features = 4, .blocks = 2, .norm = Norm::instance})));
  const Image grey = noise(20, 32, 1);
  const Image result = translator.translate(grey, {});
  EXPECT_EQ(result.channels, 3);
  EXPECT_EQ(result.pixels, translator.translate(as_colour(grey), {}).pixels);
}

TEST(Grey, StaysGreyThroughNetworksThatRestore) {
  for (const int scale : {1, 2})
    for (const int bits : {8, 16}) {
      Translator translator(compact(scale));
      Image grey = noise(21, 30, 1);
      grey.bits = bits;
      if (bits == 16) grey.alpha.assign(grey.pixels.size(), 0.5f);
      grey.metadata.icc = {std::byte{1}};
      const Image result = translator.translate(grey, {});
      const Image coloured = translator.translate(as_colour(grey), {});
      ASSERT_EQ(result.channels, 1);
      EXPECT_EQ(result.bits, bits);
      EXPECT_EQ(result.alpha.empty(), grey.alpha.empty());
      EXPECT_EQ(result.metadata.icc, grey.metadata.icc);
      double chroma = 0;
      for (size_t i = 0; i < result.pixels.size(); ++i) {
        const float* c = &coloured.pixels[3 * i];
        chroma = std::max(chroma, static_cast<double>(std::abs(c[0] - c[1])));
        ASSERT_NEAR(result.pixels[i], 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2], 1e-6);
      }
      EXPECT_GT(chroma, 0.01) << "the network itself colours";
    }
}

TEST(Grey, IsKeptByEveryArchitectureThatRestoresWithoutEnlarging) {
  const RealPlksrConfig realplksr = {
      .features = 8, .blocks = 1, .scale = 1, .kernel = 5, .partial = 4};
  for (const Generator& generator :
       {realplksr_generator(realplksr), span_generator({.features = 8, .scale = 1}),
        cugan_generator({.features = 8, .scale = 1})}) {
    SCOPED_TRACE(generator.info.architecture);
    EXPECT_TRUE(restores(generator.info));
    EXPECT_EQ(generator.info.scale, 1);
  }
  EXPECT_FALSE(restores(resnet_generator({}).info));
}

/// Gives the first channels of what it is given, and red once more where there are not enough.
Generator picking_channels(int count) {
  Generator generator;
  generator.info.architecture = "picking";
  generator.info.out_channels = count;
  generator.build = [count](Graph&, Tensor x, const BuildOptions&) {
    return slice_channels(concat({x, x}), 0, count);
  };
  return generator;
}

TEST(Channels, TwoAreGreyAndAlphaOnlyIfThatIsSaid) {
  const Image picture = noise(21, 13);
  Translator translator(picking_channels(2));
  try {
    translator.translate(picture, {});
    ADD_FAILURE() << "one of two channels was taken for a picture";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("2 channels"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("--grey-alpha"), std::string::npos) << error.what();
  }
  const Image result = translator.translate(picture, {.grey_alpha = true});
  EXPECT_EQ(result.channels, 1);
  ASSERT_EQ(result.alpha.size(), result.pixels.size());
  for (size_t i = 0; i < result.pixels.size(); ++i) {
    ASSERT_NEAR(result.pixels[i], picture.pixels[3 * i], 1e-6);
    ASSERT_NEAR(result.alpha[i], picture.pixels[3 * i + 1], 1e-6);
  }
}

TEST(Channels, OtherNumbersAreNoPicture) {
  for (const int count : {4, 5}) {
    Translator translator(picking_channels(count));
    for (const bool grey_alpha : {false, true})
      EXPECT_THROW(translator.translate(noise(8, 8), {.grey_alpha = grey_alpha}), Error);
  }
}

TEST(Grey, IsWhatColourBecomesForGreyNetworks) {
  Translator translator(compact(2, 1));
  const Image colour = noise(21, 30, 3);
  Image grey = noise(21, 30, 1);
  for (size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] =
        static_cast<float>(0.299 * colour.pixels[3 * i] + 0.587 * colour.pixels[3 * i + 1] +
                           0.114 * colour.pixels[3 * i + 2]);
  const Image result = translator.translate(colour, {});
  EXPECT_EQ(result.channels, 1);
  EXPECT_LE(difference(result, translator.translate(grey, {})), 1e-6);
}

TEST(Depth, AndMetadataAreThoseOfTheSource) {
  Translator translator(compact());
  Image picture = noise(9, 8);
  picture.bits = 16;
  picture.metadata.icc = {std::byte{1}, std::byte{2}};
  const Image result = translator.translate(picture, {});
  EXPECT_EQ(result.bits, 16);
  EXPECT_EQ(result.metadata.icc, picture.metadata.icc);
  // No step of 1/255 on the way: a change of one 16-bit step changes the result.
  Image changed = picture;
  for (float& value : changed.pixels) value += 1 / 65535.0f;
  const double change = difference(translator.translate(changed, {}), result);
  EXPECT_GT(change, 1e-6);
  EXPECT_LT(change, 1 / 255.0);
}

TEST(Scale, ResizesWhatTheNetworkMade) {
  Translator translator(compact(2));
  const Image picture = noise(31, 22);
  const Image own = translator.translate(picture, {});
  for (const double scale : {3.0, 1.5, 1.0}) {
    const Image result = translator.translate(picture, {.scale = scale});
    EXPECT_EQ(result.width, std::lround(31 * scale));
    EXPECT_EQ(result.height, std::lround(22 * scale));
    Image expected = result;
    expected.pixels = resize_plane(own.pixels, own.width, own.height, result.width, result.height);
    EXPECT_LE(difference(result, expected), 1e-5);
  }
  EXPECT_THROW(translator.translate(picture, {.scale = 0.001}), ImageError);
}

TEST(Seeds, DecideWhatDropoutDraws) {
  for (const bool tiled : {false, true}) {
    Translator translator(with_weights(
        tiled ? resnet_generator({.features = 4, .blocks = 2, .norm = Norm::batch, .dropout = true})
              : unet_generator({.features = 4, .depth = 6})));
    const Image picture = noise(70, 64);
    const auto run = [&](bool stochastic, uint64_t seed) {
      return translator
          .translate(picture, {.tile = tiled ? 32 : 0, .stochastic = stochastic, .seed = seed})
          .pixels;
    };
    const std::vector<float> first = run(true, 7);
    EXPECT_EQ(run(true, 7), first);
    EXPECT_NE(run(true, 8), first);
    EXPECT_NE(run(true, 7 + (uint64_t{1} << 32)), first);  // all 64 bits count
    const std::vector<float> plain = run(false, 7);
    EXPECT_NE(plain, first);
    EXPECT_EQ(run(false, 7), plain);
    EXPECT_EQ(run(false, 8), plain);
    EXPECT_EQ(run(true, 7), first);
  }
}

TEST(Told, IsProgressFromNothingToEverything) {
  Translator translator(compact());
  for (const TranslateOptions& options : {TranslateOptions{}, TranslateOptions{.tile = 32},
                                          TranslateOptions{.tile = 32, .self_ensemble = true}}) {
    std::vector<Progress> told;
    translator.translate(noise(80, 40), options, [&](const Progress& progress) {
      told.push_back(progress);
      return true;
    });
    ASSERT_GE(told.size(), 2u);
    EXPECT_EQ(told.front().fraction, 0);
    EXPECT_LT(told.front().seconds_left, 0);
    EXPECT_EQ(told.back().fraction, 1);
    EXPECT_EQ(told.back().seconds_left, 0);
    for (size_t i = 1; i < told.size(); ++i) EXPECT_GE(told[i].fraction, told[i - 1].fraction) << i;
    EXPECT_GE(told.size(), options.self_ensemble ? 8u * 6u : options.tile ? 7u : 2u);
  }
}

TEST(Cancel, IsHeededAtEveryCallAndLeavesTheTranslatorWorking) {
  Translator translator(compact());
  const Image picture = noise(80, 40);
  const TranslateOptions options{.tile = 32, .self_ensemble = false};
  int calls = 0;
  const auto count = [&](const Progress&) {
    ++calls;
    return true;
  };
  const Image expected = translator.translate(picture, options, count);
  ASSERT_GE(calls, 7);
  for (int stop = 1; stop <= calls; ++stop) {
    int call = 0;
    const auto cancel = [&](const Progress&) { return ++call < stop; };
    EXPECT_THROW(translator.translate(picture, options, cancel), Cancelled) << stop;
    EXPECT_EQ(call, stop) << "the callback was called after it had cancelled";
    EXPECT_EQ(translator.translate(picture, options).pixels, expected.pixels) << stop;
  }
}

TEST(Callback, ThatThrowsLeavesTheTranslatorWorking) {
  Translator translator(compact());
  const Image picture = noise(40, 40);
  const Image expected = translator.translate(picture, {});
  for (int at = 1; at <= 2; ++at) {
    int call = 0;
    const auto burst = [&](const Progress&) -> bool {
      if (++call == at) throw std::runtime_error("the caller's own");
      return true;
    };
    EXPECT_THROW(translator.translate(picture, {}, burst), std::runtime_error);
    EXPECT_EQ(translator.translate(picture, {}).pixels, expected.pixels);
  }
}

TEST(Deterministic, FromRunToRunAndFromTranslatorToTranslator) {
  const Image picture = noise(60, 45);
  Translator one(compact());
  const std::vector<float> first = one.translate(picture, {}).pixels;
  one.translate(noise(30, 30), {.self_ensemble = true});
  EXPECT_EQ(one.translate(picture, {}).pixels, first);
  Translator two(compact());
  EXPECT_EQ(two.translate(picture, {}).pixels, first);
}

// With tiles, so that the networks would be in each other's way if one kept its programs.
TEST(SeveralNetworks, MakeWhatEachMakesAfterTheOther) {
  std::vector<Generator> networks;
  networks.push_back(compact(2));
  networks.push_back(compact(3));
  Translator first(networks[0]), second(networks[1]), both(networks);
  EXPECT_EQ(both.info().scale, 6);
  EXPECT_EQ(both.info().name, networks[0].info.name + ", " + networks[1].info.name);
  for (const int tile : {0, 16}) {
    const Image picture = noise(37, 21);
    double told = -1;
    const Image made = both.translate(picture, {.tile = tile}, [&](const Progress& progress) {
      EXPECT_GE(progress.fraction, told);
      told = progress.fraction;
      return true;
    });
    EXPECT_EQ(told, 1);
    const Image half = to_image(to_raster(first.translate(picture, {.tile = tile})));
    EXPECT_EQ(made.pixels, second.translate(half, {.tile = tile}).pixels);
    const Image small = both.translate(picture, {.tile = tile, .scale = 1.5});
    EXPECT_EQ(small.pixels, second.translate(half, {.tile = tile, .scale = 0.75}).pixels);
  }
}

}  // namespace
}  // namespace imago
