// What a session's threads keep from call to call. Part of the session.
#pragma once

#include <QDateTime>
#include <QFileInfo>
#include <QHash>
#include <optional>
#include <vector>

#include "gui/session/chains.h"
#include "gui/session/session.h"
#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/library/identify.h"
#include "models/translate/translator.h"

namespace imago::gui {

/// What the app calls the model of this file: a run's models are told apart by the run.
QString model_name(const QString& path, const ModelInfo& info);

/// One model, or those of a chain. Throws CheckpointError with the file's name.
inline std::vector<Generator> load_models(const QString& path) {
  std::vector<Generator> models;
  for (const QString& model : modelsOf(path)) models.push_back(load_generator(to_path(model)));
  return models;
}

struct Session::Work {
  // The network on the device, kept for the next photo. Touched by the translating thread only.
  std::optional<Translator> translator;
  QString modelPath, device;
  QList<QDateTime> modelTime;  // of each of its models

  // What the files turned out to be. Touched by the model-reading thread only.
  QHash<QString, std::pair<QDateTime, ModelCard>> cards;
  ModelCard card(const QString& path);

  void prepare(const TranslateSettings& settings) {
    QList<QDateTime> time;
    for (const QString& model : modelsOf(settings.modelPath))
      time.append(QFileInfo(model).lastModified());
    const bool same = translator && settings.modelPath == modelPath && settings.device == device &&
                      time == modelTime;
    if (same) return;
    translator.reset();  // first, so that two networks never share the device's memory
    translator.emplace(load_models(settings.modelPath), settings.device.toStdString());
    modelPath = settings.modelPath;
    device = settings.device;
    modelTime = time;
  }

  /// Precondition: prepare() was.
  void sign(Translation& translation, const TranslateSettings& settings) const {
    translation.settings = settings;
    translation.made = QDateTime::currentDateTime();
    const bool chain = modelsOf(settings.modelPath).size() > 1;
    translation.modelName = chain
                                ? QString::fromStdString(translator->info().name).replace(", ", "+")
                                : model_name(settings.modelPath, translator->info());
    translation.deviceName = QString::fromStdString(translator->device().name);
  }
};

}  // namespace imago::gui
