// A picture cut into tiles must come out as the whole picture does.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compute/vk/program.h"
#include "models/networks/msrresnet.h"
#include "models/networks/resnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/srresnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/tiles.h"
#include "models/translate/translator.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

TEST(TileGrid, CoversEveryPixelOnceAndReachesTheHaloOrTheBorder) {
  for (const int width : {1, 7, 32, 33, 100})
    for (const int height : {1, 40, 64})
      for (const int tile : {0, 8, 32, 48})
        for (const int halo : {0, 1, 12}) {
          SCOPED_TRACE(testing::Message()
                       << width << "x" << height << " in " << tile << "+" << halo);
          const TileGrid grid = make_tile_grid(width, height, tile, tile ? halo : 0);
          std::vector<int> covered(static_cast<size_t>(width * height));
          for (const Tile& t : grid.tiles) {
            for (int y = t.y; y < t.y + t.height; ++y)
              for (int x = t.x; x < t.x + t.width; ++x)
                ++covered.at(static_cast<size_t>(y * width + x));
            const int right = t.window_x + grid.window_width;
            const int bottom = t.window_y + grid.window_height;
            ASSERT_GE(t.window_x, 0);
            ASSERT_GE(t.window_y, 0);
            ASSERT_LE(right, width);
            ASSERT_LE(bottom, height);
            if (!tile) continue;
            EXPECT_LE(t.window_x, std::max(0, t.x - halo));
            EXPECT_LE(t.window_y, std::max(0, t.y - halo));
            EXPECT_GE(right, std::min(width, t.x + t.width + halo));
            EXPECT_GE(bottom, std::min(height, t.y + t.height + halo));
          }
          for (const int times : covered) ASSERT_EQ(times, 1);
        }
}

Planes translate_in_tiles(Device& device, const Generator& generator, const Planes& input, int tile,
                          int halo) {
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  const TileGrid grid = make_tile_grid(input.width, input.height, tile, halo);
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, grid.window_height, grid.window_width});
  graph.output("y", generator.build(graph, x, {}));
  Program program(device, make_plan(graph, device.properties()), parameters);
  const int scale = generator.info.scale;
  Planes output(3, input.height * scale, input.width * scale);
  for (const Tile& t : grid.tiles) {
    copy_window(input, t, grid, program.input("x"));
    program.run();
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < t.height * scale; ++y)
        std::ranges::copy(core_row(program.output("y"), t, grid, scale, c, y, 0, t.width * scale),
                          output.row(c, t.y * scale + y) + t.x * scale);
  }
  return output;
}

TEST(Halo, OfTheReceptiveRadiusIsEnoughAndOnePixelLessIsNot) {
  Device device;
  Planes input(3, 45, 50);
  for (size_t i = 0; i < input.values.size(); ++i)
    input.values[i] = 0.25f + 0.2f * static_cast<float>(std::sin(static_cast<double>(i * i)));
  for (const bool down_right : {true, false}) {
    const Generator generator = shifting_generator(down_right ? 0 : 8, 4);
    Graph graph;
    const Tensor x = graph.input("x", {1, 3, 64, 64});
    const int radius = receptive_radius(graph, x, generator.build(graph, x, {}));
    EXPECT_EQ(radius, 4);
    const Planes whole = translate_in_tiles(device, generator, input, 0, 0);
    const auto error = [&](int halo) {
      const Planes tiled = translate_in_tiles(device, generator, input, 16, halo);
      double largest = 0;
      for (size_t i = 0; i < whole.values.size(); ++i)
        largest =
            std::max(largest, std::abs(static_cast<double>(whole.values[i]) - tiled.values[i]));
      return largest;
    };
    EXPECT_LE(error(radius), 1e-6);
    EXPECT_GE(error(radius - 1), 0.1);
  }
}

struct Size {
  int width, height;
};

/// Largest difference between the picture translated whole and in tiles.
void check_tiling(Generator generator, const std::vector<Size>& sizes,
                  const std::vector<int>& tiles) {
  Translator translator(with_weights(std::move(generator)));
  for (const Size& size : sizes) {
    const Image picture = noise(size.width, size.height);
    const Image whole = translator.translate(picture, {});
    EXPECT_EQ(whole.width, size.width * translator.info().scale);
    EXPECT_EQ(whole.height, size.height * translator.info().scale);
    if (size.width * size.height > 1) {
      EXPECT_GE(contrast(whole), 0.02);
    }
    for (const int tile : tiles) {
      int calls = 0;
      const Image tiled = translator.translate(picture, {.tile = tile}, [&](const Progress&) {
        ++calls;
        return true;
      });
      const bool cut = size.width > tile && size.height > tile;
      EXPECT_GE(calls, cut ? 5 : 2);
      EXPECT_LE(difference(whole, tiled), 1e-5)
          << size.width << "x" << size.height << " in tiles of " << tile;
    }
  }
}

