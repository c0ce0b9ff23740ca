// Networks that look at the whole picture, cut into tiles all the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/ops/ops.h"
#include "models/networks/cugan.h"
#include "models/networks/realplksr.h"
#include "models/networks/resnet.h"
#include "models/networks/sketchnet.h"
#include "models/networks/srresnet.h"
#include "models/networks/unet.h"
#include "models/translate/network_runner.h"
#include "models/translate/sweep_values.h"
#include "models/translate/translator.h"
#include "tests/thorough.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

/// A picture whose halves have nothing in common, so that no tile has the statistics of the whole.
Image uneven(int width, int height) {
  Image image = noise(width, height);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const auto x = static_cast<int>(i / 3 % static_cast<size_t>(width));
    if (2 * x < width) image.pixels[i] *= 0.2f;
  }
  return image;
}

struct SweptCase {
  const char* name;
  Generator generator;
  int width, height, tile;
  TranslateOptions options = {};
};

void PrintTo(const SweptCase& swept, std::ostream* out) { *out << swept.name; }

std::vector<SweptCase> swept_cases() {
  const TranslateOptions batch = {.statistics = TranslateOptions::Statistics::batch};
  const RealPlksrConfig realplksr = {
      .features = 8, .blocks = 1, .scale = 2, .kernel = 5, .partial = 4};
  std::vector<SweptCase> cases = {
      {"resnet", resnet_generator({.features = 4, .blocks = 2}), 101, 75, 32},
      {"resnet_affine_luma",
       keeping_luma(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::instance_affine})),
       64, 90, 48},
      {"unet_batch", unet_generator({.features = 4, .depth = 5}), 160, 120, 64},
      {"realplksr", realplksr_generator(realplksr), 50, 41, 16},
      {"cugan_x4", cugan_generator({.features = 8, .scale = 4}), 70, 61, 32},
  };
  if (!test::thorough()) return cases;
  cases.insert(
      cases.end(),
      {{"sketchnet", sketchnet_generator({.features = 4, .blocks = 0}), 200, 100, 64},
       {"srresnet_batch", srresnet_generator({.features = 8, .blocks = 1, .upsamplings = 1}), 60,
        45, 16, batch},
       {"cugan_x3", cugan_generator({.features = 8, .scale = 3}), 70, 61, 32},
       {"cunet", cugan_generator({.features = 8, .scale = 1}), 70, 61, 32}});
  return cases;
}

class Swept : public testing::TestWithParam<SweptCase> {};

TEST_P(Swept, InTilesIsWhatItIsWhole) {
  const SweptCase& test = GetParam();
  Translator translator(with_weights(test.generator));
  const Image picture = uneven(test.width, test.height);
  TranslateOptions options = test.options;
  const Image whole = translator.translate(picture, options);
  EXPECT_GE(contrast(whole), 0.02);
  options.tile = test.tile;
  std::string told;
  const Image tiled = translator.translate(picture, options, [&](const Progress& now) {
    told = now.note;
    return true;
  });
  EXPECT_LE(difference(whole, tiled), 1e-5);
  EXPECT_NE(told.find(" looks at the whole picture: its tiles of "), std::string::npos) << told;
}

INSTANTIATE_TEST_SUITE_P(Networks, Swept, testing::ValuesIn(swept_cases()),
                         [](const auto& swept) { return std::string(swept.param.name); });

