#include "compute/plan/tuning.h"

#include <sstream>

namespace imago {

int64_t representative_size(int64_t size) {
  int64_t power = 1;
  while (power < size) power *= 2;
  const int64_t between = power / 4 * 3;
  return between >= size && between > 0 ? between : power;
}

std::string TuningTable::choice(const std::string& problem) const {
  const auto found = choices_.find(problem);
  return found == choices_.end() ? std::string() : found->second;
}

void TuningTable::choose(const std::string& problem, const std::string& candidate) {
  choices_[problem] = candidate;
}

std::string TuningTable::text() const {
  std::string text;
  for (const auto& [problem, candidate] : choices_) text += problem + '\t' + candidate + '\n';
  return text;
}

TuningTable TuningTable::parse(const std::string& text) {
  TuningTable table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const size_t tab = line.find('\t'); tab != std::string::npos && tab > 0)
      table.choose(line.substr(0, tab), line.substr(tab + 1));
  return table;
}

}  // namespace imago
