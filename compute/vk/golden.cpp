#include "compute/vk/golden.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "compute/base/cache.h"
#include "compute/base/error.h"
#include "compute/ops/bytes.h"
#include "compute/ops/gpu_tiles.h"
#include "compute/ops/ops.h"
#include "compute/plan/half.h"
#include "compute/vk/device_impl.h"
#include "compute/vk/program.h"
#include "shaders/shaders.h"

namespace imago {
namespace {

/// How a golden tile is computed.
enum class Golden { fp32, fp16, fp16_on_matrices };

NumberType storage_of(Golden golden) {
  return golden == Golden::fp32 ? NumberType::fp32 : NumberType::fp16;
}

/// What whole networks must keep on [0, 1] pictures. In fp16, where each value is off by 2^-11 of
/// itself, the golden tile is off by 0.01; what is wrong, by tenths.
constexpr double tolerance(NumberType storage) { return storage == NumberType::fp16 ? 4e-2 : 1e-4; }

/// Deterministic values in [-0.5, 0.5], another sequence for each name.
std::vector<float> pattern(const std::string& name, int64_t count) {
  uint32_t state = 2166136261u;
  for (const char letter : name) state = (state ^ static_cast<unsigned char>(letter)) * 16777619u;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
  }
  return values;
}

/// One of everything: both convolutions with fused and separate tails, normalisation, movement.
void build_golden(Graph& graph) {
  const auto weight = [&](const char* name, Shape shape) { return graph.parameter(name, shape); };
  const Tensor x = graph.input("x", {1, 3, 20, 24});
  Tensor y = conv2d(x, weight("head", {16, 3, 3, 3}), {1, 1}) + weight("head bias", {1, 16, 1, 1});
  y = prelu(y, weight("slope", {1, 16, 1, 1}));
  const Tensor skip = y;
  y = conv2d(y, weight("body", {16, 16, 3, 3}), {1, 1}) * weight("gain", {1, 16, 1, 1});
  y = leaky_relu(y, 0.2f) * 0.5f + skip;
  Tensor down = conv2d(pad(y, {1, 1, 1, 1}, PadMode::reflect), weight("down", {24, 16, 4, 4}), {2});
  down = relu(normalize(down, {.h = true, .w = true}, 1e-5f) * weight("scale", {1, 24, 1, 1}) +
              weight("shift", {1, 24, 1, 1}));
  const Tensor up = conv2d_dx(down, weight("up", {24, 16, 4, 4}), {2, 1});
  y = concat({y, up}) + upsample_nearest(concat({down, slice_channels(down, 0, 8)}), 2);
  y = conv2d(y, weight("wide", {12, 32, 1, 1}));
  y = pixel_shuffle(y, 2) + upsample_bilinear(x, 2);
  graph.output("y", tanh(conv2d(y, weight("tail", {3, 3, 7, 7}), {1, 3})));
}

std::string cache_file(const DeviceProperties& p, Golden golden) {
  constexpr const char* kNames[] = {"golden-", "golden-fp16-", "golden-matrices-"};
  return kNames[static_cast<size_t>(golden)] + p.uuid + ".txt";
}

/// Whether pictures of bytes that become numbers and bytes again are what they were.
bool bytes_return(Device& device) {
  constexpr int kHeight = 18, kWidth = 15, kBytes = kHeight * kWidth * 3;
  Graph graph;
  const Tensor words = graph.input("bytes", {1, 1, 1, words_of(kBytes)});
  const Tensor x =
      from_bytes(words, graph.input("levels", {1, 1, 1, 256}), {1, 3, kHeight, kWidth}, {});
  graph.output("made", to_bytes(x, graph.input("thresholds", {1, 1, 1, 256}), -1, 2));
  const Parameters none(device, {});
  Program program(device, make_plan(graph, device.properties()), none);
  for (int k = 0; k < 256; ++k) {
    program.input("levels")[static_cast<size_t>(k)] = static_cast<float>(k) / 127.5f - 1;
    program.input("thresholds")[static_cast<size_t>(k)] =
        (static_cast<float>(k) - 0.5f) / 127.5f - 1;
  }
  const std::span<std::byte> given = std::as_writable_bytes(program.input("bytes"));
  for (size_t i = 0; i < given.size(); ++i) given[i] = static_cast<std::byte>(i * 7 % 256);
  program.poison();
  program.run();
  const std::span<const float> made = program.output("made");
  return std::bit_cast<uint32_t>(made[0]) == 0 &&  // all were finite
         std::memcmp(&made[kByteHead], given.data(), kBytes) == 0;
}

std::string run_golden(Device& device, Golden golden) {
  const NumberType storage = storage_of(golden);
  Graph graph;
  build_golden(graph);
  std::vector<Parameters::Entry> entries;
  for (const Node& node : graph.nodes())
    if (!node.name.empty() && node.name != "x")
      entries.push_back(
          {node.name, pattern(node.name, node.shape.elements()),
           storage == NumberType::fp16 ? half_type_of(node.shape) : NumberType::fp32});
  const Parameters parameters(device, entries);
  DeviceProperties properties = device.properties();
  properties.trusts_matrices = golden == Golden::fp16_on_matrices;
  Program program(device, make_plan(graph, properties, {.storage = storage}), parameters);
  const std::vector<float> picture = pattern("x", static_cast<int64_t>(program.input("x").size()));
  std::copy(picture.begin(), picture.end(), program.input("x").begin());
  program.poison();  // memory may still hold the right values of an earlier check
  program.run();

  const std::vector<HostArray> expected = evaluate(graph, [](const Node& node) {
    const std::vector<float> values = pattern(node.name, node.shape.elements());
    return std::vector<double>(values.begin(), values.end());
  });
  const std::span<const float> result = program.output("y");
  const double most = tolerance(storage);
  double error = 0;
  bool right = true;
  for (size_t i = 0; i < result.size(); ++i) {
    const double difference = std::abs(result[i] - expected[0].values[i]);
    right = right && difference <= most;  // NaN counts as wrong
    error = std::max(error, difference);
  }
  if (!right) return "failed: the golden tile came out wrong, by " + std::to_string(error);
  return bytes_return(device) ? "passed" : "failed: a picture's bytes came back as others";
}

std::string remembered(const DeviceProperties& properties, Golden golden) {
  const std::vector<std::byte> bytes =
      read_cache(cache_file(properties, golden), kernels_identity(properties));
  if (bytes.empty()) return kGoldenNotRun;
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string golden_result(Device& device, Golden golden, bool anew) {
  const DeviceProperties& properties = device.properties();
  std::string result = anew ? kGoldenNotRun : remembered(properties, golden);
  if (result == kGoldenNotRun) {
    result = run_golden(device, golden);
    write_cache(cache_file(properties, golden), kernels_identity(properties),
                std::as_bytes(std::span(result)));
  }
  return result;
}

/// False also where the driver refuses the kernels: there are others.
bool matrices_are_right(Device& device, bool anew) {
  const DeviceProperties& properties = device.properties();
  if (!runs_tiles(properties) || matrix_shape(properties).m == 0) return false;
  try {
    return golden_result(device, Golden::fp16_on_matrices, anew) == "passed";
  } catch (const DeviceError&) {
    return false;
  }
}

}  // namespace

std::string kernels_identity(const DeviceProperties& p) {
  return p.name + "|" + std::to_string(p.vendor_id) + "|" + std::to_string(p.device_id) + "|" +
         std::to_string(p.driver_version) + "|" + p.driver_info + "|" IMAGO_VERSION "|" +
         std::to_string(shaders_fingerprint());
}

std::string remembered_golden_result(const DeviceProperties& properties, NumberType storage) {
  return remembered(properties, storage == NumberType::fp16 ? Golden::fp16 : Golden::fp32);
}

bool golden_check_half(Device& device, bool anew) {
  if (!device.properties().storage_16bit || golden_result(device, Golden::fp16, anew) != "passed")
    return false;
  device.impl().properties.trusts_matrices = matrices_are_right(device, anew);
  return true;
}

void golden_check(Device& device, bool anew) {
  const DeviceProperties& properties = device.properties();
  const std::string result = golden_result(device, Golden::fp32, anew);
  if (result != "passed")
    throw DeviceError(properties.name + " " + result +
                      "; update its driver, or choose another device with -g; 'imago devices "
                      "--check' checks it anew");
}

}  // namespace imago
