// The graph: what is to be computed, and nothing about how or where.
//
// A model builds a graph from the functions of ops.h; `make_plan` (plan/plan.h) fuses it, plans its
// memory and turns it into recorded Vulkan commands. Nodes are appended in topological order and
// are immutable once added, so a node's inputs always have smaller ids than the node itself.
#pragma once

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "compute/graph/number_type.h"
#include "compute/graph/shape.h"

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
  unsigned char bytes_[64] = {};
};

/// A handle to the output of one node: cheap to copy, valid as long as its graph.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Graph* graph, int id) : graph_(graph), id_(id) {}

  Shape shape() const;  // by value: nodes move when the graph grows
  NumberType type() const;
  Graph& graph() const { return *graph_; }
  int id() const { return id_; }
  explicit operator bool() const { return graph_ != nullptr; }

 private:
  Graph* graph_ = nullptr;
  int id_ = -1;
};

/// What a parameter is before any training; who trains decides what "weight" means.
struct InitialValue {
  enum class Kind : int {
    weight,      // of a convolution: random, by the training's own choice of distribution
    norm_scale,  // of a normalisation: around one
    constant,    // `value` everywhere
    direction,   // random, of length one (spectral norm's vectors)
    normal,      // random, of mean 0 and deviation `value`, whatever the training's choice
  };
  Kind kind = Kind::weight;
  float value = 0;

  /// True of what has four dimensions in a checkpoint, not one.
  bool is_filter() const { return kind == Kind::weight || kind == Kind::normal; }
};

struct Node {
  const Op* op = nullptr;
  Shape shape;
  std::vector<int> inputs;
  Attributes attributes;               // of a parameter: its InitialValue
  std::string name;                    // of inputs and parameters only
  NumberType type = NumberType::fp32;  // plan/half.h makes others
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A value the caller writes before each run.
  Tensor input(const std::string& name, Shape shape);

  /// A value that lives in a `Parameters` set (program.h) under this name and is shared by all
  /// programs of the set. Asking twice for one name gives one node, or, once the graph has updated
  /// it, the updated value; asking with another shape throws ShapeError.
  Tensor parameter(const std::string& name, Shape shape, InitialValue initial = {},
                   NumberType type = NumberType::fp32);

  /// The name of the parameter that this tensor is, before or after an update; else empty.
  std::string parameter_name(Tensor tensor) const;
  /// All parameters by name, as they are now.
  const std::map<std::string, int>& parameters() const { return parameters_; }

  /// Overwrites a parameter: appends a node whose op updates its first input, the parameter's
  /// present value. What was read before keeps the old value; the result, which `parameter` gives
  /// from here on, is the new one, and stays for the next run.
  Tensor update(const Op& op, const std::vector<Tensor>& inputs, const Attributes& attributes = {});

  /// Marks a tensor to be read back after each run under `name`.
  void output(const std::string& name, Tensor tensor);

  /// Appends a node; its shape comes from `op.shape`. Ops' own functions (ops.h) call this.
  Tensor add(const Op& op, const std::vector<Tensor>& inputs, const Attributes& attributes = {},
             NumberType type = NumberType::fp32);

  /// A number for a node that draws random values: with the seed and the step it selects the
  /// node's own stream, so that no two nodes draw the same values.
  uint32_t next_random_stream() { return random_streams_++; }
  /// The next such node has this stream. For graphs that are run with one seed and step and must
  /// not draw the same values: each begins elsewhere.
  void random_streams_from(uint32_t first) { random_streams_ = first; }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(int id) const { return nodes_[static_cast<size_t>(id)]; }
  struct Output {
    std::string name;
    int node;
  };
  const std::vector<Output>& outputs() const { return outputs_; }

  /// The nodes that update parameters, in the order they were appended.
  const std::vector<int>& updates() const { return updates_; }
  /// True if the node is a parameter's value from before an update: nothing new may read it.
  bool is_superseded(int id) const { return superseded_.contains(id); }

 private:
  std::vector<Node> nodes_;
  std::vector<int> updates_;
  std::set<int> superseded_;
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
