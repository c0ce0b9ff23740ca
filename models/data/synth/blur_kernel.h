// Blur kernels of the degradations that super-resolution networks learn to undo.
#pragma once

#include <vector>

namespace imago {

enum class KernelShape { gaussian, generalised, plateau };

/// Ellipses of blur: with d² the squared Mahalanobis distance from the centre, exp(-d²/2),
/// exp(-d²ᵝ/2) or 1 / (1 + d²ᵝ) (Liu, Anwar, Porikli, Torresani 2020; Wang et al. 2021, section
/// 3.2.1).
struct BlurShape {
  KernelShape kind = KernelShape::gaussian;
  double sigma_x = 1, sigma_y = 1;  // pixels, > 0, along the axes of the ellipse
  double rotation = 0;              // of the x axis, radians
  double beta = 1;                  // of generalised and plateau, > 0
};

/// `size` x `size` weights, `size` odd, that sum to 1.
std::vector<float> blur_kernel(int size, const BlurShape& shape);

/// The ideal low pass cut off to a square: w J1(w r) / (2 pi r) with w = `cutoff` in radians per
/// pixel, 0 < w ≤ pi. It rings and overshoots as sharpened and compressed pictures do (Wang et al.
/// 2021, equation 6). Sums to 1.
std::vector<float> sinc_kernel(int size, double cutoff);

}  // namespace imago
