// An AtomicFile as FFmpeg writes to it. Internal to models/video.
#pragma once

#include <exception>

#include "compute/base/atomic_file.h"
#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// No exception passes through FFmpeg's frames: it is told that writing failed, and why is thrown
/// by `rethrow`.
class FileOutput {
 public:
  explicit FileOutput(const std::filesystem::path& path);
  ~FileOutput();
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  AVIOContext* context() { return context_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  /// The file is whole and in place.
  void commit();

 private:
  int write(const uint8_t* content, int size) noexcept;
  int64_t seek(int64_t place, int whence) noexcept;

  AtomicFile file_;
  int64_t place_ = 0, size_ = 0;
  std::exception_ptr failure_;
  AVIOContext* context_ = nullptr;
};

}  // namespace imago::ffmpeg
