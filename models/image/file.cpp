#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "models/image/codecs/formats.h"
#include "models/image/file_names.h"
#include "models/image/image.h"

namespace imago {
namespace {

struct Name {
  const char* extension;
  const char* format;
  bool written = true;  // else only read
};
constexpr Name kNames[] = {
    {"png", "png"},          {"apng", "png"},         {"jpg", "jpg"},
    {"jpeg", "jpg"},         {"jpe", "jpg"},          {"jfif", "jpg"},
    {"webp", "webp"},        {"tif", "tif"},          {"tiff", "tif"},
    {"bmp", "bmp"},          {"dib", "bmp"},          {"ppm", "ppm"},
    {"pgm", "ppm"},          {"pbm", "ppm"},          {"pnm", "ppm"},
    {"gif", "gif", false},   {"avif", "heif", false}, {"heic", "heif", false},
    {"heif", "heif", false}, {"hif", "heif", false},  {"jxl", "jxl", false},
};

/// Null if no format goes by that name.
const Name* find_name(std::string name) {
  if (name.starts_with('.')) name.erase(0, 1);
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  const auto found =
      std::ranges::find_if(kNames, [&](const Name& known) { return name == known.extension; });
  return found == std::end(kNames) ? nullptr : found;
}

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw ImageError(error && error != std::errc::no_such_file_or_directory ? error.message()
                                                                            : "no such file");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw ImageError(std::filesystem::is_directory(status) ? "a folder, not a picture"
                                                           : "not a regular file");
  }
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > INT32_MAX) throw ImageError("the file is larger than 2 GiB");
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw ImageError(std::string("cannot be opened: ") + std::strerror(errno));
  std::vector<std::byte> content(static_cast<size_t>(size));
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size));
  if (file.gcount() != static_cast<std::streamsize>(size)) {
    throw ImageError(std::string("cannot be read: ") + std::strerror(errno));
  }
  return content;
}

}  // namespace

std::string canonical_format(const std::string& name) {
  if (const Name* found = find_name(name); found && found->written) return found->format;
  const std::string problem = name.empty() ? "the name has no extension that says the format"
                                           : "cannot write \"" + name + "\" pictures";
  throw ImageError(problem + ": use png, jpg, webp, tif, bmp or ppm");
}

bool has_image_extension(const std::filesystem::path& path) {
  return find_name(path.extension().string()) != nullptr;
}

Image load_image(const std::filesystem::path& path, const ReadOptions& options) {
  return decode_image(read_file(path), options);
}

Raster load_raster(const std::filesystem::path& path, const ReadOptions& options) {
  return formats::decode_raster(read_file(path), options);
}

Preview load_preview(const std::filesystem::path& path, int side, const ReadOptions& options) {
  return formats::decode_preview(read_file(path), side, options);
}

}  // namespace imago
