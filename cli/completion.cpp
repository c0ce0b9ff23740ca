// imago completion, imago man: made from the options as the commands declare them.
#include <algorithm>
#include <iostream>

#include "cli/command.h"

namespace imago {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (command->get_group() != "") commands.push_back(command);
  return commands;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

/// "-t" and "--tile"; of the long ones the first alone, the others being old or other programs'.
std::vector<std::string> shown_names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  if (!option.get_lnames().empty()) names.push_back("--" + option.get_lnames().front());
  return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// "train pix2pix" and the like, without "imago".
void for_each_command(const CLI::App& app, const std::string& path,
                      const std::function<void(const std::string&, const CLI::App&)>& visit) {
  visit(path, app);
  for (const CLI::App* command : commands_of(app))
    for_each_command(*command,
                     path.empty() ? command->get_name() : path + " " + command->get_name(), visit);
}

/// What may stand after a command: its options and its own commands.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : commands_of(app)) words += command->get_name() + " ";
  for (const CLI::Option* option : options_of(app))
    for (const std::string& name : shown_names(*option)) words += name + " ";
  return words.substr(0, words.empty() ? 0 : words.size() - 1);
}

/// The words of a choice, as its help lists them: "…: a, b, c; default a".
std::vector<std::string> choices_of(const CLI::Option& option) {
  std::vector<std::string> words;
  if (option.get_type_name().find("NAME") == std::string::npos) return words;
  const std::string help = option.get_description();
  const size_t begin = help.rfind(": "), end = help.rfind("; default");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return words;
  for (const std::string& word : CLI::detail::split(help.substr(begin + 2, end - begin - 2), ','))
    words.push_back(CLI::detail::trim_copy(word));
  return words;
}

void print_bash(const CLI::App& app) {
  std::cout
      << "# bash completion for imago, made by 'imago completion bash'\n"
         "_imago() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local path=\"\" word words=\"\"\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"$path $word\" in\n";
  for_each_command(app, "", [](const std::string& path, const CLI::App&) {
    if (!path.empty()) std::cout << "      \" " << path << "\") path=\" " << path << "\" ;;\n";
  });
  std::cout << "    esac\n  done\n  case \"$path $before\" in\n";
  for_each_command(app, "", [](const std::string& path, const CLI::App& command) {
    for (const CLI::Option* option : options_of(command)) {
      const std::vector<std::string> words = choices_of(*option);
      if (words.empty()) continue;
      const std::string prefix = path.empty() ? "" : " " + path;
      for (const std::string& name : shown_names(*option))
        std::cout << "    \"" << prefix << " " << name << "\") words=\""
                  << CLI::detail::join(words, " ") << "\" ;;\n";
    }
  });
  std::cout << "  esac\n  if [[ -z $words ]]; then\n    case \"$path\" in\n";
  for_each_command(app, "", [](const std::string& path, const CLI::App& command) {
    std::cout << "      \"" << (path.empty() ? "" : " " + path) << "\") words=\""
              << words_of(command) << "\" ;;\n";
  });
  std::cout << "    esac\n"
               "    [[ $current == -* || -z $path || $path == \" train\" ]] || words=\"\"\n"
               "  fi\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
               "  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
               "}\n"
               "complete -o filenames -F _imago imago\n";
}

/// Text inside single quotes of zsh's _arguments: what its syntax takes for its own is escaped.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'') {
      escaped += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string zsh_function(const std::string& path) {
  std::string name = "_imago " + path;
  std::replace(name.begin(), name.end(), ' ', '_');
  std::replace(name.begin(), name.end(), '-', '_');
  return path.empty() ? "_imago" : name;
}

