// Cutting a picture into overlapping windows of one size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/translate/planes.h"

namespace imago {

/// A core, whose output is kept, inside a window, which is what the network sees. In input pixels.
struct Tile {
  int x, y, width, height;  // the core
  int window_x, window_y;
  uint32_t index;
};

/// The cores cover the picture without overlap. All windows have one size, so one program serves
/// them; each reaches at least `halo` beyond its core or to the picture's own border.
struct TileGrid {
  int width, height;  // of the picture
  int window_width, window_height;
  std::vector<Tile> tiles;
};

/// `tile` 0: the whole picture as one tile.
TileGrid make_tile_grid(int width, int height, int tile, int halo);

/// Cuts the window of `tile` out of `input`, as NCHW.
void copy_window(const PlaneReader& input, const Tile& tile, const TileGrid& grid,
                 std::span<float> window);
/// The same as bytes, pixel by pixel, of a picture that has them.
void copy_window(const PlaneReader& input, const Tile& tile, const TileGrid& grid,
                 std::span<std::byte> window);

/// Of a translated window, NCHW, `count` values of row y of plane c of the core's result, from its
/// column x on.
std::span<const float> core_row(std::span<const float> window, const Tile& tile,
                                const TileGrid& grid, int scale, int c, int y, int x, int count);

}  // namespace imago
