// The training steps that tests/fixtures/make_training.py had PyTorch take.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "compute/graph/shape.h"
#include "models/checkpoint/state_dict.h"
#include "models/training/trainer.h"

namespace imago {

/// One method's file. A name that it lacks throws Error naming the file and the name.
class TrainingFixture {
 public:
  /// "pix2pix", "pix2pix_features", "cyclegan", "srgan" or "wgan_gp".
  explicit TrainingFixture(const std::string& method);

  /// The tensors "<group>.<net>.<key>" under their keys, fp32, e.g. tensors("init", "G"). Groups:
  /// init (weights before the first step), grad (first gradient of the loss that trains the net;
  /// srgan also has grad_adversarial, G's first one against D), final (weights after the last step,
  /// running statistics).
  StateDict tensors(const std::string& group, const std::string& net) const;

  /// What each step is given: "a" and "b", for wgan_gp (fake and real) also "eps" {N, 1, 1, 1}.
  int steps() const;
  Shape shape(const std::string& name) const;
  std::vector<float> data(const std::string& name, int step) const;

  /// One value per step. SRGAN's adversarial losses begin with the first adversarial step.
  std::vector<float> losses(const std::string& name) const;

  /// CycleGAN: the step whose fake the pool "A" (for D_B) or "B" (for D_A) showed at each step.
  std::vector<int> pool(const std::string& name) const;

  /// "<net>.<key>" of the tensors without influence, which have no grad and no final.
  std::set<std::string> vanishing() const;

  /// A setting ("lr", "beta1", "beta2", "pool_size", "pixel_steps") or how far PyTorch's own single
  /// precision ends from these values ("float32.losses", ".grad", ".final"…).
  double number(const std::string& name) const;
  /// The same as it stands there.
  const std::string& text(const std::string& name) const { return metadata(name); }

 private:
  const HostTensor& at(const std::string& name) const;
  const std::string& metadata(const std::string& name) const;

  std::string file_name_;
  StateDict file_;
};

/// "a" and "b" of a step.
Batch batch_of(const TrainingFixture& fixture, int step);

}  // namespace imago
