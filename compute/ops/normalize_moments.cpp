// Host side of shaders/moments*.comp and shaders/include/parts.glsl.
#include <algorithm>
#include <bit>

#include "compute/ops/intervals.h"
#include "compute/ops/normalize_kernels.h"
#include "compute/ops/texels.h"

namespace imago {
namespace {

constexpr int64_t kFour = 4, kMostRounds = 4;
constexpr int64_t kLeastSize = 64, kMostSize = 1024;
constexpr int64_t kSizeOfParts = 256;  // where a group has several: more workgroups than one
constexpr int64_t kSharedBytes = 8;    // an invocation's, at most

uint32_t u32(int64_t v) { return static_cast<uint32_t>(v); }

/// Joins parts until one is left of each group, and returns {rstd, mean, first} of each.
ValueId lower_combine(Lowering& l, ValueId x, const NormalizeGroups& g, ValueId parts,
                      int64_t per_group, float epsilon) {
  for (;;) {
    const int64_t chunks = ceil_div(per_group, kPartsPerInvocation);
    const bool last = chunks == 1;
    const ValueId joined = l.scratch(g.count * chunks * 12);
    struct Push {
      uint32_t groups, per_group, chunks, pixels;
      float epsilon;
    };
    l.dispatch({.kernel = "moments_combine",
                .constants = {last},
                .bindings = {x, parts, joined},
                .push = Push{u32(g.count), u32(per_group), u32(chunks), u32(g.pixels), epsilon},
                .groups = l.flat_groups(g.count * chunks),
                .flops = static_cast<double>(g.count * per_group) * 8});
    if (last) return joined;
    parts = joined;
    per_group = chunks;
  }
}

ValueId lower_in_parts(Lowering& l, ValueId x, const NormalizeGroups& g, const GroupPart& part,
                       float epsilon) {
  const int64_t per_group = ceil_div(g.elements(), part.elements());
  const ValueId parts = l.scratch(g.count * per_group * 12);
  struct Push {
    uint32_t groups, per_group, pixels, plane_step, units;
  };
  l.dispatch({.kernel = "moments_part",
              .constants = part.constants(g),
              .bindings = {x, parts},
              .push = Push{u32(g.count), u32(per_group), u32(g.pixels / part.unit),
                           u32(g.plane_step / part.unit), u32(g.elements() / part.unit)},
              .groups = workgroups(l, g.count * per_group),
              .flops = static_cast<double>(g.count * g.elements()) * 5});
  return lower_combine(l, x, g, parts, per_group, epsilon);
}

ValueId lower_in_chunks(Lowering& l, ValueId x, const NormalizeGroups& g, int64_t at_once,
                        float epsilon) {
  const int64_t chunks = ceil_div(g.pixels, kElementsPerInvocation);
  const int64_t per_group = g.planes * chunks;
  const ValueId parts = l.scratch(g.count * per_group * 12);
  struct Push {
    uint32_t groups, planes, chunks, pixels, plane_step;
  };
  l.dispatch({.kernel = at_once == 4 ? "moments_texel" : "moments",
              .constants = {},
              .bindings = {bound_at_once(x, at_once), parts},
              .push = Push{u32(g.count), u32(g.planes), u32(chunks), u32(g.pixels / at_once),
                           u32(g.plane_step / at_once)},
              .groups = l.flat_groups(g.count * per_group),
              .flops = static_cast<double>(g.count * g.planes * g.pixels) * 4});
  return lower_combine(l, x, g, parts, per_group, epsilon);
}

}  // namespace

NormalizeGroups normalize_groups(const Shape& x, const Axes& axes) {
  return {axes.n ? x.c : x.n * x.c, axes.n ? x.n : 1, x.h * x.w, x.c * x.h * x.w};
}

Constants GroupPart::constants(const NormalizeGroups& groups) const {
  return {u32(size), u32(size), u32(rounds), unit == kFour, groups.planes > 1};
}

bool reduces_in_workgroups(const DeviceProperties& device) {
  const auto least = static_cast<uint32_t>(kLeastSize);
  return device.kind != DeviceProperties::Kind::cpu && device.subgroup_arithmetic &&
         device.max_group_invocations >= least && device.max_group_size[0] >= least &&
         device.shared_memory_bytes >= kLeastSize * kSharedBytes;
}

GroupPart group_part(const DeviceProperties& device, const NormalizeGroups& g) {
  if (!reduces_in_workgroups(device)) return {};
  const int64_t runs =
      std::min({int64_t{device.max_group_invocations}, int64_t{device.max_group_size[0]},
                device.shared_memory_bytes / kSharedBytes, kMostSize});
  const auto most = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(runs)));
  const int64_t wanted = ceil_div(g.elements(), kFour * kMostRounds);
  GroupPart part;
  part.unit = g.pixels % kFour == 0 ? kFour : 1;
  part.size = wanted > most
                  ? std::min(most, kSizeOfParts)
                  : std::max(kLeastSize,
                             static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(wanted))));
  part.rounds = std::min(kMostRounds, ceil_div(g.elements(), kFour * part.size));
  return part;
}

std::array<uint32_t, 3> workgroups(const Lowering& l, int64_t count) {
  return l.flat_groups(count * 64);
}

int64_t elements_at_once(const DeviceProperties& device, const Shape& x) {
  return x.h * x.w % kFour == 0 && prefers_flat_texels(device, x.elements()) ? kFour : 1;
}

Binding bound_at_once(ValueId value, int64_t at_once) {
  Binding binding(value);
  binding.texel4 = at_once == kFour;
  return binding;
}

ByProduct moments_of(ValueId x, const NormalizeGroups& g, float epsilon) {
  return {"moments", {x}, {g.count, g.planes, g.pixels, Lowering::bits(epsilon)}};
}

ValueId lower_moments(Lowering& l, ValueId x, const Shape& shape, const Axes& axes, float epsilon) {
  const NormalizeGroups g = normalize_groups(shape, axes);
  const ByProduct key = moments_of(x, g, epsilon);
  if (const ValueId known = l.kept(key); known >= 0) return known;
  const GroupPart part = group_part(l.device(), g);
  const ValueId moments =
      part.size > 0 ? lower_in_parts(l, x, g, part, epsilon)
                    : lower_in_chunks(l, x, g, elements_at_once(l.device(), shape), epsilon);
  l.keep(key, moments);
  return moments;
}

}  // namespace imago
