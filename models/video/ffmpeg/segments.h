// Files of encoded frames: what is kept of a film until it is whole. Internal to models/video.
#pragma once

#include <fstream>
#include <vector>

#include "compute/base/atomic_file.h"
#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// Packets in the order in which they are decoded, with the time of each and without decoding
/// times: these depend on all of the film. A segment begins with a key frame and needs no other.
class SegmentWriter {
 public:
  explicit SegmentWriter(const std::filesystem::path& path);
  void add(const AVPacket& packet);
  /// The file is whole and in place.
  void commit();

 private:
  AtomicFile file_;
  std::vector<std::byte> buffer_;
  uint64_t count_ = 0;
};

class SegmentReader {
 public:
  /// Throws FilmError where the file is not whole.
  explicit SegmentReader(const std::filesystem::path& path);
  /// False after the last one. `contents`: false to learn the times alone.
  bool next(AVPacket& packet, bool contents = true);

 private:
  [[noreturn]] void throw_damaged() const;

  const std::filesystem::path path_;
  std::ifstream file_;
  uint64_t count_ = 0, size_ = 0;
};

}  // namespace imago::ffmpeg
