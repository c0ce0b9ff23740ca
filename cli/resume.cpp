// imago resume: goes on with a run that was stopped, killed or prolonged.
#include <iostream>

#include "cli/training.h"
#include "compute/vk/device.h"

namespace imago {
namespace {

struct ResumeArguments {
  std::string run;
  std::filesystem::path checkpoints_dir = "checkpoints";
  RunChanges changes;
  std::string device;
  bool json = false;
};

/// A name in the folder of runs, or a path.
RunFolder folder_of(const ResumeArguments& options) {
  const std::filesystem::path named = options.checkpoints_dir / options.run;
  return {std::filesystem::is_directory(named) ? named : std::filesystem::path(options.run)};
}

ExitStatus run_resume(const ResumeArguments& options) {
  const RunFolder folder = folder_of(options);
  const RunChanges& changes = options.changes;
  if (changes.epochs || changes.epochs_decay || changes.max_steps || changes.dataroot ||
      changes.dataroot_b)
    change_run(folder, changes);
  const RunInfo info = read_run(folder.path);
  if (info.finished) {
    if (!options.json)
      std::cout << folder.path.string() << ": all steps are done (" << info.steps << "); "
                << "--n-epochs, --n-epochs-decay or --max-steps prolong the run\n";
    return kAllDone;
  }
  cancel_on_interrupt();
  Device device(options.device);
  if (!options.json)
    std::cout << info.request.method << " on " << device.properties().name << ", from step "
              << info.step << "\n"
              << std::flush;
  return run_training(options.json, [&](const TrainingCallbacks& callbacks) {
    return resume(device, folder, callbacks);
  });
}

}  // namespace

void add_resume(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ResumeArguments>();
  CLI::App* command = app.add_subcommand("resume", "Go on with a training run");
  command->add_option("run", options->run, "Its name, or its folder")->required();
  command->add_option("--checkpoints-dir", options->checkpoints_dir, "Where runs are kept")
      ->capture_default_str();
  command
      ->add_option("--dataroot", options->changes.dataroot,
                   "Where the pictures, sounds or the table are now")
      ->check(CLI::ExistingPath);
  command
      ->add_option("--dataroot-b", options->changes.dataroot_b,
                   "Where the pictures of B are now, of a run with two folders")
      ->check(CLI::ExistingDirectory);
  command->add_option("--n-epochs", options->changes.epochs, "Epochs with the full learning rate")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--n-epochs-decay", options->changes.epochs_decay,
                   "Epochs while it falls to zero (linear)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--max-steps", options->changes.max_steps, "End after so many; 0: do not")
      ->check(CLI::NonNegativeNumber);
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  command->add_flag("--json", options->json, "Progress as one JSON object a line");
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_resume(*options); }; });
}

}  // namespace imago
