// Numbers stored in fp16: what it does to whole networks, when it is chosen, and what happens where
// it does not do.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "compute/base/cache.h"
#include "compute/ops/gpu_tiles.h"
#include "compute/ops/ops.h"
#include "compute/vk/golden.h"
#include "models/library/identify.h"
#include "models/networks/srvgg.h"
#include "models/translate/network_runner.h"
#include "models/translate/program_cache.h"
#include "models/translate/raster_writer.h"
#include "models/translate/translator.h"
#include "tests/base/folder.h"
#include "tests/thorough.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

DeviceOptions as_gpu() {
  DeviceOptions options;
  options.adapt = [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; };
  return options;
}

DeviceOptions without_fp16() {
  DeviceOptions options;
  options.adapt = [](DeviceProperties& p) { p.storage_16bit = false; };
  return options;
}

Planes planes(int width, int height, const ModelInfo& info) {
  const Image picture = noise(width, height, info.in_channels);
  Planes result(info.in_channels, height, width);
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] = info.input_low + (info.input_high - info.input_low) * picture.pixels[i];
  return result;
}

/// The network's result, and what a person is told of it.
struct Made {
  Planes result;
  std::string told;
};

Made run(NetworkRunner& runner, const Planes& picture, Precision precision, int tile = 0) {
  std::string told;
  RunOptions options;
  options.precision = precision;
  options.build = runner.defaults();
  options.tile = tile;
  options.tell = [&](const std::string& what) { told = what; };
  Planes result = runner.run(PlaneReader(picture), options);
  return {std::move(result), told};
}

struct Difference {
  double largest = 0, deviation = 0;  // of the network's range
};
Difference difference(const Planes& a, const Planes& b, const ModelInfo& info) {
  Difference d;
  EXPECT_EQ(a.values.size(), b.values.size());
  const double range = info.input_high - info.input_low;
  double squares = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    const double one = std::abs(a.values[i] - b.values[i]) / range;
    d.largest = std::max(d.largest, one);
    squares += one * one;
  }
  d.deviation = std::sqrt(squares / static_cast<double>(a.values.size()));
  return d;
}

/// Those that translate pictures.
std::vector<fs::path> shipped_models() {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(IMAGO_FIXTURES "/../../models/weights"))
    if (file.path().extension() == ".safetensors" && load_generator(file.path()).info.latent == 0)
      files.push_back(file.path());
  EXPECT_GE(files.size(), 6u);
  return files;
}

#define SKIP_WITHOUT_FP16(device)           \
  if (!(device).properties().storage_16bit) \
  GTEST_SKIP() << (device).properties().name << " stores no fp16"

/// Of each shipped model: its picture in fp16 beside that in fp32. `and_then` looks further.
void expect_same_pictures(Device& device,
                          const std::function<void(const Generator&)>& and_then = {}) {
  for (const fs::path& file : shipped_models()) {
    // Each takes seconds to compile: one in the usual run.
    const std::string name = file.stem();
    if (!test::thorough() && name != "upscale-x4") continue;
    SCOPED_TRACE(name);
    const Generator generator = load_generator(file);
    NetworkRunner runner(device, generator);
    const int side = std::max(64, generator.info.minimum);
    const Planes picture = planes(side, side, generator.info);
    const Planes full = run(runner, picture, Precision::fp32).result;
    const Made half = run(runner, picture, Precision::fp16);
    EXPECT_EQ(half.told, "");
    const Difference d = difference(full, half.result, generator.info);
    testing::Test::RecordProperty(name,
                                  std::to_string(d.deviation) + " " + std::to_string(d.largest));
    // A fifth of a level of 8 bits; where rounding errors meet, two levels.
    EXPECT_LE(d.deviation, 0.2 / 255);
    EXPECT_LE(d.largest, 2.0 / 255);
    EXPECT_GT(d.largest, 1e-6) << "nothing was rounded";
    if (and_then) and_then(generator);
  }
}

TEST(Precision, EveryShippedModelIsTheSamePictureInFp16) {
  Device device;
  SKIP_WITHOUT_FP16(device);
  expect_same_pictures(device);
}

/// The kernels that a network's plan has with these properties.
bool any_cooperative(const Generator& generator, const DeviceProperties& properties) {
  const int side = std::max(64, generator.info.minimum);
  const Plan plan = plan_network(generator, {1, generator.info.in_channels, side, side},
                                 generator.defaults, properties, {.storage = NumberType::fp16});
  return std::ranges::any_of(plan.dispatches, [](const Dispatch& d) {
    return d.kernel.starts_with("conv2d_cooperative");
  });
}

