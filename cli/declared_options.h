// Command-line options made from their declarations (models/options/option.h).
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "models/options/option.h"

namespace imago {

/// "-t,--tile,--old-name": all that lead to an option; help shows the first two alone (main.cpp).
template <class Settings>
std::string names_of(const Option<Settings>& option) {
  std::string names = option.letter ? std::string("-") + option.letter + "," : "";
  names += "--" + option.name;
  for (std::string alias : option.aliases) names += ",--" + alias;
  return names;
}

/// Other programs' words become ours.
template <class Settings>
void add_other_words(CLI::Option& added, const Option<Settings>& option) {
  if (option.other_words.empty()) return;
  added.transform([words = option.other_words](const std::string& given) {
    for (auto [other, ours] : words) {
      if (given == other) return ours;
    }
    return given;
  });
}

template <class T>
std::string check_number(const std::string& given, const OptionRange& range) {
  T number = {};
  const bool good = CLI::detail::lexical_cast(given, number) &&
                    static_cast<double>(number) >= range.least &&
                    static_cast<double>(number) <= range.most;
  return good ? "" : "'" + given + "' is not a number that can be used here";
}

template <class Settings>
void add_field(CLI::App& command, Settings& settings, const Option<Settings>& option,
               const Choice<Settings>& choice) {
  const std::vector<std::string> words = choice.words(settings);
  CLI::Option* added = command.add_option_function<std::string>(
      names_of(option),
      [&settings, &choice](const std::string& word) { choice.set(settings, word); },
      option.help + ": " + CLI::detail::join(words, ", ") + "; default " + choice.get(settings));
  added->check(CLI::IsMember(words))->type_name("NAME")->group(title_of(option.group));
  add_other_words(*added, option);
}

template <class Settings>
void add_field(CLI::App& command, Settings& settings, const Option<Settings>& option,
               bool& (*reach)(Settings&)) {
  bool& value = reach(settings);
  if (!option.no_yes.empty()) {
    command
        .add_option_function<std::string>(
            names_of(option),
            [&value, yes = option.no_yes[1]](const std::string& word) { value = word == yes; },
            option.help + "; default " + text_of(option, settings))
        ->check(CLI::IsMember(option.no_yes))
        ->group(title_of(option.group));
    return;
  }
  const auto set_to = [&value](bool to) { return [&value, to] { value = to; }; };
  if (!option.name.empty())
    command.add_flag_callback(names_of(option), set_to(true), option.help)
        ->group(title_of(option.group));
  if (!option.off_name.empty())
    command
        .add_flag_callback("--" + option.off_name, set_to(false),
                           option.name.empty() ? option.help : "The opposite of --" + option.name)
        ->group(title_of(option.group));
}

template <class Settings, class T>
void add_field(CLI::App& command, Settings& settings, const Option<Settings>& option,
               T& (*reach)(Settings&)) {
  T& value = reach(settings);
  CLI::Option* added = nullptr;
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    added = command.add_option(names_of(option), value, option.help);
    added->delimiter(',')->allow_extra_args(false);
  } else if (option.then) {
    if constexpr (std::is_same_v<T, std::filesystem::path>)
      added = command.add_option_function<std::string>(
          names_of(option),
          [&settings, &value, &option](const std::string& given) {
            value = given;
            option.then(settings);
          },
          option.help);
  } else {
    added = command.add_option(names_of(option), value, option.help);
    if constexpr (!std::is_same_v<T, std::optional<int>>) added->capture_default_str();
  }
  added->group(title_of(option.group));
  if constexpr (std::is_same_v<T, std::optional<int>>)
    added->check([range = option.range](const std::string& given) {
      return check_number<int>(given, range);
    });
  else if constexpr (std::is_arithmetic_v<T>)
    added->check(
        [range = option.range](const std::string& given) { return check_number<T>(given, range); });
  add_other_words(*added, option);
  if (option.existing_file) added->check(CLI::ExistingFile);
  if (!option.type.empty()) added->type_name(option.type);
}

/// Adds one option, whose value goes into `settings`. Both must outlive the command.
template <class Settings>
void add_declared(CLI::App& command, Settings& settings, const Option<Settings>& option) {
  if (option.name.empty() && option.off_name.empty()) return;  // files alone have it
  std::visit([&](const auto& reach) { add_field(command, settings, option, reach); }, option.field);
}

}  // namespace imago