const std::vector<Size> kSizes = {{101, 67}, {64, 96}, {20, 17}, {1, 70}, {70, 1}, {1, 1}};
const std::vector<Size> kFewSizes = {{101, 40}, {1, 70}};

TEST(Tiles, OfCompact) {
  check_tiling(srvgg_generator({.features = 8, .blocks = 3, .scale = 4}), kSizes, {32, 48});
  check_tiling(srvgg_generator({.features = 8, .blocks = 1, .scale = 1}), {{65, 64}}, {32});
}

TEST(Tiles, OfSrresnetWithRunningStatistics) {
  check_tiling(srresnet_generator({.features = 4, .blocks = 1, .upsamplings = 1}), kFewSizes, {32});
}

TEST(Tiles, OfMsrresnet) {
  check_tiling(msrresnet_generator({.features = 4, .blocks = 1, .upsamplings = 1}), kFewSizes,
               {32});
}

TEST(Tiles, OfRrdbnet) {
  const RrdbConfig config = {.features = 4, .growth = 4, .blocks = 1};
  check_tiling(rrdbnet_generator(config), kFewSizes, {32});
}

TEST(Tiles, OfRrdbnetWithFoldedPixels) {
  for (const int unshuffle : {2, 4}) {
    const RrdbConfig config = {.features = 4, .growth = 4, .blocks = 1, .unshuffle = unshuffle};
    // 33 and 50 are no multiples: tiles must still begin where the folding does.
    check_tiling(rrdbnet_generator(config), {{203, 30}, {7, 9}}, {33, 50});
  }
}

TEST(Tiles, OfResnetWithRunningStatistics) {
  check_tiling(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::batch}),
               {{151, 50}, {30, 11}}, {33});
}

/// Mirrored to the right and down without repeating the edge.
Image mirrored(const Image& image, int width, int height) {
  Image result = noise(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int u = x < image.width ? x : 2 * image.width - 2 - x;
      const int v = y < image.height ? y : 2 * image.height - 2 - y;
      for (int c = 0; c < 3; ++c)
        result.pixels[static_cast<size_t>((y * width + x) * 3 + c)] =
            image.pixels.at(static_cast<size_t>((v * image.width + u) * 3 + c));
    }
  return result;
}

Image upper_left(const Image& image, int width, int height) {
  Image result = noise(width, height);
  for (int y = 0; y < height; ++y)
    std::copy_n(image.pixels.begin() + y * image.width * 3, width * 3,
                result.pixels.begin() + y * width * 3);
  return result;
}

TEST(Sizes, ThatAreNoMultiplesAreMirroredAndCroppedAgain) {
  struct Joint {
    Generator generator;
    int multiple;
  };
  for (const Joint& test : {Joint{unet_generator({.features = 4, .depth = 5}), 32},
                            Joint{resnet_generator({.features = 4, .blocks = 1}), 4}}) {
    Translator translator(with_weights(test.generator));
    const auto up = [&](int n) { return (n + test.multiple - 1) / test.multiple * test.multiple; };
    for (const Size& size : {Size{90, 61}, Size{64, 64}, Size{33, 97}}) {
      const Image picture = noise(size.width, size.height);
      const Image result = translator.translate(picture, {});
      const Image large =
          translator.translate(mirrored(picture, up(size.width), up(size.height)), {});
      EXPECT_EQ(result.pixels, upper_left(large, size.width, size.height).pixels);
    }
    for (const Size& size : {Size{1, 1}, Size{1, 50}, Size{5, 3}}) {
      const Image result = translator.translate(noise(size.width, size.height), {});
      EXPECT_EQ(result.width, size.width);
      EXPECT_EQ(result.height, size.height);
      for (const float value : result.pixels) ASSERT_TRUE(value >= 0 && value <= 1);
    }
  }
}

}  // namespace
}  // namespace imago
