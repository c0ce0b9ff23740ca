// Convolutions on cooperative matrices, against fp64: every tile at the matrices' edges, random
// shapes, subgroups that are not as many as jobs, and when they are chosen. Skipped where the
// device has no cooperative matrices (lavapipe: since Mesa 25.2).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d_kernels.h"
#include "compute/plan/plan.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

MatrixTile chosen_matrix_tile;
int64_t matrix_slices = 1;

void as_trusted_gpu(DeviceProperties& p) {
  p.kind = DeviceProperties::Kind::discrete;
  p.trusts_matrices = true;
}

void lower_with_matrix_tile(Lowering& l, const Node& node) {
  lower_cooperative(
      l, {l.input_shape(0), l.input_shape(1), node.shape, node.attributes.as<ConvFusedSettings>()},
      chosen_matrix_tile, matrix_slices);
}

const Op& conv_fused_with_matrix_tile() {
  static const Op op = [] {
    Op forced = kConvFused;
    forced.lower = lower_with_matrix_tile;
    return forced;
  }();
  return op;
}

class Cooperative : public testing::Test {
 protected:
  void SetUp() override {
    const DeviceProperties& p = test_device().properties();
    shape = matrix_shape(p);
    if (shape.m == 0) GTEST_SKIP() << p.name << " has no cooperative matrices";
    // Mesa 26.2's lavapipe offers them with wider vectors too, but its compiler then crashes.
    if (p.kind == DeviceProperties::Kind::cpu && p.subgroup_size != shape.m)
      GTEST_SKIP() << p.name << ": set LP_NATIVE_VECTOR_WIDTH=256";
  }

  DeviceProperties::MatrixShape shape;
};

struct PictureCase {
  Shape x;
  int64_t out = 1;
  int kernel = 3;
  Conv2dSettings conv = {1, 1, 0};
  bool transposed = false, has_residual = true, in_half = true;
};

/// With everything that rides on a convolution's result, stored in fp16 or as the host reads it.
void check_conv(const PictureCase& c, const Adapt& adapt = as_trusted_gpu) {
  ConvFusedSettings settings;
  settings.conv = c.conv;
  settings.transposed = c.transposed;
  settings.has_bias = settings.has_slope = 1;
  settings.has_residual = c.has_residual;
  settings.scale = 0.5f;
  const Shape w = c.transposed ? Shape{c.x.c, c.out, c.kernel, c.kernel}
                               : Shape{c.out, c.x.c, c.kernel, c.kernel};
  const Shape per_channel{1, c.out, 1, 1};
  std::vector<Shape> inputs{c.x, w};
  const Shape y = kConvFused.shape(inputs, settings);
  if (y.h < 1 || y.w < 1) return;
  inputs.insert(inputs.end(), {per_channel, per_channel});
  if (c.has_residual) inputs.push_back(y);
  check_op({.name = to_string(c.x) + " by " + to_string(w) + " stride " +
                    std::to_string(c.conv.stride) + " padding " + std::to_string(c.conv.padding) +
                    (c.transposed ? " transposed" : "") + " in slices " +
                    std::to_string(matrix_slices) + (c.in_half ? " to fp16" : " to fp32"),
            .inputs = inputs,
            .build =
                [&](auto& in) {
                  const Tensor made =
                      in[0].graph().add(conv_fused_with_matrix_tile(), in, settings);
                  // Two readers that take fp16 make it stay fp16.
                  return c.in_half ? concat({made, slice_channels(made, 0, 1)}) : made;
                },
            .tolerance = 0x1p-11 + 4e-6,
            .as_parameters = {1, 2, 3},
            .storage = NumberType::fp16},
           adapt);
}

TEST_F(Cooperative, EveryTileOfBothConvolutionsAtTheEdges) {
  for (const MatrixTile& tile : matrix_tiles()) {
    SCOPED_TRACE(std::to_string(tile.rows(shape)) + " x " + std::to_string(tile.columns(shape)));
    chosen_matrix_tile = tile;
    const int64_t out = tile.rows(shape) + 3;
    matrix_slices = 1;
    check_conv({.x = {2, 37, 13, 11}, .out = out});
    matrix_slices = 3;
    check_conv({.x = {2, 33, 7, 6}, .out = out, .conv = {2, 1, 1}, .transposed = true});
  }
  matrix_slices = 1;
}

