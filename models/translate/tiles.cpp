#include "models/translate/tiles.h"

#include <algorithm>

namespace imago {

TileGrid make_tile_grid(int width, int height, int tile, int halo) {
  TileGrid grid{width, height, width, height, {}};
  if (tile > 0) {
    grid.window_width = std::min(width, tile + 2 * halo);
    grid.window_height = std::min(height, tile + 2 * halo);
  }
  const int step_x = tile > 0 ? tile : width, step_y = tile > 0 ? tile : height;
  for (int y = 0; y < height; y += step_y)
    for (int x = 0; x < width; x += step_x)
      grid.tiles.push_back({x, y, std::min(step_x, width - x), std::min(step_y, height - y),
                            std::clamp(x - halo, 0, width - grid.window_width),
                            std::clamp(y - halo, 0, height - grid.window_height),
                            static_cast<uint32_t>(grid.tiles.size())});
  return grid;
}

void copy_window(const PlaneReader& input, const Tile& tile, const TileGrid& grid,
                 std::span<float> window) {
  float* to = window.data();
  for (int c = 0; c < input.channels; ++c)
    for (int y = 0; y < grid.window_height; ++y, to += grid.window_width)
      input.read(c, tile.window_y + y, tile.window_x, grid.window_width, to);
}

void copy_window(const PlaneReader& input, const Tile& tile, const TileGrid& grid,
                 std::span<std::byte> window) {
  std::byte* to = window.data();
  for (int y = 0; y < grid.window_height; ++y, to += grid.window_width * input.samples)
    input.read_bytes(tile.window_y + y, tile.window_x, grid.window_width, to);
}

std::span<const float> core_row(std::span<const float> window, const Tile& tile,
                                const TileGrid& grid, int scale, int c, int y, int x, int count) {
  const auto size = [](int value) { return static_cast<size_t>(value); };
  const size_t row =
      size(c) * size(grid.window_height * scale) + size((tile.y - tile.window_y) * scale + y);
  return window.subspan(
      row * size(grid.window_width * scale) + size((tile.x - tile.window_x) * scale + x),
      size(count));
}

}  // namespace imago
