#include "gui/session/session_training.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <algorithm>

#include "compute/base/tuning_watch.h"
#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "gui/session/session_requests.h"
#include "gui/session/train_presets.h"
#include "gui/session/train_time.h"
#include "models/data/tables/coding.h"
#include "models/measure/sample_grid.h"
#include "models/training/memory_check.h"
#include "models/training/step_time.h"
#include "models/training/train.h"

namespace imago::gui {

namespace {

constexpr int kProblemSide = 104;  // twice the painted side, for screens with a ratio of 2
constexpr int kExampleSide = 168;
constexpr int kThumbnails = 6;  // of a problem
constexpr int kExamples = 4;
constexpr qsizetype kColumnsTold = 12;  // of a table
constexpr qint64 kStepsEveryMs = 100;

QImage scaled_down(const QImage& picture, int side) {
  if (picture.width() <= side && picture.height() <= side) return picture;
  return picture.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

void add_thumbnails(DataReportView& report, const std::atomic<bool>& closing) {
  const QDir folder(report.folder);
  for (DataProblemView& problem : report.problems) {
    for (const QString& file : problem.files) {
      if (closing || problem.thumbnails.size() >= kThumbnails) break;
      try {
        // "../second/a.png" is beside the folder, not beside what a link to it leads to.
        const Raster picture = load_raster(to_path(QDir::cleanPath(folder.filePath(file))));
        problem.thumbnails.append(scaled_down(to_qimage(picture), kProblemSide));
      } catch (const std::exception&) {
        // That it cannot be read is what the problem is about, or stands in one of its own.
      }
    }
  }
}

/// The first training examples as the networks get them.
void add_examples(DataReportView& report, const DataOptions& data) {
  try {
    const Dataset dataset(data);
    const float low = data.kind == DataKind::photos ? 0.0f : -1.0f;
    const int64_t count = std::min<int64_t>(kExamples, dataset.size());
    for (int64_t i = 0; i < count; ++i) {
      // Spread over the whole set, for neighbours often look alike.
      const Batch batch = dataset.example(i * dataset.size() / count);
      const auto shown = [&](const std::vector<float>& values, const Shape& shape) {
        return scaled_down(to_qimage(image_from_batch(values, shape, 0, low, 1)), kExampleSide);
      };
      // What samples are made of are numbers.
      const bool has_input = data.kind != DataKind::samples;
      report.examples.append(
          {has_input ? shown(batch.a, batch.a_shape) : QImage(), shown(batch.b, batch.b_shape)});
    }
  } catch (const std::exception& error) {
    report.problems.prepend({true, in_app_words(reason_for(error, report.folder)), {}, {}, {}});
    report.usable = false;
  }
}

/// What check_data says of the settings' folder, with the kind of data set it turned out to be.
DataReport look_at(const TrainSettings& settings, const std::function<bool(double)>& progress) {
  TrainSettings open = settings;
  open.byName = false;
  DataOptions data = to_request(open).data;
  CheckDataOptions options;
  options.know_kind = !kind_is_open(settings);
  DataReport report = check_data(data, options, progress);
  if (!report.recognised || serves(settings.task, report.data.kind)) return report;
  // It is something else: said in terms of what it should have been.
  options.know_kind = true;
  if (report.data.kind == DataKind::unaligned) data.kind = DataKind::paired;
  return check_data(data, options, progress);
}

DataReportView look_at_pictures(const TrainSettings& settings, const std::atomic<bool>& closing,
                                const std::function<bool(double)>& progress) {
  const DataReport report = look_at(settings, progress);
  DataReportView view = to_view(report);
  view.folder = settings.folder;
  add_thumbnails(view, closing);
  if (view.usable) add_examples(view, report.data);
  return view;
}

/// The same of pictures that are learned from as they are, in kinds or not. Throws DataError.
DataReportView look_at_samples(const TrainSettings& settings, const std::atomic<bool>& closing,
                               const std::function<bool(double)>& progress) {
  constexpr qsizetype kNamed = 12;
  const DataOptions data = to_request(settings).data;
  const Dataset dataset(data);
  DataReportView view;
  view.usable = true;
  if (!dataset.is_packed())
    view = to_view(check_data(as_photos(data), {.know_kind = true}, progress));
  view.folder = settings.folder;
  add_thumbnails(view, closing);
  view.what = dataset.size() == 1
                  ? TrainingSession::tr("1 picture to learn from")
                  : TrainingSession::tr("%1 pictures to learn from").arg(dataset.size());
  QStringList kinds;
  for (const std::string& name : dataset.label_names()) kinds.append(QString::fromStdString(name));
  if (const qsizetype count = kinds.size(); count > 0) {
    if (count > kNamed) kinds = kinds.first(kNamed) << "…";
    view.what += '\n' + TrainingSession::tr("%1 kinds: %2").arg(count).arg(kinds.join(", "));
  }
  if (view.usable) add_examples(view, data);
  return view;
}

/// What its columns are taken for. Throws DataError.
DataReportView look_at_table(const TrainSettings& settings) {
  DataOptions data = to_request(settings).data;
  complete(data);
  const TableCoding coding = coding_from_json(data.table, "the table");
  DataReportView view;
  QStringList learned;
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    const TableColumn& column = coding.columns[i];
    const QString line = QString::fromStdString(described(coding)[i]);
    if (column.kind != ColumnKind::left_out)
      learned.append(line);
    else if (column.why != "as asked")
      view.problems.append({false,
                            line,
                            in_app_words(QString("--columns %1=category says otherwise.")
                                             .arg(QString::fromStdString(column.name))),
                            {},
                            {}});
  }
  const qsizetype more = learned.size() - kColumnsTold;
  if (more > 0) {
    learned = learned.first(kColumnsTold);
    learned.append(TrainingSession::tr("and %1 more columns").arg(more));
  }
  learned.prepend(TrainingSession::tr("%1 rows to learn from").arg(Dataset(data).size()));
  view.what = learned.join('\n');
  view.usable = true;
  return view;
}

/// Throws DataError where there are none.
DataReportView look_at_sounds(const TrainSettings& settings) {
  const DataOptions data = to_request(settings).data;
  DataReportView view;
  const int64_t count = Dataset(data).size();
  view.what = count == 1 ? TrainingSession::tr("1 WAV file")
                         : TrainingSession::tr("%1 WAV files").arg(count);
  view.usable = true;
  for (const SoundProblem& problem : sound_problems(data)) {
    view.problems.append(
        {problem.error, in_app_words(QString::fromStdString(problem.text)), {}, {}, {}});
    view.usable = view.usable && !problem.error;
  }
  return view;
}

MemoryView estimate(const TrainSettings& settings) {
  MemoryView view;
  try {
    const MemoryCheck check = check_memory(to_request(settings), settings.device.toStdString());
    view.free = check.available;
    view.needed = check.needed;
    view.fits = check.fits;
    if (view.fits) return view;
    if (!check.reason.empty()) throw OutOfMemory(check.reason);
    view.canFit = true;
    view.gradientCheckpointing = check.gradient_checkpointing;
    view.batch = check.batch_size;
    view.cropSize = check.crop_size;
  } catch (const std::exception& error) {
    view.error = in_app_words(reason_for(error));
  }
  return view;
}

TrainProgressView to_view(const TrainingProgress& progress) {
  TrainProgressView view;
  view.step = progress.step;
  view.steps = progress.steps;
  view.epoch = progress.epoch;
  view.epochs = progress.epochs;
  view.milliseconds = progress.milliseconds;
  view.dataMilliseconds = progress.data_milliseconds;
  view.secondsLeft = progress.seconds_left;
  return view;
}

}  // namespace

struct TrainingSession::Work {
  // The histories read last, with what the file was then. Touched by the reading thread only.
  struct Known {
    QDateTime time;
    qint64 size = -1;
    std::shared_ptr<const RunHistory> history;
  };
  QString run;
  Known known;

