// The mean of several passes over a picture that go through it together, band by band.
// Internal to models/translate.
#pragma once

#include "models/translate/output_parts.h"
#include "models/translate/planes.h"
#include "models/translate/tiles.h"

namespace imago {

/// Holds the rows of the mean that some passes have brought and others have not; those above go on.
class MeanRows {
 public:
  /// Of passes over so many shifts of a picture (cycle_spinning), `turns` over each, that are cut
  /// as `grid`.
  MeanRows(const PlaneReader& picture, const ModelInfo& info, const TileGrid& grid, int shifts,
           int turns = 1);

  /// Takes the parts of a pass over this shift. It must not outlive this.
  OutputSink sink_of(int shift);
  /// All passes have brought the band of the grid that `tile` lies in: what is complete by that
  /// goes to `sink`, as values.
  void finish_band(const Tile& tile, const OutputSink& sink);
  /// Whether a band, of this grid or one of lower bands, reaches below what has gone on.
  bool wants(const Tile& tile) const { return (tile.y + tile.height) * scale_ > first_; }
  /// All passes bring the bands that are wanted once more.
  void begin_again();

 private:
  const int height_, grid_height_;  // of the picture, and of what the passes see
  const int above_;                 // how far down the one lies in the other at most
  const int scale_;
  const ModelInfo& info_;
  const float weight_;  // of one pass
  Planes held_;         // the mean, from row first_ on
  int first_ = 0;
};

}  // namespace imago
