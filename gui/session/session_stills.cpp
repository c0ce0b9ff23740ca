#include "gui/session/session_stills.h"

#include <QFileInfo>
#include <algorithm>
#include <limits>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"

namespace imago::gui {

namespace {

constexpr int kThumbnailSide = 192;  // twice the painted side, for screens with a ratio of 2
constexpr int64_t kAnySize = std::numeric_limits<int64_t>::max();

QImage thumbnail_of(const QImage& picture) {
  const bool larger = std::max(picture.width(), picture.height()) > kThumbnailSide;
  return larger ? picture.scaled(kThumbnailSide, kThumbnailSide, Qt::KeepAspectRatio,
                                 Qt::SmoothTransformation)
                : picture;
}

/// A gif or webp of more than one frame.
bool is_moving_picture(const std::filesystem::path& path) {
  const QString suffix = QFileInfo(from_path(path)).suffix().toLower();
  return (suffix == "gif" || suffix == "webp") && is_moving(path);
}

Raster first_frame(FilmReader& film) {
  std::optional<FilmFrame> frame = film.read();
  if (!frame) throw FilmError("no frame of the film can be decoded");
  return std::move(frame->picture);
}

Raster load_file(const std::filesystem::path& path, int64_t most_pixels) {
  if (has_film_extension(path)) return first_frame(*open_film(path, most_pixels));
  return load_raster(path, {.max_pixels = most_pixels});
}

}  // namespace

PhotoHead read_head(const PhotoSource& source) {
  PhotoHead head;
  head.photo = source.photo;
  QImage picture = source.pasted;
  head.size = picture.size();
  const std::filesystem::path path = to_path(source.path);
  if (picture.isNull()) {
    head.film = has_film_extension(path) || is_moving_picture(path);
    if (head.film) {
      const auto film = open_film(path, ImageReadOptions{}.max_pixels);
      head.seconds = film->info().seconds;
      picture = to_qimage(first_frame(*film));
      head.size = picture.size();
    } else {
      const Preview preview = load_preview(path, kThumbnailSide);
      picture = to_qimage(preview.image);
      head.size = QSize(preview.width, preview.height);
    }
  }
  head.thumbnail = thumbnail_of(picture);
  return head;
}

Raster load_still(const PhotoSource& source) {
  if (!source.pasted.isNull()) return to_raster(source.pasted, PictureDetails{});
  return load_file(to_path(source.path), ImageReadOptions{}.max_pixels);
}

Raster load_own_still(const QString& path) { return load_file(to_path(path), kAnySize); }

}  // namespace imago::gui
