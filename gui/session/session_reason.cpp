#include "gui/session/session_reason.h"

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
  // The labels in train_options.cpp and train_form_layout.cpp.
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
      {"dataroot", QT_TRANSLATE_NOOP("TrainOptions", "Folder of pictures")},
      {"dataroot-b", QT_TRANSLATE_NOOP("TrainOptions", "Second folder")},
      {"dataset-mode", QT_TRANSLATE_NOOP("TrainOptions", "What to Learn")},
      {"name", QT_TRANSLATE_NOOP("TrainOptions", "Name")},
      {"n-epochs-decay", QT_TRANSLATE_NOOP("TrainOptions", "…and while falling")},
      {"seed", QT_TRANSLATE_NOOP("TrainOptions", "Seed")},
      {"fit", QT_TRANSLATE_NOOP("TrainOptions", "Make It Fit")},
      {"no-flip", QT_TRANSLATE_NOOP("TrainOptions", "Mirror half of the pictures")},
      {"augment", QT_TRANSLATE_NOOP("TrainOptions", "Turn and shift by chance")},
      {"color-jitter", QT_TRANSLATE_NOOP("TrainOptions", "Vary colours by chance")},
      {"recompute", QT_TRANSLATE_NOOP("TrainOptions", "Save memory, a little slower")}};
  // What has no field there, in words that fit into the sentences of models/.
  static const QHash<QString, const char*> kWords = {
      {"load-size", QT_TRANSLATE_NOOP("TrainOptions", "loading size")},
      {"preprocess", QT_TRANSLATE_NOOP("TrainOptions", "way of preparing pictures")},
      {"line-width", QT_TRANSLATE_NOOP("TrainOptions", "width of the lines")},
      {"input-jitter", QT_TRANSLATE_NOOP("TrainOptions", "change of the input's colours")},
      {"keep-luma", QT_TRANSLATE_NOOP("TrainOptions", "colours alone")},
      {"white-on-black", QT_TRANSLATE_NOOP("TrainOptions", "drawings white on black")},
      {"phase", QT_TRANSLATE_NOOP("TrainOptions", "phase")},
      {"held-out", QT_TRANSLATE_NOOP("TrainOptions", "pictures held out")},
      {"val-cameras", QT_TRANSLATE_NOOP("TrainOptions", "cameras for validation")},
      {"input-nc", QT_TRANSLATE_NOOP("TrainOptions", "channels of the input")},
      {"output-nc", QT_TRANSLATE_NOOP("TrainOptions", "channels of the output")},
      {"netG", QT_TRANSLATE_NOOP("TrainOptions", "generator")},
      {"netD", QT_TRANSLATE_NOOP("TrainOptions", "discriminator")},
      {"n-layers-D", QT_TRANSLATE_NOOP("TrainOptions", "fewer of its layers")},
      {"lambda-L1", QT_TRANSLATE_NOOP("TrainOptions", "weight of L1")},
      {"lambda-A", QT_TRANSLATE_NOOP("TrainOptions", "weight of the cycle from A")},
      {"lambda-B", QT_TRANSLATE_NOOP("TrainOptions", "of that from B")},
      {"pixel-weight", QT_TRANSLATE_NOOP("TrainOptions", "weight of the pixel loss")},
      {"pool-size", QT_TRANSLATE_NOOP("TrainOptions", "pool of earlier results")},
      {"clip-norm", QT_TRANSLATE_NOOP("TrainOptions", "gradients clipped to a norm of")},
      {"init", QT_TRANSLATE_NOOP("TrainOptions", "the network to begin from")}};
  static const QRegularExpression kOption("(?:no (?=--no-))?--([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)");
  QString result;
  qsizetype end = 0;
  for (auto found = kOption.globalMatch(text); found.hasNext();) {
    const QRegularExpressionMatch option = found.next();
    result += text.mid(end, option.capturedStart() - end);
    const auto translated = [](const char* words) {
      return QCoreApplication::translate("TrainOptions", words);
    };
    if (const char* name = kNames.value(option.captured(1), nullptr)) {
      result += "“" + translated(name) + "”";
    } else if (const char* words = kWords.value(option.captured(1), nullptr)) {
      result += translated(words);
    } else {
      result += option.captured();
    }
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
