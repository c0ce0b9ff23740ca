// The names that files of films go by.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace imago {

/// The format that a film of this name is written in: "mp4", "mov", "mkv", "webm", "gif", "apng";
/// empty where it would be none. A webp may be a still picture: see is_moving.
std::string film_format_of(const std::filesystem::path& path);

/// "mp4", "webp"…: a container or animation that films are written in.
bool is_film_format(const std::string& format);

/// gif, apng, webp.
bool is_animation_format(const std::string& format);

/// What names of films end with: also ".avi", ".ts", ".wmv"… which are only read. Not those of
/// pictures that may move, but for ".apng".
const std::vector<std::string>& film_extensions();

/// Whether a file in a folder is taken for a film, by its name; one in .ts, which other files are
/// called too, by its first bytes.
bool has_film_extension(const std::filesystem::path& path);

/// For messages: "mp4, mov, mkv, webm, gif, apng or webp".
extern const char* const kWrittenFilms;

}  // namespace imago
