// What the commands that make pictures of random numbers share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "models/generate/generate.h"
#include "models/library/identify.h"

namespace imago {

/// What --model names: a file, an installed model, or a run, of which the newest generator is
/// meant, if there is one its moving average.
std::filesystem::path generator_file(const std::string& model);

/// Of `imago generate`: what moves through the latent space in place of a folder of pictures.
struct LatentOptions {
  std::string walk;              // "10s"
  std::vector<std::string> mix;  // two lists of seeds
  std::string mix_slots;         // "0-6"
  int direction = 0;             // from 1 on; 0: none
  double strength = 3;
  std::string directions;         // "sefa", "pca"; empty: pca where there is a w
  std::filesystem::path latents;  // what `imago project` wrote; empty: samples of seeds
};
void add_latent_options(CLI::App& command, LatentOptions& options);

/// Whether they ask for anything but a folder of pictures.
bool wants_latents(const LatentOptions& options);

/// A film, a sheet or a picture. `count`: stops of a walk, or rows of a sheet; 0: nobody said.
ExitStatus run_latents(const LatentOptions& options, const GenerateRequest& request, int64_t count,
                       Generator generator, const std::string& device, bool json);

}  // namespace imago
