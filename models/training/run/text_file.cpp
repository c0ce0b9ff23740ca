#include "models/training/run/text_file.h"

#include <fstream>
#include <iterator>
#include <span>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"

namespace imago {

std::string read_text_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw Error(path.string() + ": cannot be read");
  return text;
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace imago
