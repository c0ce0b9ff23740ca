// How the learning rate changes over the epochs, as in pytorch-CycleGAN-and-pix2pix.
#pragma once

#include <cstdint>

namespace imago {

enum class LearningRatePolicy { linear, step, plateau, cosine };
const char* to_string(LearningRatePolicy policy);

struct ScheduleOptions {
  LearningRatePolicy policy = LearningRatePolicy::linear;
  float learning_rate = 2e-4f;
  int epochs = 100;        // n_epochs: with the full rate (linear), or the half period (cosine)
  int epochs_decay = 100;  // n_epochs_decay: linearly to zero
  int decay_epochs = 50;   // lr_decay_iters: every so many epochs to a tenth (step)
  int first_epoch = 1;     // epoch_count
};

/// The learning rate of each epoch. Plateau depends on what was measured: call `epoch_ended` after
/// every epoch, whatever the policy.
class Schedule {
 public:
  explicit Schedule(const ScheduleOptions& options) : options_(options) {}

  /// Of epoch number 0, 1, 2… of this training:
  ///   linear   rate * (1 - max(0, epoch + first_epoch - epochs) / (epochs_decay + 1))
  ///   step     rate * 0.1^floor(epoch / decay_epochs)
  ///   plateau  rate * 0.2^(times the measure stood still)
  ///   cosine   rate * (1 + cos(pi * epoch / epochs)) / 2
  float rate(int epoch) const;

  /// `measure` is to become small. Without an improvement by more than 1 % for more than 5 epochs
  /// plateau goes on with a fifth of the rate.
  void epoch_ended(double measure);

  /// What plateau remembers, to be kept with a checkpoint.
  struct Plateau {
    double best = 0;
    int bad_epochs = -1;  // -1: nothing measured yet
    int reductions = 0;
  };
  const Plateau& plateau() const { return plateau_; }
  void set_plateau(const Plateau& plateau) { plateau_ = plateau; }

 private:
  ScheduleOptions options_;
  Plateau plateau_;
};

}  // namespace imago
