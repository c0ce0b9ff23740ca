// What fits into memory is asked as if no picture had been translated before, and what is kept of
// earlier pictures has a bound.
#include <gtest/gtest.h>

#include "models/networks/srvgg.h"
#include "models/translate/translator.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

class ProgramMemoryTest : public testing::Test {
 protected:
  void SetUp() override { set_faults({}); }
  void TearDown() override { set_faults({}); }

  static DeviceOptions counted() {
    DeviceOptions options;
    options.get_instance_proc_addr = faulty_get_instance_proc_addr();
    options.submission_seconds = 1e9;  // one submission a tile, so that progress counts them
    return options;
  }
  static Generator generator() {
    return with_weights(srvgg_generator({.features = 8, .blocks = 2, .scale = 2}));
  }
};

struct Outcome {
  int calls = 0;  // of the progress callback: once and then for each tile
  std::vector<float> pixels;
  bool operator==(const Outcome&) const = default;
};
void PrintTo(const Outcome& outcome, std::ostream* out) { *out << outcome.calls << " calls"; }

Outcome translated(Translator& translator, const Image& picture, VkDeviceSize heap) {
  set_faults({.heap = heap});
  Outcome outcome;
  const auto count = [&](const Progress&) { return ++outcome.calls > 0; };
  outcome.pixels = translator.translate(picture, {}, count).pixels;
  return outcome;
}

/// What a picture of this size takes beside the weights.
struct Held {
  VkDeviceSize before = 0, by_program = 0;
};
Held held_for(const Generator& generator, const DeviceOptions& options, const Image& picture) {
  Translator translator(generator, "", options);
  set_faults({});
  Held held{observed().memory, 0};
  translator.translate(picture, {});
  held.by_program = observed().memory - held.before;
  return held;
}

TEST_F(ProgramMemoryTest, ThatEarlierPicturesHoldChangesNothing) {
  const Image picture = noise(301, 200), other = noise(200, 301);
  const Held held = held_for(generator(), counted(), picture);
  ASSERT_GT(held.by_program, 1u << 20);
  // Of what is free the program may take 70 %. It does so at first, and would not if it, or that of
  // the other picture, counted as not free; or it never does, and is cut into tiles.
  for (const double share : {0.5, 0.65, 0.9, 2.5}) {
    const auto heap =
        held.before + static_cast<VkDeviceSize>(static_cast<double>(held.by_program) / share);
    SCOPED_TRACE(share);
    Outcome expected;
    {  // Alone: where the driver tells how much is free, what another one holds is not.
      Translator fresh(generator(), "", counted());
      expected = translated(fresh, picture, heap);
      EXPECT_EQ(expected.calls == 2, share <= 0.7);
      EXPECT_EQ(translated(fresh, picture, heap), expected) << "the same picture once more";
    }
    Translator used(generator(), "", counted());
    translated(used, other, heap);
    EXPECT_EQ(translated(used, picture, heap), expected) << "after another picture";
    translated(used, noise(120, 90), heap);
    EXPECT_EQ(translated(used, picture, heap), expected) << "after a small picture";
  }
  set_faults({});
}

TEST_F(ProgramMemoryTest, OfProgramsForManySizesIsBounded) {
  Translator translator(generator(), "", counted());
  std::map<std::string, int64_t> alive;
  for (int width = 40; width < 60; ++width) {
    translator.translate(noise(width, 30), {});
    if (width == 45) alive = observed().alive;
  }
  EXPECT_EQ(observed().alive.at("vkAllocateMemory"), alive.at("vkAllocateMemory"));
  EXPECT_EQ(observed().alive.at("vkCreateBuffer"), alive.at("vkCreateBuffer"));
}

TEST_F(ProgramMemoryTest, OfASecondSizeIsNotAllocatedAnew) {
  Translator translator(generator(), "", counted());
  const Image wide = noise(60, 40), tall = noise(40, 60);
  translator.translate(wide, {});
  translator.translate(tall, {});
  set_faults({.largest_allocation = 0});
  translator.translate(wide, {.self_ensemble = true});
}

TEST(MeasuredHalo, DoesNotComeFromThePictureThatCameFirst) {
  const Generator far = shifting_generator(3, 66);  // more than 64: the halo is measured
  const Image picture = noise(150, 130);
  Image black = noise(150, 120);
  std::fill(black.pixels.begin(), black.pixels.end(), 0.0f);
  Translator translator(far);
  // Cut off or not, black is black: it shows nothing of how far the network looks.
  translator.translate(black, {.tile = 32});
  const Image tiled = translator.translate(picture, {.tile = 32});
  EXPECT_LE(difference(tiled, translator.translate(picture, {})), 1e-5);
  EXPECT_EQ(Translator(far).translate(picture, {.tile = 32}).pixels, tiled.pixels);
}

}  // namespace
}  // namespace imago
