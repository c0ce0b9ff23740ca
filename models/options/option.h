// One declaration of an option. The command line, options.json, the report, the app's forms, the
// manual pages and shell completion all read it: names, range, default (that of the field), help.
//
// An option to add is an entry in the table of its settings (training/training_options.cpp,
// translate/translate_options.cpp), the field it names, and the code that uses that field.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace imago {

/// Where an option stands in help and manual.
enum class OptionGroup { data, networks, losses, optimizer, run, images, quality, films, device };
const char* title_of(OptionGroup group);

/// Numbers from least to most, both included.
struct OptionRange {
  double least = std::numeric_limits<double>::lowest(), most = std::numeric_limits<double>::max();
};

/// One of several words.
template <class Settings>
struct Choice {
  /// Those that can be chosen with these settings.
  std::function<std::vector<std::string>(const Settings&)> words;
  std::function<std::string(const Settings&)> get;
  /// False if there is no such word with any settings.
  std::function<bool(Settings&, const std::string&)> set;
};

/// How the field of an option is reached.
template <class Settings>
using OptionField =
    std::variant<bool& (*)(Settings&), int& (*)(Settings&), int64_t& (*)(Settings&),
                 uint64_t& (*)(Settings&), float& (*)(Settings&), double& (*)(Settings&),
                 std::string& (*)(Settings&), std::filesystem::path& (*)(Settings&),
                 std::vector<std::string>& (*)(Settings&), std::optional<int>& (*)(Settings&),
                 Choice<Settings>>;

template <class Settings>
struct Option {
  std::string name = {};                     // --name; empty: only files have it
  std::string off_name = {};                 // of yes or no: --off-name says no
  char letter = 0;                           // -t
  std::vector<std::string> aliases = {};     // other names, of earlier versions and other programs
  std::string key = {};                      // in options.json; empty: it is not kept
  std::vector<std::string> other_keys = {};  // are read too
  OptionGroup group = OptionGroup::run;
  std::string help = {};   // one sentence without its full stop; the default is added
  std::string label = {};  // of its field in the app, & before the key that leads to it
  std::string words = {};  // what the app's sentences call it, where it has no field
  OptionField<Settings> field = {};
  OptionRange range = {};
  /// Of yes or no: the words for no and for yes, in place of a flag.
  std::vector<std::string> no_yes = {};
  /// Other programs' words for some of ours: {"syncbatch", "batch"}.
  std::vector<std::pair<std::string, std::string>> other_words = {};
  std::string type = {};                  // what help calls its value: "DIR"
  bool existing_file = false;             // a path that must be there
  std::vector<std::string> methods = {};  // which have it; empty: all
  /// What else follows where the command line gives it.
  std::function<void(Settings&)> then = {};

  bool applies_to(const std::string& method) const {
    return methods.empty() || std::ranges::find(methods, method) != methods.end();
  }
};

/// A field of a table: choice(&reach, {Norm::batch, …}), the words being those of to_string.
/// `offered`: those that can be chosen, by the settings; else all.
template <class Settings, class Enum>
Choice<Settings> choice(Enum& (*reach)(Settings&), std::vector<Enum> values,
                        std::function<std::vector<Enum>(const Settings&)> offered = {}) {
  const auto words_of = [](const std::vector<Enum>& of) {
    std::vector<std::string> words;
    for (const Enum value : of) words.push_back(to_string(value));
    return words;
  };
  return {[values, offered, words_of](const Settings& settings) {
            return words_of(offered ? offered(settings) : values);
          },
          [reach](const Settings& settings) {
            return std::string(to_string(reach(const_cast<Settings&>(settings))));
          },
          [reach, values](Settings& settings, const std::string& word) {
            for (const Enum value : values)
              if (to_string(value) == word) return reach(settings) = value, true;
            return false;
          }};
}

/// The value of an option, as it would be typed; "yes" or "no" of a flag.
template <class Settings>
std::string text_of(const Option<Settings>& option, const Settings& settings) {
  const auto text = [&](const auto& reach) -> std::string {
    if constexpr (std::is_same_v<std::decay_t<decltype(reach)>, Choice<Settings>>) {
      return reach.get(settings);
    } else {
      const auto& value = reach(const_cast<Settings&>(settings));
      using T = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<T, bool>) {
        if (!option.no_yes.empty()) return option.no_yes[value ? 1 : 0];
        return value ? "yes" : "no";
      } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
        return value.string();
      } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        std::string joined;
        for (const std::string& part : value) joined += (joined.empty() ? "" : ",") + part;
        return joined;
      } else if constexpr (std::is_same_v<T, std::optional<int>>) {
        return value ? std::to_string(*value) : "";
      } else {
        std::ostringstream written;
        written << value;
        return written.str();
      }
    }
  };
  return std::visit(text, option.field);
}

/// The option of this name, alias or "no" name; null if there is none.
template <class Settings>
const Option<Settings>* option_named(const std::vector<Option<Settings>>& options,
                                     const std::string& name) {
  for (const Option<Settings>& option : options)
    if (!name.empty() && (option.name == name || option.off_name == name ||
                          std::ranges::find(option.aliases, name) != option.aliases.end()))
      return &option;
  return nullptr;
}

}  // namespace imago
