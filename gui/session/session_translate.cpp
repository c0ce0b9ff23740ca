// The part of the session that translates photos and saves what became of them.
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QSaveFile>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <utility>

#include "compute/base/tuning_watch.h"
#include "gui/session/session.h"
#include "gui/session/session_stills.h"
#include "gui/session/session_work.h"
#include "gui/session/words.h"
#include "models/image/writer.h"
#include "models/translate/batch.h"
#include "models/translate/live.h"
#include "models/video/film_formats.h"

namespace imago::gui {

namespace {

constexpr qint64 kProgressEveryMs = 50;
constexpr qint64 kPieceBytes = 1 << 20;  // of a file that is copied

TranslateOptions to_options(const TranslateSettings& settings) {
  TranslateOptions options;
  options.tile = settings.tile;
  options.self_ensemble = settings.selfEnsemble;
  options.stochastic = settings.stochastic;
  options.seed = settings.seed;
  options.scale = settings.scale;
  options.width = settings.width;
  return options;
}

/// A picture without a file gets one in `folder`.
BatchJob to_job(const TranslateRequest& request, const QString& folder) {
  QString input = request.source.path;
  if (!request.source.pasted.isNull()) {
    input = QDir(folder).filePath(QString("%1.png").arg(request.source.photo));
    save_raster(to_raster(request.source.pasted, PictureDetails{}), to_path(input), {});
  }
  const std::filesystem::path output = to_path(request.output);
  const std::string film = film_format_of(output);  // an m4v is an mp4
  return {to_path(input), output,
          film.empty() ? QFileInfo(request.output).suffix().toStdString() : film};
}

void copy_file(const QString& from, const QString& to) {
  QFile file(from);
  QSaveFile copy(to);
  if (!file.open(QIODevice::ReadOnly))
    throw Error((from + ": " + file.errorString()).toStdString());
  bool whole = copy.open(QIODevice::WriteOnly);
  for (QByteArray piece; whole && !(piece = file.read(kPieceBytes)).isEmpty();)
    whole = copy.write(piece) == piece.size();
  if (file.error() != QFileDevice::NoError)
    throw Error((from + ": " + file.errorString()).toStdString());
  if (!whole || !copy.commit()) throw Error(copy.errorString().toStdString());
}

/// Where only its file has the pixels, the file is copied or put into another format.
void write(const Translation& translation, const QString& path, int quality) {
  if (translation.picture.isNull() &&
      QFileInfo(translation.file).suffix() == QFileInfo(path).suffix()) {
    return copy_file(translation.file, path);
  }
  if (Session::isFilmName(translation.file))
    throw Error(("a film is copied as it is: let its name end with ." +
                 QFileInfo(translation.file).suffix())
                    .toStdString());
  SaveOptions options;
  options.quality = quality;
  options.origin = Origin::composite_with_trained_model;
  options.creator = "Imago " IMAGO_VERSION ", " + translation.modelName.toStdString();
  const Raster raster = translation.picture.isNull()
                            ? load_own_still(translation.file)
                            : to_raster(translation.picture.full(), *translation.details);
  save_raster(raster, to_path(path), options);
}

/// The folder, or the nearest one above it that is there.
QString existing_folder(QString folder) {
  while (!QFileInfo::exists(folder) && folder != QFileInfo(folder).path()) {
    folder = QFileInfo(folder).path();
  }
  return folder;
}

}  // namespace

void Session::translate(const TranslateRequest& request) {
  cancelled_ = false;
  translations_.post([=, this] { runTranslation(request); });
}

void Session::runTranslation(const TranslateRequest& request) {
  using Kind = TranslateFailure::Kind;
  const int photo = request.source.photo;
  const TranslateSettings& settings = request.settings;
  try {
    if (!cancelled_) work_->prepare(settings);
  } catch (const std::exception& error) {
    emit translationFailed({photo, Kind::setup, reason_for(error, settings.modelPath)});
    return;
  }
  QElapsedTimer whole, sinceProgress;
  whole.start();
  sinceProgress.start();
  const auto progress = [&](const Progress& now) {
    if (sinceProgress.elapsed() >= kProgressEveryMs || now.fraction >= 1) {
      sinceProgress.restart();
      emit translationProgress(
          {photo, now.fraction, now.seconds_left, QString::fromStdString(now.note)});
    }
    return mayGoOn();
  };
  const TuningWatch tuning([&](int, int) { tellOfTuning({photo}); });
  try {
    if (cancelled_) throw Cancelled();
    Raster input = load_still(request.source);
    PictureDetails details{input.metadata};
    Translation done;
    done.photo = photo;
    {
      const Raster output =
          translate_raster(*work_->translator, std::move(input), to_options(settings), progress);
      details.channels = output.channels;
      details.bits = output.bits;
      done.picture = Pyramid(to_qimage(output));
    }
    done.size = done.picture.size();
    done.details = std::make_shared<const PictureDetails>(std::move(details));
    work_->sign(done, settings);
    done.seconds = whole.elapsed() / 1000.0;
    emit translated(done);
  } catch (const Cancelled&) {
    emit translationCancelled(photo);
  } catch (const DeviceError& error) {
    work_->translator.reset();  // a lost device stays lost; the next photo gets a new one
    emit translationFailed({photo, Kind::photo, reason_for(error)});
  } catch (const std::exception& error) {
    emit translationFailed({photo, Kind::photo, reason_for(error, request.source.path)});
  }
}

void Session::translateFiles(const QList<TranslateRequest>& requests) {
  cancelled_ = false;
  {
    const QMutexLocker lock(&unwantedMutex_);
    unwanted_.clear();
  }
  translations_.post([=, this] { runFiles(requests); });
}

void Session::runFiles(const QList<TranslateRequest>& requests) {
  const TranslateSettings& settings = requests.first().settings;
  const QTemporaryDir pasted;
  std::vector<BatchJob> jobs;
  try {
    if (!cancelled_) work_->prepare(settings);
    for (const TranslateRequest& request : requests) {
      jobs.push_back(to_job(request, pasted.path()));
    }
  } catch (const std::exception& error) {
    emit translationFailed({requests.first().source.photo, TranslateFailure::Kind::setup,
                            reason_for(error, settings.modelPath)});
    return;
  }
  if (cancelled_) {
    for (const TranslateRequest& request : requests)
      emit translationCancelled(request.source.photo);
    return;
  }
  const auto photo = [&](size_t index) {
    return requests[static_cast<qsizetype>(index)].source.photo;
  };
  BatchOptions options;
  options.translate = to_options(settings);
  options.quality = requests.first().quality;
  options.one_page = !requests.first().film;  // as the view shows it
  QElapsedTimer since;
  size_t shown = jobs.size();
  const TuningWatch tuning(
      [&](int, int) { tellOfTuning({photo(shown < jobs.size() ? shown : 0)}); });
  options.progress = [&](const BatchProgress& now) {
    if (now.index != std::exchange(shown, now.index) || since.elapsed() >= kProgressEveryMs) {
      since.start();
      const double done = now.fraction * static_cast<double>(now.total);
      emit translationProgress({photo(now.index), done - static_cast<double>(now.index),
                                now.total == 1 ? now.seconds_left : -1,
                                QString::fromStdString(now.note), now.frames_per_second});
    }
    return mayGoOn();
  };
  options.wanted = [&](size_t index) {
    const QMutexLocker lock(&unwantedMutex_);
    return !unwanted_.contains(photo(index));
  };
  bool lost = false;
  options.finished = [&, answered = qsizetype{0}](const BatchResult& result) mutable {
    lost |= result.by_device;
    answer(requests[answered++], result);
  };
  run_batch(jobs, *work_->translator, options);
  if (lost) work_->translator.reset();  // the next batch opens the device anew
}

void Session::answer(const TranslateRequest& request, const BatchResult& result) {
  const int photo = request.source.photo;
  switch (result.status) {
    case BatchResult::Status::cancelled:
    case BatchResult::Status::skipped:
      emit translationCancelled(photo);
      return;
    case BatchResult::Status::failed:
      emit translationFailed(
          {photo, TranslateFailure::Kind::photo, reason_for(Error(result.reason))});
      return;
    case BatchResult::Status::done:
      break;
  }
  Translation done;
  done.photo = photo;
  done.file = request.output;
  done.size = QSize(result.width, result.height);
  done.details = std::make_shared<const PictureDetails>();
  done.seconds = std::max(result.milliseconds, result.whole_milliseconds) / 1000;
  done.note = QString::fromStdString(result.note);
  work_->sign(done, request.settings);
  emit translated(done);
}

void Session::cancel() {
  cancelled_ = true;
  const QMutexLocker lock(&pauseMutex_);
  pauseEnded_.wakeAll();
}

void Session::pause(bool paused) {
  const QMutexLocker lock(&pauseMutex_);
  paused_ = paused;
  pauseEnded_.wakeAll();
}

bool Session::mayGoOn() {
  const QMutexLocker lock(&pauseMutex_);
  while (paused_ && !cancelled_) pauseEnded_.wait(&pauseMutex_);
  return !cancelled_.load();
}

void Session::tellOfTuning(TranslateProgress now) {
  now.note = tr("the fastest kernels for this device are being measured, once");
  emit translationProgress(now);
  if (!mayGoOn()) throw Cancelled();
}

void Session::cancelFile(int photo) {
  const QMutexLocker lock(&unwantedMutex_);
  unwanted_.insert(photo);
}

Forecast Session::forecast(const ForecastRequest& request) {
  ModelInfo model;
  model.scale = request.scale;
  TranslateOptions options;
  options.scale = request.wantedScale;
  options.width = request.wantedWidth;
  const OutputSize size =
      output_size(request.photo.width(), request.photo.height(), options, model);
  Forecast made;
  made.size = QSize(static_cast<int>(size.width), static_cast<int>(size.height));
  made.bytes = 3 * size.width * size.height;
  const bool kept = request.output.isEmpty();
  const QFileInfo file(request.output);
  try {
    if (!kept) check_output_size(file.suffix().toStdString(), size.width, size.height);
  } catch (const std::exception& error) {
    made.problem = reason_for(error);
    return made;
  }
  const qint64 room =
      kept ? free_memory() : QStorageInfo(existing_folder(file.absolutePath())).bytesAvailable();
  // In memory the result stands twice for a moment, and its halved copies beside it.
  const qint64 needed = kept ? made.bytes * 7 / 3 : made.bytes;
  if (room < 0 || needed <= room) return made;
  made.problem =
      kept ? tr("It needs %1 of memory and %2 are free. Let it be written to a file (Output)")
                 .arg(bytesText(needed), bytesText(room))
           : tr("Only %1 are free in %2")
                 .arg(bytesText(room), QDir::toNativeSeparators(file.absolutePath()));
  return made;
}

std::shared_ptr<const PictureDetails> Session::detailsOfFile() {
  return std::make_shared<const PictureDetails>();
}

void Session::save(const Translation& translation, const QString& path, int quality) {
  saves_.post([=, this] {
    SaveOutcome outcome{translation.photo, path, {}, translation.details};
    try {
      write(translation, path, quality);
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit saved(outcome);
  });
}

}  // namespace imago::gui
