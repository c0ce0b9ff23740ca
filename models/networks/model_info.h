// What is known of a network beside its weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imago {

enum class Norm { none, batch, instance, instance_affine };

/// "none", "batch", "instance", "instance_affine"; what ModelInfo::norm holds.
const char* to_string(Norm norm);

/// How a generator doubles the sides of a picture.
enum class Upsample {
  transpose,  // transposed convolution of stride 2, as the papers have it: may leave a checkerboard
  resize,     // nearest neighbours, then a 3x3 convolution: leaves none (Odena et al. 2016)
};

/// "transpose", "resize".
const char* to_string(Upsample upsample);

/// What a checkpoint turned out to be; printed by `imago info`, shown in the app.
struct ModelInfo {
  std::string name;  // file stem or registry name
  std::string
      architecture;   // "srresnet", "rrdbnet", "srvggnet_compact", "unet_256", "resnet_9blocks"…
  std::string paper;  // "Ledig et al. 2017", …
  int scale = 1;      // output side / input side
  int in_channels = 3, out_channels = 3;
  int features = 64;          // ngf / nf: channels of the first layer
  int blocks = 0;             // residual blocks, or depth of the U-Net
  int latent = 0;             // > 0: a sampler (sampler.h), which is given so many random numbers
  int classes = 0;            // labels that a sampler can be asked for
  bool rows = false;          // makes rows of a table (tabular.h): every pixel is one
  int rate = 0;               // > 0: makes sounds of so many samples a second (wavegan.h)
  std::string norm = "none";  // "batch", "instance", "instance_affine", "none"
  bool dropout = false;       // has dropout layers (active with --stochastic only)
  int64_t parameters = 0;
  std::string precision;                // stored type: "F32", "F16", …
  std::string license;                  // from metadata; empty if unknown
  float input_low = 0, input_high = 1;  // the network's range; pictures are [0, 1] outside it
  int multiple = 1;                     // input sides must be a multiple of this
  int minimum = 1;                      // and at least this
  bool global_statistics = false;       // looks at the whole picture: tiles take many sweeps
  // What the file's metadata says of how the network is meant to be used (imago export):
  int side = 0;             // "imago_side": it knows pictures of this shorter side; 0: of any
  int shifts = 1;           // "imago_shifts": results of so many shifts are averaged, 1…8
  int margin = 0;           // "imago_margin": it is given so many mirrored pixels around a picture
  bool keeps_luma = false;  // "imago_luma": "input": only the colours of its result are meant
  bool takes_drawings = false;  // "imago_input": "drawing": lines on paper, with colours if of 3
                                // channels; transparent paper is white
  std::vector<std::string> labels;  // "imago_labels": what a sampler's classes are called
  bool running_statistics = false;  // "imago_statistics": "running": see using_running_statistics
  // Sentences about the file that a person may want to know: what was left out, what was chosen.
  std::vector<std::string> notes;
};

}  // namespace imago
