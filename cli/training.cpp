#include "cli/training.h"

#include <cstdio>
#include <iostream>

namespace imago {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const TrainingProgress& progress) {
  ordered_json losses = ordered_json::object();
  for (const auto& [loss, value] : progress.losses) losses[loss.name()] = value;
  ordered_json json = {{"step", progress.step},
                       {"epoch", progress.epoch},
                       {"losses", losses},
                       {"milliseconds", progress.milliseconds},
                       {"data_milliseconds", progress.data_milliseconds},
                       {"learning_rate", progress.learning_rate},
                       {"seconds_left", progress.seconds_left}};
  if (progress.device_milliseconds) json["device_milliseconds"] = *progress.device_milliseconds;
  return json;
}

void print_progress(const TrainingProgress& progress) {
  char text[64];
  std::cout << "epoch " << progress.epoch << "/" << progress.epochs << "  step " << progress.step
            << "/" << progress.steps << " ";
  for (const auto& [loss, value] : progress.losses) {
    std::snprintf(text, sizeof(text), " %s %.4g", loss.name().c_str(), static_cast<double>(value));
    std::cout << text;
  }
  std::snprintf(text, sizeof(text), "  %.0f ms", progress.milliseconds);
  std::cout << text << "  " << human_time(progress.seconds_left) << " left\n" << std::flush;
}

}  // namespace

ExitStatus run_training(bool json,
                        const std::function<TrainingResult(const TrainingCallbacks&)>& run) {
  TrainingCallbacks callbacks;
  callbacks.should_stop = [] { return was_interrupted(); };
  callbacks.warn = [](const std::string& text) { print_warning(text); };
  callbacks.alarm = [](const AlarmRecord& alarm) {
    print_warning("step " + std::to_string(alarm.step) + ": " + alarm.text + ". " + alarm.advice);
  };
  callbacks.report = [json](const TrainingProgress& progress) {
    if (json)
      std::cout << json_of(progress).dump() << '\n' << std::flush;
    else
      print_progress(progress);
  };
  const TrainingResult result = run(callbacks);
  if (!json)
    for (const std::filesystem::path& file : result.checkpoints) std::cout << file.string() << '\n';
  if (result.finished) return kAllDone;
  print_error("stopped after " + std::to_string(result.steps) +
              (result.steps == 1 ? " step" : " steps") + "; 'imago resume " +
              result.folder.string() + "' goes on");
  return kSomethingFailed;
}

}  // namespace imago
