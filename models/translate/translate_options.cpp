#include "models/translate/translate_options.h"

#include "models/translate/planes.h"

namespace imago {

namespace {

// GCC 12 breaks on a table of it that comes before any object of it.
[[maybe_unused]] const Option<TranslateOptions> kFirst;

using T = TranslateOptions;
using G = OptionGroup;

// What stands in the table below for "the field `path` of the options, which is a Type".
#define IMAGO_FIELD(Type, path) +[](TranslateOptions& o) -> Type& { return o.path; }

std::vector<Option<T>> all_options() {
  using enum T::Statistics;
  return {
      {.name = "scale",
       .letter = 's',
       .aliases = {"outscale"},
       .group = G::images,
       .help = "Output size / input size; 0: the model's",
       .field = IMAGO_FIELD(double, scale),
       .range = {0.01, 32}},
      {.name = "width",
       .letter = 'w',
       .group = G::images,
       .help = "Width of the output in pixels, made from what the model makes; 0: --scale says",
       .field = IMAGO_FIELD(int, width),
       .range = {0, 65536}},
      {.name = "side",
       .group = G::images,
       .help = "Shorter side of what the network is given: larger pictures are reduced and its "
               "result enlarged; 0: never; default: what the model was made for",
       .field = IMAGO_FIELD(std::optional<int>, side),
       .range = {0, 65536}},
      {.name = "tile",
       .letter = 't',
       .group = G::images,
       .help = "Side of a tile, the pieces that a picture is cut into; 0: from free memory",
       .label = "T&ile",
       .field = IMAGO_FIELD(int, tile),
       .range = {0, 65536}},
      {.name = "precision",
       .group = G::images,
       .help = "How numbers are stored on the device: fp16 takes half the memory of fp32; auto "
               "takes it "
               "on GPUs that pass a check of it",
       .field = choice<T, Precision>(IMAGO_FIELD(Precision, precision),
                                     {Precision::automatic, Precision::fp32, Precision::fp16})},
      {.name = "self-ensemble",
       .letter = 'x',
       .aliases = {"eight-fold", "tta"},
       .group = G::quality,
       .help = "Average over eight flips and turns: slightly better, eight times as slow",
       .label = "Average eight flips and turns",
       .field = IMAGO_FIELD(bool, self_ensemble)},
      {.name = "cycle-spinning",
       .aliases = {"shifts"},
       .group = G::quality,
       .help = "Average over so many shifts of the picture (cycle spinning), which takes away a "
               "network's checkerboard artefacts; default: what the model was made for",
       .field = IMAGO_FIELD(std::optional<int>, shifts),
       .range = {1, kMostShifts}},
      {.name = "stochastic",
       .group = G::quality,
       .help = "Dropout on, as in training: every seed another result",
       .label = "Vary at random",
       .field = IMAGO_FIELD(bool, stochastic)},
      {.name = "seed",
       .group = G::quality,
       .help = "Of --stochastic: the same seed gives the same picture again",
       .label = "Seed",
       .field = IMAGO_FIELD(uint64_t, seed),
       .range = {0}},
      {.name = "statistics",
       .group = G::quality,
       .help =
           "Batch norm's: the picture's own (batch), those of the training (running), or as the "
           "network's paper says",
       .field = choice<T, T::Statistics>(IMAGO_FIELD(T::Statistics, statistics),
                                         {automatic, batch, running})},
  };
}

#undef IMAGO_FIELD

}  // namespace

const std::vector<Option<TranslateOptions>>& translate_options() {
  static const std::vector<Option<T>> all = all_options();
  return all;
}

const char* to_string(TranslateOptions::Statistics statistics) {
  switch (statistics) {
    case TranslateOptions::Statistics::batch:
      return "batch";
    case TranslateOptions::Statistics::running:
      return "running";
    case TranslateOptions::Statistics::automatic:
      break;
  }
  return "automatic";
}

}  // namespace imago
