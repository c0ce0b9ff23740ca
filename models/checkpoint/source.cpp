#include "models/checkpoint/source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "models/checkpoint/checkpoint.h"

namespace imago::checkpoint {

using Kind = CheckpointError::Kind;

void Source::done_with(uint64_t offset, uint64_t size) const {
  if (!mapped_ || size == 0) return;
  // Only whole pages inside the range; neighbours may still be in use.
  const uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const uint64_t begin = (offset + page - 1) / page * page;
  const uint64_t end = (offset + size) / page * page;
  if (begin >= end) return;
  ::madvise(const_cast<std::byte*>(bytes_.data()) + begin, end - begin, MADV_DONTNEED);
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [](int code) {
    throw CheckpointError(Kind::io, "", 0,
                          "cannot be read: " + std::generic_category().message(code));
  };
  // O_NONBLOCK: opening a pipe must not wait for its writer before it is refused.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail(errno);
  struct stat status;
  const bool known = ::fstat(fd, &status) == 0;
  const int code = errno;
  void* address = nullptr;
  size_t size = 0;
  int map_code = 0;
  if (known && S_ISREG(status.st_mode) && status.st_size > 0) {
    size = static_cast<size_t>(status.st_size);
    address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    map_code = errno;
  }
  ::close(fd);
  if (!known) fail(code);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);
  if (!S_ISREG(status.st_mode)) {
    throw CheckpointError(Kind::io, "", 0, "cannot be read: it is not an ordinary file");
  }
  if (address == MAP_FAILED) fail(map_code);
  if (size > 0) bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace imago::checkpoint