#define SKIP_WITHOUT_MATRICES(device)                                                   \
  const DeviceProperties& offered = (device).properties();                              \
  if (matrix_shape(offered).m == 0) GTEST_SKIP() << offered.name << " has no matrices"; \
  if (offered.driver_name == "llvmpipe" && offered.subgroup_size != 8)                  \
  GTEST_SKIP() << offered.name << ": set LP_NATIVE_VECTOR_WIDTH=256, its compiler crashes else"

/// A GPU with matrix units multiplies on them once the golden tile came out right.
TEST(Precision, AShippedModelIsTheSamePictureOnCooperativeMatrices) {
  const TemporaryCache cache;
  Device device("", as_gpu());
  SKIP_WITHOUT_MATRICES(device);
  expect_same_pictures(device, [&](const Generator& generator) {
    EXPECT_TRUE(offered.trusts_matrices);
    EXPECT_TRUE(any_cooperative(generator, offered));
  });
}

TEST(Precision, WithoutCooperativeMatricesWhereTheGoldenTileCameOutWrongWithThem) {
  const TemporaryCache cache;
  const Generator generator =
      with_weights(srvgg_generator({.features = 16, .blocks = 2, .scale = 2}));
  const auto golden_file = [&] {
    for (const auto& file : fs::directory_iterator(cache_folder()))
      if (file.path().filename().string().starts_with("golden-matrices-")) return file.path();
    return fs::path();
  };
  {
    Device device("", as_gpu());
    SKIP_WITHOUT_MATRICES(device);
    EXPECT_FALSE(any_cooperative(generator, offered));
    EXPECT_TRUE(golden_check_half(device));
    EXPECT_TRUE(any_cooperative(generator, offered));
  }
  // What another run of the same driver would have found.
  const fs::path file = golden_file();
  ASSERT_TRUE(fs::exists(file));
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  uint64_t key_size = 0;
  std::memcpy(&key_size, bytes.data() + 8, sizeof(key_size));
  const std::string_view wrong = "failed: the golden tile came out wrong, by 0.5";
  write_cache(file.filename(), bytes.substr(32, key_size), std::as_bytes(std::span(wrong)));
  Device device("", as_gpu());
  EXPECT_TRUE(golden_check_half(device)) << "the other kernels are right";
  EXPECT_FALSE(any_cooperative(generator, device.properties()));
}

TEST(Precision, AProcessorComputesInFp32UnlessAskedAndAGpuInFp16UnlessAsked) {
  const Generator generator =
      with_weights(srvgg_generator({.features = 8, .blocks = 2, .scale = 2}));
  Device processor;
  SKIP_WITHOUT_FP16(processor);
  const Planes picture = planes(40, 30, generator.info);
  NetworkRunner on_processor(processor, generator);
  const Planes full = run(on_processor, picture, Precision::fp32).result;
  const Planes half = run(on_processor, picture, Precision::fp16).result;
  EXPECT_NE(full.values, half.values);
  EXPECT_EQ(run(on_processor, picture, Precision::automatic).result.values, full.values);

  Device gpu("", as_gpu());
  NetworkRunner on_gpu(gpu, generator);
  const Planes gpu_full = run(on_gpu, picture, Precision::fp32).result;
  const Planes gpu_half = run(on_gpu, picture, Precision::fp16).result;
  EXPECT_NE(gpu_full.values, gpu_half.values);
  EXPECT_EQ(run(on_gpu, picture, Precision::automatic).result.values, gpu_half.values);
  EXPECT_LE(difference(gpu_full, gpu_half, generator.info).largest, 4.0 / 255);
}

TEST(Precision, ADeviceThatStoresNoFp16ComputesInFp32AndSaysSo) {
  const Generator generator =
      with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  Device device("", without_fp16());
  EXPECT_FALSE(golden_check_half(device));
  NetworkRunner runner(device, generator);
  const Planes picture = planes(20, 20, generator.info);
  const Made full = run(runner, picture, Precision::fp32);
  EXPECT_EQ(full.told, "");
  EXPECT_EQ(run(runner, picture, Precision::automatic).told, "");
  const Made asked = run(runner, picture, Precision::fp16);
  EXPECT_EQ(asked.result.values, full.result.values);
  EXPECT_NE(asked.told.find("stores no fp16: computed in fp32"), std::string::npos) << asked.told;
}

