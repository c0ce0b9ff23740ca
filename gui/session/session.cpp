#include "gui/session/session.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QRegularExpression>
#include <algorithm>
#include <functional>
#include <optional>

#include "gui/session/chains.h"
#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "gui/session/session_stills.h"
#include "gui/session/session_work.h"
#include "models/image/folder_walk.h"
#include "models/library/identify.h"
#include "models/library/model_card.h"
#include "models/library/registry.h"
#include "models/video/film_formats.h"

namespace imago::gui {

namespace {

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
  card.card = from_path(to_path(path).replace_extension(".json"));
  card.origin = QString::fromStdString(told->origin);
  card.command = QString::fromStdString(told->command);
  card.pictures = QString::fromStdString(told->pictures);
  card.picturesFrom = QString::fromStdString(told->pictures_from);
  if (!told->photo.empty()) card.photo = from_path(told->photo);
  if (!told->sample.empty()) card.sample.load(from_path(told->sample));
}

ModelCard to_card(const QString& path, const ModelInfo& info) {
  ModelCard card;
  card.path = path;
  card.name = model_name(path, info);
  card.architecture = QString::fromStdString(info.architecture);
  card.paper = QString::fromStdString(info.paper);
  card.norm = QString::fromStdString(info.norm);
  card.precision = QString::fromStdString(info.precision);
  card.licence = QString::fromStdString(info.license);
  card.scale = info.scale;
  card.inputChannels = info.in_channels;
  card.shifts = info.scale == 1 ? info.shifts : 1;
  card.parameters = info.parameters;
  card.dropout = info.dropout;
  card.wholePicture = info.global_statistics;
  card.side = info.side;
  card.multiple = info.multiple;
  card.minimum = info.minimum;
  card.makesSamples = info.latent > 0;
  if (card.makesSamples) {
    card.error = Session::tr(
        "It makes new pictures of random numbers and translates none: "
        "“imago generate” in a terminal is for it");
  }
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

bool is_picture_or_film(const std::filesystem::path& file) {
  return has_image_extension(file) || has_film_extension(file);
}

bool is_model_file(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".safetensors" || extension == ".pth" || extension == ".pt" ||
         extension == ".onnx" || extension == ".param";
}

}  // namespace

QString model_name(const QString& path, const ModelInfo& info) {
  const QString in_run = name_in_run(path);
  return in_run.isEmpty() ? QString::fromStdString(info.name) : in_run;
}

/// What its models are together.
ModelCard chain_card(const QString& path, const QList<ModelCard>& models) {
  ModelCard card;
  card.path = path;
  card.task = Session::tr("chains");
  QStringList titles, licences;
  for (const ModelCard& model : models) {
    card.chain.append(model.name);
    titles.append(model.title.isEmpty() ? model.name : model.title);
    if (!model.usable() && card.error.isEmpty()) card.error = model.name + ": " + model.error;
    card.scale *= model.scale;
    card.parameters += model.parameters;
    card.dropout |= model.dropout;
    card.wholePicture |= model.wholePicture;
    licences.append(model.licence);
  }
  card.name = card.chain.join('+');
  card.title = titles.join(QStringLiteral(" → "));
  card.description =
      Session::tr("One after another; imago translate -n %1").arg(card.chain.join(','));
  card.architecture = Session::tr("%1 models").arg(models.size());
  licences.removeAll({});
  licences.removeDuplicates();
  card.licence = licences.join(", ");
  card.inputChannels = models.first().inputChannels;
  for (const ModelCard& model : models) card.shifts = std::max(card.shifts, model.shifts);
  return card;
}

ModelCard Session::Work::card(const QString& path) {
  const QStringList chained = modelsOf(path);
  if (chained.size() > 1) {
    QList<ModelCard> models;
    for (const QString& model : chained) models.append(card(model));
    return chain_card(path, models);
  }
  const QDateTime time = QFileInfo(path).lastModified();
  const auto known = cards.constFind(path);
  if (known != cards.constEnd() && time.isValid() && known->first == time) return known->second;
  ModelCard read = read_card(path);
  cards.insert(path, {time, read});
  return read;
}

Session::Session(QObject* parent) : QObject(parent), work_(std::make_unique<Work>()) {}

Session::~Session() {
  closing_ = true;
  cancel();
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

bool Session::isFilmName(const QString& path) { return has_film_extension(to_path(path)); }

QString Session::filmPatterns() {
  QString patterns;
  for (const std::string& extension : film_extensions())
    patterns += "*" + QString::fromStdString(extension) + " ";
  return patterns + "*.gif *.webp";
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
          files_below(path, is_picture_or_film, [this] { return closing_.load(); });
      if (below.isEmpty()) {
        problems.append(tr("There are no pictures or films in the folder %1.").arg(path));
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
    try {
      head = read_head(source);
    } catch (const std::exception& error) {
      head.photo = source.photo;
      head.film = isFilmName(source.path);
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
      loaded.picture = Pyramid(to_qimage(load_still(source)));
    } catch (const std::exception& error) {
      loaded.error = reason_for(error, source.path);
    }
    emit pictureLoaded(loaded);
  });
}

void Session::loadResult(const Translation& translation) {
  const int request = ++result_;
  pictures_.post([=, this] {
    if (closing_ || result_ != request) return;
    LoadedPicture loaded;
    loaded.photo = translation.photo;
    loaded.of = translation.details;
    try {
      loaded.picture = Pyramid(to_qimage(load_own_still(translation.file)));
    } catch (const std::exception& error) {
      loaded.error = reason_for(error, translation.file);
    }
    emit pictureLoaded(loaded);
  });
}

}  // namespace imago::gui
