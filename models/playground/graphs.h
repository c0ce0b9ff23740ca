// The game as graphs: what is recorded once and run in every iteration.
//
// A fully connected layer is a 1×1 convolution, and the points of a batch lie side by side like the
// pixels of one picture row: {1, features, 1, points}. That is the same as a batch of pictures of
// one pixel, in the memory order that the convolution kernels are fast in. Real and fake points of
// one batch are two such rows, {2, features, 1, points}.
#pragma once

#include "compute/graph/graph.h"
#include "models/playground/settings.h"

namespace imago::playground {

/// Slots of StepParams::optimizers.
constexpr int kGeneratorSlot = 0, kDiscriminatorSlot = 1;

/// Points that are shown of the generator, of the discriminator's field (a square) and corners of
/// the generator's grid (a square).
constexpr int64_t kShown = 512, kFieldSide = 48, kGridSide = 21, kMeasured = 2500;
constexpr int64_t kField = kFieldSide * kFieldSide;
/// What one pass of G for a look takes: shown and grid points, filled up to whole texels.
constexpr int64_t kLooked = (kShown + kGridSide * kGridSide + 3) / 4 * 4;

/// One update of D. Inputs: "latent" {1,L,1,B}, "real" {1,2,1,B}, "signs" {2,1,1,1}: -1 for real, 1
/// for fake, "share" {1,1,1,B} in 0…1 (wasserstein_penalty only). Outputs: "logits" {2,1,1,B},
/// "loss" {1,1,1,1}: with penalties.
void discriminator_update(Graph& graph, const Settings& settings);

/// One update of G. Input: "latent" {1,L,1,B}. Outputs: "logits" {1,1,1,B}, "loss" {1,1,1,1},
/// "gradient" {1,2,1,B}: of the loss by each fake point.
void generator_update(Graph& graph, const Settings& settings);

/// What is shown. Inputs: "latent" {1,L,1,kLooked}, "places" {1,2,1,kField}. Outputs: "points"
/// {1,2,1,kLooked}, "field" {1,1,1,kField}: D at the places, "gradient" {1,2,1,kLooked}: of G's
/// loss of each point by that point.
void look(Graph& graph, const Settings& settings);

/// Input "latent" {1,L,1,kMeasured}, output "points" {1,2,1,kMeasured}.
void measure(Graph& graph, const Settings& settings);

}  // namespace imago::playground
