#include "models/translate/tiles.h"

#include <algorithm>

namespace imago {

TileGrid make_tile_grid(int width, int height, int tile, int halo) {
  TileGrid grid{width, height, {}};
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

void copy_window(const Planes& input, const Tile& tile, const TileGrid& grid,
                 std::span<float> window) {
  auto to = window.begin();
  for (int c = 0; c < input.channels; ++c)
    for (int y = 0; y < grid.window_height; ++y)
      to = std::copy_n(input.row(c, tile.window_y + y) + tile.window_x, grid.window_width, to);
}

void copy_core(std::span<const float> window, const Tile& tile, const TileGrid& grid, int scale,
               Planes& output) {
  const int width = grid.window_width * scale, height = grid.window_height * scale;
  const int from_x = (tile.x - tile.window_x) * scale, from_y = (tile.y - tile.window_y) * scale;
  for (int c = 0; c < output.channels; ++c)
    for (int y = 0; y < tile.height * scale; ++y) {
      const float* from = window.data() + (static_cast<size_t>(c) * static_cast<size_t>(height) +
                                           static_cast<size_t>(from_y + y)) *
                                              static_cast<size_t>(width);
      std::copy_n(from + from_x, tile.width * scale,
                  output.row(c, tile.y * scale + y) + tile.x * scale);
    }
}

}  // namespace imago
