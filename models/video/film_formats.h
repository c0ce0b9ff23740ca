// The names that files of films go by.
#pragma once

#include <filesystem>
#include <string>

namespace imago {

/// The format that a film of this name is written in: "mp4", "mov", "mkv", "webm", "gif", "apng";
/// empty where it would be none. A webp may be a still picture: see is_moving.
std::string film_format_of(const std::filesystem::path& path);

/// "mp4", "webp"…: a container or animation that films are written in.
bool is_film_format(const std::string& format);

/// gif, apng, webp.
bool is_animation_format(const std::string& format);

/// Whether a file in a folder is taken for a film: also avi, mpg, ts, wmv… which are only read.
bool has_film_extension(const std::filesystem::path& path);

/// For messages: "mp4, mov, mkv, webm, gif, apng or webp".
extern const char* const kWrittenFilms;

}  // namespace imago
