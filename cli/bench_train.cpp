#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

#include "cli/bench.h"
#include "cli/command.h"
#include "compute/base/seconds.h"
#include "models/training/prepare.h"
#include "models/training/recipe.h"
#include "models/training/request.h"
#include "models/training/trainer.h"

namespace imago {
namespace {

/// A method at the size its paper trains at, as tests/benchmarks/pytorch_training.py has it.
TrainingRequest request_of(const std::string& method, bool small) {
  TrainingRequest request = default_request(method);
  if (method == "srgan") request.generator = "srresnet_leftthomas";
  if (!small) return request;
  request.generator_features = request.discriminator_features = 8;
  if (method == "pix2pix") request.generator = "unet_32";
  if (method == "cyclegan") request.generator = "resnet_1blocks";
  request.data.crop_size = 32;
  request.data.batch_size = std::min(request.data.batch_size, 2);
  return request;
}

Batch random_batch(const TrainingRequest& request) {
  const bool upscales = request.data.kind == DataKind::photos;
  const BatchShapes shapes = batch_shapes(request.data, request.data.crop_size);
  Batch batch;
  batch.a_shape = shapes.a;
  batch.b_shape = shapes.b;
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(upscales ? 0.0f : -1.0f, 1.0f);
  batch.a.resize(static_cast<size_t>(batch.a_shape.elements()));
  batch.b.resize(static_cast<size_t>(batch.b_shape.elements()));
  for (float& value : batch.a) value = uniform(generator);
  for (float& value : batch.b) value = uniform(generator);
  return batch;
}

/// With the last stage alone: SRGAN's against its discriminator.
Trainer make_trainer(Device& device, const TrainingRequest& request, const Batch& batch) {
  Method method = prepare(request, batch.a_shape, batch.b_shape).method;
  method.stages.erase(method.stages.begin(), method.stages.end() - 1);
  return Trainer(device, std::move(method), {request.init, request.seed, request.pool_size});
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Of all phases of the trainer's stage, each as often as it is run in a step by the mean of many;
/// launches are those of a step in which all are run.
std::vector<KernelShare> shares_of_all(Trainer& trainer) {
  std::vector<KernelShare> all;
  const std::vector<Phase>& phases = trainer.method().stages[0].phases;
  for (size_t i = 0; i < phases.size(); ++i)
    for (const KernelShare& share : kernel_shares(trainer.phase(i))) {
      auto known = std::find_if(all.begin(), all.end(),
                                [&](const KernelShare& s) { return s.kernel == share.kernel; });
      if (known == all.end()) known = all.insert(known, {.kernel = share.kernel});
      const double times = static_cast<double>(phases[i].batches) / phases[i].every;
      known->seconds += times * share.seconds;
      known->launches += share.launches * phases[i].batches;
      known->flops += times * share.flops;
      known->bytes += times * share.bytes;
    }
  std::sort(all.begin(), all.end(),
            [](const KernelShare& a, const KernelShare& b) { return a.seconds > b.seconds; });
  return all;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Regularisers are left out of most steps.
int steps_until_all_was_run(const Method& method) {
  int steps = 1;
  for (const Phase& phase : method.stages[0].phases) steps = std::lcm(steps, phase.every);
  return steps;
}

TrainResult measure(Device& device, const TrainingRequest& request, const TrainBenchOptions& o) {
  const Batch batch = random_batch(request);
  Trainer trainer = make_trainer(device, request, batch);
  const std::vector<Batch> batches(static_cast<size_t>(trainer.method().batches_per_step()), batch);
  const float rate = request.schedule.learning_rate;
  const int cycle = steps_until_all_was_run(trainer.method());
  for (int i = 0; i < cycle; ++i) trainer.step(batches, rate);  // warms up
  std::vector<double> seconds, idle;
  for (int run = 0; run < o.runs || run % cycle != 0; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    trainer.step(batches, rate);
    seconds.push_back(seconds_since(begin));
    if (const auto busy = trainer.busy_seconds()) idle.push_back(1 - *busy / seconds.back());
  }
  TrainResult result{.method = request.method,
                     .networks = request.generator + ", ngf " +
                                 std::to_string(request.generator_features) + "; netD " +
                                 request.discriminator + ", ndf " +
                                 std::to_string(request.discriminator_features),
                     .batch = batch.b_shape.n,
                     .side = batch.b_shape.h,
                     .milliseconds = (cycle > 1 ? mean(seconds) : median(seconds)) * 1e3,
                     .weight_bytes = trainer.parameters().bytes(),
                     .peak_bytes = trainer.parameters().bytes(),
                     .idle_share = idle.empty() ? std::nullopt : std::optional(median(idle)),
                     .kernels = {},
                     .pytorch = nullptr};
  for (size_t i = 0; i < trainer.method().stages[0].phases.size(); ++i)
    result.peak_bytes += trainer.phase(i).memory_bytes();
  if (o.kernels) result.kernels = shares_of_all(trainer);
  return result;
}

nlohmann::ordered_json pytorch(const Device& device, const std::string& method,
                               const TrainBenchOptions& options) {
  const bool cpu = device.properties().kind == DeviceProperties::Kind::cpu;
  std::vector<std::string> arguments = {
      "--method", method, "--device", cpu ? "cpu" : "cuda", "--steps", std::to_string(options.runs),
      "--json"};
  if (options.small) arguments.push_back("--small");
  const nlohmann::ordered_json printed = run_python(options.peer, arguments);
  const bool whole = printed.is_object() && printed.contains("ms_per_step") &&
                     printed.contains("peak_memory_bytes");
  return whole ? printed : nullptr;
}

}  // namespace

std::vector<TrainResult> bench_train(Device& device, const TrainBenchOptions& options) {
  std::vector<TrainResult> results;
  if (!options.recipe.empty()) {
    results.push_back(measure(device, read_recipe(options.recipe).request, options));
    return results;
  }
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    if (method.find(options.filter) == std::string::npos) continue;
    results.push_back(measure(device, request_of(method, options.small), options));
    if (!options.peer.empty()) results.back().pytorch = pytorch(device, method, options);
  }
  if (results.empty())
    throw UsageError("--filter " + options.filter + ": there are pix2pix, cyclegan and srgan");
  return results;
}

}  // namespace imago
