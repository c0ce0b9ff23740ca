// The reshaping op as other files see it.
#pragma once

namespace imago {

/// Its attributes are the Shape that it gives.
extern const struct Op kReshape;

}  // namespace imago