/// Two convolutions, of which the first makes a million times what it should, beyond what fp16
/// holds, and the second a millionth of that.
Generator overflowing_generator() {
  const Generator plain = plain_generator();
  Generator generator = plain;
  generator.weights = {};
  for (const auto& [name, tensor] : plain.weights) {
    std::vector<float> values = tensor.to_float();
    for (float& value : values) value *= name.starts_with("0") ? 1e6f : 1e-6f;
    generator.weights.insert(name, HostTensor::from_float(tensor.shape, values));
  }
  return generator;
}

TEST(Precision, WhatOverflowsIsComputedInFp32AndAPersonIsTold) {
  Device device;
  SKIP_WITHOUT_FP16(device);
  const Generator generator = overflowing_generator();
  NetworkRunner runner(device, generator);
  const Planes picture = planes(70, 50, generator.info);
  for (const int tile : {0, 32}) {
    const Made full = run(runner, picture, Precision::fp32, tile);
    const Made half = run(runner, picture, Precision::fp16, tile);
    EXPECT_EQ(half.result.values, full.result.values);
    EXPECT_NE(half.told.find("fp16 cannot hold"), std::string::npos) << half.told;
  }
  // Two pictures on their way at once, of which the device has fp16's results.
  const Planes full = run(runner, picture, Precision::fp32).result;
  RunOptions options;
  options.build = runner.defaults();
  options.precision = Precision::fp16;
  Planes first(full.channels, full.height, full.width), second = first;
  const auto a = runner.begin(picture, options, false), b = runner.begin(picture, options, false);
  a->deliver_to(into(first));
  b->deliver_to(into(second));
  for (PictureRun* begun : {a.get(), b.get()}) EXPECT_TRUE(begun->submit());
  for (PictureRun* begun : {a.get(), b.get()}) {
    begun->finish_window();
    EXPECT_TRUE(begun->done());
  }
  EXPECT_EQ(first.values, full.values);
  EXPECT_EQ(second.values, full.values);
}

TEST(Precision, BytesBecomeNumbersOfFp16AndBytesAgain) {
  Translator translator(with_weights(srvgg_generator({.features = 8, .blocks = 2, .scale = 2})));
  const auto made = [&](Precision precision) {
    Raster result;
    TranslateOptions options;
    options.precision = precision;
    translator.translate_rows(to_raster(noise(33, 30)), options, into_raster(result));
    return result;
  };
  const Raster full = made(Precision::fp32), half = made(Precision::fp16);
  ASSERT_EQ(full.samples.size(), half.samples.size());
  int largest = 0;
  for (size_t i = 0; i < full.samples.size(); ++i)
    largest = std::max(largest, std::abs(std::to_integer<int>(full.samples[i]) -
                                         std::to_integer<int>(half.samples[i])));
  EXPECT_LE(largest, 1);  // a value in the middle of two levels may go to either
}

/// By the plans: values, where what slices of long sums come to stays fp32, and packed weights.
TEST(Precision, EveryShippedModelTakesHalfTheMemoryOnAGpu) {
  const Device device("", as_gpu());
  SKIP_WITHOUT_FP16(device);
  for (const fs::path& file : shipped_models()) {
    SCOPED_TRACE(file.filename());
    const Generator generator = load_generator(file);
    // Of 768 pixels a side, the largest tensor of 64 features is more than some devices bind at
    // once.
    const Shape shape{1, generator.info.in_channels, 640, 640};
    const auto plan = [&](NumberType storage) {
      return plan_network(generator, shape, generator.defaults, device.properties(),
                          {.storage = storage});
    };
    const Plan full = plan(NumberType::fp32), half = plan(NumberType::fp16);
    const auto share = [](int64_t a, int64_t b) {
      return static_cast<double>(a) / static_cast<double>(b);
    };
    EXPECT_LE(share(half.arena_bytes, full.arena_bytes), 0.6);
    EXPECT_LE(share(half.constant_bytes, full.constant_bytes), 0.55);
  }
}

TEST(Precision, TheGoldenTileIsRememberedForEach) {
  const TemporaryCache cache;
  Device device;
  SKIP_WITHOUT_FP16(device);
  EXPECT_EQ(remembered_golden_result(device.properties(), NumberType::fp16), kGoldenNotRun);
  EXPECT_TRUE(golden_check_half(device))
      << remembered_golden_result(device.properties(), NumberType::fp16);
  EXPECT_EQ(remembered_golden_result(device.properties(), NumberType::fp16), "passed");
  EXPECT_EQ(remembered_golden_result(device.properties()), kGoldenNotRun);
}

}  // namespace
}  // namespace imago
