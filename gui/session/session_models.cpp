// The part of the session that does something with the files of models.
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include "gui/session/session.h"
#include "gui/session/session_work.h"
#include "models/library/model_files.h"
#include "models/library/registry.h"

namespace imago::gui {

namespace {

/// Something that no two tiles of are alike; what it is makes no difference to the speed.
Image measuredPicture(int side, const ModelInfo& info) {
  Image image;
  image.width = image.height = side;
  image.channels = info.in_channels == 1 ? 1 : 3;
  image.pixels.resize(static_cast<size_t>(side) * static_cast<size_t>(side) *
                      static_cast<size_t>(image.channels));
  uint32_t state = 1;
  for (float& value : image.pixels) {
    state = state * 1664525 + 1013904223;  // Numerical Recipes' generator
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 24);
  }
  return image;
}

void toTrash(const QString& path) {
  // Qt 6 does not make this folder, and without it takes the one that the program was started in.
  QDir().mkpath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation));
  QFile file(path);
  if (!file.moveToTrash() && !file.remove())
    throw Error((path + ": " + file.errorString()).toStdString());
}

}  // namespace

void Session::importModel(const QString& path, const QString& folder) {
  models_.post([=, this] {
    ModelFileOutcome outcome{ModelFileOutcome::Kind::imported, path, {}, {}, {}};
    try {
      const std::filesystem::path into = folder.isEmpty() ? user_model_folder() : to_path(folder);
      outcome.now = from_path(import_model(to_path(path), into));
      const ModelCard card = work_->card(outcome.now);
      outcome.recognised = card.scale == 1
                               ? card.architecture
                               : QString("%1 ×%2").arg(card.architecture).arg(card.scale);
      emit modelRead(card);
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit modelFileDone(outcome);
  });
}

void Session::renameModel(const QString& path, const QString& name) {
  models_.post([=, this] {
    ModelFileOutcome outcome{ModelFileOutcome::Kind::renamed, path, {}, {}, {}};
    try {
      outcome.now = from_path(rename_model(to_path(path), name.toStdString()));
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit modelFileDone(outcome);
    if (outcome.error.isEmpty()) emit modelRead(work_->card(outcome.now));
  });
}

void Session::exportModel(const QString& path, const QString& output) {
  models_.post([=, this] {
    ModelFileOutcome outcome{ModelFileOutcome::Kind::exported, path, output, {}, {}};
    try {
      export_model(to_path(path), to_path(output), {});
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit modelFileDone(outcome);
  });
}

void Session::deleteModel(const QString& path) {
  models_.post([=, this] {
    ModelFileOutcome outcome{ModelFileOutcome::Kind::removed, path, {}, {}, {}};
    try {
      for (const auto& file : files_of_model(to_path(path))) toTrash(from_path(file));
    } catch (const std::exception& error) {
      outcome.error = reason_for(error, path);
    }
    emit modelFileDone(outcome);
  });
}

void Session::measureModel(const QString& path, const QString& device) {
  translations_.post([=, this] {
    ModelSpeed speed;
    speed.path = path;
    try {
      TranslateSettings settings;
      settings.modelPath = path;
      settings.device = device;
      work_->prepare(settings);
      Translator& translator = *work_->translator;
      constexpr int kSide = 256;
      const Image picture = measuredPicture(kSide, translator.info());
      const auto goOn = [this](const Progress&) { return !closing_.load(); };
      translator.translate(picture, {}, goOn);  // compiles its programs
      constexpr qint64 kLongEnoughMs = 1000;
      QElapsedTimer clock;
      clock.start();
      int runs = 0;
      for (; runs == 0 || clock.elapsed() < kLongEnoughMs; ++runs)
        translator.translate(picture, {}, goOn);
      speed.megapixels = runs * kSide * kSide / 1e6 / (clock.nsecsElapsed() / 1e9);
      speed.device = QString::fromStdString(translator.device().name);
    } catch (const std::exception& error) {
      if (is_of_device(error)) work_->translator.reset();
      speed.error = reason_for(error, path);
    }
    emit modelMeasured(speed);
  });
}

}  // namespace imago::gui
