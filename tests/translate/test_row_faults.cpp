// Rows that come while the device runs out of memory in the middle of a band.
#include <gtest/gtest.h>

#include "models/translate/raster_writer.h"
#include "models/translate/translator.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

class RowFaults : public testing::TestWithParam<double> {
 protected:
  void SetUp() override { set_faults({}); }
  void TearDown() override { set_faults({}); }

  static DeviceOptions faulty() {
    DeviceOptions options;
    options.get_instance_proc_addr = faulty_get_instance_proc_addr();
    return options;
  }
};

/// A band whose last tiles find no memory is begun again with smaller ones: what had come of it
/// must not count twice.
TEST_P(RowFaults, ABandBegunAgainLeavesNoTrace) {
  const Raster picture = to_raster(noise(100, 70));
  const TranslateOptions options{.tile = 40, .scale = GetParam()};
  Translator translator(compact(), "", faulty());
  Raster made;
  const auto translate = [&] {
    translator.translate_rows(picture, options, into_raster(made))->finish();
  };
  translate();  // compiles
  set_faults({});
  translate();
  const std::vector<std::byte> expected = made.samples;
  const int64_t calls = observed().calls;
  int begun_again = 0;
  for (int64_t k = 1; k <= calls; ++k) {
    set_faults({.call = k});
    try {
      translate();
    } catch (const OutOfMemory&) {
      continue;
    }
    ++begun_again;
    ASSERT_EQ(made.samples.size(), expected.size());
    // Smaller tiles: other values by a rounding here and there.
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_LE(std::abs(static_cast<int>(made.samples[i]) - static_cast<int>(expected[i])), 1)
          << "call " << k << " of " << calls << ", byte " << i;
  }
  EXPECT_GT(begun_again, 2);
}
INSTANTIATE_TEST_SUITE_P(Scales, RowFaults, testing::Values(0.0, 1.3, 3.0));

}  // namespace
}  // namespace imago
