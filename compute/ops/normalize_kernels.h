// What normalisation and its gradient share: groups of planes, their moments, and how GPUs take
// them.
#pragma once

#include "compute/graph/op.h"
#include "compute/ops/normalize.h"
#include "compute/plan/lowering.h"

namespace imago {

/// What is normalised together.
struct NormalizeGroups {
  int64_t count, planes;       // planes per group
  int64_t pixels, plane_step;  // elements of a plane, and from one plane of a group to the next

  int64_t elements() const { return planes * pixels; }  // of a group
};
NormalizeGroups normalize_groups(const Shape& x, const Axes& axes);

/// One of them for the references in fp64.
class ReferenceGroup {
 public:
  ReferenceGroup(const NormalizeGroups& groups, int64_t group, const HostArray& x)
      : groups_(groups), group_(group) {
    const double count = static_cast<double>(groups.elements());
    for_each([&](size_t i) { mean_ += x.values[i] / count; });
    for_each([&](size_t i) { variance_ += (x.values[i] - mean_) * (x.values[i] - mean_) / count; });
  }

  double mean() const { return mean_; }
  double variance() const { return variance_; }  // the biased one

  /// Calls function(size_t) with the place of every element.
  template <class Function>
  void for_each(Function function) const {
    for (int64_t plane = 0; plane < groups_.planes; ++plane)
      for (int64_t p = 0; p < groups_.pixels; ++p)
        function(static_cast<size_t>(group_ * groups_.pixels + plane * groups_.plane_step + p));
  }

 private:
  NormalizeGroups groups_;
  int64_t group_;
  double mean_ = 0, variance_ = 0;
};

/// As much of a group as a workgroup has registers for (shaders/include/parts.glsl): `size`
/// invocations with `rounds` fours each; size 0 unless reduces_in_workgroups.
struct GroupPart {
  int64_t size = 0, rounds = 0;
  int64_t unit = 1;  // neighbouring elements of a plane that are read at once

  int64_t elements() const { return size * rounds * 4; }
  bool holds(const NormalizeGroups& groups) const { return elements() >= groups.elements(); }
  /// The specialization constants of parts.glsl.
  Constants constants(const NormalizeGroups& groups) const;
};
GroupPart group_part(const DeviceProperties& device, const NormalizeGroups& groups);
std::array<uint32_t, 3> workgroups(const Lowering& lowering, int64_t count);

/// Elements that the other kernels read at once: four as a texel (those called _texel), or one.
int64_t elements_at_once(const DeviceProperties& device, const Shape& x);
Binding bound_at_once(ValueId value, int64_t at_once);

// Of the other kernels: long enough that few parts are left to join, short enough to fill a device.
inline constexpr int64_t kElementsPerInvocation = 64;
inline constexpr int64_t kPartsPerInvocation = 128;  // of what joins them

/// {rstd, mean, first} of each group of x; the mean is relative to the group's first element.
ByProduct moments_of(ValueId x, const NormalizeGroups& groups, float epsilon);
/// Computes them, unless a node before has.
ValueId lower_moments(Lowering& lowering, ValueId x, const Shape& shape, const Axes& axes,
                      float epsilon);

}  // namespace imago
