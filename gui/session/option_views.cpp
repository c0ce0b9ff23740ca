#include "gui/session/option_views.h"

#include <QCoreApplication>
#include <algorithm>

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
  view.name = QString::fromStdString(option->name);
  view.label = shown(option->label);
  view.help = shown(option->help);
  view.least = option->range.least;
  view.most = option->range.most;
  view.value = QString::fromStdString(text_of(*option, settings));
  view.number = std::holds_alternative<int& (*)(Settings&)>(option->field);
  if (const auto* choice = std::get_if<Choice<Settings>>(&option->field)) {
    for (const std::string& word : choice->words(settings)) {
      view.words.append(QString::fromStdString(word));
    }
  }
  return view;
}

/// Of the methods that the app's forms for pictures stand for: what these have has its field there.
bool is_of_pictures(const Option<TrainingRequest>& option) {
  return std::ranges::any_of(std::vector<std::string>{"pix2pix", "cyclegan", "srgan"},
                             [&](const std::string& method) { return option.applies_to(method); });
}

}  // namespace

OptionView trainOption(const QString& name) {
  return view_of(option_named(training_options(), name.toStdString()), TrainingRequest());
}

OptionView translateOption(const QString& name) {
  return view_of(option_named(translate_options(), name.toStdString()), TranslateOptions());
}

bool hasTrainOption(const QString& method, const QString& name) {
  const auto* option = option_named(training_options(), name.toStdString());
  return option != nullptr && option->applies_to(method.toStdString());
}

QList<OptionView> moreTrainOptions(const QString& method) {
  QList<OptionView> views;
  const TrainingRequest defaults = default_request(method.toStdString());
  for (const Option<TrainingRequest>& option : training_options()) {
    if (option.label.empty() || !option.applies_to(defaults.method) || is_of_pictures(option))
      continue;
    views.append(view_of(&option, defaults));
    // Strides of 4 lead to no others.
    if (option.name == "length") views.last().words = {"1024", "4096", "16384", "65536"};
  }
  return views;
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