TEST_F(Cooperative, RandomShapes) {
  std::mt19937 random(5);
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  for (int i = 0; i < 12; ++i) {
    chosen_matrix_tile =
        matrix_tiles()[static_cast<size_t>(below(static_cast<int64_t>(matrix_tiles().size())))];
    matrix_slices = 1 + below(3);
    PictureCase c{.x = {1 + below(2), 1 + below(70), 1 + below(14), 1 + below(14)},
                  .out = 1 + below(70)};
    c.kernel = static_cast<int>(1 + below(5));
    c.conv.stride = static_cast<int>(1 + below(3));
    c.conv.padding = static_cast<int>(below(c.kernel));
    c.transposed = below(2) == 1;
    if (c.transposed && c.conv.stride > 1)
      c.conv.output_padding = static_cast<int>(below(c.conv.stride));
    c.has_residual = below(2) == 1;
    c.in_half = below(2) == 1;
    check_conv(c);
  }
  matrix_slices = 1;
}

TEST_F(Cooperative, FewerSubgroupsThanJobsAndMore) {
  chosen_matrix_tile = matrix_tiles().back();
  matrix_slices = 1;
  const uint32_t size = test_device().properties().subgroup_size;
  for (const uint32_t told : {size / 2, size * 2}) {
    SCOPED_TRACE(told);
    check_conv({.x = {1, 20, 9, 9}, .out = 40}, [&](DeviceProperties& p) {
      as_trusted_gpu(p);
      p.least_subgroup_size = told;
    });
  }
}

/// What a convolution of `from` to `to` channels launches.
Plan plan_of(int64_t from, int64_t to, const Adapt& adapt, NumberType storage) {
  Graph graph;
  const Tensor x = graph.input("x", {1, from, 64, 64});
  const Tensor y = conv2d(x, graph.parameter("w", {to, from, 3, 3}), {1, 1});
  graph.output("y", concat({y, slice_channels(y, 0, 1)}));
  DeviceProperties p = test_device().properties();
  adapt(p);
  return make_plan(graph, p, {.storage = storage});
}

std::vector<std::string> kernels(int64_t from, int64_t to, const Adapt& adapt, NumberType storage) {
  std::vector<std::string> names;
  for (const Dispatch& d : plan_of(from, to, adapt, storage).dispatches) names.push_back(d.kernel);
  return names;
}

void as_gpu_with_matrices(DeviceProperties& p) {
  p.kind = DeviceProperties::Kind::discrete;
  p.storage_16bit = true;
  p.least_subgroup_size = p.most_subgroup_size = 32;
  p.shared_memory_bytes = 32768;
  p.matrix_shapes = {{16, 16, 16}};
  p.trusts_matrices = true;
}

bool any_cooperative(const std::vector<std::string>& names) {
  return std::ranges::any_of(names,
                             [](auto& name) { return name.starts_with("conv2d_cooperative"); });
}

TEST(CooperativeChoice, WhereTheyAreTrustedFasterAndNumbersAreInFp16) {
  const Adapt gpu = as_gpu_with_matrices;
  EXPECT_TRUE(any_cooperative(kernels(64, 64, gpu, NumberType::fp16)));
  EXPECT_FALSE(any_cooperative(kernels(64, 64, gpu, NumberType::fp32)));
  EXPECT_FALSE(any_cooperative(kernels(3, 3, gpu, NumberType::fp16))) << "most would be zeros";
  const auto but = [&](const Adapt& change) {
    return kernels(
        64, 64, [&](DeviceProperties& p) { gpu(p), change(p); }, NumberType::fp16);
  };
  EXPECT_FALSE(any_cooperative(but([](auto& p) { p.trusts_matrices = false; })));
  EXPECT_FALSE(any_cooperative(but([](auto& p) { p.matrix_shapes.clear(); })));
  EXPECT_FALSE(any_cooperative(but([](auto& p) { p.matrix_shapes = {{16, 16, 4}}; })));
  EXPECT_FALSE(any_cooperative(but([](auto& p) { p.kind = DeviceProperties::Kind::cpu; })));
}

/// A plan that is not for this device.
TEST(CooperativeChoice, ADeviceWithoutThemRefusesTheKernel) {
  Device& device = test_device();
  if (!device.properties().matrix_shapes.empty() || !device.properties().storage_16bit)
    GTEST_SKIP() << device.properties().name << " refuses others, or has them";
  const Parameters parameters(
      device, {{"w", std::vector<float>(size_t{64 * 64 * 9}, 1.0f), NumberType::fp16}});
  try {
    Program(device, plan_of(64, 64, as_gpu_with_matrices, NumberType::fp16), parameters);
    ADD_FAILURE() << "it was run";
  } catch (const DeviceError& error) {
    EXPECT_NE(
        std::string(error.what()).find("has no cooperative matrices, which kernel conv2d_coop"),
        std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace imago
