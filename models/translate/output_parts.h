// What comes of a window that the network has gone through: parts of the picture's result.
// Internal to models/translate but for NetworkRunner's callers.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>

#include "compute/vk/program.h"
#include "models/networks/model_info.h"
#include "models/translate/picture_bytes.h"
#include "models/translate/planes.h"
#include "models/translate/tiles.h"

namespace imago {

/// The network made values that are no numbers or infinite.
class NotFinite : public Error {
 public:
  using Error::Error;
};

/// A rectangle of a picture's result that is finished.
struct OutputPart {
  int x, y;              // its upper left pixel in the result
  const Planes& values;  // finite, in the network's range
  int band_end;          // all of the rows above this one come before any part of those below
};

/// The same in bytes, as a RowAssembler makes them of its values.
struct BytePart {
  int x, y, width, height;
  int channels;            // bytes of a pixel
  const std::byte* bytes;  // of its upper left pixel
  size_t stride;           // bytes from one row to the next
  int band_end;
};

/// Parts come in bands from top to bottom, every band as wide as the result and begun by its upper
/// left part; a band that the device ran out of memory for is begun again, perhaps a lower one.
/// What came before an error is worth nothing.
struct OutputSink {
  using Take = std::function<void(const OutputPart&)>;
  using TakeBytes = std::function<void(const BytePart&)>;

  template <std::invocable<const OutputPart&> F>
  OutputSink(F take_values) : take(std::move(take_values)) {}  // NOLINT: implicit on purpose
  OutputSink(Take take_values, TakeBytes takes_bytes)
      : take(std::move(take_values)), take_bytes(std::move(takes_bytes)) {}

  Take take;
  TakeBytes take_bytes = {};  // null: it wants values; else it may be given either
};

/// Without what lies beyond this width and height of the result.
OutputSink clipped(OutputSink sink, int width, int height);
/// Into planes of the result's size, which must outlive the sink.
OutputSink into(Planes& result);

/// How the picture goes to the device and comes back from it to this sink.
Ports ports_of(const PlaneReader& picture, const ModelInfo& info, bool wants_bytes);

/// Writes the window of a tile, and the tables that its bytes need, to the program's inputs.
void give_window(const PlaneReader& picture, const Tile& tile, const TileGrid& grid,
                 const Ports& ports, ByteTables& tables, Program& program, int slot);

/// Hands on what lies below row `rows_done` of a tile's result, which then moves on. Throws
/// NotFinite.
void hand_on(const Program& program, int slot, const Ports& ports, const Tile& tile,
             const TileGrid& grid, const ModelInfo& info, int& rows_done, const OutputSink& sink);
/// The same of values that are no program's.
void hand_on(std::span<const float> window, const Tile& tile, const TileGrid& grid,
             const ModelInfo& info, int& rows_done, const OutputSink& sink);

}  // namespace imago
