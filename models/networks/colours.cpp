#include "models/networks/colours.h"

#include "compute/ops/ops.h"

namespace imago {

Tensor luma(Tensor x) {
  if (x.shape().c == 1) return x;
  const auto part = [&](int channel, float weight) {
    return affine(slice_channels(x, channel, channel + 1), weight, 0);
  };
  return add(add(part(0, 0.299f), part(1, 0.587f)), part(2, 0.114f));
}

Tensor with_coarse_colours(Tensor picture, Tensor x) {
  const Tensor means =
      upsample_nearest_dx(x - luma(x), kColourBlock) * (1.0f / (kColourBlock * kColourBlock));
  return upsample_bilinear(means, kColourBlock) + luma(picture);
}

Tensor with_luma(Tensor picture, Tensor x) { return x - luma(x) + luma(picture); }

}  // namespace imago
