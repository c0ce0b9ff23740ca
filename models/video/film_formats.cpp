#include "models/video/film_formats.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "models/video/film.h"

namespace imago {
namespace {

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

/// The name .ts is also that of TypeScript and of Qt's translations: packets of MPEG are of 188
/// bytes, each of which begins with a G. What is not there may be one.
bool is_transport_stream(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 189> begin = {};
  if (!file.read(begin.data(), begin.size())) return !file.is_open();
  return begin.front() == 'G' && begin.back() == 'G';
}

}  // namespace

const char* const kWrittenFilms = "mp4, mov, mkv, webm, gif, apng or webp";

std::string film_format_of(const std::filesystem::path& path) {
  static const std::map<std::string, std::string> kFormats = {
      {".mp4", "mp4"},   {".m4v", "mp4"}, {".mov", "mov"},  {".mkv", "mkv"},
      {".webm", "webm"}, {".gif", "gif"}, {".apng", "apng"}};
  const auto found = kFormats.find(extension_of(path));
  return found == kFormats.end() ? "" : found->second;
}

bool is_film_format(const std::string& format) {
  static const std::set<std::string> kFormats = {"mp4", "mov",  "mkv", "webm",
                                                 "gif", "apng", "webp"};
  return kFormats.contains(format);
}

bool is_animation_format(const std::string& format) {
  return format == "gif" || format == "apng" || format == "webp";
}

const std::vector<std::string>& film_extensions() {
  static const std::vector<std::string> kExtensions = {
      ".mp4", ".m4v",  ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts",
      ".mts", ".m2ts", ".m2v", ".vob", ".wmv",  ".asf", ".flv", ".f4v",  ".ogv",
      ".3gp", ".3g2",  ".mxf", ".dv",  ".y4m",  ".nut", ".apng"};
  return kExtensions;
}

bool has_film_extension(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  if (extension == ".ts") return is_transport_stream(path);
  return std::ranges::count(film_extensions(), extension) > 0;
}

std::filesystem::path parts_folder(const std::filesystem::path& output) {
  std::filesystem::path folder = output;
  return folder += ".imago";
}

std::string film_time(double seconds) {
  const auto milliseconds = static_cast<long long>(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));
  const long long all = milliseconds < 0 ? -milliseconds : milliseconds;
  const long long hours = all / 3600000, minutes = all / 60000 % 60;
  const auto padded = [](long long number, size_t digits) {
    const std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
  };
  std::string text = milliseconds < 0 ? "-" : "";
  if (hours > 0) text += std::to_string(hours) + ":";
  text += hours > 0 ? padded(minutes, 2) : std::to_string(minutes);
  return text + ":" + padded(all / 1000 % 60, 2) + "." + padded(all % 1000, 3);
}

}  // namespace imago
