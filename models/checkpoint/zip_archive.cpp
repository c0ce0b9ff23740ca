// Why not libzip: it trusts the central directory and never looks at what a local header says
// beyond its length, accepts entries that overlap or share a name, and inflates behind a stream
// interface. The few structures below (PKWARE APPNOTE 4.3) are smaller than the checks around
// libzip would be, and entries that are stored can be read in place. Inflating is zlib's.
#include "models/checkpoint/zip_archive.h"

#include <zlib.h>

#include <algorithm>

#include "models/checkpoint/text.h"

namespace imago::checkpoint {
namespace {

using Kind = CheckpointError::Kind;

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kZip64EndSignature = 0x06064b50;
constexpr uint32_t kZip64LocatorSignature = 0x07064b50;
constexpr uint64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
constexpr uint64_t kZip64EndSize = 56, kZip64LocatorSize = 20;
constexpr uint32_t kSaturated = 0xffffffff;  // "the value is in the zip64 extra field"

constexpr uint16_t kStreamed = 1 << 3;                          // sizes follow the data
constexpr uint16_t kKnownFlags = 3 << 1 | kStreamed | 1 << 11;  // deflate effort, streamed, UTF-8

/// `where`: as the file has it.
[[noreturn]] void fail_entry(Kind kind, std::string_view where, uint64_t offset,
                             const std::string& what) {
  throw CheckpointError(kind, printable(where), offset, what);
}

bool has_control(std::string_view name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// We never create files from these names, but an archive that holds one was not made by PyTorch.
bool is_safe_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || has_control(name) || !is_utf8(name)) return false;
  if (name.find_first_of("\\:") != std::string_view::npos || name.front() == '/') return false;
  if (name.back() == '/') name.remove_suffix(1);
  while (true) {
    const size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

// Replaces saturated values, in the order of the format, by those of the zip64 extra field.
bool apply_zip64(std::span<const std::byte> extra, std::initializer_list<uint64_t*> values) {
  size_t at = 0;
  std::span<const std::byte> wide;
  while (extra.size() - at >= 4) {
    const auto id = read_le<uint16_t>(extra, at);
    const size_t size = read_le<uint16_t>(extra, at + 2);
    at += 4;
    if (size > extra.size() - at) return false;
    if (id == 1) wide = extra.subspan(at, size);
    at += size;
  }
  for (uint64_t* value : values) {
    if (*value != kSaturated) continue;
    if (wide.size() < 8) return false;
    *value = read_le<uint64_t>(wide, 0);
    wide = wide.subspan(8);
  }
  return true;
}

}  // namespace

ZipArchive::ZipArchive(const Source& source, Budget& budget) : source_(source), budget_(budget) {
  const Directory directory = locate_directory();
  const uint64_t end = directory.offset + directory.size;
  if (directory.entries > kMaxTensors) {
    fail_entry(Kind::limit, "zip directory", directory.offset,
               "the archive has more than 65536 entries");
  }
  if (directory.entries > directory.size / kCentralSize) {
    fail_entry(Kind::malformed, "zip directory", directory.offset,
               "the directory is too small for the number of entries it claims");
  }
  budget_.charge(directory.entries * (sizeof(ZipEntry) + 64), "zip directory", directory.offset);
  entries_.reserve(directory.entries);
  uint64_t position = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const uint64_t at = position;
    entries_.push_back(parse_entry(position, directory));
    const ZipEntry& entry = entries_.back();
    if (!index_.emplace(entry.name, i).second) {
      fail_entry(Kind::malformed, entry.name, at, "the archive has two entries of this name");
    }
  }
  if (position != end) {
    fail_entry(Kind::malformed, "zip directory", position,
               "the directory holds more than its entries");
  }
  check_overlaps();
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

ZipArchive::Directory ZipArchive::locate_directory() const {
  const auto file = source_.bytes();
  constexpr uint64_t kMaxComment = 65535;
  const uint64_t lowest =
      file.size() < kEndSize + kMaxComment ? 0 : file.size() - kEndSize - kMaxComment;
  for (uint64_t at = file.size(); at-- > lowest;) {
    if (file.size() - at < kEndSize || read_le<uint32_t>(file, at) != kEndSignature ||
        read_le<uint16_t>(file, at + 20) != file.size() - at - kEndSize) {
      continue;
    }
    if (read_le<uint16_t>(file, at + 4) != 0 || read_le<uint16_t>(file, at + 6) != 0) {
      fail_entry(Kind::unsupported, "zip directory", at, "the archive is split over several files");
    }
    const uint64_t entries = read_le<uint16_t>(file, at + 10);
    if (read_le<uint16_t>(file, at + 8) != entries) {
      fail_entry(Kind::malformed, "zip directory", at, "the directory's two entry counts disagree");
    }
    Directory directory{read_le<uint32_t>(file, at + 16), read_le<uint32_t>(file, at + 12),
                        entries};
    uint64_t end = at;
    if (at >= kZip64LocatorSize &&
        read_le<uint32_t>(file, at - kZip64LocatorSize) == kZip64LocatorSignature) {
      refine_with_zip64(at, directory);
      end = read_le<uint64_t>(file, at - kZip64LocatorSize + 8);
    }
    if (directory.offset > end || directory.size != end - directory.offset) {
      fail_entry(Kind::malformed, "zip directory", at,
                 "the directory is not where the archive's end says it is");
    }
    return directory;
  }
  fail_entry(
      Kind::truncated, "zip directory", file.size(),
      "the archive has no directory at its end: the download is incomplete, or something was "
      "appended to the file");
}

void ZipArchive::refine_with_zip64(uint64_t end_record, Directory& directory) const {
  const auto file = source_.bytes();
  const uint64_t locator = end_record - kZip64LocatorSize;
  const auto record = read_le<uint64_t>(file, locator + 8);
  if (locator < kZip64EndSize || record != locator - kZip64EndSize ||
      read_le<uint32_t>(file, record) != kZip64EndSignature ||
      read_le<uint64_t>(file, record + 4) != kZip64EndSize - 12) {
    fail_entry(Kind::malformed, "zip directory", locator,
               "the zip64 record is not before its locator");
  }
  if (read_le<uint32_t>(file, locator + 4) != 0 || read_le<uint32_t>(file, locator + 16) > 1 ||
      read_le<uint32_t>(file, record + 16) != 0 || read_le<uint32_t>(file, record + 20) != 0) {
    fail_entry(Kind::unsupported, "zip directory", record,
               "the archive is split over several files");
  }
  const Directory wide{read_le<uint64_t>(file, record + 48), read_le<uint64_t>(file, record + 40),
                       read_le<uint64_t>(file, record + 32)};
  const bool agrees = (directory.offset == kSaturated || directory.offset == wide.offset) &&
                      (directory.size == kSaturated || directory.size == wide.size) &&
                      (directory.entries == 0xffff || directory.entries == wide.entries) &&
                      read_le<uint64_t>(file, record + 24) == wide.entries;
  if (!agrees) {
    fail_entry(Kind::malformed, "zip directory", record,
               "the two end records of the archive disagree");
  }
  directory = wide;
}

ZipEntry ZipArchive::parse_entry(uint64_t& position, const Directory& directory) const {
  const auto file = source_.bytes();
  const uint64_t end = directory.offset + directory.size;
  const uint64_t at = position;
  if (end - at < kCentralSize || read_le<uint32_t>(file, at) != kCentralSignature) {
    fail_entry(Kind::malformed, "zip directory", at,
               "there is no directory entry where one must be");
  }
  const uint64_t name_size = read_le<uint16_t>(file, at + 28);
  const uint64_t extra_size = read_le<uint16_t>(file, at + 30);
  const uint64_t comment_size = read_le<uint16_t>(file, at + 32);
  if (name_size + extra_size + comment_size > end - at - kCentralSize) {
    fail_entry(Kind::malformed, "zip directory", at,
               "a directory entry is longer than the directory");
  }
  position = at + kCentralSize + name_size + extra_size + comment_size;

  ZipEntry entry;
  entry.name = {reinterpret_cast<const char*>(file.data()) + at + kCentralSize, name_size};
  if (!is_safe_name(entry.name)) {
    fail_entry(Kind::malformed, entry.name, at,
               "the archive has an entry whose name is not a plain path");
  }
  const auto flags = read_le<uint16_t>(file, at + 8);
  const auto method = read_le<uint16_t>(file, at + 10);
  if (flags & ~kKnownFlags) {
    fail_entry(Kind::unsupported, entry.name, at + 8,
               "the entry is encrypted or of an unknown kind");
  }
  if (method != 0 && method != 8) {
    fail_entry(Kind::unsupported, entry.name, at + 10,
               "the entry is compressed with method " + std::to_string(method) +
                   "; only stored and deflated entries are read");
  }
  entry.deflated = method == 8;
  entry.crc = read_le<uint32_t>(file, at + 16);
  entry.compressed = read_le<uint32_t>(file, at + 20);
  entry.size = read_le<uint32_t>(file, at + 24);
  entry.header = read_le<uint32_t>(file, at + 42);
  if (!apply_zip64(file.subspan(at + kCentralSize + name_size, extra_size),
                   {&entry.size, &entry.compressed, &entry.header})) {
    fail_entry(Kind::malformed, entry.name, at, "the zip64 field of the entry is damaged");
  }
  if (!entry.deflated && entry.compressed != entry.size) {
    fail_entry(Kind::malformed, entry.name, at, "the entry is stored but has two different sizes");
  }
  check_local_header(entry, flags, directory.offset);
  return entry;
}

void ZipArchive::check_local_header(ZipEntry& entry, uint16_t flags, uint64_t limit) const {
  const auto file = source_.bytes();
  const uint64_t at = entry.header;
  if (at > limit || limit - at < kLocalSize || read_le<uint32_t>(file, at) != kLocalSignature) {
    fail_entry(Kind::malformed, entry.name, at,
               "there is no entry where the directory says one is");
  }
  const uint64_t name_size = read_le<uint16_t>(file, at + 26);
  const uint64_t extra_size = read_le<uint16_t>(file, at + 28);
  if (name_size + extra_size > limit - at - kLocalSize) {
    fail_entry(Kind::malformed, entry.name, at, "the entry's header is longer than the archive");
  }
  const std::string_view name(reinterpret_cast<const char*>(file.data()) + at + kLocalSize,
                              name_size);
  uint64_t compressed = read_le<uint32_t>(file, at + 18), size = read_le<uint32_t>(file, at + 22);
  const auto crc = read_le<uint32_t>(file, at + 14);
  const bool zip64 =
      apply_zip64(file.subspan(at + kLocalSize + name_size, extra_size), {&size, &compressed});
  // A streaming writer knew neither sizes nor CRC when it wrote this header, and left zeros.
  const bool streamed = flags & kStreamed;
  const auto agrees = [streamed](uint64_t local, uint64_t central) {
    return local == central || (streamed && local == 0);
  };
  if (!zip64 || name != entry.name || read_le<uint16_t>(file, at + 6) != flags ||
      read_le<uint16_t>(file, at + 8) != (entry.deflated ? 8 : 0) || !agrees(crc, entry.crc) ||
      !agrees(compressed, entry.compressed) || !agrees(size, entry.size)) {
    fail_entry(Kind::malformed, entry.name, at,
               "the entry's own header and the directory disagree");
  }
  entry.data = at + kLocalSize + name_size + extra_size;
  if (entry.compressed > limit - entry.data) {
    fail_entry(Kind::malformed, entry.name, at,
               "the entry's data reach beyond the archive's directory");
  }
}

void ZipArchive::check_overlaps() const {
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->header < b->header; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i]->header < order[i - 1]->data + order[i - 1]->compressed) {
      fail_entry(Kind::malformed, order[i]->name, order[i]->header,
                 "the entry overlaps " + printable(order[i - 1]->name));
    }
  }
}

