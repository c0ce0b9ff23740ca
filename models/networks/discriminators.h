// Discriminators: the networks that judge pictures in training.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/checkpoint/tensor_match.h"
#include "models/networks/layers.h"

namespace imago {

enum class DiscriminatorKind {
  patch,  // PatchGAN, Isola et al. 2017, section 6.1.2: judges overlapping squares
  pixel,  // the 1x1 PixelGAN of the same section
  srgan,  // Ledig et al. 2017, figure 4, with a global mean in place of the picture-sized layer
  unet,   // Real-ESRGAN's, Wang et al. 2021, section 3.3: judges every pixel in its surroundings
};

struct DiscriminatorConfig {
  DiscriminatorKind kind = DiscriminatorKind::patch;
  int in_channels = 3;  // pix2pix: of both pictures together, 6
  int features = 64;    // of the first layer; doubled from block to block up to eightfold
  int layers = 3;       // patch only, at least 1: 3 judges squares of 70 pixels ("basic")
  // patch and pixel: any; srgan: batch or none; the U-Net has none.
  Norm norm = Norm::batch;
  // Of every convolution; of the U-Net, whose authors have it, all but the first and the last.
  bool spectral_norm = false;

  bool operator==(const DiscriminatorConfig&) const = default;
};

struct DiscriminatorResult {
  /// One logit per judged place, positive for real. patch {N, 1, h, w}, with
  /// h = floor(H / 2^layers) - 2; pixel and unet {N, 1, H, W}; srgan {N, 1, 1, 1}.
  Tensor logits;
  /// What comes out of every block but the last, for feature matching. Of srgan, those at 1, 3, 5
  /// and 7 are the ones that halve the sides.
  std::vector<Tensor> features;
};

/// Appends the network; x {N, in_channels, H, W}. Asks for its parameters by name, so that one
/// graph can have it judge several pictures. Keys as in pytorch-CycleGAN-and-pix2pix (patch,
/// pixel), leftthomas' SRGAN and Real-ESRGAN. Throws ShapeError: a U-Net's sides must be multiples
/// of 8; a PatchGAN's at least 3 * 2^layers; Error for a norm that the kind does not have.
DiscriminatorResult discriminator(Graph& graph, Tensor x, const DiscriminatorConfig& config,
                                  const BuildOptions& options);

/// The discriminator that these (unwrapped) tensors belong to, by keys and shapes. Throws Error
/// explaining which keys of the nearest one were expected and which were found.
DiscriminatorConfig guess_discriminator(const StateDict& tensors);

/// The same, or nothing.
std::optional<DiscriminatorConfig> find_discriminator(const StateDict& tensors);

/// "Isola et al. 2017", …
const char* paper_of(const DiscriminatorConfig& config);

/// The tensors of this discriminator, in the order the network uses them.
std::vector<WantedTensor> wanted_tensors(const DiscriminatorConfig& config);

/// "patchgan_3layers", "pixelgan", "srgan_discriminator", "unet_discriminator", with
/// "_spectral_norm" where there is one.
std::string to_string(const DiscriminatorConfig& config);

}  // namespace imago
