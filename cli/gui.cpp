// imago gui: starts the desktop app, a program of its own so that this one needs no Qt.
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "cli/command.h"
#include "models/library/registry.h"

namespace imago {
namespace {

ExitStatus run_gui(std::vector<std::string> arguments) {
  const auto folder = program_folder();
  if (!folder) throw Error("where this program lies is not known: start imago-gui itself");
  const std::filesystem::path program = *folder / "imago-gui";
  if (access(program.c_str(), X_OK) != 0)
    throw Error(program.string() +
                ": the app is not built; install qt6-charts-dev and build with -DIMAGO_GUI=ON");
  arguments.insert(arguments.begin(), program.string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  throw Error(program.string() + ": cannot be started: " + std::strerror(errno));
}

}  // namespace

void add_gui(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("gui", "Open the app; arguments are passed on to it");
  command->prefix_command();
  command->callback([&invocation, command] {
    invocation.run = [arguments = command->remaining()] { return run_gui(arguments); };
  });
}

}  // namespace imago
