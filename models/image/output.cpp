#include "models/image/output.h"

#include <algorithm>

#include "compute/base/atomic_file.h"

namespace imago {
namespace {

/// Small writes are gathered, for some encoders make many.
class FileOutput : public Output {
 public:
  explicit FileOutput(const std::filesystem::path& path) : file_(path) {}

  void write(std::span<const std::byte> content) override {
    if (pending_.size() + content.size() > kPending) flush();
    if (content.size() > kPending)
      file_.write(content);
    else
      pending_.insert(pending_.end(), content.begin(), content.end());
  }
  void seek(uint64_t place) override {
    flush();
    file_.seek(place);
  }
  void commit() override {
    flush();
    file_.commit();
  }

 private:
  static constexpr size_t kPending = size_t{1} << 18;

  void flush() {
    if (!pending_.empty()) file_.write(pending_);
    pending_.clear();
  }

  AtomicFile file_;
  std::vector<std::byte> pending_;
};

class MemoryOutput : public Output {
 public:
  explicit MemoryOutput(std::vector<std::byte>& content) : content_(content) {}

  void write(std::span<const std::byte> content) override {
    const size_t end = place_ + content.size();
    if (end > content_.size()) content_.resize(end);
    std::ranges::copy(content, content_.begin() + static_cast<ptrdiff_t>(place_));
    place_ = end;
  }
  void seek(uint64_t place) override { place_ = static_cast<size_t>(place); }
  void commit() override {}

 private:
  std::vector<std::byte>& content_;
  size_t place_ = 0;
};

}  // namespace

std::unique_ptr<Output> output_to_file(const std::filesystem::path& path) {
  return std::make_unique<FileOutput>(path);
}

std::unique_ptr<Output> output_to_memory(std::vector<std::byte>& content) {
  return std::make_unique<MemoryOutput>(content);
}

bool OutputForC::write(const void* content, size_t size) noexcept {
  try {
    output_->write({static_cast<const std::byte*>(content), size});
    place_ += size;
    size_ = std::max(size_, place_);
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    return false;
  }
}

bool OutputForC::seek(uint64_t place) noexcept {
  try {
    if (place != place_) output_->seek(place);
    place_ = place;
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    return false;
  }
}

}  // namespace imago
