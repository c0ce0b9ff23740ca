#include "models/video/ffmpeg/file_output.h"

#include <algorithm>
#include <cstdio>
#include <new>

namespace imago::ffmpeg {

FileOutput::FileOutput(const std::filesystem::path& path) : file_(path) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  using Content = const uint8_t*;
#else
  using Content = uint8_t*;
#endif
  constexpr int kBuffer = 1 << 16;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (!buffer) throw std::bad_alloc();
  context_ = avio_alloc_context(
      buffer, kBuffer, 1, this, nullptr,
      [](void* self, Content content, int size) {
        return static_cast<FileOutput*>(self)->write(content, size);
      },
      [](void* self, int64_t place, int whence) {
        return static_cast<FileOutput*>(self)->seek(place, whence);
      });
  if (!context_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

FileOutput::~FileOutput() {
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

void FileOutput::commit() {
  avio_flush(context_);
  rethrow();
  file_.commit();
}

int FileOutput::write(const uint8_t* content, int size) noexcept {
  if (failure_) return AVERROR(EIO);
  try {
    file_.write(std::as_bytes(std::span(content, static_cast<size_t>(size))));
  } catch (...) {
    failure_ = std::current_exception();
    return AVERROR(EIO);
  }
  place_ += size;
  size_ = std::max(size_, place_);
  return size;
}

int64_t FileOutput::seek(int64_t place, int whence) noexcept {
  if (whence & AVSEEK_SIZE) return size_;
  whence &= ~AVSEEK_FORCE;
  const int64_t wanted = whence == SEEK_CUR   ? place_ + place
                         : whence == SEEK_END ? size_ + place
                                              : place;
  if (failure_ || wanted < 0) return AVERROR(EINVAL);
  try {
    file_.seek(static_cast<uint64_t>(wanted));
  } catch (...) {
    failure_ = std::current_exception();
    return AVERROR(EIO);
  }
  return place_ = wanted;
}

}  // namespace imago::ffmpeg
