#include "models/training/report/run_report.h"

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>

#include "models/training/prepare_classifier.h"
#include "models/training/run/state.h"
#include "models/training/training_options.h"

namespace imago {
namespace {

std::string text_of(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

/// What stands among the settings in any case.
bool is_shown_above(const std::string& name) {
  constexpr std::array kShown = {"netG",       "netD",           "ngf",  "ndf",         "norm",
                                 "gan-mode",   "crop-size",      "lr",   "lr-policy",   "n-epochs",
                                 "batch-size", "n-epochs-decay", "seed", "dataset-mode"};
  return std::ranges::find(kShown, name) != kShown.end();
}

std::string epochs_of(const ScheduleOptions& schedule) {
  return std::to_string(schedule.epochs) + " + " + std::to_string(schedule.epochs_decay);
}

}  // namespace

ReportContent report_content(const TrainingRequest& request, const TrainingProgress& progress,
                             const std::string& device) {
  const DataOptions& data = request.data;
  ReportContent content;
  content.title = request.name;
  content.status = request.method + " on " + device + " · epoch " + std::to_string(progress.epoch) +
                   " of " + std::to_string(progress.epochs) + " · step " +
                   std::to_string(progress.step) + " of " + std::to_string(progress.steps);
  content.settings = {{"pictures", data_folders(data) + ", " + to_string(data.kind)}};
  const std::vector<std::pair<std::string, std::string>> networks = {
      {"generator", request.generator + ", " + std::to_string(request.generator_features) +
                        " features, norm " + to_string(request.norm)},
      {"discriminator",
       request.discriminator + ", " + std::to_string(request.discriminator_features) + " features"},
      {"adversarial loss", to_string(request.gan_mode)}};
  const std::vector<std::pair<std::string, std::string>> classifier = {
      {"classifier", std::to_string(request.generator_features) + " features"}};
  const std::vector<std::pair<std::string, std::string>> others = {
      {"crop", std::to_string(data.crop_size) + ", batches of " + std::to_string(data.batch_size)},
      {"learning rate",
       text_of(double{request.schedule.learning_rate}) + ", " + to_string(request.schedule.policy)},
      {"epochs", epochs_of(request.schedule)},
      {"seed", std::to_string(request.seed)},
  };
  const auto& chosen = request.method == kClassifier ? classifier : networks;
  for (const auto* part : {&chosen, &others})
    content.settings.insert(content.settings.end(), part->begin(), part->end());
  for (const auto& [name, value] : changed_options(request))
    if (!is_shown_above(name)) content.settings.emplace_back(name, value);
  if (!request.init_model.empty())
    content.settings.emplace_back("begun from", request.init_model.string());
  return content;
}

void keep_study(const RunFolder& folder, StudyRecord study) {
  const RunInfo run = read_run(folder.path);
  study.step = run.step;
  // Nothing is taken out: somebody may be training.
  HistoryWriter(folder.metrics(), std::numeric_limits<int64_t>::max()).add(study);
  TrainingProgress progress;
  progress.step = run.step;
  progress.steps = run.steps;
  progress.epochs = run.request.schedule.epochs + run.request.schedule.epochs_decay;
  std::string device = "no device";
  if (const std::optional<TrainingState> state = peek_newest_state(folder.path)) {
    device = state->device;
    if (state->steps_per_epoch > 0)
      progress.epoch =
          static_cast<int>((run.step + state->steps_per_epoch - 1) / state->steps_per_epoch);
  }
  write_report(folder, report_content(run.request, progress, device));
}

}  // namespace imago
