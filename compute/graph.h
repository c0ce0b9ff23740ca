// The graph: what is to be computed, and nothing about how or where.
//
// A model builds a graph from the functions of ops.h; `compile` (program.h) fuses it, plans its
// memory and turns it into recorded Vulkan commands. Nodes are appended in topological order and
// are immutable once added, so a node's inputs always have smaller ids than the node itself.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "compute/shape.h"

namespace imago {

class Graph;
struct Op;

/// Fixed-size storage for an op's settings (stride, padding, slope…). Each op reads and writes it
/// as its own small trivially copyable struct; comparable byte for byte.
class Attributes {
 public:
  Attributes() = default;
  template <class T>
  requires std::is_trivially_copyable_v<T> Attributes(
      const T& settings) {  // NOLINT: implicit on purpose
    static_assert(sizeof(T) <= sizeof(bytes_));
    std::memcpy(bytes_, &settings, sizeof(T));
  }
  template <class T>
  T as() const {
    static_assert(sizeof(T) <= sizeof(bytes_));
    T settings;
    std::memcpy(&settings, bytes_, sizeof(T));
    return settings;
  }
  bool operator==(const Attributes&) const = default;

 private:
  unsigned char bytes_[48] = {};
};

/// A handle to the output of one node: cheap to copy, valid as long as its graph.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Graph* graph, int id) : graph_(graph), id_(id) {}

  const Shape& shape() const;
  Graph& graph() const { return *graph_; }
  int id() const { return id_; }
  explicit operator bool() const { return graph_ != nullptr; }

 private:
  Graph* graph_ = nullptr;
  int id_ = -1;
};

struct Node {
  const Op* op = nullptr;
  Shape shape;
  std::vector<int> inputs;
  Attributes attributes;
  std::string name;  // of inputs and parameters only
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A value the caller writes before each run.
  Tensor input(const std::string& name, Shape shape);

  /// A value that lives in a `Parameters` set (program.h) under this name; the same from run to
  /// run and shared by all programs of the set. Asking twice for one name gives one node; asking
  /// with another shape throws ShapeError.
  Tensor parameter(const std::string& name, Shape shape);

  /// Marks a tensor to be read back after each run under `name`.
  void output(const std::string& name, Tensor tensor);

  /// Appends a node; its shape comes from `op.shape`. Ops' own functions (ops.h) call this.
  Tensor add(const Op& op, const std::vector<Tensor>& inputs, const Attributes& attributes = {});

  /// A number for a node that draws random values: with the seed and the step it selects the
  /// node's own stream, so that no two nodes draw the same values.
  uint32_t next_random_stream() { return random_streams_++; }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(int id) const { return nodes_[static_cast<size_t>(id)]; }
  struct Output {
    std::string name;
    int node;
  };
  const std::vector<Output>& outputs() const { return outputs_; }

 private:
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
  std::map<std::string, int> parameters_;
  uint32_t random_streams_ = 0;
};

/// How far one output pixel sees: input rows and columns further away than this many input pixels
/// cannot change it (theoretical receptive field, Araujo et al. 2019). -1 where the network has
/// statistics over the whole image (instance norm, batch norm of the batch).
/// `block`: input sides are multiples of this, and tiles begin at multiples of it.
int receptive_radius(const Graph& graph, Tensor input, Tensor output, int block = 1);

}  // namespace imago
