// Steps of training on a device: a method's programs, their parameters and what is kept between
// steps.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compute/vk/program.h"
#include "models/data/dataset.h"
#include "models/training/methods/image_pool.h"
#include "models/training/methods/initialize.h"
#include "models/training/methods/method.h"
#include "models/training/run/loss_scale.h"
#include "models/translate/network_runner.h"

namespace imago {

struct TrainerOptions {
  InitOptions init;
  uint64_t seed = 0;   // of initial values, dropout and noise, and the image pools
  int pool_size = 50;  // pictures each of Method::pools keeps
  /// Less memory for a little more work and the same results (plan/gradient_checkpointing.h).
  bool gradient_checkpointing = false;
  /// fp16: activations and their gradients are stored so (plan/half.h); the method must have been
  /// made with TrainingOptions::precision alike. Throws DeviceError on a device that stores no
  /// fp16.
  NumberType precision = NumberType::fp32;
  /// Which kernels, where a run goes on to the same bits; none: they are chosen now, by measurement
  /// where the device is_tuned() (vk/tune.h), and stay the same for later shapes of batches.
  std::shared_ptr<const TuningTable> tuning = {};
  /// The same method for batches of other shapes than its own, whose parameters are the same;
  /// empty: all batches are of one shape. Programs for the last few shapes are kept.
  std::function<Method(const Shape& a, const Shape& b)> for_shapes = {};
};

class Trainer {
 public:
  /// Initial values are those of `options`, except for the networks in `start`, whose tensors are
  /// taken from there. Throws Error naming the tensors where a network of `start` has others than
  /// the method's; OutOfMemory, DeviceError.
  Trainer(Device& device, Method method, const TrainerOptions& options,
          const std::map<Network, StateDict>& start = {});
  ~Trainer();

  Device& device() { return device_; }
  const Method& method() const { return method_; }

  /// Goes on with another of Method::stages; at the beginning it is the first.
  void set_stage(size_t stage);
  size_t stage() const { return stage_; }

  /// One step: all phases of the stage, with Method::batches_per_step batches. Returns the losses
  /// it computed, in the method's order; of what is run several times, the last. Throws DataError
  /// where a batch has other shapes than the method was made for, and cannot be made for:
  /// TrainerOptions::for_shapes.
  Losses step(std::span<const Batch> batches, float learning_rate);
  Losses step(const Batch& batch, float learning_rate) { return step({&batch, 1}, learning_rate); }
  int64_t steps_done() const { return step_; }
  /// What the last step told beside its losses (health.h).
  HealthNumbers health() const;

  /// True if an optimizer left out the last step, whose gradients were not finite: what it was to
  /// change is as it was, and losses may not be finite either.
  bool skipped() const { return skipped_; }

  /// What decides, besides method, options and stage, how training goes on: counts, and under their
  /// names in the graphs all parameters but Method::frozen; "pool.<i>" {pictures, elements}.
  struct Counts {
    int64_t steps = 0;
    std::map<int, int64_t> updates;        // steps each optimizer took, by slot
    std::vector<uint64_t> pictures_seen;   // by each pool
    std::map<int, LossScale> loss_scales;  // by slot; with fp16 alone
  };
  Counts counts() const;
  StateDict tensors() const;
  /// Takes back what another trainer of the same method and options told. Throws Error naming the
  /// tensor that is missing, too many or of another size; nothing is changed then.
  void restore(const Counts& counts, const StateDict& tensors);

  /// What the last step made. Throws Error for an image that this stage has none of.
  std::span<const float> image(TrainingImage image) const;

  /// The generator's result for a picture in the network's range, without dropout; `ema`: with the
  /// moving averages where there are any. Throws what NetworkRunner::run throws.
  Planes translate(const TrainedGenerator& generator, const Planes& picture, bool ema = false);

  /// A network's tensors as its checkpoint holds them; `ema`: with the moving averages of
  /// TrainingOptions::ema.
  StateDict network(const Network& network, bool ema = false) const;
  bool has_ema() const { return !averages_.empty(); }

  /// The kernels that were chosen: TrainerOptions::tuning of whoever goes on.
  const TuningTable& tuning() const { return *options_.tuning; }

  /// Seconds of the last step in which the device worked, by its own clock; nothing without one.
  std::optional<double> busy_seconds() const { return busy_seconds_; }

  struct Memory {
    int64_t parameters = 0;  // weights, optimizers' moments, averages
    int64_t arena = 0;       // largest working memory of a phase of this stage
  };
  Memory memory() const;

  /// Weights, moments and averages under their names in the graphs, for tests.
  const Parameters& parameters() const { return *parameters_; }

  /// What a phase's input that is neither in the batch nor from a pool shows in the next step.
  void show(const std::string& input, std::vector<float> values) {
    pooled_[input] = std::move(values);
  }

  /// The compiled phase, for tests and measurements.
  Program& phase(size_t index) { return *programs().at(index); }
  /// What the programs are told in the next step, with this learning rate; of a phase that is run
  /// `runs` times, before run number `run`.
  StepParams step_params(float learning_rate, int run = 0, int runs = 1) const;

 private:
  using Programs = std::vector<std::unique_ptr<Program>>;  // one a phase

  void make_parameters(const std::map<Network, StateDict>& start);
  PlanOptions plan_options() const;
  void choose_kernels();
  void require_mine(const Counts& counts, const StateDict& tensors) const;
  Programs compile(const Stage& stage) const;
  void prepare_for(const Batch& batch);
  void write_inputs(Program& program, const Batch& batch);
  void count_step(const Phase& phase, const Program& program);
  void pass_pooled(const Phase& phase, Program& program);
  NetworkRunner& runner(const TrainedGenerator& generator, bool ema);
  const Programs& programs() const { return compiled_.front().programs; }

  Device& device_;
  Method method_;
  TrainerOptions options_;
  std::unique_ptr<Parameters> parameters_;
  std::vector<std::pair<std::string, Shape>> parameter_shapes_;  // in the order of the graphs
  std::map<std::string, InitialValue> initial_;
  std::map<std::string, std::string> averages_;  // by the parameter that each follows
  /// The stage's programs for batches of one shape.
  struct Compiled {
    Shape a, b;
    Programs programs;
  };
  std::list<Compiled> compiled_;  // the one used last comes first; never empty
  /// By network and whether the moving averages are meant; made when they are needed.
  std::map<std::pair<std::string, bool>, std::unique_ptr<NetworkRunner>> runners_;
  std::map<std::string, std::vector<float>> pooled_;  // by input
  std::vector<ImagePool> pools_;
  size_t stage_ = 0;
  int64_t step_ = 0;
  std::map<int, int64_t> updates_;  // steps each optimizer took
  std::map<int, LossScale> loss_scales_;
  bool skipped_ = false;
  std::optional<double> busy_seconds_;
};

}  // namespace imago
