// Pictures of a data set as planes. Internal to models/measure.
#pragma once

#include <vector>

#include "compute/graph/shape.h"
#include "models/translate/planes.h"

namespace imago {

/// The one picture of a batch of one.
Planes planes_of(const Shape& shape, const std::vector<float>& values);

/// Grey repeated, or RGB weighed to grey by BT.601. Throws ShapeError for other channels.
Planes with_channels(const Planes& picture, int channels);

/// By area where it becomes smaller, else bilinear; the picture itself where it has this size.
Planes resized(const Planes& picture, int width, int height);

}  // namespace imago
