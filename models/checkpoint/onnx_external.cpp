#include "models/checkpoint/onnx_external.h"

#include <charconv>

#include "models/checkpoint/text.h"

namespace imago::checkpoint {
namespace {

namespace fs = std::filesystem;
using Kind = CheckpointError::Kind;

[[noreturn]] void refuse_data(Kind kind, const std::string& tensor, uint64_t offset,
                              const std::string& what) {
  throw CheckpointError(kind, tensor, offset, what);
}

uint64_t number_in(const std::map<std::string, std::string>& place, const char* key,
                   uint64_t otherwise, const std::string& tensor, uint64_t offset) {
  const auto found = place.find(key);
  if (found == place.end()) return otherwise;
  uint64_t number = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [rest, error] = std::from_chars(found->second.data(), end, number);
  if (error != std::errc() || rest != end)
    refuse_data(Kind::malformed, tensor, offset,
                std::string("its external ") + key + " is no number");
  return number;
}

}  // namespace

const MappedFile& ExternalFiles::open(const std::string& location, const std::string& tensor,
                                      uint64_t offset) {
  if (const auto found = files_.find(location); found != files_.end()) return *found->second;
  const auto refuse = [&](const std::string& why) {
    refuse_data(Kind::forbidden, tensor, offset,
                "its data are said to be in \"" + printable(location) + "\", " + why);
  };
  if (folder_.empty()) refuse("another file, which is not to be had here");
  const fs::path path(location);
  if (location.empty() || path.is_absolute() || location.find('\\') != std::string::npos ||
      location.find('\0') != std::string::npos)
    refuse("which is no file beside the model");
  fs::path step = folder_;
  for (const fs::path& part : path) {
    if (part == ".." || part.empty()) refuse("which leads out of the model's folder");
    step /= part;
    std::error_code missing;
    if (fs::is_symlink(fs::symlink_status(step, missing))) refuse("which is a link");
  }
  std::error_code error;
  if (!fs::exists(step, error))
    refuse_data(Kind::io, tensor, offset,
                "its data are in \"" + printable(location) +
                    "\", which is not beside the model; both files are needed");
  if (fs::is_regular_file(step, error) && fs::hard_link_count(step, error) > 1)
    refuse("which is a link");
  auto file = std::make_unique<MappedFile>(step);
  budget_.release(file->source().size());
  return *files_.emplace(location, std::move(file)).first->second;
}

ExternalFiles::Part ExternalFiles::find(const std::map<std::string, std::string>& place,
                                        const std::string& tensor, uint64_t bytes,
                                        uint64_t offset) {
  const auto location = place.find("location");
  const MappedFile& file = open(location == place.end() ? "" : location->second, tensor, offset);
  const std::span<const std::byte> all = file.source().bytes();
  const uint64_t begin = number_in(place, "offset", 0, tensor, offset);
  const uint64_t length = number_in(place, "length", bytes, tensor, offset);
  if (length != bytes)
    refuse_data(Kind::malformed, tensor, offset,
                "has " + std::to_string(length) + " bytes of external data, its shape needs " +
                    std::to_string(bytes));
  if (begin > all.size() || bytes > all.size() - begin)
    refuse_data(Kind::truncated, tensor, offset, "its external data end beyond their file");
  return {all.subspan(begin, bytes)};
}

}  // namespace imago::checkpoint
