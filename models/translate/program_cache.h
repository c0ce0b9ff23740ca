// A generator's compiled programs, kept for the next picture of the same shape.
#pragma once

#include <list>

#include "compute/vk/program.h"
#include "models/networks/generator.h"

namespace imago {

/// y before the clamp it ends in, if it does: a clamp makes numbers of what is infinite.
Tensor before_clamp(Tensor y);

/// The plan of `generator` for pictures of `shape`: input "x", output "y", which is not clamped to
/// the network's range, so that what is not finite can be seen in it.
Plan plan_network(const Generator& generator, const Shape& shape, const BuildOptions& build,
                  const DeviceProperties& device, const PlanOptions& options = {});

/// The last few programs, as long as they take little memory: the least recently used goes first.
/// What is given to the constructor must outlive it.
class ProgramCache {
 public:
  ProgramCache(Device& device, const Generator& generator, const Parameters& parameters,
               PlanOptions options);

  /// Valid until the next call of a function that is not const. Throws OutOfMemory, DeviceError.
  Program& get(const Shape& shape, const BuildOptions& build);

  /// Whether a program for `shape` alone would fit, whatever is kept now: nothing is, after the
  /// answer no.
  bool fits(const Shape& shape, const BuildOptions& build);

  /// A program of another graph of the same parameters; nothing else is kept beside it.
  Program compile(const Graph& graph);
  /// Whether it would take no more than this share of the free memory.
  bool fits(const Graph& graph, double share);

  void clear() { programs_.clear(); }

 private:
  struct Compiled {
    Shape shape;
    BuildOptions build;
    Program program;
  };

  Plan plan(const Shape& shape, const BuildOptions& build) const;
  void make_room_for(const Plan& plan);

  Device& device_;
  const Generator& generator_;
  const Parameters& parameters_;
  const PlanOptions options_;
  std::list<Compiled> programs_;  // most recently used first
};

}  // namespace imago
