#include "models/video/ffmpeg/parts.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "compute/base/atomic_file.h"

namespace imago::ffmpeg {
namespace fs = std::filesystem;
namespace {

constexpr char kSettings[] = "settings", kLock[] = "lock";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path segment_name(size_t index) {
  char name[32];
  std::snprintf(name, sizeof(name), "%06zu.segment", index);
  return name;
}

}  // namespace

Parts::Parts(const fs::path& output, const std::string& settings) : folder_(parts_folder(output)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw Error(folder_.string() + ": cannot make this folder: " + error.message());
  lock_ = ::open((folder_ / kLock).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0)
    throw Error(folder_.string() +
                ": cannot write to this folder: " + std::generic_category().message(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw FilmError(output.string() + " is being made by another imago");
  }
  while (fs::exists(folder_ / segment_name(segments_.size()), error)) add();
  if (read_text(folder_ / kSettings) == settings) return;
  began_anew_ = !segments_.empty();
  forget();
  write_file_atomically(folder_ / kSettings, std::as_bytes(std::span(settings)));
}

Parts::~Parts() {
  if (lock_ < 0) return;
  if (segments_.empty()) remove();  // nothing in it is worth anything
  if (lock_ >= 0) ::close(lock_);
}

fs::path Parts::next() const { return folder_ / segment_name(segments_.size()); }

void Parts::forget() {
  std::error_code ignored;
  for (const fs::path& segment : segments_) fs::remove(segment, ignored);
  segments_.clear();
}

void Parts::remove() {
  forget();
  std::error_code ignored;
  fs::remove(folder_ / kSettings, ignored);
  fs::remove(folder_ / kLock, ignored);
  fs::remove(folder_, ignored);  // stays where it holds anything else
  ::close(lock_);
  lock_ = -1;
}

}  // namespace imago::ffmpeg
