// What sweeps (sweeps.h) hand on to each other, on the host.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compute/vk/program.h"
#include "models/translate/planes.h"
#include "models/translate/sweeps.h"
#include "models/translate/tiles.h"

namespace imago {

class SweepValues {
 public:
  /// Both must outlive it.
  SweepValues(const Sweeps& sweeps, const ModelInfo& info, const PlaneReader& picture);

  /// Before the tiles of a sweep: gives its program what is known of the picture.
  void begin(const Sweep& sweep, Program& program);
  /// Before each of its runs: the tile's window, and which of its values count.
  void give(const Sweep& sweep, const Tile& tile, Program& program) const;
  /// After each: its part of the statistics and of what is kept.
  void take(const Sweep& sweep, const Tile& tile, const Program& program);
  /// After the last tile.
  void end(const Sweep& sweep);

 private:
  /// Of values seen so far (Chan, Golub, LeVeque 1983).
  struct Moments {
    double count = 0, mean = 0, squares = 0;  // squares of distances from the mean
    void add(const Moments& other);
  };
  /// Rows or columns of a node: the tile's own, and where its window begins.
  struct Span {
    int64_t begin, end, window;
    int64_t size() const { return end - begin; }
  };

  Span span_of(int node, int begin, int size, int window, int whole) const;
  Span rows_of(int node, const Tile& tile) const;
  Span columns_of(int node, const Tile& tile) const;
  void give_window(int node, const Tile& tile, const PlaneReader& from, std::span<float> to,
                   const Shape& window) const;
  void measure(int node, const Tile& tile, const Program& program);
  void keep(int node, const Tile& tile, const Program& program);
  void settle(int node);

  const Sweeps& sweeps_;
  const int block_;
  const PlaneReader& picture_;
  std::map<std::string, std::vector<float>> known_;  // inputs of the programs, by name
  std::map<int, std::vector<Moments>> moments_;      // by measured node: of each channel
  std::vector<Planes> kept_, making_;                // one or none
};

}  // namespace imago
