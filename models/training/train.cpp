#include "models/training/train.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <optional>

#include "compute/base/error.h"
#include "compute/vk/device.h"
#include "models/checkpoint/checkpoint.h"
#include "models/data/prefetch.h"
#include "models/training/health.h"
#include "models/training/make_trainer.h"
#include "models/training/report/report.h"
#include "models/training/report/run_report.h"
#include "models/training/request_json.h"
#include "models/training/run/run_records.h"
#include "models/training/run/state.h"
#include "models/training/run/state_keeper.h"
#include "models/training/run/step_clock.h"
#include "models/training/trainer.h"
#include "models/training/validate.h"

namespace imago {
namespace {

const char* others_of(DataKind kind) {
  if (kind == DataKind::table) return "the table is not the one";
  return kind == DataKind::sounds ? "the sounds are not those" : "the pictures are not those";
}

/// Of a run that has begun; none: they are to be chosen.
std::shared_ptr<const TuningTable> kernels_of(const RunFolder& folder) {
  const std::optional<TrainingState> state = peek_newest_state(folder.path);
  return state ? std::make_shared<TuningTable>(state->tuning) : nullptr;
}

/// One run, from where its state says to the end.
class Run {
 public:
  Run(Device& device, const RunFolder& folder, const TrainingRequest& request,
      const TrainingCallbacks& callbacks)
      : request_(request),
        callbacks_(callbacks),
        folder_(folder),
        dataset_(request.data),
        trainer_(make_trainer(device, request, dataset_, kernels_of(folder))),
        schedule_(request.schedule),
        monitor_(health_options(request)),
        records_(folder, callbacks, request, steps_per_epoch(dataset_, trainer_->method())),
        keeper_(folder, *trainer_, records_, callbacks, request.save_steps),
        report_(folder) {
    if (request.validate_epochs > 0) validator_.emplace(request, trainer_->method());
    state_.steps_per_epoch = steps_per_epoch(dataset_, trainer_->method());
    state_.data_fingerprint = dataset_.fingerprint();
    state_.device = device.properties().name;
    state_.tuning = trainer_->tuning();
    progress_.epochs = request.schedule.epochs + request.schedule.epochs_decay;
    progress_.steps = total_steps(request, state_.steps_per_epoch);
  }

  /// From the newest state; without one from the first step.
  TrainingResult run() {
    std::optional<StoredState> stored = keeper_.newest();
    const bool anew = !stored;
    if (stored) check_same(stored->state);
    if (stored) go_to(std::move(*stored));
    records_.go_on_from(progress_.step);
    records_.event(progress_.step, anew ? "start" : "resume");
    if (anew) keeper_.save(state());  // also tells at once whether there is room for it

    while (progress_.step < progress_.steps) {
      if (callbacks_.should_stop && callbacks_.should_stop()) break;
      begin_step();
      step();
      if (is_broken()) {
        roll_back();
        continue;
      }
      watch();
      if (progress_.step % request_.print_steps == 0 || is_last()) tell();
      if (is_epoch_end()) end_epoch();
      if (is_validation_due()) validate();
      if (keeper_.is_due(progress_.step) && !is_last()) keeper_.try_to_save(state());
    }
    return finish();
  }

 private:
  bool is_last() const { return progress_.step == progress_.steps; }
  bool is_epoch_end() const { return progress_.step % state_.steps_per_epoch == 0; }
  bool is_validation_due() const {
    return validator_ && (is_last() || is_early_validation() ||
                          (is_epoch_end() && progress_.epoch % request_.validate_epochs == 0));
  }
  /// Before the first one at an epoch's end: after validate_steps, twice as many, four times…
  bool is_early_validation() const {
    const int64_t first = request_.validate_steps, step = progress_.step;
    if (first <= 0 || step >= state_.steps_per_epoch * request_.validate_epochs) return false;
    return step % first == 0 && std::has_single_bit(static_cast<uint64_t>(step / first));
  }

  void check_same(const TrainingState& old) const {
    if (old.data_fingerprint != state_.data_fingerprint)
      records_.warn(data_folders(request_.data) + ": " + others_of(request_.data.kind) +
                    " that this run began with; it goes on, but not to the weights that it would "
                    "have come to");
    if (old.device != state_.device)
      records_.warn("this run was on " + old.device + " so far; on " + state_.device +
                    " the last digits of its weights will be others");
  }

