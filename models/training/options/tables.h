// What the tables of training's options share. Each table is a file of this folder; all of them
// together are training_options().
#pragma once

#include <string>
#include <vector>

#include "models/options/option.h"
#include "models/training/request.h"

namespace imago {

using OptionTable = std::vector<Option<TrainingRequest>>;

// In the order of help and of options.json.
OptionTable data_options();
OptionTable sample_options();
OptionTable network_options();
OptionTable loss_options();
OptionTable optimizer_options();
OptionTable run_options();

// GCC 12 breaks on a table of them that comes before any object of theirs.
inline const Option<TrainingRequest> kFirstOption;

// What stands in the tables for "the field `path` of a request, which is a Type".
#define IMAGO_FIELD(Type, path) +[](TrainingRequest& r) -> Type& { return r.path; }

inline constexpr OptionRange kShare{0, 1}, kNotNegative{0}, kPositive{1};

// Methods that have an option.
using Methods = std::vector<std::string>;
inline const Methods kTranslations = {"pix2pix", "cyclegan"}, kPix2Pix = {"pix2pix"},
                     kCycleGan = {"cyclegan"}, kSrgan = {"srgan"}, kStylegan2 = {"stylegan2"},
                     kTabular = {"tabular"}, kWavegan = {"wavegan"};
/// Those of pictures.
inline const Methods kPictures = {"pix2pix", "cyclegan", "srgan", "gan",       "dcgan",
                                  "cgan",    "wgan-gp",  "sngan", "stylegan2", "classifier"};
/// Those whose generators are given random numbers.
inline const Methods kSamplers = {"gan",   "dcgan",     "cgan",    "wgan-gp",
                                  "sngan", "stylegan2", "tabular", "wavegan"};

}  // namespace imago
