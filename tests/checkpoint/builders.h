// Builds checkpoint files in memory, right ones and wrong ones, independently of Imago's writers.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/checkpoint/checkpoint.h"

// GCC 12 sees an overlapping copy in literal + std::string where there is none (its bug 105651).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"
#endif

namespace imago::build {

using Kind = CheckpointError::Kind;

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

template <typename T>
std::string le(T value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  }
  return bytes;
}

inline std::string floats(const std::vector<float>& values) {
  std::string bytes(values.size() * 4, '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// --- pickle -----------------------------------------------------------------------------------

inline std::string str(const std::string& text) {
  return "X" + le(static_cast<uint32_t>(text.size())) + text;
}
/// BININT, or LONG1 of eight bytes for what does not fit.
inline std::string num(int64_t value) {
  if (value == static_cast<int32_t>(value)) return "J" + le(static_cast<int32_t>(value));
  return "\x8a\x08" + le(value);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<int64_t>& values) {
  std::string text = "(";
  for (const int64_t value : values) text += num(value);
  return text + "t";
}
inline std::string ordered_dict() { return global("collections", "OrderedDict") + ")R"; }

struct Storage {
  std::string key = "0";
  std::string type = "FloatStorage";
  int64_t elements = 4;
  std::string tail = "";  // a sixth item of the persistent id
};
inline std::string storage(const Storage& s = {}) {
  return "(" + str("storage") + global("torch", s.type) + str(s.key) + str("cpu") +
         num(s.elements) + s.tail + "tQ";
}

struct Tensor {
  Storage storage = {};
  int64_t offset = 0;
  std::vector<int64_t> size = {2, 2}, stride = {2, 1};
};
inline std::string tensor(const Tensor& t = {}) {
  return global("torch._utils", "_rebuild_tensor_v2") + "(" + storage(t.storage) + num(t.offset) +
         tuple(t.size) + tuple(t.stride) + "\x89" + ordered_dict() + "tR";
}

/// {key: value, …} of pickled values.
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string text = "}(";
  for (const auto& [key, value] : items) text += str(key) + value;
  return text + "u";
}
inline std::string pickle(const std::string& body) { return "\x80\x02" + body + "."; }

// --- zip --------------------------------------------------------------------------------------

inline std::string deflated(const std::string& content) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The numbers of a header; a part may lie in one of its two headers or in both.
struct ZipNumbers {
  uint16_t flags = 0, method = 0;
  uint32_t crc = 0, compressed = 0, size = 0;
  std::string name, extra;
  std::optional<uint32_t> offset;  // central only: instead of the true one
};

struct ZipPart {
  ZipNumbers local, central;
  std::string data;
};

inline ZipPart part(const std::string& name, const std::string& content, bool deflate = false) {
  ZipPart p;
  p.data = deflate ? deflated(content) : content;
  p.local.name = name;
  p.local.method = deflate ? 8 : 0;
  p.local.crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
  p.local.compressed = static_cast<uint32_t>(p.data.size());
  p.local.size = static_cast<uint32_t>(content.size());
  p.central = p.local;
  return p;
}

struct ZipEnd {
  std::string between = {};                        // between the entries and the directory
  std::optional<uint16_t> entries = {};            // instead of the true number
  std::optional<uint32_t> offset = {}, size = {};  // of the directory
  uint16_t disk = 0;
  std::string comment = {};
};

inline std::string zip(const std::vector<ZipPart>& parts, const ZipEnd& end = {}) {
  const auto numbers = [](const ZipNumbers& n) {
    return le<uint16_t>(20) + le(n.flags) + le(n.method) + le<uint32_t>(0) + le(n.crc) +
           le(n.compressed) + le(n.size) + le(static_cast<uint16_t>(n.name.size())) +
           le(static_cast<uint16_t>(n.extra.size()));
  };
  std::string file, directory;
  for (const ZipPart& p : parts) {
    directory += "PK\x01\x02" + le<uint16_t>(20) + numbers(p.central) + std::string(10, '\0') +
                 le(p.central.offset.value_or(static_cast<uint32_t>(file.size()))) +
                 p.central.name + p.central.extra;
    file += "PK\x03\x04" + numbers(p.local) + p.local.name + p.local.extra + p.data;
  }
  file += end.between;
  const auto count = end.entries.value_or(static_cast<uint16_t>(parts.size()));
  const auto offset = end.offset.value_or(static_cast<uint32_t>(file.size()));
  return file + directory + "PK\x05\x06" + le(end.disk) + le<uint16_t>(0) + le(count) + le(count) +
         le(end.size.value_or(static_cast<uint32_t>(directory.size()))) + le(offset) +
         le(static_cast<uint16_t>(end.comment.size())) + end.comment;
}

/// Where the pickle's first byte lies in what torch_zip builds: after "a/data.pkl"'s local header.
inline constexpr uint64_t kPickleAt = 40;

inline std::vector<ZipPart> torch_parts(const std::string& pickle_bytes,
                                        const std::string& data = floats({1, 2, 3, 4})) {
  return {part("a/data.pkl", pickle_bytes), part("a/data/0", data), part("a/version", "3\n")};
}
inline std::string torch_zip(const std::string& pickle_bytes,
                             const std::string& data = floats({1, 2, 3, 4})) {
  return zip(torch_parts(pickle_bytes, data));
}

// --- legacy -----------------------------------------------------------------------------------

inline std::string legacy_magic() {
  return std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
}
inline std::string legacy_system() {
  return pickle(dict({{"protocol_version", "M\xe9\x03"}, {"little_endian", "\x88"}}));
}
inline std::string legacy_preamble() {
  return legacy_magic() + pickle("M\xe9\x03") + legacy_system();
}
inline std::string legacy_keys(const std::vector<std::string>& keys) {
  std::string body = "](";
  for (const std::string& key : keys) body += str(key);
  return pickle(body + "e");
}
inline std::string legacy(const std::string& object, const std::string& data = floats({1, 2, 3, 4}),
                          int64_t elements = 4) {
  return legacy_preamble() + object + legacy_keys({"0"}) + le(elements) + data;
}

// --- safetensors ------------------------------------------------------------------------------

inline std::string safetensors(const std::string& header, const std::string& data = "") {
  return le(static_cast<uint64_t>(header.size())) + header + data;
}

}  // namespace imago::build