  void go_to(StoredState stored) {
    trainer_->restore(stored.state.counts, stored.tensors);
    // What the state says of where it was made is not what is so now.
    stored.state.steps_per_epoch = state_.steps_per_epoch;
    stored.state.data_fingerprint = state_.data_fingerprint;
    stored.state.device = state_.device;
    state_ = std::move(stored.state);
    schedule_.set_plateau(state_.plateau);
    if (!state_.health.empty()) monitor_.restore(state_.health);
    if (validator_) validator_->set_best_so_far(state_.best);
    progress_.step = state_.counts.steps;
    batches_.reset();
    keeper_.go_on_from(progress_.step);
  }

  void begin_step() {
    const int64_t batches = trainer_->method().batches_per_step();
    if (!batches_) batches_.emplace(dataset_, progress_.step * batches, request_.threads);
    const int epoch = static_cast<int>(progress_.step / state_.steps_per_epoch);
    progress_.epoch = epoch + request_.schedule.first_epoch;
    progress_.learning_rate = schedule_.rate(epoch) * state_.learning_rate_factor;
    const Method& method = trainer_->method();
    const bool pixels_only = progress_.epoch <= request_.pixel_epochs;
    const size_t stage = method.stages.size() > 1 && !pixels_only ? 1 : 0;
    progress_.stage = method.stages[stage].name;
    if (stage != trainer_->stage()) trainer_->set_stage(stage);
  }

  void step() {
    clock_.begin_step();
    std::vector<Batch> batches;
    for (int i = 0; i < trainer_->method().batches_per_step(); ++i)
      batches.push_back(batches_->next());
    clock_.data_ready();
    progress_.losses = trainer_->step(batches, progress_.learning_rate);
    clock_.end_step(trainer_->busy_seconds());
    ++progress_.step;
    losses_ = named(progress_.losses);
    health_ = named(trainer_->health());
  }

  /// A step that was skipped because of its gradients broke nothing, unless its weights were broken
  /// before; but if no loss scale helps, the values themselves are too large.
  bool is_broken() {
    if (!trainer_->skipped()) return HealthMonitor::broken(losses_, health_, &culprit_);
    std::erase_if(health_, [](const auto& number) {
      const std::optional<HealthNumber> of = health_named(number.first);
      return !std::isfinite(number.second) && !(of && of->kind == HealthKind::weights);
    });
    for (const auto& [slot, loss_scale] : trainer_->counts().loss_scales)
      if (loss_scale.scale < LossScale::kLeast)
        return culprit_ = std::string("the gradient of ") +
                          (slot == kDiscriminatorSlot ? "the discriminator" : "the generator"),
               true;
    return HealthMonitor::broken({}, health_, &culprit_);
  }

  /// Once: goes back to the newest state and on with half of the learning rate.
  void roll_back() {
    AlarmRecord alarm = broken_alarm(progress_.step, culprit_);
    alarm.text = "in step " + std::to_string(progress_.step) + " " + alarm.text;
    if (request_.precision == NumberType::fp16)
      alarm.advice += " Numbers beyond 65504 are not finite in fp16: --precision fp32 has room.";
    std::optional<StoredState> stored;
    if (state_.rollbacks == 0) stored = keeper_.newest();
    if (!stored) {
      records_.alarm(alarm);
      throw Error(alarm.text + ". " + alarm.advice + " The state before is kept.");
    }
    go_to(std::move(*stored));
    ++state_.rollbacks;
    state_.learning_rate_factor /= 2;
    // From here on a resumed run does not go wrong in the same way first.
    keeper_.try_to_save(state());
    records_.go_on_from(progress_.step);
    alarm.step = progress_.step;  // where it is not taken back when the run is resumed
    records_.alarm(alarm);
    records_.event(progress_.step, "rollback");
  }

  void watch() {
    if (trainer_->skipped()) return;  // what it told may not be finite
    for (const auto& [name, value] : losses_) state_.epoch_loss += value;
    ++state_.epoch_steps;
    for (const AlarmRecord& alarm : monitor_.watch(progress_.step, losses_, health_))
      records_.alarm(alarm);
  }

  void tell() {
    clock_.report(progress_);
    records_.losses(progress_, health_);
  }

  void end_epoch() {
    if (state_.epoch_steps > 0)  // none where all were skipped
      schedule_.epoch_ended(state_.epoch_loss / static_cast<double>(state_.epoch_steps));
    state_.epoch_loss = 0;
    state_.epoch_steps = 0;
    if (progress_.epoch % request_.save_epochs != 0) return;
    records_.attempt("networks", [this] {
      save_networks(*trainer_, folder_.path, std::to_string(progress_.epoch));
      save_networks(*trainer_, folder_.path, "latest");
    });
    keeper_.ask();
  }

