#include "compute/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "compute/base/error.h"

namespace imago {
namespace {

FileHook file_hook;

// True if the operation is to go ahead; else errno says what a test wants it to fail with.
bool permitted(const char* operation, const std::filesystem::path& path) {
  if (file_hook) errno = file_hook(operation, path);
  return !file_hook || errno == 0;
}

// What a person can do about an errno, after the system's own words for it.
std::string advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another folder";
    case EFBIG:
      return "; the file system or a limit of this account does not take a file of that size";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "; create the folder first";
    case EISDIR:
    case ENOTEMPTY:
    case EEXIST:
      return "; a folder has that name";
    default:
      return "";
  }
}

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  throw Error("cannot write " + path.string() + ": " + std::generic_category().message(code) +
              advice(code));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void set(int fd) { fd_ = fd; }
  // A network file system may report a failed write only here.
  int close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd);
  }

 private:
  int fd_;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string name) : name_(std::move(name)) {}
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const char* c_str() const { return name_.c_str(); }
  bool named() const { return !name_.empty(); }
  void set(std::string name) { name_ = std::move(name); }
  void keep() { name_.clear(); }

 private:
  std::string name_;
};

// A new file next to `folder`'s others with the permissions that the umask gives. The name does not
// contain the target's: that one may already be as long as names can be.
std::pair<int, std::string> open_temporary(const std::filesystem::path& folder) {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = (folder / (".imago-" + std::to_string(random()) + ".tmp")).string();
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return {fd, std::move(name)};
  }
  return {-1, {}};
}

// A file in `folder` that has no name yet, so that not even being killed leaves anything behind; -1
// where the system has no such files or could not name it later.
int open_unnamed(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0) return -1;
  if (::access(("/proc/self/fd/" + std::to_string(fd)).c_str(), F_OK) == 0) return fd;
  ::close(fd);
#else
  static_cast<void>(folder);
#endif
  return -1;
}

// Names such a file like those of open_temporary. Empty on failure, and errno says why.
std::string give_name(int fd, const std::filesystem::path& folder) {
  std::random_device random;
  const std::string from = "/proc/self/fd/" + std::to_string(fd);
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = (folder / (".imago-" + std::to_string(random()) + ".tmp")).string();
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return name;
    if (errno != EEXIST) break;
  }
  return {};
}

bool write_all(int fd, std::span<const std::byte> content) {
  constexpr size_t kChunk = size_t{64} << 20;  // some systems refuse writes beyond 2 GiB
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), std::min(content.size(), kChunk));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content = content.subspan(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

struct AtomicFile::Impl {
  std::filesystem::path path, target, folder;
  Descriptor file{-1};
  TemporaryFile temporary{{}};

  explicit Impl(const std::filesystem::path& the_path);
};

AtomicFile::Impl::Impl(const std::filesystem::path& the_path) : path(the_path), target(the_path) {
  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    target = std::filesystem::weakly_canonical(path, error);
    if (error) fail(path, error.value());
  }
  if (std::filesystem::is_directory(target, error)) fail(path, EISDIR);
  folder = target.has_parent_path() ? target.parent_path() : ".";
  if (!permitted("open", path)) fail(path, errno);
  if (const int unnamed = open_unnamed(folder); unnamed >= 0) {
    file.set(unnamed);
    return;
  }
  auto [fd, name] = open_temporary(folder);
  if (fd < 0) fail(path, errno);
  file.set(fd);
  temporary.set(std::move(name));
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
AtomicFile::~AtomicFile() = default;

void AtomicFile::write(std::span<const std::byte> content) {
  if (!permitted("write", impl_->path) || !write_all(impl_->file.get(), content))
    fail(impl_->path, errno);
}

void AtomicFile::seek(uint64_t place) {
  if (::lseek(impl_->file.get(), static_cast<off_t>(place), SEEK_SET) < 0) fail(impl_->path, errno);
}

void AtomicFile::commit() {
  auto& [path, target, folder, file, temporary] = *impl_;
  struct stat existing;
  if (::stat(target.c_str(), &existing) == 0) {
    // A file system without permissions (FAT) refuses this; the content matters more.
    [[maybe_unused]] const int ignored = ::fchmod(file.get(), existing.st_mode & 07777);
  }
  if (!permitted("flush", path) || ::fsync(file.get()) != 0) fail(path, errno);
  if (!temporary.named()) {
    temporary.set(give_name(file.get(), folder));
    if (!temporary.named()) fail(path, errno);
  }
  if (!permitted("close", path) || file.close() != 0) fail(path, errno);
  if (!permitted("rename", path) || ::rename(temporary.c_str(), target.c_str()) != 0)
    fail(path, errno);
  temporary.keep();
  // Makes the new name survive a power cut. The file is whole and in place by now, and some file
  // systems cannot flush a folder, so that a failure here is not one of the write.
  if (!permitted("flush folder", path)) return;
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void remove_file(const std::filesystem::path& path) {
  if (permitted("remove", path)) ::unlink(path.c_str());
}

void set_file_hook(FileHook hook) { file_hook = std::move(hook); }

}  // namespace imago
