#include "gui/session_reason.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>
#include <QRegularExpression>
#include <algorithm>
#include <new>

namespace imago::gui {

std::filesystem::path to_path(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

QString from_path(const std::filesystem::path& path) {
  return QString::fromStdU16String(path.u16string());
}

QString in_app_words(const QString& text) {
  // The labels in train_options.cpp.
  static const QHash<QString, const char*> kNames = {
      {"crop-size", QT_TRANSLATE_NOOP("TrainOptions", "Picture side")},
      {"batch-size", QT_TRANSLATE_NOOP("TrainOptions", "Batch")},
      {"ngf", QT_TRANSLATE_NOOP("TrainOptions", "Network width")},
      {"ndf", QT_TRANSLATE_NOOP("TrainOptions", "Network width")},
      {"scale", QT_TRANSLATE_NOOP("TrainOptions", "Scale")},
      {"direction", QT_TRANSLATE_NOOP("TrainOptions", "Direction")},
      {"n-epochs", QT_TRANSLATE_NOOP("TrainOptions", "Epochs")},
      {"lr", QT_TRANSLATE_NOOP("TrainOptions", "Learning rate")},
      {"gan-mode", QT_TRANSLATE_NOOP("TrainOptions", "Adversarial loss")},
      {"spectral-norm", QT_TRANSLATE_NOOP("TrainOptions", "Spectral norm")},
      {"augment", QT_TRANSLATE_NOOP("TrainOptions", "Turn and shift by chance")},
      {"color-jitter", QT_TRANSLATE_NOOP("TrainOptions", "Vary colours by chance")},
      {"recompute", QT_TRANSLATE_NOOP("TrainOptions", "Save memory, a little slower")}};
  static const QRegularExpression kOption("--([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)");
  QString result;
  qsizetype end = 0;
  for (auto found = kOption.globalMatch(text); found.hasNext();) {
    const QRegularExpressionMatch option = found.next();
    result += text.mid(end, option.capturedStart() - end);
    const char* name = kNames.value(option.captured(1), nullptr);
    result += name == nullptr ? option.captured()
                              : "“" + QCoreApplication::translate("TrainOptions", name) + "”";
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

}  // namespace imago::gui