  void validate() {
    std::optional<ValidationRecord> record;
    const bool done = records_.attempt("validation", [&] {
      record = validator_->run(*trainer_, progress_.step, progress_.epoch, folder_);
      if (record->best) save_networks(*trainer_, folder_.path, "best");
    });
    // Best is what is kept as such.
    if (done) state_.best = validator_->best_so_far();
    validator_->set_best_so_far(state_.best);
    if (!done) return;
    records_.validation(*record);
    report();
    for (const AlarmRecord& alarm : monitor_.watch(*record)) records_.alarm(alarm);
  }

  /// The state with what others remember.
  TrainingState& state() {
    state_.plateau = schedule_.plateau();
    state_.health = monitor_.state();
    return state_;
  }

  void report() {
    records_.attempt("report",
                     [this] { report_.write(report_content(request_, progress_, state_.device)); });
  }

  TrainingResult finish() {
    TrainingResult result;
    result.folder = folder_.path;
    result.checkpoints = save_networks(*trainer_, folder_.path, "latest");
    keeper_.save(state());
    result.steps = progress_.step;
    result.finished = progress_.step >= progress_.steps;
    records_.event(progress_.step, result.finished ? "finish" : "stop");
    report();
    return result;
  }

  const TrainingRequest& request_;
  const TrainingCallbacks& callbacks_;
  const RunFolder folder_;
  Dataset dataset_;
  std::unique_ptr<Trainer> trainer_;
  Schedule schedule_;
  HealthMonitor monitor_;
  std::optional<Validator> validator_;
  std::optional<Prefetcher> batches_;
  RunRecords records_;
  StateKeeper keeper_;
  ReportWriter report_;
  StepClock clock_;
  TrainingState state_;
  TrainingProgress progress_;
  NamedNumbers losses_, health_;  // of the last step
  std::string culprit_;           // what was not finite in it
};

void refuse_existing(const RunFolder& folder) {
  if (has_state(folder.path))
    throw Error(folder.path.string() + ": there is such a run already; go on with it by 'imago " +
                "resume', or choose another --name");
}

/// As the run keeps it: paths that mean the same from any folder, and one seed for everything.
TrainingRequest completed(TrainingRequest request) {
  for (std::filesystem::path* path :
       {&request.data.dataroot, &request.data.dataroot_b, &request.init_model, &request.vgg})
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal();
  request.data.seed = request.seed;
  complete(request.data);
  return request;
}

}  // namespace

TrainingResult train(Device& device, const TrainingRequest& request,
                     const TrainingCallbacks& callbacks) {
  const RunFolder folder{request.checkpoints_dir / request.name};
  refuse_existing(folder);
  const TrainingRequest whole = completed(request);
  Run run(device, folder, whole, callbacks);
  std::error_code error;
  std::filesystem::create_directories(folder.path, error);
  if (error) throw Error(folder.path.string() + ": cannot be made: " + error.message());
  const RunLock lock(folder);
  refuse_existing(folder);
  remove_leftovers(folder.path);
  write_options(whole, folder.options());
  return run.run();
}

TrainingResult train(const std::string& which, const TrainingRequest& request,
                     const TrainingCallbacks& callbacks) {
  Device device(which);
  return train(device, request, callbacks);
}

TrainingResult resume(const std::string& which, const RunFolder& folder,
                      const TrainingCallbacks& callbacks) {
  Device device(which);
  return resume(device, folder, callbacks);
}

TrainingResult resume(Device& device, const RunFolder& folder, const TrainingCallbacks& callbacks) {
  read_run(folder.path);  // tells why it is none
  const RunLock lock(folder);
  const TrainingRequest request = read_run(folder.path).request;
  remove_leftovers(folder.path);
  Run run(device, folder, request, callbacks);
  return run.run();
}

std::vector<std::filesystem::path> save_networks(const Trainer& trainer,
                                                 const std::filesystem::path& folder,
                                                 const std::string& label) {
  std::vector<std::filesystem::path> files;
  for (const Network& network : trainer.method().networks) {
    const std::string stem = label + "_net_" + network.name();
    files.push_back(folder / (stem + ".pth"));
    write_torch_zip(trainer.network(network), files.back());
    if (!trainer.has_ema() || !network.is_generator()) continue;
    files.push_back(folder / (stem + "_average.pth"));
    write_torch_zip(trainer.network(network, true), files.back());
  }
  return files;
}

}  // namespace imago
