// The `imago` command. Its contract: exit status 0 all done, 1 something failed, 2 wrong usage;
// every failure one line on stderr; results on stdout.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "cli/command.h"
#include "compute/base/error.h"
#include "compute/base/tuning_watch.h"

namespace imago {
namespace {

/// The names of a command's own commands: "pix2pix, cyclegan, srgan".
std::string names_of_commands(const CLI::App& app) {
  std::string list;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    list += (list.empty() ? "" : ", ") + command->get_name();
  return list;
}

/// Help names an option by its letter and its first long name; the others are old or of other
/// programs.
class ShortNames : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    if (is_positional || option->get_lnames().empty())
      return CLI::Formatter::make_option_name(option, is_positional);
    std::string names;
    for (const std::string& letter : option->get_snames()) names += "-" + letter + ",";
    return names + "--" + option->get_lnames().front();
  }
};

/// The command that was asked for.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

/// CLI11's own messages take several lines; the first says what is wrong.
std::string usage_message(const CLI::App& app, const std::string& what) {
  std::string message = what.substr(0, what.find('\n')), help = "imago ";
  if (const size_t count = message.find(": At Most 1 required"); count != std::string::npos)
    message = message.substr(0, count) + ": is given more than once";
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    help += command->get_name() + " ";
  }
  if (command->get_require_subcommand_min() > 0) {
    const std::vector<std::string> rest = command->remaining();
    message = rest.empty() ? "a command is required"
                           : "there is no command or option '" + rest.front() + "'";
    message += ": " + names_of_commands(*command);
  }
  return message + "; see '" + help + "--help'";
}

/// What a new GPU has to do once, which takes some seconds of each new network.
void tell_of_tuning(int chosen, int of) {
  if (was_interrupted()) throw Cancelled();
  if (chosen > 0) return;
  if (isatty(STDERR_FILENO)) std::cerr << "\r\033[K";  // a line that tells how far work is
  print_note("measuring which of the kernels for " + std::to_string(of) +
             (of == 1 ? " step" : " steps") + " are the fastest on this device, once");
}

ExitStatus run(const Invocation& invocation) {
  const TuningWatch watch(tell_of_tuning);
  try {
    return invocation.run();
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    const bool out_of_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    const std::string reason = out_of_memory ? "not enough memory" : error.what();
    print_error(reason);
    if (!invocation.json_if_thrown.is_null()) {
      nlohmann::ordered_json object = invocation.json_if_thrown;
      object["error"] = reason;
      print_json(object);
    }
    return kSomethingFailed;
  }
}

/// The arguments, last first as CLI11 wants them. Options may be written with underscores, as the
/// tools that our users come from do: --load_size. Real-ESRGAN has a short option of two letters,
/// which CLI11 knows none of.
std::vector<std::string> arguments(int argc, char** argv) {
  std::vector<std::string> result;
  for (int i = argc - 1; i > 0; --i) {
    std::string argument = argv[i];
    if (argument.starts_with("--"))
      std::replace(argument.begin(), std::find(argument.begin(), argument.end(), '='), '_', '-');
    if (argument == "-dn") argument = "--denoise-strength";
    result.push_back(argument);
  }
  return result;
}

ExitStatus parse_and_run(int argc, char** argv) {
  CLI::App app("Translates images with GANs on any GPU.", "imago");
  app.formatter(std::make_shared<ShortNames>());
  app.set_version_flag("--version", "imago " IMAGO_VERSION);
  app.require_subcommand(1);
  Invocation invocation;
  add_translate(app, invocation);
  add_realesrgan(app, invocation);
  add_train(app, invocation);
  add_test(app, invocation);
  add_resume(app, invocation);
  add_check_data(app, invocation);
  add_evaluate(app, invocation);
  add_generate(app, invocation);
  add_project(app, invocation);
  add_info(app, invocation);
  add_devices(app, invocation);
  add_export(app, invocation);
  add_bench(app, invocation);
  add_gui(app, invocation);
  add_completion(app, invocation);

  try {
    app.parse(arguments(argc, argv));
    return run(invocation);
  } catch (const CLI::Success& help_or_version) {
    app.exit(help_or_version);
    return kAllDone;
  } catch (const CLI::ExtrasError&) {
    print_error(usage_message(app, not_understood(deepest(app))));
  } catch (const CLI::ParseError& error) {
    print_error(usage_message(app, error.what()));
  } catch (const UsageError& error) {
    print_error(usage_message(app, error.what()));
  }
  return kWrongUsage;
}

}  // namespace
}  // namespace imago

int main(int argc, char** argv) {
  // A closed pipe must not kill the program while it writes a picture; the check below tells.
  std::signal(SIGPIPE, SIG_IGN);
  const imago::ExitStatus status = imago::parse_and_run(argc, argv);
  if (std::cout.flush()) return status;
  imago::print_error("standard output: cannot be written to");
  return imago::kSomethingFailed;
}
