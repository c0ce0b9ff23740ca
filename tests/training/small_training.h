// Training small enough for a test: a request at the least size, a few steps on fixed pictures.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/training/request.h"
#include "models/training/trainer.h"

namespace imago {

/// The device that this folder's tests share.
Device& training_device();

/// `method` at its defaults but for the size: narrow networks of the least depth, 32x32 pictures
/// (srgan: two, enlarged four times), a PatchGAN of two layers.
TrainingRequest small_request(const std::string& method);

/// A batch of noise for it, another one for every `number`.
Batch small_batch(const TrainingRequest& request, uint32_t number);

/// A trainer at the first step of the request's last stage: of srgan that against its
/// discriminator.
std::unique_ptr<Trainer> small_trainer(const TrainingRequest& request,
                                       Device& device = training_device());

/// What training did.
struct Outcome {
  std::vector<std::map<std::string, double>> losses;  // of each step
  std::vector<float> first_image;                     // fake_b of the first step
  std::map<std::string, StateDict> networks;          // in the end

  double loss(const std::string& name, size_t step = 0) const { return losses.at(step).at(name); }
  /// All numbers of a network in a row.
  std::vector<float> weights(const std::string& network) const;
};
Outcome train_briefly(const TrainingRequest& request, int steps = 2,
                      Device& device = training_device());

}  // namespace imago
