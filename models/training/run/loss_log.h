// loss_log.txt of a run, in the lines of pytorch-CycleGAN-and-pix2pix, so that what reads theirs
// reads ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "models/training/train.h"

namespace imago {

class LossLog {
 public:
  /// How epochs and pictures ("iters") are counted.
  struct Counting {
    int64_t steps_per_epoch = 1;
    int first_epoch = 1;
    int batch_size = 1;
  };

  /// Appends to the file. Lines about steps after `step` are taken out first: those steps are about
  /// to be done again. Throws Error naming the file.
  LossLog(const std::filesystem::path& path, int64_t step, const Counting& counting);

  /// Throws Error naming the file when the disk is full; what was there before stays whole.
  void write(const TrainingProgress& progress);

 private:
  int64_t step_of(const std::string& line) const;

  std::filesystem::path path_;
  Counting counting_;
};

}  // namespace imago
