// Adaptive discriminator augmentation (ADA): "Training Generative Adversarial Networks with Limited
// Data", Karras et al. 2020. The discriminator sees no picture as it is, neither real nor
// generated: each is changed by chance, more the surer the discriminator is, so that it cannot
// learn a few pictures by heart; and the generator learns from a discriminator that has seen
// changed ones only.
#pragma once

#include "compute/ops/ops.h"

namespace imago {

/// What the authors' code calls "bgc": geometry and colours, each change with a probability of its
/// own for each picture.
struct AugmentOptions {
  bool adaptive = false;  // false: pictures stay as they are
  float target = 0.6f;    // of how sure D is: the mean sign of its logits of real pictures
  /// In how many pictures the probability may rise from 0 to 1.
  float pictures = 500000;
};

/// The numbers that change one picture, {N,1,1,1} each; those of no change are the defaults, empty
/// tensors. Angles are pairs of cosine and sine.
struct Turn {
  Tensor cosine, sine;
};
struct PictureChanges {
  Tensor flip;                    // -1: mirrored left to right, else 1
  Turn quarter;                   // by multiples of 90 degrees
  Tensor shift_x, shift_y;        // whole pixels
  Tensor scale;                   // how many times as large
  Turn before, after;             // rotations before and after
  Tensor stretch;                 // this many times as wide, and as high as its inverse
  Tensor fraction_x, fraction_y;  // pixels
  Tensor brightness, contrast;    // added; times
  Tensor luma_flip;               // -1: light becomes dark, else 1
  Turn hue;                       // around the grey axis
  Tensor saturation;              // times
};

/// New numbers for N pictures of this shape, each change with probability p {1,1,1,1}: appendix B,
/// without image-space filtering and corruptions.
PictureChanges draw_changes(Graph& graph, const Shape& pictures, Tensor p);

/// The places that pixels of the result are taken from (affine_sample), {N,6,1,1}: the inverse of
/// all geometric changes.
Tensor places_of(const PictureChanges& changes);
/// x {N, 1 or 3, H, W} with other colours; 0 is the middle of the range.
Tensor recoloured(Tensor x, const PictureChanges& changes);

/// The name of the parameter that holds the probability, {1,1,1,1}, which begins at 0.
inline constexpr const char* kAugmentProbability = "augment.p";

/// Pictures as the discriminator sees them; themselves where nothing is augmented. Sampling is
/// bilinear, where the authors filter by wavelets.
Tensor augmented(Graph& graph, Tensor pictures, const AugmentOptions& options);

/// Appends the rule by which the probability follows from D's logits of augmented real pictures
/// (section 3.1): r_t, their mean sign, averaged over about four steps ("augment.sign"), should be
/// `target`; above it p rises by batch / `pictures`, below it falls. Returns the new p.
/// `threshold`: between D's fake and real.
Tensor adapt_augmentation(Graph& graph, Tensor real_logits, float threshold,
                          const AugmentOptions& options);

}  // namespace imago
