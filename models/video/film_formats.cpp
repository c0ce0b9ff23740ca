#include "models/video/film_formats.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "models/video/film.h"

namespace imago {
namespace {

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
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

bool has_film_extension(const std::filesystem::path& path) {
  static const std::set<std::string> kExtensions = {
      ".mp4", ".m4v", ".mov", ".mkv",  ".webm", ".apng", ".avi", ".mpg", ".mpeg",
      ".mts", ".wmv", ".flv", ".m2ts", ".ogv",  ".3gp",  ".vob", ".asf", ".mxf"};
  return kExtensions.contains(extension_of(path));
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
