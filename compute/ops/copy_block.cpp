#include "compute/ops/copy_block.h"

#include "compute/ops/planes.h"

namespace imago {
namespace {

struct Steps {
  uint32_t begin, image, channel, row;
};

Steps steps(const BlockPlace& place) {
  const auto u32 = [](int64_t v) { return static_cast<uint32_t>(v); };
  const Shape& s = place.shape;
  return {u32((place.c * s.h + place.h) * s.w + place.w), u32(s.c * s.h * s.w), u32(s.h * s.w),
          u32(s.w)};
}

}  // namespace

void copy_block(Lowering& l, const Shape& size, const BlockPlace& from, const BlockPlace& to) {
  const auto has_whole_planes = [&](const BlockPlace& place) {
    return place.shape.h == size.h && place.shape.w == size.w;
  };
  const bool whole = has_whole_planes(from) && has_whole_planes(to);
  // Whole planes of neighbouring channels touch too: one long plane, so that tiny ones cost no
  // group each.
  const int64_t pixels = (whole ? size.c : 1) * size.h * size.w;
  struct Push {
    uint32_t pixels, width;
    Steps x, y;
  };
  const bool in_one_piece = whole && size == from.shape && size.n == 1;
  l.dispatch(over_planes(
      l, pixels, whole ? 1 : size.c, size.n,
      {.kernel = "copy_block",
       .constants = {whole},
       .bindings = {from.value, to.value},
       .push = Push{static_cast<uint32_t>(pixels), static_cast<uint32_t>(size.w), steps(from),
                    steps(to)},
       .flops = static_cast<double>(size.elements()),
       .copy_to = in_one_piece ? to.c * size.h * size.w * bytes_of(l.type(to.value)) : -1}));
}

}  // namespace imago
