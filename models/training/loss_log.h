// loss_log.txt of a run, in the lines of pytorch-CycleGAN-and-pix2pix, so that what reads theirs
// reads ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "models/training/train.h"

namespace imago {

class LossLog {
 public:
  /// Appends to the file. Lines about steps after `step` are taken out first: those steps are about
  /// to be done again. Throws Error naming the file.
  LossLog(const std::filesystem::path& path, int64_t step, int64_t steps_per_epoch, int batch_size);

  /// Throws Error naming the file when the disk is full.
  void write(const TrainingProgress& progress);

 private:
  std::filesystem::path path_;
  int64_t steps_per_epoch_;
  int batch_size_;
  std::ofstream file_;
};

}  // namespace imago
