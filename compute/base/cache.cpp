#include "compute/base/cache.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "compute/base/atomic_file.h"

namespace imago {
namespace {

constexpr char kMagic[8] = {'I', 'M', 'A', 'G', 'O', 'C', '0', '1'};

/// FNV-1a; guards against torn and rotten files, not against malice.
uint64_t checksum(std::span<const std::byte> bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) hash = (hash ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  const size_t begin = to.size();
  to.resize(begin + bytes.size());
  std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(begin));
}

std::vector<std::byte> header(const std::string& key, std::span<const std::byte> content) {
  std::vector<std::byte> result;
  append(result, std::as_bytes(std::span(kMagic)));
  const uint64_t numbers[] = {key.size(), content.size(), checksum(content)};
  append(result, std::as_bytes(std::span(numbers)));
  append(result, std::as_bytes(std::span(key)));
  return result;
}

}  // namespace

std::filesystem::path cache_folder() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg)
    return std::filesystem::path(xdg) / "imago";
  if (const char* local = std::getenv("LOCALAPPDATA"); local && *local)
    return std::filesystem::path(local) / "imago" / "cache";
  if (const char* home = std::getenv("HOME"); home && *home)
    return std::filesystem::path(home) / ".cache" / "imago";
  return {};
}

std::vector<std::byte> read_cache(const std::string& file, const std::string& key) {
  const std::filesystem::path folder = cache_folder();
  std::error_code error;
  if (folder.empty() || !std::filesystem::is_regular_file(folder / file, error)) return {};
  std::ifstream in(folder / file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  std::vector<std::byte> bytes(static_cast<size_t>(in.tellg()));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const size_t frame = header(key, {}).size();
  if (!in || bytes.size() < frame) return {};
  const std::span<const std::byte> content = std::span(bytes).subspan(frame);
  const std::vector<std::byte> expected = header(key, content);
  if (std::memcmp(expected.data(), bytes.data(), frame) != 0) return {};
  return {content.begin(), content.end()};
}

void write_cache(const std::string& file, const std::string& key,
                 std::span<const std::byte> content) noexcept {
  try {
    const std::filesystem::path folder = cache_folder();
    if (folder.empty()) return;
    std::filesystem::create_directories(folder);
    std::vector<std::byte> bytes = header(key, content);
    append(bytes, content);
    write_file_atomically(folder / file, bytes);
  } catch (const std::exception&) {
    // A read-only or full disk costs the next start some time, nothing else.
  }
}

}  // namespace imago
