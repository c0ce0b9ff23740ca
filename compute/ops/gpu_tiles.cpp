#include "compute/ops/gpu_tiles.h"

#include <algorithm>
#include <array>
#include <limits>

namespace imago {
namespace {

constexpr std::array kTiles = {
    GpuTile{16, 16, 2, 2, 16, 1.00},  // 128 x 128
    GpuTile{8, 16, 2, 2, 16, 1.00},   // 64 x 128
    GpuTile{8, 8, 2, 2, 8, 0.95},     // 64 x 64
    GpuTile{4, 16, 2, 2, 8, 0.90},    // 32 x 128
    GpuTile{2, 32, 2, 2, 8, 0.80},    // 16 x 256
    GpuTile{8, 8, 1, 1, 16, 0.70},    // 32 x 32
    GpuTile{4, 16, 1, 1, 16, 0.65},   // 16 x 64
    GpuTile{16, 4, 1, 1, 16, 0.65},   // 64 x 16
    GpuTile{1, 64, 1, 1, 8, 0.45},    // 4 x 256
};

bool runs(const DeviceProperties& device, const GpuTile& tile) {
  return device.max_group_invocations >= tile.size() && device.max_group_size[0] >= tile.size() &&
         device.shared_memory_bytes >= tile.shared_bytes();
}

}  // namespace

std::span<const GpuTile> gpu_tiles() { return kTiles; }

double time_of(const TileWork& work, int64_t size, double rate) {
  const auto at_once = static_cast<double>(work.groups * size * work.most_slices);
  const double filled = std::min(1.0, at_once / static_cast<double>(kInvocationsToFill));
  return work.products / rate / filled;
}

GpuTile choose_tile(const DeviceProperties& device,
                    const std::function<TileWork(const GpuTile&)>& work) {
  GpuTile best = {};
  double least = std::numeric_limits<double>::infinity();
  for (const GpuTile& tile : kTiles) {
    if (!runs(device, tile)) continue;
    const double time = time_of(work(tile), tile.size(), tile.rate);
    if (time < least) least = time, best = tile;
  }
  return best;
}

bool runs_tiles(const DeviceProperties& device) {
  return device.kind != DeviceProperties::Kind::cpu &&
         std::any_of(kTiles.begin(), kTiles.end(),
                     [&](const GpuTile& tile) { return runs(device, tile); });
}

}  // namespace imago
