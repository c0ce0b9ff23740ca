#include "gui/session/session.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QHash>
#include <QRegularExpression>
#include <algorithm>
#include <functional>
#include <optional>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/image/folder_walk.h"
#include "models/library/identify.h"
#include "models/library/model_card.h"
#include "models/library/registry.h"
#include "models/translate/translator.h"

namespace imago::gui {

namespace {

constexpr int kThumbnailSide = 192;  // twice the painted side, for screens with a ratio of 2
constexpr qint64 kProgressEveryMs = 50;

Image load(const PhotoSource& source) {
  if (!source.pasted.isNull()) return to_image(source.pasted, PictureDetails{});
  return load_image(to_path(source.path));
}

/// The generators of all runs are called latest_net_G and best_net_G: what tells them apart is the
/// run. "facades", "facades, latest", "horse2zebra, B, epoch 20"; null for other files.
QString name_in_run(const QString& path) {
  static const QRegularExpression kPattern("^([^_]+)_net_G(_[AB])?(_average)?$");
  const QRegularExpressionMatch match = kPattern.match(QFileInfo(path).completeBaseName());
  if (!match.hasMatch()) return {};
  QStringList parts = {QFileInfo(QFileInfo(path).absolutePath()).fileName()};
  parts.append(match.captured(2).mid(1));
  const QString label = match.captured(1);
  bool epoch = false;
  label.toInt(&epoch);
  if (label != "best") parts.append(epoch ? Session::tr("epoch %1").arg(label) : label);
  parts.removeAll({});
  return parts.join(", ");
}

void add_card(const QString& path, ModelCard& card) {
  const std::optional<imago::ModelCard> told = read_model_card(to_path(path));
  if (!told) return;
  card.title = QString::fromStdString(told->title);
  card.task = QString::fromStdString(told->task);
  card.description = QString::fromStdString(told->description);
  card.limits = QString::fromStdString(told->limits);
  if (!told->sample.empty()) card.sample.load(from_path(told->sample));
}

ModelCard to_card(const QString& path, const ModelInfo& info) {
  ModelCard card;
  card.path = path;
  card.name = name_in_run(path);
  if (card.name.isEmpty()) card.name = QString::fromStdString(info.name);
  card.architecture = QString::fromStdString(info.architecture);
  card.paper = QString::fromStdString(info.paper);
  card.norm = QString::fromStdString(info.norm);
  card.precision = QString::fromStdString(info.precision);
  card.licence = QString::fromStdString(info.license);
  card.scale = info.scale;
  card.inputChannels = info.in_channels;
  card.parameters = info.parameters;
  card.dropout = info.dropout;
  card.wholePicture = info.global_statistics;
  add_card(path, card);
  return card;
}

ModelCard read_card(const QString& path) {
  try {
    return to_card(path, load_generator(to_path(path)).info);
  } catch (const std::exception& error) {
    ModelCard card;
    card.path = path;
    card.name = QFileInfo(path).completeBaseName();
    card.error = reason_for(error, path);
    return card;
  }
}

Device to_device(const DeviceSummary& summary) {
  return {summary.index,
          QString::fromStdString(summary.name),
          QString::fromStdString(summary.kind),
          QString::fromStdString(summary.driver),
          summary.memory_bytes,
          QString::fromStdString(summary.golden)};
}

/// The files below `folder` that are `wanted`, in the order that people sort in; none that come
/// after `ended`.
QStringList files_below(const QString& folder,
                        const std::function<bool(const std::filesystem::path&)>& wanted,
                        const std::function<bool()>& ended) {
  QStringList found;
  FolderWalk walk;
  walk.walk(to_path(folder), [&](const std::filesystem::path& file, const std::filesystem::path&) {
    if (wanted(file)) found.append(from_path(file));
    return !ended();
  });
  found.sort(Qt::CaseInsensitive);
  return found;
}

bool is_model_file(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".safetensors" || extension == ".pth" || extension == ".pt" ||
         extension == ".onnx" || extension == ".param";
}

TranslateOptions to_options(const TranslateSettings& settings) {
  TranslateOptions options;
  options.tile = settings.tile;
  options.self_ensemble = settings.selfEnsemble;
  options.stochastic = settings.stochastic;
  options.seed = settings.seed;
  return options;
}

}  // namespace

struct Session::Work {
  // The network on the device, kept for the next photo. Touched by the translating thread only.
  std::optional<Translator> translator;
  QString modelPath, device;
  QDateTime modelTime;

  // What the files turned out to be. Touched by the model-reading thread only.
  QHash<QString, std::pair<QDateTime, ModelCard>> cards;

  void prepare(const TranslateSettings& settings) {
    const QDateTime time = QFileInfo(settings.modelPath).lastModified();
    const bool same = translator && settings.modelPath == modelPath && settings.device == device &&
                      time == modelTime;
    if (same) return;
    translator.reset();  // first, so that two networks never share the device's memory
    translator.emplace(load_generator(to_path(settings.modelPath)), settings.device.toStdString());
    modelPath = settings.modelPath;
    device = settings.device;
    modelTime = time;
  }

