// SRGAN: "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
// Ledig et al. 2017. Its generator SRResNet (section 3.1, figure 4) in the forms that trained
// networks come in.
#pragma once

#include "models/networks/layers.h"
#include "models/training/methods/method.h"

namespace imago {

/// Who laid the keys out, and with them the details that the paper leaves open.
enum class SrresnetKeys {
  leftthomas,      // block1 … block8; bias everywhere; (tanh + 1) / 2 at the end
  lornatang,       // conv1, trunk, conv2, upsampling, conv3
  lornatang_2022,  // the same network as conv_block1, trunk, conv_block2, upsampling, conv_block3
};

struct SrresnetConfig {
  SrresnetKeys keys = SrresnetKeys::lornatang;
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;
  int blocks = 16;         // residual blocks; leftthomas has 5
  int upsamplings = 2;     // pixel shuffles…
  int factor = 2;          // …each by this factor
  bool trunk_norm = true;  // batch norm after the blocks; a PReLU in leftthomas' released networks
};

/// x {N, in_channels, H, W} in [0, 1] -> {N, out_channels, scale*H, scale*W} in [0, 1], where scale
/// is factor to the power of upsamplings.
Tensor srresnet(Graph& graph, Tensor x, const SrresnetConfig& config, const BuildOptions& options);
Generator srresnet_generator(const SrresnetConfig& config);
SrresnetConfig guess_srresnet(const StateDict& tensors, SrresnetKeys keys);

/// BasicSR's MSRResNet: no norm, leaky ReLU, and the bilinearly enlarged input added at the end.
struct MsrresnetConfig {
  bool early_keys = false;  // recon_trunk and HRconv for body and conv_hr
  int channels = 3;         // of the input and, since they are added, of the output
  int features = 64;
  int blocks = 16;
  int upsamplings = 2;
  int factor = 2;
};

Tensor msrresnet(Graph& graph, Tensor x, const MsrresnetConfig& config,
                 const BuildOptions& options);
Generator msrresnet_generator(const MsrresnetConfig& config);
MsrresnetConfig guess_msrresnet(const StateDict& tensors, bool early_keys);

enum class PixelLoss { mse, l1 };
const char* to_string(PixelLoss loss);

/// Section 2.2: the perceptual loss. With the defaults of leftthomas' SRGAN, where the features are
/// those of a VGG network; without one, those of the discriminator itself (Larsen et al. 2016).
struct SrganOptions {
  Generator generator = srresnet_generator({});
  DiscriminatorConfig discriminator = {.kind = DiscriminatorKind::srgan};
  PixelLoss pixel_loss = PixelLoss::mse;
  float pixel_weight = 1, adversarial_weight = 0.001f, feature_weight = 0.006f;
  float total_variation_weight = 2e-8f;
  bool relativistic = false;  // ESRGAN, Wang et al. 2018, section 3.2
  /// Turns a picture {N,3,H,W} in [0, 1] into features of a network that is not trained, whose
  /// parameters begin with "VGG."; empty: the discriminator's features.
  std::function<Tensor(Graph&, Tensor)> features;
  TrainingOptions training = {.adam = {.beta1 = 0.9f}};
};

/// Two stages: "pixel" with the loss pixel alone, then "adversarial" with pixel, adversarial,
/// feature, tv, D_real, D_fake (relativistic: D). Image fake_b. `a` is the shape of a batch of
/// small pictures, `b` of the large ones, both with values in [0, 1].
Method srgan(const SrganOptions& options, const Shape& a, const Shape& b);

}  // namespace imago
