// Pictures that the device takes and gives as bytes: the same bit for bit as the host's conversion.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "compute/ops/bytes.h"
#include "compute/ops/ops.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/network_runner.h"
#include "models/translate/raster_writer.h"
#include "models/translate/row_assembler.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

struct Range {
  float low, high;
};
constexpr Range kRanges[] = {{0, 1}, {-1, 1}, {0, 255}, {-0.3f, 0.9f}};

ModelInfo info_of(const Range& range, int in_channels, int out_channels) {
  ModelInfo info;
  info.in_channels = in_channels;
  info.out_channels = out_channels;
  info.input_low = range.low;
  info.input_high = range.high;
  return info;
}

/// Every byte in every place of a pixel, and then some.
Raster all_bytes(int channels, bool alpha) {
  constexpr int kWidth = 37, kHeight = 23;
  Raster raster{kWidth, kHeight, channels, alpha, 8, {}, {}, {}};
  std::mt19937 random(static_cast<uint32_t>(channels));
  const size_t count = raster.row_bytes() * kHeight;
  for (size_t i = 0; i < count; ++i)
    raster.samples.push_back(static_cast<std::byte>(i < 3 * 256 ? i * 11 : random()));
  return raster;
}

std::vector<float> made_by_device(Device& device, const Raster& raster, const ModelInfo& info) {
  const int samples = raster.channels + (raster.alpha ? 1 : 0);
  ByteTables tables(info);
  const std::vector<float>& levels = tables.levels(samples);
  Graph graph;
  const auto bytes = static_cast<int64_t>(raster.samples.size());
  const Tensor words = graph.input("pixels", {1, 1, 1, words_of(bytes)});
  const Tensor table = graph.input("levels", {1, 1, std::ssize(levels) / 256, 256});
  graph.output("y", from_bytes(words, table, {1, info.in_channels, raster.height, raster.width},
                               {samples, info.input_low, info.input_high - info.input_low}));
  const Parameters none(device, {});
  Program program(device, make_plan(graph, device.properties()), none);
  std::ranges::copy(levels, program.input("levels").begin());
  std::memcpy(program.input("pixels").data(), raster.samples.data(), raster.samples.size());
  program.poison();
  program.run();
  const auto y = program.output("y");
  return {y.begin(), y.end()};
}

TEST(Bytes, BecomeTheHostsNumbers) {
  Device device;
  for (const Range& range : kRanges)
    for (const int planes : {1, 3})
      for (const int channels : {1, 3})
        for (const bool alpha : {false, true}) {
          SCOPED_TRACE(std::to_string(range.low) + " " + std::to_string(planes) + " " +
                       std::to_string(channels) + " " + std::to_string(alpha));
          const Raster raster = all_bytes(channels, alpha);
          const ModelInfo info = info_of(range, planes, 3);
          const std::vector<float> expected = read_all(reader_of(raster, info)).values;
          const std::vector<float> made = made_by_device(device, raster, info);
          EXPECT_EQ(std::memcmp(made.data(), expected.data(), expected.size() * 4), 0);
        }
}

/// Numbers within the range and without, and those on both sides of where a byte changes.
Planes numbers(const ModelInfo& info, int channels) {
  ByteTables tables(info);
  Planes values(channels, 41, 39);
  std::mt19937 random(7);
  const float range = info.input_high - info.input_low;
  for (float& value : values.values)
    value = info.input_low + range * (1.4f * static_cast<float>(random() >> 8) * 0x1p-24f - 0.2f);
  size_t next = 0;
  for (const float threshold : tables.thresholds())
    for (const float value :
         {std::nextafter(threshold, -1e30f), threshold, std::nextafter(threshold, 1e30f)})
      values.values[next++] = value;
  for (const float value : {-1e30f, 1e30f, 0.0f, -0.0f, std::numeric_limits<float>::denorm_min()})
    values.values[next++] = value;
  return values;
}

