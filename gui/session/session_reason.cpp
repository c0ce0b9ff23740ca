#include "gui/session/session_reason.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>
#include <new>

#include "gui/session/option_views.h"
#include "models/image/image.h"

namespace imago::gui {

std::filesystem::path to_path(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

QString from_path(const std::filesystem::path& path) {
  return QString::fromStdU16String(path.u16string());
}

QString in_app_words(const QString& text) {
  static const QRegularExpression kOption("(?:no (?=--no-))?--([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)");
  QString result;
  qsizetype end = 0;
  for (auto found = kOption.globalMatch(text); found.hasNext();) {
    const QRegularExpressionMatch option = found.next();
    result += text.mid(end, option.capturedStart() - end);
    const QString words = wordsForTrainOption(option.captured(1));
    result += words.isEmpty() ? option.captured() : words;
    end = option.capturedEnd();
  }
  return result + text.mid(end);
}

QString reason_for(const std::exception& error, const QString& path) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return QCoreApplication::translate(
        "Session",
        "There is not enough memory for this. Close other programs or use a "
        "smaller picture.");
  }
  QString text = QString::fromUtf8(error.what());
  for (const QString& prefix : {path, QFileInfo(path).absoluteFilePath()}) {
    if (!prefix.isEmpty() && text.startsWith(prefix + QLatin1String(": "))) {
      text.remove(0, prefix.size() + 2);
    }
  }
  // "conv2d: …" stays; "the file…" begins a sentence here.
  const QString first = text.section(' ', 0, 0);
  if (!text.isEmpty() && std::ranges::all_of(first, [](QChar c) { return c.isLower(); }))
    text[0] = text[0].toUpper();
  return text;
}

bool is_of_device(const std::exception& error) {
  return dynamic_cast<const DeviceError*>(&error) != nullptr;
}

}  // namespace imago::gui
