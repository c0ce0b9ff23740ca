// The pixel shuffle as the fusion pass sees it.
#pragma once

namespace imago {

extern const struct Op kPixelShuffle;

}  // namespace imago
