// What an op is: a constant record of functions that a node points at. There is no list of ops
// anywhere; a record exists because some function in ops.h makes nodes with it.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "compute/graph/graph.h"

namespace imago {

class Lowering;

/// What an optimizer is told before a step (optimize.h).
struct OptimizerStep {
  float learning_rate = 0;
  float first_correction = 1, second_correction = 1;  // Adam: 1 / (1 - beta^t)
  float loss_scale = 1;  // what this optimizer's losses are multiplied by (ops/loss_scale.h)
};

/// What changes from run to run without recording the commands again.
struct StepParams {
  static constexpr int kOptimizers = 4;

  uint32_t seed_low = 0, seed_high = 0;
  uint32_t step = 0;
  uint32_t reserved = 0;
  std::array<OptimizerStep, kOptimizers> optimizers = {};
};

/// A tensor on the host in double precision, for the reference implementation.
struct HostArray {
  Shape shape;
  std::vector<double> values;

  double& at(int64_t n, int64_t c, int64_t h, int64_t w) {
    return values[static_cast<size_t>(((n * shape.c + c) * shape.h + h) * shape.w + w)];
  }
  double at(int64_t n, int64_t c, int64_t h, int64_t w) const {
    return values[static_cast<size_t>(((n * shape.c + c) * shape.h + h) * shape.w + w)];
  }
};

/// Rows (or columns) `low`…`high` of a tensor, both included.
struct Interval {
  int64_t low = 0, high = 0;
};

/// What the gradient rule of a node is given: its inputs, its output and the gradient of the loss
/// with respect to that output.
struct Backward {
  std::vector<Tensor> x;
  Tensor y, dy;
  Attributes attributes;
  std::vector<bool> wanted;  // whether anybody asks for the gradient of x[i]
};

struct Op {
  const char* name;

  /// Output shape, or ShapeError. May be null for leaves.
  Shape (*shape)(std::span<const Shape> inputs, const Attributes& attributes);

  /// Appends the dispatches that compute the node (lowering.h).
  void (*lower)(Lowering& lowering, const Node& node);

  /// The formula in plain fp64 loops: `output.shape` is set and its values are zero. The oracle of
  /// the op's test and of the golden-tile check.
  void (*reference)(std::span<const HostArray* const> inputs, const Attributes& attributes,
                    const StepParams& step, HostArray& output);

  /// The receptive field of output rows `rows`: the input rows they depend on, columns alike; null:
  /// the same rows.
  Interval (*reach)(const Attributes& attributes, std::span<const Shape> inputs,
                    Interval rows) = nullptr;

  /// True if every output pixel depends on the whole picture; null: none does.
  bool (*global)(const Attributes& attributes, std::span<const Shape> inputs) = nullptr;

  /// Of a fused op: the same value in primitives; documentation, test oracle and, where there is no
  /// `grad`, gradient at once.
  Tensor (*decompose)(std::span<const Tensor> inputs, const Attributes& attributes) = nullptr;

  /// Appends nodes for the gradient of the loss with respect to each input, in the inputs' shapes;
  /// an empty Tensor where it is not wanted or zero. Its nodes have gradient rules themselves.
  std::vector<Tensor> (*grad)(const Backward& backward) = nullptr;

  /// How the output lies in memory. `view`: it is the memory of the first input, unchanged.
  /// `update`: the first input is a parameter and is overwritten (Graph::update).
  enum class Memory { own, view, update };
  Memory memory = Memory::own;

  /// Where values are stored in fp16 (plan/half.h): is given how the inputs are stored and how
  /// those who read the output had best have it, and changes both to what the op's kernels take;
  /// null: fp32 alone.
  void (*types)(const Attributes& attributes, std::span<NumberType> inputs,
                NumberType& output) = nullptr;

  /// True if the output is much smaller than the input: the op is run as soon as its input is
  /// there, wherever in the graph it was appended, so that the input need not be kept for it.
  bool schedule_early = false;

  /// True if the output is little and made of what another reader of the input leaves behind
  /// (Lowering::keep): the op is run after the next of these, where only updates wait for it.
  bool schedule_after_reader = false;
};

/// For `types`: the output is stored as the first input is.
void type_of_first(const Attributes&, std::span<NumberType> inputs, NumberType& output);

/// "conv2d: x is 1x3x8x8, w is …": throws ShapeError with the op's name and all input shapes.
[[noreturn]] void throw_shape_error(const char* op, const std::string& what,
                                    std::span<const Shape> inputs);

/// The leaves.
extern const Op kInput;
extern const Op kParameter;

}  // namespace imago
