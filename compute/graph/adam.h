// The settings of the optimizer that GANs are trained with; `minimize` (optimize.h) takes them.
#pragma once

namespace imago {

/// Kingma & Ba 2015, Algorithm 1; `weight_decay` adds weight_decay * p to the gradient (L2).
struct Adam {
  float beta1 = 0.9f, beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0;
  float clip_norm = 0;  // scales all gradients together so that their norm is at most this; 0: off
};

}  // namespace imago
