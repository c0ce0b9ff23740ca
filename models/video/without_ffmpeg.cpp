// What films are to a program that was made without FFmpeg.
#ifndef IMAGO_FFMPEG

#include "models/video/camera.h"
#include "models/video/film.h"

namespace imago {
namespace {

[[noreturn]] void throw_missing() {
  throw FilmError(
      "a film, and this program was made without FFmpeg; build it where libavformat, libavcodec, "
      "libavutil and libswscale are installed with their headers");
}

}  // namespace

std::unique_ptr<FilmReader> open_film(const std::filesystem::path&, int64_t) { throw_missing(); }
std::unique_ptr<FilmWriter> open_film_writer(const FilmPlan&) { throw_missing(); }
bool is_moving(const std::filesystem::path&) { return false; }
bool cameras_are_read() { return false; }
std::vector<Camera> list_cameras() { return {}; }
std::unique_ptr<FilmReader> open_camera(const std::string&) { throw_missing(); }

}  // namespace imago

#endif
