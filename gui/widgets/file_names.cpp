#include "gui/widgets/file_names.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QUrl>

namespace imago::gui {

QString fileNamePart(QString text) {
  static const QRegularExpression kRefused("[/\\\\:*?\"<>|\\x00-\\x1f]");
  return text.replace(kRefused, "-");
}

QString freePath(const QString& folder, const QString& name,
                 const std::function<bool(const QString& path)>& taken) {
  const QFileInfo info(name);
  QString path = QDir(folder).filePath(name);
  for (int count = 2; taken(path); ++count) {
    path = QDir(folder).filePath(
        QString("%1 (%2).%3").arg(info.completeBaseName()).arg(count).arg(info.suffix()));
  }
  return path;
}

QString freePath(const QString& folder, const QString& name) {
  return freePath(folder, name, [](const QString& path) { return QFileInfo::exists(path); });
}

QString typedFolder(const QString& text) {
  QString path = text.trimmed();
  if (path.isEmpty()) return {};
  if (path.startsWith("file:")) path = QUrl(path).toLocalFile();
  path = QDir::fromNativeSeparators(path);
  if (path == "~" || path.startsWith("~/")) path.replace(0, 1, QDir::homePath());
  return QDir::cleanPath(QFileInfo(path).absoluteFilePath());
}

}  // namespace imago::gui
