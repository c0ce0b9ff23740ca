// Running the operators of an ONNX graph into our own graph, at one picture size.
//
// What depends on constants and sizes alone is computed at once, as numbers (Folded); what depends
// on the picture becomes nodes of the graph. ONNX's tensors have any number of dimensions, ours
// four: a Value knows both.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compute/ops/ops.h"
#include "models/checkpoint/onnx.h"
#include "models/networks/generator.h"

namespace imago::onnx {

using Dims = std::vector<int64_t>;

/// Numbers that are known before the picture: sizes, paddings, factors. At most kMostFolded.
struct Folded {
  Dims dims;
  std::vector<double> values;
  bool integer = true;
};
inline constexpr int64_t kMostFolded = 64;
/// Pixels that a layer adds or takes away at a side.
inline constexpr int64_t kMostBorder = 4096;

/// What a name of the ONNX graph stands for: numbers, or a tensor. The memory of `tensor` is a
/// dense array of `dims`; ONNX sees its axes in `order`, which is 0, 1, 2… but for what a Transpose
/// left.
struct Value {
  Tensor tensor;
  Dims dims;
  std::vector<int> order;
  std::shared_ptr<const Folded> folded;

  bool in_order() const;
  /// The dimensions as ONNX sees them.
  Dims seen() const;
};

/// An ONNX graph and what is known of it before any picture.
struct Network {
  OnnxModel model;                          // its weights are `apart`
  std::map<std::string, Shape> parameters;  // of each weight, the shape of its parameter
  std::map<std::string, Dims> weight_dims;  // and the one ONNX sees
  std::map<std::string, Folded> constants;  // initializers whose numbers are known
  // Of a graph that was exported for one picture size: what its nodes (by index) did there, to be
  // done at every size. Resize: the factor; Slice: whether it takes all.
  std::map<size_t, int64_t> fixed_factors;
  bool knows_fixed = false;
};

class Run {
 public:
  Run(const Network& network, Graph& graph, const BuildOptions& options)
      : network_(network), graph_(graph), options_(options) {}

  /// x {N, C, H, W} as the ONNX graph takes it -> its output as it gives it. Throws Error naming
  /// the node that cannot be run.
  Tensor operator()(Tensor x);
  /// What the nodes of a graph of one picture size did.
  std::map<size_t, int64_t> fixed_factors;

  // --- for the operators ---
  const Network& network() const { return network_; }
  Graph& graph() { return graph_; }
  int64_t opset() const { return network_.model.opset; }
  size_t node_index() const { return index_; }

  bool has(const OnnxNode& node, size_t input) const;
  const Value& value(const OnnxNode& node, size_t input) const;
  /// The numbers of an input. Throws Error where they depend on the picture.
  const Folded& numbers(const OnnxNode& node, size_t input) const;
  std::vector<int64_t> integers(const OnnxNode& node, size_t input) const;
  /// The one number of an input; `otherwise` if it is left out.
  double number(const OnnxNode& node, size_t input, double otherwise) const;
  /// The input as a picture {N, C, H, W}: 4 dimensions in order.
  Tensor picture(const OnnxNode& node, size_t input);
  /// The input as a tensor whose dimensions are those ONNX sees, to the right.
  Tensor tensor(const OnnxNode& node, size_t input);
  /// The input, one number per channel, as {1, C, 1, 1}.
  Tensor channels(const OnnxNode& node, size_t input);

  [[noreturn]] static void refuse(const std::string& why);

 private:
  Tensor parameter(const std::string& name);
  Value initial(const std::string& name);
  void run_node(const OnnxNode& node);

  const Network& network_;
  Graph& graph_;
  const BuildOptions& options_;
  std::map<std::string, Value> values_;
  size_t index_ = 0;
};

/// A value of a tensor that ONNX sees with these dimensions, which fill the last of its four.
Value value_of(Tensor tensor, Dims dims);
/// A value of a picture {N, C, H, W}.
Value value_of(Tensor tensor);
Value value_of(Folded folded);
/// The last of the four dimensions: {C, 1, 1} is {1, C, 1, 1}. Throws Error for more than four.
Shape shape_of(const Dims& dims);
int64_t elements_of(const Dims& dims);
/// Axis -1 is the last one. Throws Error if there is no such axis.
int axis_of(int64_t axis, size_t rank);
/// An attribute that became an input at opset `since`.
std::vector<int64_t> list_of(Run& run, const OnnxNode& node, const char* attribute, size_t input,
                             int64_t since);

/// What an operator makes, one value for each of the node's outputs.
using Operator = std::vector<Value> (*)(Run& run, const OnnxNode& node);
using Operators = std::map<std::string, Operator>;
const Operators& elementwise_operators();  // elementwise.cpp
const Operators& layer_operators();        // layers.cpp
const Operators& resize_operators();       // resize.cpp
const Operators& moving_operators();       // moving.cpp
const Operator* find_operator(const std::string& op_type);

/// The result where all inputs are numbers; empty for operators that have none (fold.cpp).
std::vector<Folded> fold(const OnnxNode& node, const std::vector<const Folded*>& inputs,
                         int64_t opset);
bool can_fold(const std::string& op_type);

}  // namespace imago::onnx
