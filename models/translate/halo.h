// How much of its surroundings a tile must see.
#pragma once

#include <functional>

#include "models/translate/planes.h"

namespace imago {

/// The distance, in input pixels, beyond which pixels of `picture` change the network's output by
/// less than 1e-5 of its range, or by no more than rounding does where that is more; measured, not
/// proven; at most `exact`, the theoretical radius.
///
/// Deep networks see theoretically hundreds of pixels far (ESRGAN 350), most of it next to
/// nothing: the effective receptive field is much smaller (Luo et al. 2016). A strip of the picture
/// is translated twice, once with its left part cut off; how far the cut shows is what is wanted. A
/// quarter is added for the rest of the picture. Where the cut shows too far, `exact` is returned.
///
/// `translate` runs the network on planes of any size; `multiple` and `scale` are the network's.
int measure_halo(const Planes& picture, int exact, int multiple, int scale, float output_range,
                 const std::function<Planes(const Planes&)>& translate);

/// The same as a property of the network alone: the largest of what three made pictures show (noise
/// of the network's full range, flat patches with hard edges, slow waves). Measured on pictures to
/// be translated instead, it would differ from one to the next, and what becomes of a picture would
/// depend on those before it.
int measure_halo(const ModelInfo& info, int exact,
                 const std::function<Planes(const Planes&)>& translate);

}  // namespace imago
