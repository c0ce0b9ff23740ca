// A compiled graph on paper: dispatches in order and a place in memory for every value. Making a
// plan touches no device memory, so whoever chooses tile sizes can compare plans.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/plan/blocks.h"
#include "compute/plan/lowering.h"

namespace imago {

struct Plan {
  struct Port {  // an input or output of the graph
    std::string name;
    Shape shape;
    ValueId value;
  };

  std::vector<Value> values;
  std::vector<ValueId> alias_of;      // of each value: the one whose memory it lies in, or itself
  std::vector<int64_t> alias_offset;  // and the byte of that one where it begins
  std::vector<Location> locations;    // of each value in the arena or among the constants
  std::vector<bool> constant;         // computed from parameters alone: placed among the constants

  /// Dispatches that depend on parameters alone: run once when a program is made.
  std::vector<Dispatch> prologue;
  std::vector<Dispatch> dispatches;
  std::vector<Port> inputs, outputs;

  int64_t largest_block = 0;  // the most bytes that are allocated at once (plan/blocks.h)
  std::vector<int64_t> arena_blocks, constant_blocks;  // bytes of each block

  int64_t arena_bytes = 0;        // one run's working memory, after planned aliasing
  int64_t lower_bound_bytes = 0;  // largest set of values alive at once: no plan can do better
  int64_t constant_bytes = 0;     // packed weights and the like, next to the parameters
  double flops = 0;               // of one run, as the dispatches estimate it

  std::vector<TuningChoice> choices;  // where there were several kernels
};

/// Finds values that may lie inside another from the start, so that copying them there (concat)
/// is not needed, and drops those copies. Fills alias_of and alias_offset. Used by make_plan.
void share_copies(Plan& plan);

struct PlanOptions {
  bool fuse = true;
  NumberType storage = NumberType::fp32;  // of values and filters; fp16: plan/half.h
  bool gradient_checkpointing = false;    // plan/gradient_checkpointing.h
  bool fold_constants = true;  // what depends on parameters alone is computed once; training: false
  bool alias = true;           // values that are never alive together share memory
  int64_t guard_bytes = 0;     // left free after each value; for tests
  std::shared_ptr<const TuningTable> tuning = {};  // which kernels; none: the first of each
  /// From the graph's name of a parameter to that in the Parameters set, where they differ: the
  /// averages of trained weights (EMA) in place of the weights, say.
  std::function<std::string(const std::string&)> parameter_names = {};
};

/// By node: whether an output or an update depends on it.
std::vector<bool> reachable(const Graph& graph);

/// Fuses, lowers and plans. Throws OutOfMemory where one value exceeds a limit of the device.
Plan make_plan(const Graph& graph, const DeviceProperties& device, const PlanOptions& options = {});

/// Rewrites chains of primitives into fused ops (fuse.cpp says which). `source`'s outputs keep
/// their names and values. Used by make_plan.
void fuse(const Graph& source, Graph& target, const DeviceProperties& device);

}  // namespace imago
