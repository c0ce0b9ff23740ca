// Checkpoints in which one convolution is stored as several tensors.
#pragma once

#include "models/checkpoint/state_dict.h"

namespace imago {

/// The same network with one weight a convolution:
///  - weight norm (Salimans & Kingma 2016), as weight_g and weight_v or as
///    parametrizations.weight.original0 and 1: weight = g * v / |v|, the length of each filter;
///  - spectral norm (Miyato et al. 2018), as weight_orig with weight_u and weight_v: weight = W /
///  s,
///    s = u W v (where only u is stored, v is W u made of length one);
///  - SPAN's Conv3XC, trained as 1x1, 3x3 and 1x1 convolutions beside a 1x1 shortcut: their product
///    and sum, as eval_conv. What the file holds as eval_conv may be stale and is not used.
///  - rosinality's StyleGAN2: weights of five dimensions and of two get four, those of convolutions
///    that enlarge with the inputs first; its filters, which are always the same, are left out.
/// Marks without numbers, SPAN's no_norm and Real-CUGAN's pro, become metadata.
/// Tensors without data, where only names and shapes are of interest, stay so.
StateDict canonical(const StateDict& tensors);

inline constexpr const char* kCentredMetadata = "imago_centred";  // "no": SPAN's no_norm
inline constexpr const char* kProMetadata = "imago_pro";          // "yes"

}  // namespace imago
