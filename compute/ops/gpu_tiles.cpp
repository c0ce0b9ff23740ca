#include "compute/ops/gpu_tiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

std::string GpuTile::name() const {
  return std::to_string(rows()) + "x" + std::to_string(columns());
}

std::span<const GpuTile> gpu_tiles() { return kTiles; }

int64_t slices_to_fill(const TileWork& work, int64_t size) {
  return std::clamp<int64_t>(kInvocationsToFill / (work.groups * size), 1, work.most_slices);
}

double time_of(const TileWork& work, int64_t size, double rate) {
  const auto at_once = static_cast<double>(work.groups * size * work.most_slices);
  const double filled = std::min(1.0, at_once / static_cast<double>(kInvocationsToFill));
  return work.products / rate / filled;
}

std::vector<GpuTile> tiles_by_time(const DeviceProperties& device,
                                   const std::function<TileWork(const GpuTile&)>& work) {
  std::vector<std::pair<double, GpuTile>> timed;
  for (const GpuTile& tile : kTiles) {
    const double time = time_of(work(tile), tile.size(), tile.rate);
    if (runs(device, tile) && std::isfinite(time)) timed.emplace_back(time, tile);
  }
  std::ranges::stable_sort(timed, {}, &std::pair<double, GpuTile>::first);
  std::vector<GpuTile> tiles;
  for (const auto& [time, tile] : timed) tiles.push_back(tile);
  return tiles;
}

GpuTile choose_tile(const DeviceProperties& device,
                    const std::function<TileWork(const GpuTile&)>& work) {
  const std::vector<GpuTile> tiles = tiles_by_time(device, work);
  return tiles.empty() ? GpuTile{} : tiles.front();
}

bool runs_tiles(const DeviceProperties& device) {
  return device.kind != DeviceProperties::Kind::cpu &&
         std::any_of(kTiles.begin(), kTiles.end(),
                     [&](const GpuTile& tile) { return runs(device, tile); });
}

}  // namespace imago
