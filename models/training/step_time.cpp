#include "models/training/step_time.h"

#include <chrono>
#include <vector>

#include "compute/base/error.h"
#include "compute/vk/device.h"
#include "models/data/prefetch.h"
#include "models/training/make_trainer.h"

namespace imago {

StepTime measure_step(const std::string& which, const TrainingRequest& request,
                      const std::function<bool()>& go_on) {
  using Clock = std::chrono::steady_clock;
  constexpr int kWarmUp = 2, kLeast = 2;
  constexpr std::chrono::milliseconds kLongEnough(333);
  const auto ask = [&] {
    if (go_on && !go_on()) throw Cancelled();
  };
  ask();
  Device device(which);
  TrainingRequest whole = request;
  complete(whole.data);
  const Dataset dataset(whole.data);
  const std::unique_ptr<Trainer> trainer = make_trainer(device, whole, dataset);
  ask();
  trainer->set_stage(trainer->method().stages.size() - 1);
  Prefetcher batches(dataset, 0, request.threads);
  const auto step = [&] {
    ask();
    std::vector<Batch> given;
    for (int i = 0; i < trainer->method().batches_per_step(); ++i) given.push_back(batches.next());
    trainer->step(given, request.schedule.learning_rate);
  };
  for (int i = 0; i < kWarmUp; ++i) step();
  const Clock::time_point begin = Clock::now();
  int steps = 0;
  for (; steps < kLeast || Clock::now() - begin < kLongEnough; ++steps) step();
  const std::chrono::duration<double, std::milli> time = Clock::now() - begin;
  return {time.count() / steps, steps_per_epoch(dataset, trainer->method())};
}

}  // namespace imago
