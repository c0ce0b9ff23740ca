// Resizing for data sets, where every pixel must be what other programs made of the same picture.
#pragma once

#include "models/data/picture.h"

namespace imago {

/// Bicubic (Keys 1981 with a = -1/2), antialiased: the kernel is widened by the factor of
/// reduction. Rows first, then columns, 8 bits between: what Pillow's resize(BICUBIC) gives, and so
/// what the networks of pytorch-CycleGAN-and-pix2pix and the bicubic tracks of super-resolution
/// were trained with. Sizes ≥ 1. (models/image's resize_plane serves looks: Lanczos and areas,
/// floats.)
Picture resize_bicubic(const Picture& picture, int width, int height);

}  // namespace imago
