#include "models/training/run/loss_log.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "compute/base/error.h"
#include "models/training/run/text_file.h"

namespace imago {

LossLog::LossLog(const std::filesystem::path& path, int64_t step, const Counting& counting)
    : path_(path), counting_(counting) {
  if (std::filesystem::exists(path)) {
    std::istringstream lines(read_text_file(path));
    std::string kept;
    for (std::string line; std::getline(lines, line) && !lines.eof();)  // eof: a torn last line
      if (step_of(line) <= step) kept += line + '\n';
    write_text_file(path, kept);
  }
  std::ofstream file(path, std::ios::app);
  if (!file) throw Error(path.string() + ": cannot be written to");
}

/// What a line is about; 0: nothing that is counted.
int64_t LossLog::step_of(const std::string& line) const {
  long long epoch = 0, pictures = 0;
  if (std::sscanf(line.c_str(), "(epoch: %lld, iters: %lld,", &epoch, &pictures) != 2) return 0;
  return (epoch - counting_.first_epoch) * counting_.steps_per_epoch +
         pictures / counting_.batch_size;
}

void LossLog::write(const TrainingProgress& p) {
  const int64_t step_of_epoch = (p.step - 1) % counting_.steps_per_epoch + 1;
  std::ostringstream line;
  line << "(epoch: " << p.epoch << ", iters: " << step_of_epoch * counting_.batch_size
       << ", time: " << p.milliseconds / 1000 << ", data: " << p.data_milliseconds / 1000 << ") ";
  for (const auto& [loss, value] : p.losses) line << loss.name() << ": " << value << ' ';
  line << '\n';
  std::error_code ignored;
  const uintmax_t size = std::filesystem::file_size(path_, ignored);
  std::ofstream file(path_, std::ios::app);
  if (file << line.str() << std::flush) return;
  file.close();
  if (!ignored) std::filesystem::resize_file(path_, size, ignored);  // no half lines
  throw Error(path_.string() + ": cannot be written to; is the disk full?");
}

}  // namespace imago
