// Where an encoder's bytes go: a file or memory. Internal to models/image.
#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "models/image/writer.h"

namespace imago {

class Output {
 public:
  virtual ~Output() = default;
  /// At the place where the last write or seek ended. Throws Error.
  virtual void write(std::span<const std::byte> content) = 0;
  virtual void seek(uint64_t place) = 0;
  virtual void commit() = 0;
};

/// In place once committed, absent before.
std::unique_ptr<Output> output_to_file(const std::filesystem::path& path);
/// Into `content`, which must outlive it.
std::unique_ptr<Output> output_to_memory(std::vector<std::byte>& content);

/// An Output as C libraries can use it: no exception passes through their frames. They are told
/// that writing failed, and why is thrown once they have returned.
class OutputForC {
 public:
  explicit OutputForC(std::unique_ptr<Output> output) : output_(std::move(output)) {}

  bool write(const void* content, size_t size) noexcept;
  bool seek(uint64_t place) noexcept;
  uint64_t place() const { return place_; }
  uint64_t size() const { return size_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  void commit() { output_->commit(); }

 private:
  std::unique_ptr<Output> output_;
  uint64_t place_ = 0, size_ = 0;
  std::exception_ptr failure_;
};

/// Metadata in the form in which files hold it; each part may be empty.
struct EncodedMetadata {
  std::vector<std::byte> exif;  // a TIFF structure, little-endian, without "Exif\0\0"
  std::vector<std::byte> icc, xmp;
  std::vector<std::byte> iptc, irb;  // bare, and in a Photoshop resource block
  ColourChunks colour;
  std::optional<Resolution> resolution;
};

/// The writers of the formats. `layout` is one that stored_layout returns.
using WriterMaker = std::unique_ptr<ImageWriter>(std::unique_ptr<Output>, const RowLayout& layout,
                                                 EncodedMetadata, int quality);
WriterMaker make_png_writer, make_jpg_writer, make_tif_writer, make_webp_writer, make_bmp_writer,
    make_pnm_writer;

}  // namespace imago
