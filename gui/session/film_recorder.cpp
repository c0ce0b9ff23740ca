#include "gui/session/film_recorder.h"

#include <optional>

#include "gui/session/session_reason.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"

namespace imago::gui {

namespace {

constexpr int kMostWaiting = 8;                    // pictures that are not yet encoded
constexpr int kLookEvery = 25;                     // pictures, at the room on the disk
constexpr uintmax_t kSpare = uintmax_t{64} << 20;  // bytes that are left free, at least

/// A film takes its size twice while it is joined (models/video/film.h): bytes that are left over
/// then.
bool has_room(const std::filesystem::path& film) {
  std::error_code ignored;
  uintmax_t needed = kSpare;
  for (const auto& part : std::filesystem::directory_iterator(parts_folder(film), ignored))
    if (const uintmax_t size = part.file_size(ignored); !ignored) needed += size;
  const auto room = std::filesystem::space(film.parent_path(), ignored);
  return ignored || room.available >= needed;
}

Raster to_raster(const QImage& picture) {
  const QImage rgb = picture.convertToFormat(QImage::Format_RGB888);
  Raster raster;
  raster.width = rgb.width();
  raster.height = rgb.height();
  raster.samples.resize(raster.row_bytes() * static_cast<size_t>(raster.height));
  for (int y = 0; y < raster.height; ++y)
    std::copy_n(reinterpret_cast<const std::byte*>(rgb.constScanLine(y)), raster.row_bytes(),
                raster.row(y));
  return raster;
}

}  // namespace

struct FilmRecorder::Work {
  QString path;  // of the film in work
  std::unique_ptr<FilmWriter> writer;
  std::optional<FilmFrame> last;  // until it is known how long it is to be seen

  int until_look = kLookEvery;

  void begin(const QString& where, const QSize& size, const QString& model) {
    path = where;
    until_look = kLookEvery;
    if (!has_room(to_path(where)))
      throw Error("the disk is nearly full: free 64 MiB there, or record to another disk");
    FilmPlan plan;
    plan.output = to_path(where);
    plan.format = where.endsWith(".webp", Qt::CaseInsensitive) ? "webp"  // a name of stills as well
                                                               : film_format_of(plan.output);
    if (plan.format.empty()) throw FilmError(std::string("films are written as ") + kWrittenFilms);
    plan.info.unit = {1, kFramesPerSecond};
    plan.info.rate = {kFramesPerSecond, 1};
    plan.width = size.width();
    plan.height = size.height();
    plan.made_by = model.isEmpty() ? "Recorded with Imago " IMAGO_VERSION
                                   : "Made with a trained model: Imago " IMAGO_VERSION ", " +
                                         model.toStdString();
    writer = open_film_writer(plan);
  }

  /// False where the disk has no room for more.
  bool add(const QImage& picture, qint64 time) {
    write_last(time);
    last = FilmFrame{to_raster(picture), time, 1};
    if (--until_look > 0) return true;
    until_look = kLookEvery;
    return has_room(to_path(path));
  }

  void end(qint64 time) {
    write_last(time);
    writer->finish();
    writer.reset();
  }

  void write_last(qint64 until) {
    if (!last) return;
    last->duration = std::max<int64_t>(1, until - last->time);
    writer->write(*last);
    last.reset();
  }

  /// Nothing is left of it.
  void drop() {
    last.reset();
    writer.reset();
    std::error_code ignored;
    std::filesystem::remove_all(parts_folder(to_path(path)), ignored);
  }
};

FilmRecorder::FilmRecorder(QObject* parent) : QObject(parent), work_(std::make_unique<Work>()) {}

FilmRecorder::~FilmRecorder() { stop(); }

QString FilmRecorder::fileFilter() {
  return tr("Films and animations (*.mp4 *.webm *.mkv *.mov *.gif *.apng *.webp)");
}

/// Does `job` on the worker; what goes wrong ends the film.
template <typename Job>
void FilmRecorder::post(Job&& job) {
  worker_.post([this, job, number = number_] {
    try {
      job(*work_);
    } catch (const std::exception& error) {
      const QString path = work_->path, reason = reason_for(error, path);
      work_->drop();
      QMetaObject::invokeMethod(this, [=, this] {
        if (number == number_) recording_ = false;
        emit finished(path, reason, {});
      });
    }
  });
}

void FilmRecorder::start(const QString& path, const QSize& size, const QString& model) {
  stop();
  recording_ = true;
  ++number_;
  path_ = path;
  last_ = -1;
  since_.start();
  post([=](Work& work) { work.begin(path, size, model); });
}

qint64 FilmRecorder::frame() const { return since_.elapsed() * kFramesPerSecond / 1000; }

bool FilmRecorder::isDue() const {
  return recording_ && frame() != last_ && waiting_ < kMostWaiting;
}

void FilmRecorder::add(const QImage& picture) {
  if (!isDue()) return;
  const qint64 frame = last_ = this->frame();
  ++waiting_;
  post([=, this, number = number_](Work& work) {
    --waiting_;
    if (!work.writer || work.add(picture, frame)) return;
    work.end(frame + 1);
    QMetaObject::invokeMethod(this, [=, this, path = work.path] {
      if (number == number_) recording_ = false;
      emit finished(path, {}, tr("The disk is nearly full: recording ended, the film is whole."));
    });
  });
}

void FilmRecorder::stop() {
  if (!recording_) return;
  recording_ = false;
  const qint64 end = last_ + 1;
  post([=, this, path = path_](Work& work) {
    if (!work.writer) return;  // it has failed
    work.end(end);
    emit finished(path, {}, {});
  });
}

}  // namespace imago::gui
