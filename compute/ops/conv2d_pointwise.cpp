// Host side of shaders/conv2d_pointwise.comp: fully connected layers and other 1×1 convolutions of
// few channels, where repacking takes longer than computing.
#include "compute/ops/conv2d_texel.h"

namespace imago {
namespace {

// Beyond, the repacked form's fewer fetches of x for each output win.
constexpr int64_t kMostChannels = 128;

}  // namespace

bool can_lower_pointwise(const DeviceProperties& device, const ConvProblem& c) {
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  return prefers_texels(device) && c.w.h == 1 && c.w.w == 1 && c.stride() == 1 &&
         c.padding() == 0 && c.x.h == c.y.h && c.x.w == c.y.w && c.x.h * c.x.w % 4 == 0 &&
         c.x.c <= kMostChannels && c.y.c <= kMostChannels && c.x.elements() <= elements &&
         c.y.elements() <= elements && c.y.n <= device.max_groups[2];
}

void lower_pointwise(Lowering& l, const ConvProblem& c) {
  struct Push {
    int32_t in_channels, out_channels, texels;
    float a, b, scale;
  };
  const int64_t lanes = l.device().subgroup_size, texels = c.x.h * c.x.w / 4;
  const int64_t out = out_block(c);
  const bool transposed = c.settings.transposed, fours = !transposed && c.x.c % 4 == 0;
  Constants constants{u32(lanes), u32(out), transposed, fours};
  Binding x = l.input(0), w = l.input(1);
  Epilogue e = make_epilogue(l, c.settings, w, constants);
  x.texel4 = true;
  w.texel4 = fours;
  e.residual.texel4 = c.settings.has_residual;
  l.dispatch({.kernel = "conv2d_pointwise",
              .constants = constants,
              .bindings = {x, w, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(c.x.c), i32(c.y.c), i32(texels), e.a, e.b, e.scale},
              .groups = {u32(ceil_div(texels, lanes)), u32(ceil_div(c.y.c, out)), u32(c.y.n)},
              .flops = c.flops()});
}

}  // namespace imago
