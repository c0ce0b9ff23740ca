// What a person asks training to do: every setting under the name of its command-line option.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "compute/graph/adam.h"
#include "compute/graph/number_type.h"
#include "models/data/check/network_sides.h"
#include "models/data/dataset.h"
#include "models/networks/model_info.h"
#include "models/training/methods/initialize.h"
#include "models/training/methods/loss_kinds.h"
#include "models/training/schedule.h"

namespace imago {

/// Fields that not every method reads say which does. `default_request` fills in the defaults of
/// the method (docs/training.md).
struct TrainingRequest {
  std::string method;  // "pix2pix", "cyclegan", "srgan", of the family (family.h), "tabular",
                       // "wavegan"
  std::string name;    // of the run: the folder under checkpoints_dir
  std::filesystem::path checkpoints_dir = "checkpoints";
  DataOptions data;

  std::string generator;      // netG: unet_256, resnet_9blocks, srresnet, rrdbnet…
  std::string discriminator;  // netD: basic, n_layers, pixel, srgan, unet
  int generator_features = 64, discriminator_features = 64;  // ngf, ndf
  int discriminator_layers = 3;                              // n_layers_D, of netD n_layers
  Norm norm = Norm::batch;
  bool dropout = false;
  bool spectral_norm = false;
  Upsample upsample = Upsample::transpose;  // of U-Nets and ResNets
  InitOptions init;
  std::filesystem::path init_model;  // a generator to go on from; its discriminator beside it
  // With init_model its files decide what the networks are; where these are true, they must be what
  // the settings above say.
  bool generator_chosen = false, discriminator_chosen = false;

  GanMode gan_mode = GanMode::vanilla;
  float penalty_weight = 10;          // of GanMode::wgangp
  float weight_clip = 0.01f;          // of GanMode::wgan
  float r1_gamma = 0;                 // 0: no R1
  int critic_steps = 1;               // the family: steps of D for each one of G
  int packed_rows = 10;               // tabular: that D judges together
  std::string target;                 // tabular: what the report's classifier tells; empty: chosen
  int phase_shuffle = 2;              // wavegan: shifts of D's layers, up to so many samples
  int mapping_layers = 8;             // stylegan2, as the next five
  float style_mixing = 0.9f;          // share of pictures made with two w
  float path_weight = 2;              // 0: no path length regulariser
  int path_every = 4, r1_every = 16;  // steps from one regulariser to the next
  bool ada = false;           // the family: adaptive augmentation of what D sees (augment.h)
  float ada_target = 0.6f;    // how sure D may be of real pictures before there is more of it
  float ada_pictures = 500;   // thousands in which its probability may rise from 0 to 1
  float ema_pictures = 0;     // thousands of pictures in which an average forgets half; 0: see ema
  int pool_size = 0;          // cyclegan
  float lambda_l1 = 100;      // pix2pix
  float lambda_features = 0;  // pix2pix: of feature matching
  bool keep_luma = false;     // pix2pix: the generator paints colours only, see keeping_luma
  float lambda_a = 10, lambda_b = 10, lambda_identity = 0.5f;  // cyclegan

  PixelLoss pixel_loss = PixelLoss::mse;  // srgan, from here on
  float pixel_weight = 1, adversarial_weight = 0.001f, feature_weight = 0.006f;
  float total_variation_weight = 2e-8f;
  bool relativistic = false;
  std::filesystem::path vgg;  // a VGG checkpoint whose features to compare
  int pixel_epochs = 0;       // before the discriminator joins

  Adam adam;
  ScheduleOptions schedule;
  float ema = 0;  // decay of a moving average of G's weights; 0: none
  uint64_t seed = 0;
  int64_t max_steps = 0;  // ends earlier; 0: when the epochs are over
  int save_epochs = 5;    // a numbered checkpoint every so many epochs
  int print_steps = 100;  // losses are printed every so many steps
  int threads = 2;        // that decode pictures

  int save_steps = 1000;    // the state to resume from, every so many steps and at epochs' ends
  int validate_epochs = 1;  // validation and samples every so many epochs; 0: never
  int validate_steps = 0;   // before the first of these also after so many steps, twice as many…
  int validation_pictures = 8;              // at most so many, the first ones
  bool health = true;                       // raise alarms (health.h)
  bool gradient_checkpointing = false;      // TrainerOptions::gradient_checkpointing
  NumberType precision = NumberType::fp32;  // of what is stored between layers
};

/// The defaults of docs/compat.md for a method. Throws Error for an unknown one, naming those there
/// are.
TrainingRequest default_request(const std::string& method);

/// Of a batch whose pictures are squares of this side; of photos the large ones are.
struct BatchShapes {
  Shape a, b;
};
BatchShapes batch_shapes(const DataOptions& data, int64_t side);

/// What the sides of whole pictures must be for all generators of the request; 1 where pictures are
/// cut. Reads init_model where there is one. Throws what `prepare` does (prepare.h).
NetworkSides sides_of(const TrainingRequest& request);

/// The same without a batch, and before any picture or checkpoint is looked at: finds settings that
/// are wrong whatever the files hold.
void check(const TrainingRequest& request);

}  // namespace imago
