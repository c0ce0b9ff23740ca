// Projecting: the point of a latent space whose picture is nearest to a given one, found by
// gradient descent through the generator (Karras et al. 2020, appendix D).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "models/checkpoint/state_dict.h"
#include "models/generate/latent_space.h"

namespace imago {

struct ProjectRequest {
  int steps = 500;
  float rate = 0.1f;  // of Adam, at its highest: it rises over 5 % and falls over 25 % of the steps
  bool by_slot = false;  // StyleGAN2: a w of its own for each slot (Abdal et al. 2019)
  bool noise = true;     // StyleGAN2: its noise is fitted too
  uint64_t seed = 0;     // of what is added to w at first, so that it does not get stuck
  int label = 0;         // of networks with some
};

struct Projection {
  std::vector<LatentPoint> by_slot;  // all alike unless ProjectRequest::by_slot
  StateDict noise;              // "noises.noise_0"… as they were fitted; empty: the file's own
  double begun = 0, error = 0;  // mean absolute differences of pixels in [-1, 1], first and last
  int label = 0;                // ProjectRequest::label
};

/// Compares at all halvings of the side down to 4 pixels, by the mean absolute difference of each:
/// no network of features is at hand, as the paper has one. The picture is cropped and resized to
/// the network's side. `progress` gets the share done and the difference so far; returning false
/// ends it with what there is. Throws as SampleMaker::make, and Error where the network is no
/// sampler.
Projection project(Device& device, const Generator& generator, const Image& target,
                   const ProjectRequest& request,
                   const std::function<bool(double share, double difference)>& progress = {});

/// The generator with the noise of a projection in place of its own.
Generator with_noise(Generator generator, const Projection& projection);

/// latents.safetensors: "point" {slots, latent}, the noise as it was fitted, and the label.
void write_latents(const Projection& projection, const std::filesystem::path& path);
/// What write_latents wrote, but for the differences. Throws CheckpointError, and Error where it is
/// no such file or belongs to a network of other sizes than this one, a sampler of pictures.
Projection read_latents(const std::filesystem::path& path, const Generator& generator);

/// The middle square of a picture, as large as the network makes them and with its channels.
Image as_target(const Image& picture, const ModelInfo& info);

}  // namespace imago
