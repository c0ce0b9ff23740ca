#include "compute/op.h"
#include "compute/ops/normalize.h"
namespace imago { const Op kNormalize = {.name="normalize", .shape=nullptr,.lower=nullptr,.reference=nullptr}; 
Tensor sum(Tensor x, Axes){return x;}
Tensor normalize(Tensor x, Axes, float){return x;}
Tensor dropout(Tensor x, float){return x;}
}
