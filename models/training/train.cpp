#include "models/training/train.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "compute/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/data/prefetch.h"

namespace imago {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// The lines of pytorch-CycleGAN-and-pix2pix, so that what reads theirs reads ours.
class LossLog {
 public:
  explicit LossLog(const std::filesystem::path& path) : path_(path), file_(path, std::ios::app) {
    if (!file_) throw Error(path.string() + ": cannot be written to");
  }

  void write(const TrainingProgress& p, int64_t steps_per_epoch, int batch_size) {
    const int64_t step_of_epoch = (p.step - 1) % steps_per_epoch + 1;
    file_ << "(epoch: " << p.epoch << ", iters: " << step_of_epoch * batch_size
          << ", time: " << p.milliseconds / 1000 << ", data: " << p.data_milliseconds / 1000
          << ") ";
    for (const auto& [name, value] : p.losses) file_ << name << ": " << value << ' ';
    file_ << std::endl;
    if (!file_) throw Error(path_.string() + ": cannot be written to; is the disk full?");
  }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

/// Steps and epochs of one run and where it is.
class Run {
 public:
  Run(Device& device, const TrainingRequest& request, const TrainingCallbacks& callbacks)
      : request_(request),
        callbacks_(callbacks),
        dataset_(request.data),
        schedule_(request.schedule) {
    const Batch first = dataset_.batch(0);
    PreparedTraining prepared = prepare(request, first.a_shape, first.b_shape);
    check_sides(prepared.method, first.a_shape);
    trainer_ = std::make_unique<Trainer>(
        device, std::move(prepared.method),
        TrainerOptions{request.init, request.seed, request.pool_size}, prepared.start);
    folder_ = request.checkpoints_dir / request.name;
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw Error(folder_.string() + ": cannot be made: " + error.message());
    log_ = std::make_unique<LossLog>(folder_ / "loss_log.txt");
    progress_.epochs = request.schedule.epochs + request.schedule.epochs_decay;
    progress_.steps = dataset_.steps_per_epoch() * epochs();
    if (request.max_steps > 0) progress_.steps = std::min(progress_.steps, request.max_steps);
  }

  TrainingResult run() {
    Prefetcher batches(dataset_, 0, request_.threads);
    while (progress_.step < progress_.steps) {
      if (callbacks_.should_stop && callbacks_.should_stop()) break;
      begin_step();
      const auto begin = Clock::now();
      const Batch batch = batches.next();
      data_milliseconds_ += milliseconds_since(begin);
      progress_.losses = trainer_->step(batch, progress_.learning_rate);
      milliseconds_ += milliseconds_since(begin);
      ++progress_.step;
      ++since_report_;
      const bool last = progress_.step == progress_.steps;
      if (progress_.step % request_.print_steps == 0 || last) tell();
      if (progress_.step % dataset_.steps_per_epoch() == 0) end_epoch();
    }
    TrainingResult result;
    result.folder = folder_;
    result.checkpoints = save_networks(*trainer_, folder_, "latest");
    result.steps = progress_.step;
    result.finished = progress_.step == progress_.steps;
    return result;
  }

 private:
  int epochs() const {
    const ScheduleOptions& s = request_.schedule;
    return s.epochs + s.epochs_decay - s.first_epoch + 1;
  }

  static void check_sides(const Method& method, const Shape& a) {
    for (const TrainedGenerator& generator : method.generators) {
      const int multiple = generator.architecture.info.multiple;
      if (a.h % multiple != 0 || a.w % multiple != 0)
        throw Error(generator.architecture.info.architecture + " takes pictures whose sides are " +
                    "multiples of " + std::to_string(multiple) + ", these are " +
                    std::to_string(a.w) + "x" + std::to_string(a.h) +
                    "; change --crop-size or --netG");
    }
  }

  void begin_step() {
    const int epoch = static_cast<int>(progress_.step / dataset_.steps_per_epoch());
    progress_.epoch = epoch + request_.schedule.first_epoch;
    progress_.learning_rate = schedule_.rate(epoch);
    const Method& method = trainer_->method();
    const bool pixels_only = progress_.epoch <= request_.pixel_epochs;
    const size_t stage = method.stages.size() > 1 && !pixels_only ? 1 : 0;
    if (progress_.stage != method.stages[stage].name) {
      if (!progress_.stage.empty() || stage > 0) trainer_->set_stage(stage);
      progress_.stage = method.stages[stage].name;
    }
  }

  void tell() {
    const double steps = static_cast<double>(since_report_);
    progress_.milliseconds = milliseconds_ / steps;
    progress_.data_milliseconds = data_milliseconds_ / steps;
    progress_.seconds_left =
        static_cast<double>(progress_.steps - progress_.step) * progress_.milliseconds / 1000;
    milliseconds_ = data_milliseconds_ = 0;
    since_report_ = 0;
    log_->write(progress_, dataset_.steps_per_epoch(), request_.data.batch_size);
    if (callbacks_.report) callbacks_.report(progress_);
  }

  void end_epoch() {
    double total = 0;
    for (const auto& [name, value] : progress_.losses) total += static_cast<double>(value);
    schedule_.epoch_ended(total);
    if (progress_.epoch % request_.save_epochs != 0) return;
    save_networks(*trainer_, folder_, std::to_string(progress_.epoch));
    save_networks(*trainer_, folder_, "latest");
  }

  const TrainingRequest& request_;
  const TrainingCallbacks& callbacks_;
  Dataset dataset_;
  Schedule schedule_;
  std::unique_ptr<Trainer> trainer_;
  std::filesystem::path folder_;
  std::unique_ptr<LossLog> log_;
  TrainingProgress progress_;
  double milliseconds_ = 0, data_milliseconds_ = 0;  // since the last report
  int64_t since_report_ = 0;
};

}  // namespace

TrainingResult train(Device& device, const TrainingRequest& request,
                     const TrainingCallbacks& callbacks) {
  return Run(device, request, callbacks).run();
}

std::vector<std::filesystem::path> save_networks(const Trainer& trainer,
                                                 const std::filesystem::path& folder,
                                                 const std::string& label) {
  std::vector<std::filesystem::path> files;
  for (const std::string& network : trainer.method().networks) {
    files.push_back(folder / (label + "_net_" + network + ".pth"));
    write_torch_zip(trainer.network(network), files.back());
    if (!trainer.has_averages() || !network.starts_with("G")) continue;
    files.push_back(folder / (label + "_net_" + network + "_average.pth"));
    write_torch_zip(trainer.network(network, true), files.back());
  }
  return files;
}

}  // namespace imago