void print_zsh_command(const std::string& path, const CLI::App& command) {
  std::cout << zsh_function(path) << "() {\n  local context state line\n  _arguments -C \\\n";
  for (const CLI::Option* option : options_of(command)) {
    const std::vector<std::string> words = choices_of(*option);
    const std::string value = !takes_value(*option) ? ""
                              : words.empty()       ? ":value:_files"
                                              : ":word:(" + CLI::detail::join(words, " ") + ")";
    for (const std::string& name : shown_names(*option))
      std::cout << "    '" << name << "[" << zsh_text(option->get_description()) << "]" << value
                << "' \\\n";
  }
  const std::vector<const CLI::App*> commands = commands_of(command);
  if (commands.empty()) {
    std::cout << "    '*:file:_files'\n}\n";
    return;
  }
  std::cout << "    '1:command:->command' '*::argument:->argument'\n  case $state in\n"
               "    command)\n      local -a commands=(\n";
  for (const CLI::App* one : commands)
    std::cout << "        '" << one->get_name() << ":" << zsh_text(one->get_description()) << "'\n";
  std::cout
      << "      )\n      _describe command commands ;;\n    argument)\n      case $line[1] in\n";
  for (const CLI::App* one : commands) {
    const std::string below = path.empty() ? one->get_name() : path + " " + one->get_name();
    std::cout << "        " << one->get_name() << ") " << zsh_function(below) << " ;;\n";
  }
  std::cout << "      esac ;;\n  esac\n}\n";
}

void print_zsh(const CLI::App& app) {
  std::cout << "#compdef imago\n# zsh completion for imago, made by 'imago completion zsh'\n";
  for_each_command(app, "", print_zsh_command);
  std::cout << "_imago \"$@\"\n";
}

/// The character of UTF-8 that begins at `at`, which is set to its last byte.
uint32_t code_point(const std::string& text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  uint32_t code = first & (0x3fu >> following);
  for (int i = 0; i < following && at + 1 < text.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(text[++at]) & 0x3fu);
  return code;
}

/// Text of a manual page: what roff takes for its own is escaped, and what is not ASCII.
std::string roff(const std::string& text) {
  std::string escaped;
  bool at_begin = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      constexpr uint32_t kEllipsis = 0x2026;  // troff has none
      const auto code = code_point(text, i);
      char name[16] = "...";
      if (code != kEllipsis) std::snprintf(name, sizeof(name), "\\[u%04X]", code);
      escaped += name;
      at_begin = false;
      continue;
    }
    if (at_begin && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
    at_begin = c == '\n';
  }
  return escaped;
}

void print_option(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : shown_names(option))
    names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (names.empty()) names = "\\fI" + roff(option.get_name(true)) + "\\fR";
  if (takes_value(option) && !option.get_lnames().empty())
    names += " \\fI" + roff(option.get_type_name()) + "\\fR";
  std::cout << ".TP\n" << names << "\n" << roff(option.get_description());
  if (!option.get_default_str().empty())
    std::cout << "; default " << roff(option.get_default_str());
  std::cout << ".\n";
  const std::vector<std::string>& all = option.get_lnames();
  if (all.size() < 2) return;
  std::cout << "Also:";
  for (size_t i = 1; i < all.size(); ++i) std::cout << " \\-\\-" << roff(all[i]);
  std::cout << ".\n";
}

void print_man(const CLI::App& app) {
  std::cout << ".TH IMAGO 1 \"\" \"imago " IMAGO_VERSION "\"\n.SH NAME\nimago \\- "
            << "translate images with GANs on any GPU\n.SH SYNOPSIS\n";
  for (const CLI::App* command : commands_of(app))
    std::cout << ".B imago " << roff(command->get_name()) << "\n[options]\n.br\n";
  std::cout << ".SH DESCRIPTION\nOptions may be written with underscores, as \\-\\-load_size.\n"
               "The exit status is 0 where all was done, 1 where something failed, 2 for a wrong "
               "command line.\n";
  for_each_command(app, "", [](const std::string& path, const CLI::App& command) {
    if (path.empty()) return;
    std::cout << ".SH \"imago " << roff(path) << "\"\n" << roff(command.get_description()) << ".\n";
    std::string group;
    for (const CLI::Option* option : options_of(command)) {
      if (option->get_group() != group) {
        group = option->get_group();
        std::cout << ".SS " << roff(group) << "\n";
      }
      print_option(*option);
    }
  });
}

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      app.add_subcommand("completion", "Print what lets a shell complete imago's commands");
  completion->add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  completion->callback([&invocation, &app, shell] {
    invocation.run = [&app, shell] {
      *shell == "bash" ? print_bash(app) : print_zsh(app);
      return kAllDone;
    };
  });
  CLI::App* man = app.add_subcommand("man", "Print the manual page, for 'man -l -'");
  man->callback([&invocation, &app] {
    invocation.run = [&app] {
      print_man(app);
      return kAllDone;
    };
  });
}

}  // namespace imago
