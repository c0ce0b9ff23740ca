// That every generator, written as ONNX, stays what it is: read back by Imago, and run by ONNX
// Runtime where that is installed.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "models/checkpoint/onnx.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "models/networks/onnx_export.h"
#include "tests/networks/fixture.h"
#include "tests/networks/onnx_runtime.h"

namespace imago {
namespace {

/// A picture of other sides than the fixture's.
Picture picture_for(const ModelInfo& info) {
  const int64_t least = std::max(info.minimum, info.multiple);
  const int64_t small = std::max<int64_t>(1, 9 / info.multiple) * info.multiple;
  const Shape shape = {1, info.in_channels, std::max(least, small),
                       std::max(least, small) + info.multiple};
  return {shape, picture(shape, info.input_low)};
}

class OnnxExport : public testing::TestWithParam<std::string> {};

TEST_P(OnnxExport, IsReadBack) {
  const Generator generator = identify(load_fixture(GetParam()).weights);
  const std::vector<std::byte> bytes = onnx_bytes(onnx_model_of(generator));
  const Generator again = identify(to_state_dict(read_onnx(bytes)));
  EXPECT_EQ(again.info.scale, generator.info.scale);
  EXPECT_EQ(again.info.in_channels, generator.info.in_channels);
  EXPECT_EQ(again.info.out_channels, generator.info.out_channels);
  EXPECT_EQ(again.info.input_low, generator.info.input_low);
  EXPECT_EQ(again.info.global_statistics, generator.info.global_statistics);
  EXPECT_EQ(again.info.multiple, generator.info.multiple);
  const Picture x = picture_for(generator.info);
  const HostArray y = made(generator, x, generator.defaults);
  const Picture expected = {y.shape, {y.values.begin(), y.values.end()}};
  EXPECT_LT(worst(made(again, x), expected), 1e-6);
}

TEST_P(OnnxExport, ComputesTheSameInOnnxRuntime) {
  const std::string interpreter = onnx_python();
  if (interpreter.empty()) GTEST_SKIP() << kNoOnnxRuntime;
  const Generator generator = identify(load_fixture(GetParam()).weights);
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / (GetParam() + std::to_string(::getpid()) + ".onnx");
  write_onnx(onnx_model_of(generator), path);
  const Picture x = picture_for(generator.info);
  const Picture y = run_onnx(interpreter, path, x);
  std::filesystem::remove(path);
  ASSERT_FALSE(y.values.empty());
  EXPECT_LT(worst(made(generator, x, generator.defaults), y), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, OnnxExport, testing::ValuesIn(fixture_names()),
                         [](const auto& test) { return test.param; });

TEST(OnnxExportOf, ColoursWithTheLumaOfTheInput) {
  const Generator generator =
      keeping_luma(identify(load_fixture("resnet_9blocks_instance").weights));
  const Generator again = identify(to_state_dict(read_onnx(onnx_bytes(onnx_model_of(generator)))));
  const Picture x = picture_for(generator.info);
  const HostArray y = made(generator, x);
  EXPECT_LT(worst(made(again, x), {y.shape, {y.values.begin(), y.values.end()}}), 1e-6);
}

}  // namespace
}  // namespace imago
