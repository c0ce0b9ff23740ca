#include "tests/training/health_trace.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/data/prefetch.h"
#include "models/training/prepare.h"
#include "models/training/validate.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

using nlohmann::ordered_json;

GanMode gan_mode_of(const std::string& name) {
  for (const GanMode mode : {GanMode::lsgan, GanMode::wgangp, GanMode::hinge})
    if (name == to_string(mode)) return mode;
  return GanMode::vanilla;
}

void add(NamedNumbers& sums, const NamedNumbers& numbers, double share) {
  if (sums.empty())
    for (const auto& [name, value] : numbers) sums.emplace_back(name, 0);
  for (size_t i = 0; i < numbers.size(); ++i) sums[i].second += numbers[i].second * share;
}

/// One step; where the optimizers' rates differ, by hand.
NamedNumbers take_step(Trainer& trainer, const Batch& batch, const TracedRun& run, int64_t step) {
  const float rate = run.request.schedule.learning_rate;
  const Harm& harm = run.harm;
  if (harm.discriminator_rate == 1 && harm.generator_rate == 1) {
    return named(trainer.step(batch, rate));
  }
  StepParams params = trainer.step_params(rate);
  params.step = static_cast<uint32_t>(step);
  for (const int slot : {kGeneratorSlot, kDiscriminatorSlot})
    params.optimizers[static_cast<size_t>(slot)] = adam_step(
        run.request.adam,
        rate * (slot == kGeneratorSlot ? harm.generator_rate : harm.discriminator_rate), step);
  Program& program = trainer.phase(0);
  std::copy(batch.a.begin(), batch.a.end(), program.input("a").begin());
  std::copy(batch.b.begin(), batch.b.end(), program.input("b").begin());
  program.run(params);
  NamedNumbers losses;
  for (const auto& loss : trainer.method().stages[trainer.stage()].phases[0].losses)
    losses.emplace_back(loss.what.name(), program.output(loss.port)[0]);
  return losses;
}

double diversity_of(const ValidationRecord& validation) {
  for (const auto& [name, value] : validation.metrics)
    if (name == "diversity") return value;
  return NAN;
}

/// Three digits are enough.
ordered_json short_json(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return std::strtod(text, nullptr);
}

ordered_json json_of(const NamedNumbers& numbers) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, value] : numbers) json[name] = short_json(value);
  return json;
}

NamedNumbers numbers_of(const ordered_json& json) {
  NamedNumbers numbers;
  for (const auto& [name, value] : json.items()) numbers.emplace_back(name, value.get<double>());
  return numbers;
}

}  // namespace

ValidationRecord validation_of(int64_t step, double diversity) {
  ValidationRecord record;
  record.step = step;
  record.metrics = {{"psnr", 17}, {"diversity", diversity}};
  return record;
}

HealthTrace record(Device& device, const TracedRun& run, int every) {
  const TemporaryFolder folder;
  const TrainingRequest& request = run.request;
  const Dataset dataset(request.data);
  const Batch first = dataset.batch(0);
  Trainer trainer(device, prepare(request, first.a_shape, first.b_shape).method,
                  {request.init, request.seed, request.pool_size});
  if (const std::string& name = run.harm.zeroed; !name.empty()) {
    // Tests alone may do this.
    auto& parameters = const_cast<Parameters&>(trainer.parameters());
    parameters.write(name, std::vector<float>(parameters.read(name).size()));
  }
  Validator validator(request, trainer.method());
  Prefetcher batches(dataset, 0, 1);
  HealthTrace trace{.gan_mode = request.gan_mode, .every = every};
  HealthTrace::Means means;
  for (int64_t step = 1; step <= run.steps; ++step) {
    if (trainer.method().stages.size() > 1 && step == run.pixel_steps + 1) trainer.set_stage(1);
    const NamedNumbers losses = take_step(trainer, batches.next(), run, step);
    if (HealthMonitor::broken(losses, named(trainer.health()), nullptr)) break;
    add(means.losses, losses, 1.0 / every);
    add(means.health, named(trainer.health()), 1.0 / every);
    if (step % every == 0) trace.means.push_back(std::exchange(means, {}));
    if (step % run.validation_steps == 0)
      trace.validations.push_back(
          {step, diversity_of(validator.run(trainer, step, 1, {folder.path()}))});
  }
  return trace;
}

std::vector<AlarmRecord> alarms_of(const HealthTrace& trace, int window) {
  HealthOptions options = {.window = window / trace.every, .gan_mode = trace.gan_mode};
  HealthMonitor monitor(options);
  std::vector<AlarmRecord> alarms;
  const auto add = [&](const std::vector<AlarmRecord>& more) {
    alarms.insert(alarms.end(), more.begin(), more.end());
  };
  auto validation = trace.validations.begin();
  for (size_t i = 0; i < trace.means.size(); ++i) {
    const auto step = static_cast<int64_t>(i) + 1;
    add(monitor.watch(step, trace.means[i].losses, trace.means[i].health));
    for (; validation != trace.validations.end() && validation->step <= step * trace.every;
         ++validation)
      add(monitor.watch(validation_of(step, validation->diversity)));
  }
  for (AlarmRecord& alarm : alarms) alarm.step *= trace.every;
  return alarms;
}

HealthTrace read_trace(const std::filesystem::path& path) {
  std::ifstream file(path);
  const ordered_json json = ordered_json::parse(file);
  HealthTrace trace;
  trace.gan_mode = gan_mode_of(json.at("gan_mode"));
  trace.every = json.at("every");
  for (const ordered_json& means : json.at("means"))
    trace.means.push_back({numbers_of(means.at(0)), numbers_of(means.at(1))});
  for (const ordered_json& validation : json.at("diversity"))
    trace.validations.push_back({validation.at(0), validation.at(1)});
  return trace;
}

void write_trace(const HealthTrace& trace, const std::filesystem::path& path) {
  std::ofstream file(path);
  file << "{\"gan_mode\": \"" << to_string(trace.gan_mode) << "\", \"every\": " << trace.every
       << ", \"diversity\": [";
  const char* separator = "";
  for (const auto& [step, diversity] : trace.validations) {
    file << std::exchange(separator, ", ") << ordered_json{step, short_json(diversity)}.dump();
  }
  file << "], \"means\": [\n";
  separator = "";
  for (const HealthTrace::Means& means : trace.means)
    file << std::exchange(separator, ",\n")
         << ordered_json{json_of(means.losses), json_of(means.health)}.dump();
  file << "\n]}\n";
}

}  // namespace imago::test
