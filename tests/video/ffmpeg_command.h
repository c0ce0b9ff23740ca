// Films made and looked at by the programs ffmpeg and ffprobe, which know nothing of Imago.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace imago::test {

inline bool have_ffmpeg() {
  static const bool have =
      std::system("ffmpeg -version > /dev/null 2>&1 && ffprobe -version > /dev/null 2>&1") == 0;
  return have;
}

#define REQUIRE_FFMPEG()    \
  if (!test::have_ffmpeg()) \
  GTEST_SKIP() << "the programs ffmpeg and ffprobe are not installed (Debian: ffmpeg)"

/// What a shell command prints; a failed one is a failure of the test.
inline std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  for (int letter; (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
  EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
  return output;
}

inline std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

/// ffmpeg ARGUMENTS OUTPUT.
inline std::filesystem::path make_film(const std::string& arguments,
                                       const std::filesystem::path& output) {
  output_of("ffmpeg -v error -nostdin -y " + arguments + " " + quoted(output));
  return output;
}

/// A film's streams as they are, its frames said to be turned by "90", "180" or "270" degrees:
/// newer versions of FFmpeg have an option for it, older ones take a tag.
inline std::filesystem::path turned_film(const std::filesystem::path& film,
                                         const std::string& angle,
                                         const std::filesystem::path& output) {
  const std::string help = output_of("ffmpeg -hide_banner -h full");
  const std::string copied = "-i " + quoted(film) + " -map 0 -c copy";
  if (help.find("display_rotation") != std::string::npos)
    return make_film("-display_rotation " + angle + " " + copied, output);
  return make_film(copied + " -metadata:s:v rotate=" + angle, output);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

/// ffprobe's answer about a stream ("v:0", "a:1"): "1.25", "yuv420p"…; a line for each packet or
/// frame.
inline std::vector<std::string> ask(const std::filesystem::path& film, const std::string& stream,
                                    const std::string& entries) {
  return lines_of(output_of("ffprobe -v error -select_streams " + stream + " -show_entries " +
                            entries + " -of csv=p=0 " + quoted(film)));
}

/// The times at which frames are shown, in seconds as ffprobe prints them.
inline std::vector<std::string> times_of(const std::filesystem::path& film) {
  std::vector<std::string> times = ask(film, "v:0", "frame=pts_time");
  for (std::string& time : times) time = time.substr(0, time.find(','));
  return times;
}

/// Hashes of the packets of a stream as they stand in the file; of the decoded frames as RGB where
/// `decoded`.
inline std::vector<std::string> hashes_of(const std::filesystem::path& film,
                                          const std::string& stream, bool decoded) {
  std::vector<std::string> hashes;
  const std::string how = decoded ? " -pix_fmt rgb24 -fps_mode passthrough" : " -c copy";
  for (const std::string& line : lines_of(output_of("ffmpeg -v error -nostdin -i " + quoted(film) +
                                                    " -map 0:" + stream + how + " -f framemd5 -")))
    if (line[0] != '#') hashes.push_back(line.substr(line.rfind(',') + 1));
  return hashes;
}

}  // namespace imago::test
