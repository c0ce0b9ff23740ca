#include "gui/translate/output_plan.h"

#include <QFileInfo>
#include <QSettings>
#include <algorithm>

#include "gui/translate/photo_model.h"
#include "gui/widgets/dialogs.h"
#include "gui/widgets/file_names.h"

namespace imago::gui {

namespace {

constexpr char kGroup[] = "output";

QString filmEnding(const Photo& photo, const OutputSettings& settings) {
  if (!settings.filmFormat.isEmpty()) return settings.filmFormat;
  static const QStringList kWritten = {"mp4", "m4v", "mov", "mkv", "webm", "gif", "apng", "webp"};
  const QString own = QFileInfo(photo.path).suffix().toLower();
  return kWritten.contains(own) ? own : "mkv";
}

/// One path for one file, however it is reached.
QString identity(const QString& path) {
  const QString real = QFileInfo(path).canonicalFilePath();
  return real.isEmpty() ? QFileInfo(path).absoluteFilePath() : real;
}

}  // namespace

OutputSettings OutputSettings::remembered() {
  QSettings store;
  store.beginGroup(kGroup);
  OutputSettings settings;
  settings.single = store.value("single", false).toBool();
  settings.folder = store.value("folder").toString();
  settings.format = store.value("format", settings.format).toString();
  settings.filmFormat = store.value("filmFormat").toString();
  settings.quality = std::clamp(store.value("quality", settings.quality).toInt(), 1, 100);
  settings.pattern = store.value("pattern").toString();
  const int existing = store.value("existing").toInt();
  if (existing == 1) settings.existing = Existing::skip;
  if (existing == 2) settings.existing = Existing::replace;
  return settings;
}

void OutputSettings::remember() const {
  QSettings store;
  store.beginGroup(kGroup);
  store.setValue("single", single);
  store.setValue("folder", folder);
  store.setValue("format", format);
  store.setValue("filmFormat", filmFormat);
  store.setValue("quality", quality);
  store.setValue("pattern", pattern);
  store.setValue("existing", static_cast<int>(existing));
}

bool hasQuality(const QString& format) { return format == "jpg" || format == "webp"; }

QString outputName(const Photo& photo, const QString& model, const OutputSettings& settings) {
  QString name = settings.pattern.trimmed();
  if (name.isEmpty()) name = kOutputPattern;
  const QString stem = photo.path.isEmpty() ? photo.name : QFileInfo(photo.path).completeBaseName();
  QStringList parts = name.split("{model}");
  for (QString& part : parts) part.replace("{name}", stem);
  name = fileNamePart(parts.join(model));
  // A name of dots alone is none, one that begins with a dot is hidden.
  while (name.startsWith('.')) name.remove(0, 1);
  const QString ending = photo.film ? filmEnding(photo, settings) : settings.format;
  return (name.isEmpty() ? fileNamePart(stem) : name) + "." + ending;
}

QString outputFolder(const Photo& photo, const OutputSettings& settings) {
  if (!settings.folder.isEmpty()) return settings.folder;
  return photo.path.isEmpty() ? picturesFolder() : QFileInfo(photo.path).absolutePath();
}

QList<PlannedOutput> planOutputs(const PhotoModel& model, const QList<int>& photos,
                                 const QString& modelName, const OutputSettings& settings,
                                 QSet<QString> taken) {
  using Existing = OutputSettings::Existing;
  const QSet<int> planned(photos.begin(), photos.end());
  for (const Photo& photo : model.photos()) {
    if (!photo.path.isEmpty()) taken.insert(identity(photo.path));
    for (const Translation* result : photo.results()) {
      // What the same model made of it before may be replaced.
      const bool same = planned.contains(photo.id) && result->modelName == modelName;
      if (result->saved() && !same) taken.insert(identity(result->file));
    }
  }
  QList<PlannedOutput> outputs;
  for (const int id : photos) {
    const Photo* photo = model.find(id);
    if (photo == nullptr) continue;
    const auto is_taken = [&](const QString& path) {
      return taken.contains(identity(path)) ||
             (settings.existing == Existing::number && QFileInfo::exists(path));
    };
    const QString path =
        freePath(outputFolder(*photo, settings), outputName(*photo, modelName, settings), is_taken);
    taken.insert(identity(path));
    outputs.append({id, path, settings.existing == Existing::skip && QFileInfo::exists(path)});
  }
  return outputs;
}

}  // namespace imago::gui