  ModelCard card(const QString& path) {
    const QDateTime time = QFileInfo(path).lastModified();
    const auto known = cards.constFind(path);
    if (known != cards.constEnd() && time.isValid() && known->first == time) return known->second;
    ModelCard read = read_card(path);
    cards.insert(path, {time, read});
    return read;
  }
};

Session::Session(QObject* parent) : QObject(parent), work_(std::make_unique<Work>()) {}

Session::~Session() {
  closing_ = true;
  cancelled_ = true;
}

QStringList Session::modelFolders() {
  QStringList folders;
  for (const std::filesystem::path& folder : model_folders()) {
    folders.append(from_path(folder));
  }
  return folders;
}

void Session::listDevices() {
  translations_.post([this] {
    QList<Device> devices;
    try {
      for (const DeviceSummary& summary : list_devices()) devices.append(to_device(summary));
      emit devicesListed(devices, {});
    } catch (const std::exception& error) {
      emit devicesListed({}, reason_for(error));
    }
  });
}

void Session::listModels(const QStringList& files, const QStringList& folders) {
  const int listing = ++listing_;
  models_.post([=, this] { runListing(files, folders, listing); });
}

void Session::runListing(const QStringList& files, const QStringList& folders, int listing) {
  const auto outdated = [&] { return closing_ || listing_ != listing; };
  for (const QString& path : files) {
    if (outdated()) return;
    emit modelRead(work_->card(path));
  }
  for (const QString& folder : folders) {
    for (const QString& path : files_below(folder, is_model_file, outdated)) {
      if (outdated()) return;
      emit modelRead(work_->card(path));
    }
  }
  if (!outdated()) emit modelsListed();
}

void Session::readModel(const QString& path) {
  models_.post([=, this] {
    if (!closing_) emit modelRead(work_->card(path));
  });
}

void Session::findPhotos(const QStringList& paths) {
  thumbnails_.post([=, this] {
    QStringList files, problems;
    for (const QString& path : paths) {
      if (!QFileInfo(path).isDir()) {
        files.append(path);
        continue;
      }
      const QStringList below =
          files_below(path, has_image_extension, [this] { return closing_.load(); });
      if (below.isEmpty()) {
        problems.append(tr("There are no pictures in the folder %1.").arg(path));
      }
      files += below;
    }
    emit photosFound(files, problems);
  });
}

void Session::readPhoto(const PhotoSource& source) {
  thumbnails_.post([=, this] {
    if (closing_) return;
    PhotoHead head;
    head.photo = source.photo;
    try {
      const QImage full = to_qimage(load(source));
      head.size = full.size();
      head.thumbnail = full.width() > kThumbnailSide || full.height() > kThumbnailSide
                           ? full.scaled(kThumbnailSide, kThumbnailSide, Qt::KeepAspectRatio,
                                         Qt::SmoothTransformation)
                           : full;
    } catch (const std::exception& error) {
      head.error = reason_for(error, source.path);
    }
    emit photoRead(head);
  });
}

void Session::loadPicture(const PhotoSource& source) {
  const int request = ++picture_;
  pictures_.post([=, this] {
    if (closing_ || picture_ != request) return;
    LoadedPicture loaded;
    loaded.photo = source.photo;
    try {
      loaded.picture = Pyramid(to_qimage(load(source)));
    } catch (const std::exception& error) {
      loaded.error = reason_for(error, source.path);
    }
    emit pictureLoaded(loaded);
  });
}

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
      emit translationProgress({photo, now.fraction, now.seconds_left});
    }
    return !cancelled_.load();
  };
  try {
    if (cancelled_) throw Cancelled();
    const Image input = load(request.source);
    Image output = work_->translator->translate(input, to_options(settings), progress);
    Translation done;
    done.photo = photo;
    done.picture = Pyramid(to_qimage(output));
    done.settings = settings;
    done.modelName = QString::fromStdString(work_->translator->info().name);
    done.deviceName = QString::fromStdString(work_->translator->device().name);
    done.details = std::make_shared<const PictureDetails>(
        PictureDetails{std::move(output.metadata), output.channels, output.bits});
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

void Session::cancel() { cancelled_ = true; }

void Session::save(const Translation& translation, const QString& path) {
  saves_.post([=, this] {
    SaveOutcome outcome{translation.photo, path, {}, translation.details};
    try {
      SaveOptions options;
      options.origin = Origin::composite_with_trained_model;
      options.creator = "Imago " IMAGO_VERSION ", " + translation.modelName.toStdString();
      save_image(to_image(translation.picture.full(), *translation.details), to_path(path),
                 options);
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit saved(outcome);
  });
}

}  // namespace imago::gui