  // The step measured last. Touched by the training thread only.
  TrainSettings measured;
  StepTimeView time;

  std::shared_ptr<const RunHistory> history(const RunFolder& folder, Medium medium) {
    const QString path = from_path(folder.path);
    const QFileInfo file(from_path(folder.metrics()));
    const bool same = known.history && run == path && known.time == file.lastModified() &&
                      known.size == file.size();
    if (same) return known.history;
    run = path;
    known = {file.lastModified(), file.exists() ? file.size() : 0,
             std::make_shared<const RunHistory>(
                 to_view(read_history(folder.metrics()), folder, medium))};
    return known.history;
  }
};

TrainingSession::TrainingSession(QObject* parent)
    : QObject(parent), work_(std::make_unique<Work>()) {}

TrainingSession::~TrainingSession() {
  closing_ = true;
  stopping_ = true;
}

// Before training.

void TrainingSession::checkData(const TrainSettings& settings) {
  const int request = ++check_;
  checks_.post([=, this] {
    const auto outdated = [&] { return closing_ || check_ != request; };
    if (outdated()) return;
    DataReportView view;
    try {
      QElapsedTimer since;
      since.start();
      const auto progress = [&](double fraction) {
        if (since.elapsed() >= kStepsEveryMs) {
          since.restart();
          emit dataCheckProgress(fraction);
        }
        return !outdated();
      };
      const Medium medium = mediumOf(settings.task);
      view = medium == Medium::table       ? look_at_table(settings)
             : medium == Medium::sounds    ? look_at_sounds(settings)
             : makesSamples(settings.task) ? look_at_samples(settings, closing_, progress)
                                           : look_at_pictures(settings, closing_, progress);
    } catch (const Cancelled&) {
      return;
    } catch (const std::exception& error) {
      view.error = in_app_words(reason_for(error, settings.folder));
    }
    view.folder = settings.folder;
    view.task = settings.task;
    view.backwards = settings.backwards;
    if (!outdated()) emit dataChecked(view);
  });
}

void TrainingSession::estimateMemory(const TrainSettings& settings) {
  const int request = ++estimate_;
  estimates_.post([=, this] {
    if (closing_ || estimate_ != request) return;
    const MemoryView view = estimate(settings);
    if (!closing_ && estimate_ == request) emit memoryEstimated(view);
  });
}

StepTimeView TrainingSession::stepTime(const TrainSettings& settings,
                                       const std::function<bool()>& goOn) {
  if (work_->time.milliseconds > 0 && haveSameStep(settings, work_->measured)) return work_->time;
  TrainingRequest request = to_request(settings);
  hold_out(request.data);
  const StepTime time = measure_step(settings.device.toStdString(), request, goOn);
  work_->measured = settings;
  work_->time = {{}, time.milliseconds, time.steps_per_epoch};
  return work_->time;
}

void TrainingSession::measureStep(const TrainSettings& settings) {
  const int request = ++measuring_;
  training_.post([=, this] {
    const auto wanted = [&] { return !closing_ && measuring_ == request; };
    if (!wanted()) return;
    StepTimeView view;
    try {
      view = stepTime(settings, wanted);
    } catch (const Cancelled&) {
      return;
    } catch (const std::exception& error) {
      view.error = in_app_words(reason_for(error, settings.folder));
    }
    if (wanted()) emit stepMeasured(view);
  });
}

// Training.

void TrainingSession::runTraining(
    const QString& run, int minutes,
    const std::function<TrainingResult(const TrainingCallbacks&)>& work) {
  const std::function<qint64()> clock = clock_;
  const qint64 last = clock() + qint64{60'000} * minutes;
  QElapsedTimer since;
  TrainEnd end;
  end.run = run;
  TrainingCallbacks callbacks;
  callbacks.should_stop = [&] {
    end.timeUp = minutes > 0 && clock() > last;
    return end.timeUp || stopping_.load();
  };
  callbacks.warn = [this](const std::string& text) {
    emit trainingWarned(in_app_words(QString::fromStdString(text)));
  };
  callbacks.report = [&](const TrainingProgress& progress) {
    end.step = progress.step;
    if (since.isValid() && since.elapsed() < kStepsEveryMs && progress.step < progress.steps) {
      return;
    }
    since.start();
    emit trainingProgress(to_view(progress));
  };
  const TuningWatch tuning([&](int, int) {
    if (callbacks.should_stop()) throw Cancelled();
  });
  try {
    const TrainingResult result = work(callbacks);
    end.finished = result.finished;
    end.step = result.steps;
  } catch (const Cancelled&) {
    // Before its first step.
  } catch (const std::exception& error) {
    end.error = in_app_words(reason_for(error, run));
  }
  emit trainingEnded(end);
}

void TrainingSession::start(const TrainSettings& settings) {
  stopping_ = false;
  training_.post([=, this] {
    runTraining(runOf(settings), settings.minutes, [&](const TrainingCallbacks& callbacks) {
      const StepTimeView time = stepTime(settings, [this] { return !stopping_; });
      TrainingRequest request = to_request(paced(settings, time));
      hold_out(request.data);
      return imago::train(settings.device.toStdString(), request, callbacks);
    });
  });
}

void TrainingSession::resume(const QString& run, const QString& name) {
  stopping_ = false;
  ++measuring_;
  training_.post([=, this] {
    runTraining(run, 0, [&](const TrainingCallbacks& callbacks) {
      return imago::resume(name.toStdString(), RunFolder{to_path(run)}, callbacks);
    });
  });
}

void TrainingSession::stop() { stopping_ = true; }

// Looking at runs.

void TrainingSession::listRuns(const QString& folder) {
  runs_.post([=, this] {
    if (closing_) return;
    QString found = folder, chosen;
    if (!folder.isEmpty()) {
      try {
        chosen = to_card(read_run(to_path(folder))).path;
        found = QFileInfo(chosen).absolutePath();
      } catch (const std::exception&) {
        // Not a run: a folder of runs, or of none yet.
      }
    }
    QList<RunCard> runs;
    try {
      for (const RunInfo& info : list_runs(to_path(found))) runs.append(to_card(info));
    } catch (const std::exception&) {
      // What cannot be listed has no runs to show.
    }
    emit runsListed(found, runs, chosen);
  });
}

void TrainingSession::readRun(const QString& run) {
  const int request = ++reading_;
  runs_.post([=, this] {
    if (closing_ || reading_ != request) return;
    QElapsedTimer clock;
    clock.start();
    RunDetails details;
    details.card.path = run;
    details.history = std::make_shared<const RunHistory>();
    try {
      const RunInfo info = read_run(to_path(run));
      details.card = to_card(info);
      details.card.path = run;
      details.history = work_->history(info.folder, details.card.medium);
    } catch (const std::exception& error) {
      details.error = reason_for(error, run);
    }
    details.readMs = static_cast<int>(clock.elapsed());
    emit runRead(details);
  });
}

void TrainingSession::loadSample(const QString& file) {
  const int request = ++sample_;
  samples_.post([=, this] {
    if (closing_ || sample_ != request) return;
    SampleSheet sheet;
    sheet.file = file;
    try {
      sheet.picture = to_qimage(load_raster(to_path(file)));
      const QFileInfo picture(file);
      const QString sound = picture.dir().filePath(picture.completeBaseName() + ".wav");
      if (QFileInfo::exists(sound)) sheet.sound = sound;
    } catch (const std::exception& error) {
      sheet.error = reason_for(error, file);
    }
    emit sampleLoaded(sheet);
  });
}

}  // namespace imago::gui
