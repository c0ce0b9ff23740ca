#include "gui/session/option_views.h"

#include <QCoreApplication>

#include "models/training/training_options.h"
#include "models/translate/translate_options.h"

namespace imago::gui {

namespace {

QString shown(const std::string& text) {
  return QCoreApplication::translate("Options", text.c_str());
}

template <class Settings>
OptionView view_of(const Option<Settings>* option, const Settings& settings) {
  Q_ASSERT(option != nullptr);
  OptionView view;
  view.label = shown(option->label);
  view.help = shown(option->help);
  view.least = option->range.least;
  view.most = option->range.most;
  if (const auto* choice = std::get_if<Choice<Settings>>(&option->field)) {
    for (const std::string& word : choice->words(settings)) {
      view.words.append(QString::fromStdString(word));
    }
  }
  return view;
}

}  // namespace

OptionView trainOption(const QString& name) {
  return view_of(option_named(training_options(), name.toStdString()), TrainingRequest());
}

OptionView translateOption(const QString& name) {
  return view_of(option_named(translate_options(), name.toStdString()), TranslateOptions());
}

QString wordsForTrainOption(const QString& name) {
  if (name == "fit") return "“" + shown("Make It Fit") + "”";    // the app has a button for it
  if (name == "line-width") return shown("width of the lines");  // evaluating has it, not training
  const auto* option = option_named(training_options(), name.toStdString());
  if (option == nullptr) return {};
  if (!option->label.empty()) return "“" + shown(option->label).remove('&') + "”";
  return shown(option->words);
}

}  // namespace imago::gui
