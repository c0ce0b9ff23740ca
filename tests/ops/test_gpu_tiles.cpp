// The matrix products of GPUs with every tile, whole and cut into slices, at the matrices' edges.
#include <gtest/gtest.h>

#include "compute/graph/op.h"
#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/conv2d_kernels.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

GpuTile chosen_tile;
int64_t chosen_slices = 1;

bool runs(const GpuTile& tile) {
  const DeviceProperties& p = test_device().properties();
  return p.max_group_invocations >= tile.size() && p.shared_memory_bytes >= tile.shared_bytes();
}

std::string name_of(const GpuTile& tile) {
  return std::to_string(tile.rows()) + " x " + std::to_string(tile.columns());
}

void lower_with_chosen_tile(Lowering& l, const Node& node) {
  lower_tiled(
      l, {l.input_shape(0), l.input_shape(1), node.shape, node.attributes.as<ConvFusedSettings>()},
      chosen_tile, chosen_slices);
}

const Op& conv_fused_with_chosen_tile() {
  static const Op op = [] {
    Op forced = kConvFused;
    forced.lower = lower_with_chosen_tile;
    return forced;
  }();
  return op;
}

/// x of `channels` so that the depth of the tile divides them or does not; a few channels of y more
/// than whole tiles have, and a few pixels.
void check_conv(const GpuTile& tile, bool transposed, int64_t channels) {
  ConvFusedSettings settings;
  settings.conv = {transposed ? 2 : 1, 1, transposed ? 1 : 0};
  settings.transposed = transposed;
  settings.has_bias = settings.has_residual = 1;
  settings.activation = {Unary::leaky_relu, 0.2f, 0};
  settings.scale = 0.5f;
  const int64_t out = tile.rows() == 4 ? 3 : tile.rows() + 2;
  const Shape x{2, channels, transposed ? 7 : 13, transposed ? 6 : 11};
  const Shape w = transposed ? Shape{channels, out, 3, 3} : Shape{out, channels, 3, 3};
  const Shape y{2, out, transposed ? 14 : 13, transposed ? 12 : 11};
  check_op(
      {.name = "conv of " + std::to_string(channels) + " with tile " + name_of(tile) +
               (transposed ? " transposed" : "") + " in slices " + std::to_string(chosen_slices),
       .inputs = {x, w, {1, out, 1, 1}, y},
       .build =
           [&](auto& in) {
             return in[0].graph().add(conv_fused_with_chosen_tile(), {in[0], in[1], in[2], in[3]},
                                      settings);
           },
       .as_parameters = {1, 2}},
      as_gpu);
}

TEST(GpuTiles, EveryTileOfAConvolution) {
  int tiles = 0;
  for (const GpuTile& tile : gpu_tiles()) {
    if (!runs(tile)) continue;
    ++tiles;
    chosen_tile = tile;
    // A large tile takes a CPU driver seconds to compile: two of the combinations are enough.
    chosen_slices = 1;
    check_conv(tile, false, tile.depth + 3);
    chosen_slices = 3;
    check_conv(tile, true, tile.depth);
  }
  EXPECT_GE(tiles, 3);
}

void lower_dw_with_chosen_tile(Lowering& l, const Node& node) {
  lower_dw_tiled(
      l,
      {l.input_shape(0), l.input_shape(1), node.shape, node.attributes.as<Conv2dDwSettings>().conv},
      chosen_tile, chosen_slices);
}

/// `channels` of x, of which a tile's columns are one tap's or not.
void check_dw(const GpuTile& tile, int64_t channels) {
  static const Op op = [] {
    Op forced = kConv2dDw;
    forced.lower = lower_dw_with_chosen_tile;
    return forced;
  }();
  const Conv2dDwSettings settings{{2, 1, 0}, 3, 3};
  const Shape x{2, channels, 13, 11}, dy{2, tile.rows() + 2, 7, 6};
  check_op({.name = "dw of " + std::to_string(channels) + " with tile " + name_of(tile) +
                    " in slices " + std::to_string(chosen_slices),
            .inputs = {dy, x},
            .build =
                [&](auto& in) {
                  return in[0].graph().add(op, {in[0], in[1]}, settings);
                }},
           as_gpu);
}

TEST(GpuTiles, EveryTileOfAWeightGradient) {
  int tiles = 0;
  for (const GpuTile& tile : gpu_tiles()) {
    // Those with more lanes along one side are for convolutions (conv2d_dw_tiled.cpp).
    if (!runs(tile) || std::max(tile.rows(), tile.columns()) > tile.size()) continue;
    ++tiles;
    chosen_tile = tile;
    chosen_slices = 3;
    check_dw(tile, tile.columns());
    chosen_slices = 1;
    check_dw(tile, 5);
  }
  EXPECT_GE(tiles, 3);
}

TEST(GpuTiles, TheChoiceFitsTheWork) {
  DeviceProperties device = test_device().properties();
  as_gpu(device);
  device.max_group_invocations = 1024;
  device.max_group_size[0] = 1024;
  device.shared_memory_bytes = 32768;
  const auto tile_for = [&](int64_t rows, int64_t columns) {
    return choose_tile(device, [&](const GpuTile& tile) {
      const int64_t down = ceil_div(rows, tile.rows()), across = ceil_div(columns, tile.columns());
      return TileWork{static_cast<double>(down * tile.rows() * across * tile.columns()),
                      down * across, 64};
    });
  };
  EXPECT_EQ(tile_for(512, 65536).rows(), 128);  // plenty of work: the best tile
  EXPECT_EQ(tile_for(64, 65536).rows(), 64);    // no channels computed in vain
  EXPECT_EQ(tile_for(3, 65536).rows(), 4);      // the last layer of most networks
  EXPECT_LE(tile_for(512, 16).columns(), 16);   // the deepest of a U-Net
  device.max_group_invocations = 128;           // the least that Vulkan promises
  EXPECT_EQ(tile_for(512, 65536).size(), 128);
  device.shared_memory_bytes = 4096;
  EXPECT_LE(tile_for(512, 65536).shared_bytes(), 4096);
}

}  // namespace
}  // namespace imago