ZipContent ZipArchive::open(const ZipEntry& entry) const {
  ZipContent content;
  uLong crc = ::crc32(0, nullptr, 0);
  if (entry.deflated) {
    budget_.charge(entry.size, std::string(entry.name), entry.data);
    content.inflated = inflate(entry);
    content.bytes = content.inflated;
  } else {
    content.bytes = source_.bytes().subspan(entry.data, entry.size);
  }
  constexpr size_t kStep = size_t{4} << 20;
  for (size_t done = 0; done < content.bytes.size(); done += kStep) {
    const auto part = content.bytes.subspan(done, std::min(kStep, content.bytes.size() - done));
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    if (!entry.deflated) source_.done_with(entry.data + done, part.size());
  }
  if (entry.crc != crc) {
    if (entry.crc != 0) {
      fail_entry(Kind::malformed, entry.name, entry.data,
                 "the content does not match its checksum: the file is damaged, download it again");
    }
    content.checked = false;
  }
  return content;
}

void ZipArchive::close(const ZipEntry& entry, ZipContent) const {
  if (entry.deflated) budget_.release(entry.size);
}

std::vector<std::byte> ZipArchive::inflate(const ZipEntry& entry) const {
  // Deflate packs at most 258 bytes into 2 bits: whoever declares more lies, and is not given
  // memory.
  if (entry.size / 1032 > entry.compressed) {
    fail_entry(Kind::malformed, entry.name, entry.data,
               "the entry cannot be as large as it claims");
  }
  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } stream;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib ran out of memory");

  // One byte more than declared, to notice a stream that goes on.
  std::vector<std::byte> content(entry.size + 1);
  const auto packed = source_.bytes().subspan(entry.data, entry.compressed);
  constexpr uint64_t kStep = uint64_t{4} << 20;
  uint64_t taken = 0, made = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const auto in = static_cast<uInt>(std::min(kStep, packed.size() - taken));
    const auto out = static_cast<uInt>(std::min(kStep, content.size() - made));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + taken));
    stream.avail_in = in;
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + made);
    stream.avail_out = out;
    status = ::inflate(&stream, Z_NO_FLUSH);  // Z_BUF_ERROR: no progress, input or room used up
    source_.done_with(entry.data + taken, in - stream.avail_in);
    taken += in - stream.avail_in;
    made += out - stream.avail_out;
  }
  if (status != Z_STREAM_END || made != entry.size || taken != entry.compressed) {
    fail_entry(Kind::malformed, entry.name, entry.data,
               "the entry does not inflate to the size it declares: the file is damaged");
  }
  content.pop_back();
  return content;
}

}  // namespace imago::checkpoint
