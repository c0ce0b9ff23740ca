// What an option's declaration (models/options/option.h) says, for the forms that show it.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace imago::gui {

struct OptionView {
  QString name;   // on the command line, without its dashes
  QString label;  // with & before the key that leads to it
  QString help;   // a sentence without its full stop, for a tool tip
  double least = 0, most = 0;
  QStringList words;    // of a choice, in the order they are offered
  QString value;        // its default, as it would be typed
  bool number = false;  // a whole one, from least to most
};

/// By the name on the command line, without its dashes: "crop-size", "no-flip". It must be there.
OptionView trainOption(const QString& name);
OptionView translateOption(const QString& name);
/// Whether the method has this training option.
bool hasTrainOption(const QString& method, const QString& name);
/// Those of the method's options that only some methods have and that the app has words for: with
/// the defaults of the method.
QList<OptionView> moreTrainOptions(const QString& method);

/// What the app's sentences call a training option: its label in quotes, or words that fit in;
/// empty for one that it has no words for.
QString wordsForTrainOption(const QString& name);

}  // namespace imago::gui
