// Command line options about data sets, as `evaluate` declares them.
#pragma once

#include <CLI/CLI.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "models/training/request.h"

namespace imago {

/// --dataroot-b. Of pairs side by side it makes pairs by name: --dataset-mode, which has the last
/// word, is to be added after it.
void add_second_folder(CLI::App& command, DataOptions& data);

/// --val-cameras, unless all there can be are photos, and --held-out: which pictures are for
/// validation.
void add_split_options(CLI::App& command, DataOptions& data);

/// One of `choices`, by the word that to_string has for it.
template <class Enum>
CLI::Option* add_choice(CLI::App& command, const std::string& name, Enum& value,
                        const std::vector<Enum>& choices, const std::string& text) {
  std::map<std::string, Enum> named;
  std::string list;
  for (const Enum choice : choices) {
    named[to_string(choice)] = choice;
    list += (list.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  return command
      .add_option_function<std::string>(
          name, [&value, named](const std::string& chosen) { value = named.at(chosen); },
          text + ": " + list + "; default " + to_string(value))
      ->check(CLI::IsMember(named))
      ->type_name("NAME");
}

/// "text; default value".
template <class T>
CLI::Option* add_number(CLI::App& command, const std::string& name, T& value,
                        const std::string& text, T least, T most = std::numeric_limits<T>::max()) {
  return command.add_option(name, value, text)
      ->check([least, most](const std::string& given) -> std::string {
        T number = {};
        const bool good =
            CLI::detail::lexical_cast(given, number) && number >= least && number <= most;
        return good ? "" : "'" + given + "' is not a number that can be used here";
      })
      ->capture_default_str();
}

}  // namespace imago
