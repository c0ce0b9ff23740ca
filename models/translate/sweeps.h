// Networks that look at the whole picture through means and variances alone (instance norm, group
// norm, batch norm of the picture, squeeze and excitation), taken apart so that they can be run on
// tiles all the same.
//
// A sweep runs a part of the network on every tile of the picture. It takes the statistics of what
// the next norm sees, over all tiles and each value once; in the sweeps after it they are given.
// What comes before a norm is computed anew in every later sweep, unless the host has room for the
// values of a layer that everything after it is made of: then these are kept and the later sweeps
// begin there.
#pragma once

#include <optional>
#include <vector>

#include "compute/graph/graph.h"
#include "compute/graph/op.h"
#include "models/networks/generator.h"

namespace imago {

/// Nodes are numbered as the generator adds them to a graph; the picture is node 0.
struct Sweep {
  int source = 0;             // read: the picture, or what an earlier sweep has kept
  std::vector<int> measured;  // norms, and sums over the picture, whose statistics it takes
  int made = -1;              // computed: to be kept, or the result; -1: only statistics
};

/// The place of a node's values in the picture: a block of the picture's rows (columns alike), of
/// ModelInfo::multiple, has so many rows of the node, which has so many more at the two borders
/// together (fewer where negative).
struct Extent {
  int64_t per_block = 0, border = 0;
};

class Sweeps {
 public:
  /// For pictures of this size, multiples of ModelInfo::multiple. `kept_bytes`: what the host may
  /// hold of layers' values at once.
  Sweeps(const Generator& generator, int width, int height, const BuildOptions& build,
         int64_t kept_bytes);
  Sweeps(const Sweeps&) = delete;

  /// In the order in which they must run; the last makes the result. None where the network cannot
  /// be taken apart.
  const std::vector<Sweep>& list() const { return list_; }

  /// How far tiles must see beyond their edges, in pixels of the picture, a multiple of
  /// ModelInfo::multiple.
  int halo(const Sweep& sweep) const;

  /// The part of the network that the sweep runs on a window of this size.
  ///
  /// Inputs: "picture", "kept" (the source if it is no picture); of each norm measured before:
  /// "mean N" and "rstd N" {1,C,1,1}, of each sum "sum N"; of each node that is measured: "mask N"
  /// {1,1,h,w}, one where its values count and zero elsewhere, and "share N" {1,1,1,1}, one divided
  /// by how many do. N is the node. Outputs: "made"; of each node that is measured, by channel of
  /// what it sees: "mean N", and the sums of what is left of the values without that mean ("rest N"
  /// {1,C,1,1}) and of their squares ("squares N").
  /// Throws Error for a network that is built otherwise for a window than for the picture.
  void build(Graph& graph, const Sweep& sweep, int window_width, int window_height) const;

  /// Of a node in the network for the whole picture.
  const Node& node(int id) const { return whole_.node(id); }
  Extent extent(int id) const;
  /// What a measured node takes the statistics of.
  int seen_by(int id) const;
  int result() const { return result_; }

 private:
  class Copier;

  bool can_be_taken_apart();
  bool find_places();
  bool is_spatial(int id) const { return spatial_[static_cast<size_t>(id)]; }
  void find_rounds();
  int last_separator(int source, int round, int64_t bytes) const;
  void plan(int64_t kept_bytes);

  const Generator& generator_;
  const BuildOptions build_;
  Graph whole_, larger_;  // for the picture, and for one a block larger to the right and below
  int result_ = 0;
  std::vector<bool> alive_;                 // by node: the result depends on it
  std::vector<bool> spatial_;               // by node: its rows are rows of the picture
  std::vector<std::optional<int>> folded_;  // by node: reshaped from this one, element by element
  std::vector<int> statistics_;             // nodes that look at the whole picture
  std::vector<int> rounds_;                 // by node: sweeps that must have measured before it
  std::vector<Sweep> list_;
};

/// What an input or output of a sweep's program is called that belongs to a node.
std::string sweep_port(const char* what, int node);

}  // namespace imago