std::vector<float> words_by_device(Device& device, const Planes& values, const ModelInfo& info) {
  ByteTables tables(info);
  Graph graph;
  const Tensor x = graph.input("x", {1, values.channels, values.height, values.width});
  graph.output("pixels", to_bytes(x, graph.input("thresholds", {1, 1, 1, 256}), info.input_low,
                                  info.input_high - info.input_low));
  const Parameters none(device, {});
  Program program(device, make_plan(graph, device.properties()), none);
  std::ranges::copy(tables.thresholds(), program.input("thresholds").begin());
  std::ranges::copy(values.values, program.input("x").begin());
  program.poison();
  program.run();
  const auto words = program.output("pixels");
  return {words.begin(), words.end()};
}

/// As the host writes them down.
Raster written(const Planes& values, const ModelInfo& info) {
  Raster made;
  RasterWriter writer({values.width, values.height, values.channels, false, 8}, made);
  RowAssembler rows(writer, info, nullptr, false);
  rows.add({0, 0, values, values.height});
  rows.finish();
  return made;
}

TEST(Bytes, AreThoseThatTheHostMakesOfNumbers) {
  Device device;
  for (const Range& range : kRanges)
    for (const int channels : {1, 3}) {
      SCOPED_TRACE(std::to_string(range.low) + " " + std::to_string(channels));
      const ModelInfo info = info_of(range, 3, channels);
      const Planes values = numbers(info, channels);
      const Raster expected = written(values, info);
      EXPECT_GT(std::ranges::count(expected.samples, std::byte{255}), 0);
      const std::vector<float> words = words_by_device(device, values, info);
      EXPECT_EQ(std::bit_cast<uint32_t>(words[0]), 0u);
      EXPECT_EQ(std::memcmp(&words[kByteHead], expected.samples.data(), expected.samples.size()),
                0);
    }
}

TEST(Bytes, CountWhatIsNotFinite) {
  Device device;
  const ModelInfo info = info_of({0, 1}, 3, 3);
  Planes values = numbers(info, 3);
  values.values[5] = std::numeric_limits<float>::quiet_NaN();
  values.values[1000] = std::numeric_limits<float>::infinity();
  values.values[4000] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(std::bit_cast<uint32_t>(words_by_device(device, values, info)[0]), 3u);
}

/// What a runner makes of a raster, in values or, where the sink takes them, in bytes.
Raster run(NetworkRunner& runner, const Raster& picture, RunOptions options, bool in_bytes,
           int* byte_parts = nullptr) {
  const ModelInfo& info = runner.info();
  options.build = runner.defaults();
  PlaneReader reader = reader_of(picture, info);
  if (!in_bytes) reader.samples = 0;
  Raster made;
  RasterWriter writer({picture.width * info.scale, picture.height * info.scale,
                       info.out_channels == 1 ? 1 : 3, false, 8},
                      made);
  RowAssembler rows(writer, info, nullptr, false);
  OutputSink sink = [&](const OutputPart& part) { rows.add(part); };
  if (in_bytes)
    sink.take_bytes = [&](const BytePart& part) {
      if (byte_parts) ++*byte_parts;
      rows.add(part);
    };
  runner.run(reader, options, sink);
  rows.finish();
  return made;
}

TEST(Bytes, GoThroughANetworkAsFloatsDo) {
  Device device;
  const Generator twice = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  // Of sides that it must be padded for, in the range -1…1.
  const Generator unet =
      with_weights(unet_generator({.features = 4, .depth = 5, .dropout = false}));
  const Generator grey = with_weights(
      unet_generator({.in_channels = 1, .out_channels = 1, .features = 4, .depth = 5}));
  for (const Generator& generator : {twice, unet, grey}) {
    NetworkRunner runner(device, generator);
    for (const int channels : {1, 3})
      for (const bool alpha : {false, true})
        for (const int tile : {0, 16}) {
          if (alpha && channels == 1) continue;
          if (tile > 0 && generator.info.scale == 1) continue;  // sweeps: in floats
          SCOPED_TRACE(generator.info.architecture + std::to_string(channels) +
                       std::to_string(alpha) + " " + std::to_string(tile));
          const Raster picture = all_bytes(channels, alpha);
          int parts = 0;
          const Raster made = run(runner, picture, {.tile = tile}, true, &parts);
          EXPECT_EQ(made.samples, run(runner, picture, {.tile = tile}, false).samples);
          EXPECT_GT(parts, 0);
        }
  }
}

}  // namespace
}  // namespace imago
