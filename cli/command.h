// What the commands of `imago` share: one file per command, one function that adds it (main.cpp).
//
// An `add_…` function declares the command's options on a subcommand and, from the subcommand's
// callback, stores in `invocation` what is to be run once the whole command line was understood.
// Commands throw; main.cpp catches.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "compute/base/error.h"

namespace imago {

/// The exit statuses scripts rely on.
enum ExitStatus : int { kAllDone = 0, kSomethingFailed = 1, kWrongUsage = 2 };

/// A command line that can be told wrong without looking at any file; exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The command that was asked for.
struct Invocation {
  std::function<ExitStatus()> run;
  /// With --json: what goes to stdout, with the reason added as "error", when `run` throws.
  nlohmann::ordered_json json_if_thrown;
};

struct LoadOptions;  // models/library/identify.h
/// --key and --range.
void add_load_options(CLI::App& command, LoadOptions& options);

void add_translate(CLI::App& app, Invocation& invocation);
void add_realesrgan(CLI::App& app, Invocation& invocation);
void add_train(CLI::App& app, Invocation& invocation);
void add_test(CLI::App& app, Invocation& invocation);
void add_resume(CLI::App& app, Invocation& invocation);
void add_check_data(CLI::App& app, Invocation& invocation);
void add_evaluate(CLI::App& app, Invocation& invocation);
void add_generate(CLI::App& app, Invocation& invocation);
void add_project(CLI::App& app, Invocation& invocation);
void add_info(CLI::App& app, Invocation& invocation);
void add_devices(CLI::App& app, Invocation& invocation);
void add_export(CLI::App& app, Invocation& invocation);
void add_bench(CLI::App& app, Invocation& invocation);
void add_gui(CLI::App& app, Invocation& invocation);
void add_completion(CLI::App& app, Invocation& invocation);

/// "imago: <message>" as one line on stderr: line breaks and other control characters, which file
/// names may hold, become spaces.
void print_error(std::string_view message);

/// "warning: <message>" in the same way: what is no failure.
void print_warning(std::string_view message);

/// "note: <message>" in the same way: what is understood in another way than it may be meant.
void print_note(std::string_view message);

/// One JSON object on stdout. File names that are not UTF-8 get replacement characters.
void print_json(const nlohmann::ordered_json& object);

/// "not understood: --foo, bar": what a command was given and has no use for, in the order given.
std::string not_understood(const CLI::App& command);

/// From here on the first Ctrl-C only sets a flag, so that work ends in good order; the second one
/// ends the program at once.
void cancel_on_interrupt();
bool was_interrupted();

/// "12 s", "3 min 5 s", "2 h 7 min".
std::string human_time(double seconds);

/// "1.5 GiB".
std::string human_bytes(uint64_t bytes);

}  // namespace imago