/// What the sweeps make of a picture, layers of at most `kept_bytes` being kept.
Planes run_sweeps(Device& device, const Generator& generator, const Planes& picture, int tile,
                  int64_t kept_bytes, std::vector<Sweep>* list) {
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  const Sweeps sweeps(generator, picture.width, picture.height, {}, kept_bytes);
  *list = sweeps.list();
  const PlaneReader reader(picture);
  SweepValues values(sweeps, generator.info, reader);
  Planes result(generator.info.out_channels, picture.height, picture.width);
  for (const Sweep& sweep : sweeps.list()) {
    const TileGrid grid = make_tile_grid(picture.width, picture.height, tile, sweeps.halo(sweep));
    Graph graph;
    sweeps.build(graph, sweep, grid.window_width, grid.window_height);
    Program program(device, make_plan(graph, device.properties()), parameters);
    values.begin(sweep, program);
    for (const Tile& t : grid.tiles) {
      values.give(sweep, t, program);
      program.run();
      values.take(sweep, t, program);
      if (sweep.made != sweeps.result()) continue;
      for (int c = 0; c < result.channels; ++c)
        for (int y = 0; y < t.height; ++y)
          std::ranges::copy(core_row(program.output("made"), t, grid, 1, c, y, 0, t.width),
                            result.row(c, t.y + y) + t.x);
    }
    values.end(sweep);
  }
  return result;
}

TEST(Sweeps, KeepTheLayersThatThereIsRoomFor) {
  const Generator generator = with_weights(resnet_generator({.features = 4, .blocks = 2}));
  const Planes picture = to_planes(uneven(96, 72), generator.info);
  Device device;
  std::vector<Sweep> none_kept, blocks_kept, all_kept;
  const Planes computed_anew = run_sweeps(device, generator, picture, 32, 0, &none_kept);
  // A block has 16 channels at a quarter of the side: 1/16 of the pixels. Two are there at once.
  const int64_t block = 16 * 4 * (96 / 4) * (72 / 4);
  const Planes from_blocks = run_sweeps(device, generator, picture, 32, 2 * block, &blocks_kept);
  const Planes from_all = run_sweeps(device, generator, picture, 32, 1 << 30, &all_kept);

  const auto kept = [](const std::vector<Sweep>& list) {
    return std::ranges::count_if(list, [](const Sweep& s) { return s.source > 0; });
  };
  // Nine norms, none of which can be measured before the one before it, and the result.
  EXPECT_EQ(none_kept.size(), 10u);
  EXPECT_EQ(kept(none_kept), 0);
  EXPECT_GT(kept(blocks_kept), 3);
  EXPECT_GT(kept(all_kept), kept(blocks_kept));
  for (size_t i = 0; i < computed_anew.values.size(); ++i) {
    ASSERT_NEAR(from_blocks.values[i], computed_anew.values[i], 2e-5);
    ASSERT_NEAR(from_all.values[i], computed_anew.values[i], 2e-5);
  }
}

TEST(Sweeps, AreNotFoundWhereANetworkLooksAtThePictureOtherwise) {
  Generator generator = plain_generator();
  generator.build = [](Graph&, Tensor x, const BuildOptions&) {
    const Shape s = x.shape();
    return reshape(reshape(x, {1, s.c, s.h * s.w, 1}) * 2.0f, {1, s.c, s.w, s.h});
  };
  EXPECT_TRUE(Sweeps(generator, 32, 48, {}, 0).list().empty());
  generator.info.global_statistics = true;
  EXPECT_FALSE(can_be_cut(generator));
  EXPECT_TRUE(can_be_cut(resnet_generator({.features = 4, .blocks = 1})));
}

TEST(Sweeps, OfAPictureThatDoesNotFitWholeAreChosenByThemselves) {
  set_faults({});
  DeviceOptions options;
  options.get_instance_proc_addr = faulty_get_instance_proc_addr();
  const Generator generator = with_weights(resnet_generator({.features = 8, .blocks = 1}));
  const Image picture = uneven(380, 300);
  Image whole;
  VkDeviceSize needed = 0;
  {
    Translator translator(generator, "", options);
    whole = translator.translate(picture, {});
    needed = observed().most_memory;
  }
  set_faults({.heap = needed / 2});
  Translator translator(generator, "", options);
  std::string told;
  const Image tiled = translator.translate(picture, {}, [&](const Progress& now) {
    told = now.note;
    return true;
  });
  EXPECT_LE(observed().most_memory, needed / 2);
  set_faults({});
  EXPECT_NE(told, "");
  EXPECT_LE(difference(whole, tiled), 1e-5);
}

}  // namespace
}  // namespace imago
