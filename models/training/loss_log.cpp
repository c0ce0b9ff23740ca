#include "models/training/loss_log.h"

#include <cstdio>
#include <sstream>

#include "compute/error.h"
#include "models/training/text_file.h"

namespace imago {

LossLog::LossLog(const std::filesystem::path& path, int64_t step, int64_t steps_per_epoch,
                 int batch_size)
    : path_(path), steps_per_epoch_(steps_per_epoch), batch_size_(batch_size) {
  if (std::filesystem::exists(path)) {
    std::istringstream lines(read_text_file(path));
    std::string kept;
    for (std::string line; std::getline(lines, line) && !lines.eof();) {  // eof: a torn last line
      long long epoch = 0, iterations = 0;
      const bool understood =
          std::sscanf(line.c_str(), "(epoch: %lld, iters: %lld,", &epoch, &iterations) == 2;
      if (!understood || (epoch - 1) * steps_per_epoch + iterations / batch_size <= step)
        kept += line + '\n';
    }
    write_text_file(path, kept);
  }
  file_.open(path, std::ios::app);
  if (!file_) throw Error(path.string() + ": cannot be written to");
}

void LossLog::write(const TrainingProgress& p) {
  const int64_t step_of_epoch = (p.step - 1) % steps_per_epoch_ + 1;
  std::ostringstream line;
  line << "(epoch: " << p.epoch << ", iters: " << step_of_epoch * batch_size_
       << ", time: " << p.milliseconds / 1000 << ", data: " << p.data_milliseconds / 1000 << ") ";
  for (const auto& [name, value] : p.losses) line << name << ": " << value << ' ';
  file_.clear();  // there may be room on the disk again
  file_ << line.str() << std::endl;
  if (!file_) throw Error(path_.string() + ": cannot be written to; is the disk full?");
}

}  // namespace imago
