// A generator's compiled programs, kept for the next picture of the same shape.
#pragma once

#include <list>

#include "compute/vk/program.h"
#include "models/networks/generator.h"
#include "models/translate/picture_bytes.h"

namespace imago {

/// y before the clamp it ends in, if it does: a clamp makes numbers of what is infinite.
Tensor before_clamp(Tensor y);

/// The plan of `generator` for pictures of `shape`: input "x", output "y", which is not clamped to
/// the network's range, so that what is not finite can be seen in it. Where `ports` says bytes
/// (compute/ops/bytes.h): inputs "pixels" and "levels" in place of x, output "pixels", made with
/// the input "thresholds", in place of y.
Plan plan_network(const Generator& generator, const Shape& shape, const BuildOptions& build,
                  const DeviceProperties& device, const PlanOptions& options = {},
                  const Ports& ports = {});

/// The last few programs, as long as they take little memory: the least recently used goes first.
/// What is given to the constructor must outlive it. Kernels are those of PlanOptions::tuning,
/// where that is given, else chosen for the device (vk/tune.h).
class ProgramCache {
 public:
  ProgramCache(Device& device, const Generator& generator, const Parameters& parameters,
               PlanOptions options);

  /// Valid until the next call of a function that is not const. Throws OutOfMemory, DeviceError.
  Program& get(const Shape& shape, const BuildOptions& build, const Ports& ports = {});

  /// Whether a program for `shape` alone would fit, whatever is kept now: nothing is, after the
  /// answer no.
  bool fits(const Shape& shape, const BuildOptions& build);

  /// A program of another graph of the same parameters; nothing else is kept beside it.
  Program compile(const Graph& graph);
  /// Whether it would take no more than this share of the free memory.
  bool fits(const Graph& graph, double share);

  /// Whether this is what was asked for last.
  bool holds_newest(const Shape& shape, const BuildOptions& build, const Ports& ports) const {
    return !empty() && programs_.front().is(shape, build, ports);
  }
  bool empty() const { return programs_.empty(); }
  void clear() { programs_.clear(); }

 private:
  struct Compiled {
    Shape shape;
    BuildOptions build;
    Ports ports;
    Program program;

    bool is(const Shape& s, const BuildOptions& b, const Ports& p) const {
      return shape == s && build == b && ports == p;
    }
  };

  /// With the first kernels there are: whether it fits does not depend on what was measured.
  Plan plan(const Shape& shape, const BuildOptions& build, const Ports& ports) const;
  Plan tuned_plan(const Graph& graph) const;
  void make_room_for(const Plan& plan);

  Device& device_;
  const Generator& generator_;
  const Parameters& parameters_;
  const PlanOptions options_;
  std::list<Compiled> programs_;  // most recently used first
};

}  // namespace imago
