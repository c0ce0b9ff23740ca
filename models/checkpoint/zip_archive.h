// A zip archive from a stranger: its directory, and its entries one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/source.h"

namespace imago::checkpoint {

struct ZipEntry {
  std::string_view name;  // points into the file
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t compressed = 0, size = 0;
  uint64_t header = 0;  // offset of the local header
  uint64_t data = 0;    // offset of the (compressed) data
};

/// The content of an entry: in the file where it is stored, else inflated.
struct ZipContent {
  std::span<const std::byte> bytes;
  std::vector<std::byte> inflated;  // owns `bytes` if the entry is deflated
  bool checked = true;              // false: the archive holds a CRC of 0, which checks nothing
};

class ZipArchive {
 public:
  /// Reads the central directory and compares it with every local header. Throws CheckpointError:
  /// truncated (no directory at the end), malformed (headers that disagree; overlapping, duplicate
  /// or badly named entries), unsupported (encryption, methods other than stored and deflated).
  ZipArchive(const Source& source, Budget& budget);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const ZipEntry* find(std::string_view name) const;

  /// Verifies the CRC; inflates at most the declared size, which is charged to the budget until
  /// `close`. Throws CheckpointError naming the entry.
  ZipContent open(const ZipEntry& entry) const;
  void close(const ZipEntry& entry, ZipContent content) const;

 private:
  struct Directory {
    uint64_t offset, size, entries;
  };
  Directory locate_directory() const;
  void refine_with_zip64(uint64_t end_record, Directory& directory) const;
  ZipEntry parse_entry(uint64_t& position, const Directory& directory) const;
  /// `limit`: where the central directory begins and the entries must have ended.
  void check_local_header(ZipEntry& entry, uint16_t flags, uint64_t limit) const;
  void check_overlaps() const;
  std::vector<std::byte> inflate(const ZipEntry& entry) const;

  const Source& source_;
  Budget& budget_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, size_t> index_;
};

}  // namespace imago::checkpoint
