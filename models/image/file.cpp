#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "compute/base/atomic_file.h"
#include "models/image/file_names.h"
#include "models/image/formats.h"
#include "models/image/image.h"

namespace imago {
namespace {

struct Name {
  const char* extension;
  const char* format;
};
constexpr Name kNames[] = {
    {"png", "png"},   {"jpg", "jpg"}, {"jpeg", "jpg"}, {"jpe", "jpg"}, {"jfif", "jpg"},
    {"webp", "webp"}, {"tif", "tif"}, {"tiff", "tif"}, {"bmp", "bmp"}, {"dib", "bmp"},
    {"ppm", "ppm"},   {"pgm", "ppm"}, {"pbm", "ppm"},  {"pnm", "ppm"},
};

/// Null if no format goes by that name.
const char* find_format(std::string name) {
  if (name.starts_with('.')) name.erase(0, 1);
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  const auto found =
      std::ranges::find_if(kNames, [&](const Name& known) { return name == known.extension; });
  return found == std::end(kNames) ? nullptr : found->format;
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
  if (const char* format = find_format(name)) return format;
  const std::string problem = name.empty() ? "the name has no extension that says the format"
                                           : "cannot write \"" + name + "\" pictures";
  throw ImageError(problem + ": use png, jpg, webp, tif, bmp or ppm");
}

bool has_image_extension(const std::filesystem::path& path) {
  return find_format(path.extension().string()) != nullptr;
}

Image load_image(const std::filesystem::path& path, const ImageLimits& limits) {
  return decode_image(read_file(path), limits);
}

Preview load_preview(const std::filesystem::path& path, int side, const ImageLimits& limits) {
  return formats::decode_preview(read_file(path), side, limits);
}

void save_image(const Image& image, const std::filesystem::path& path, const SaveOptions& options) {
  SaveOptions complete = options;
  if (complete.format.empty()) complete.format = path.extension().string();
  complete.format = canonical_format(complete.format);
  write_file_atomically(path, encode_image(image, complete));
}

}  // namespace imago
