#include "models/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/vk/tune.h"
#include "models/checkpoint/tensor_match.h"
#include "models/data/picture.h"

namespace imago {
namespace {

/// Everything that the method's graphs ask for, once.
struct ParameterNeed {
  std::string name;
  Shape shape;
  InitialValue initial;
};

std::vector<ParameterNeed> needs_of(const Method& method) {
  std::vector<ParameterNeed> needs;
  std::set<std::string> known;
  for (const Stage& stage : method.stages)
    for (const Phase& phase : stage.phases)
      for (const Node& node : phase.graph->nodes())
        if (node.op == &kParameter && known.insert(node.name).second)
          needs.push_back({node.name, node.shape, node.attributes.as<InitialValue>()});
  return needs;
}

/// PyTorch's shape: four dimensions for convolutions, one for everything else.
std::vector<int64_t> checkpoint_shape(const Shape& shape, const InitialValue& initial) {
  if (initial.is_filter()) return {shape.n, shape.c, shape.h, shape.w};
  return {shape.elements()};
}

/// Shapes that programs are kept for, beside the present one.
constexpr size_t kOtherShapes = 3;

std::map<std::string, std::string> averages_of(const Method& method) {
  std::map<std::string, std::string> averages;
  for (const Stage& stage : method.stages)
    for (const Phase& phase : stage.phases)
      for (const EmaPair& pair : phase.ema) averages[pair.parameter] = pair.average;
  return averages;
}

std::string pool_name(size_t index) { return "pool." + std::to_string(index); }

}  // namespace

Trainer::Trainer(Device& device, Method method, const TrainerOptions& options,
                 const std::map<Network, StateDict>& start)
    : device_(device), method_(std::move(method)), options_(options) {
  for (size_t i = 0; i < method_.pools.size(); ++i)
    pools_.emplace_back(options.pool_size, options.seed, static_cast<uint32_t>(i));
  for (const Stage& stage : method_.stages)
    for (const Phase& phase : stage.phases)
      for (const auto& guard : phase.guards) loss_scales_[guard.what];
  if (!options_.tuning) choose_kernels();  // before memory is taken
  make_parameters(start);
  set_stage(0);
}

Trainer::~Trainer() = default;

void Trainer::make_parameters(const std::map<Network, StateDict>& start) {
  std::vector<Parameters::Entry> entries;
  std::set<std::string> taken;
  const auto given = [&](const ParameterNeed& need) -> const HostTensor* {
    const size_t dot = need.name.find('.');
    const auto network = std::find_if(
        start.begin(), start.end(), [&](const auto& entry) { return entry.first.owns(need.name); });
    if (network == start.end()) return method_.frozen.find(need.name);
    const std::string name = network->first.name();
    const HostTensor* tensor = network->second.find(need.name.substr(dot + 1));
    // Whoever only translates may have left running statistics out.
    if (!tensor && is_tracked(need.name)) return nullptr;
    if (!tensor)
      throw Error(name + ": the given checkpoint has no tensor '" + need.name.substr(dot + 1) +
                  "', which the chosen network needs");
    if (tensor->elements() != need.shape.elements())
      throw Error(name + ": tensor '" + need.name.substr(dot + 1) + "' has " +
                  std::to_string(tensor->elements()) + " numbers, the chosen network needs " +
                  std::to_string(need.shape.elements()) + " (" + to_string(need.shape) + ")");
    taken.insert(need.name);
    return tensor;
  };
  averages_ = averages_of(method_);
  std::set<std::string> averages;
  for (const auto& [parameter, average] : averages_) averages.insert(average);
  for (ParameterNeed need : needs_of(method_)) {
    parameter_shapes_.emplace_back(need.name, need.shape);
    initial_[need.name] = need.initial;
    if (averages.contains(need.name)) continue;  // below, when what they begin as is known
    const HostTensor* tensor = given(need);
    entries.push_back({need.name, tensor ? tensor->to_float()
                                         : initial_values(need.name, need.shape, need.initial,
                                                          options_.init, options_.seed)});
  }
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < entries.size(); ++i) places[entries[i].name] = i;
  for (const auto& [parameter, average] : averages_)
    entries.push_back({average, entries[places.at(parameter)].values});
  for (const auto& [network, tensors] : start)
    for (const auto& [key, tensor] : tensors)
      if (!taken.contains(network.name() + "." + key) && !key.ends_with(".num_batches_tracked"))
        throw Error(network.name() + ": the given checkpoint has a tensor '" + key +
                    "' that the chosen network has not");
  parameters_ = std::make_unique<Parameters>(device_, entries);
}

PlanOptions Trainer::plan_options() const {
  return {.storage = options_.precision,
          .gradient_checkpointing = options_.gradient_checkpointing,
          .fold_constants = false,
          .tuning = options_.tuning};
}

void Trainer::choose_kernels() {
  std::vector<const Graph*> graphs;
  for (const Stage& stage : method_.stages)
    for (const Phase& phase : stage.phases) graphs.push_back(&*phase.graph);
  options_.tuning = tune(device_, graphs, plan_options());
  if (!options_.tuning) options_.tuning = std::make_shared<TuningTable>();
}

Trainer::Programs Trainer::compile(const Stage& stage) const {
  const PlanOptions options = plan_options();
  Programs programs;
  for (const Phase& phase : stage.phases)
    programs.push_back(std::make_unique<Program>(
        device_, make_plan(*phase.graph, device_.properties(), options), *parameters_));
  return programs;
}

void Trainer::set_stage(size_t stage) {
  const Stage& chosen = method_.stages.at(stage);
  compiled_.clear();
  stage_ = stage;
  compiled_.push_back({{}, {}, compile(chosen)});
  for (const auto& program : programs())
    for (const Plan::Port& port : program->plan().inputs) {
      if (port.name == "a") compiled_.front().a = port.shape;
      if (port.name == "b") compiled_.front().b = port.shape;
    }
}

/// Brings the programs for the shapes of this batch to the front, if need be by making them.
void Trainer::prepare_for(const Batch& batch) {
  const auto is_for = [&](const Compiled& c) {
    return c.a == batch.a_shape && c.b == batch.b_shape;
  };
  if (is_for(compiled_.front()) || !options_.for_shapes) return;
  const auto known = std::find_if(compiled_.begin(), compiled_.end(), is_for);
  if (known != compiled_.end()) return compiled_.splice(compiled_.begin(), compiled_, known);
  const std::string file = batch.files.empty() ? "a picture" : batch.files[0];
  if (!pools_.empty() && options_.pool_size > 0)
    throw DataError(file + ": is " + to_string(batch.a_shape) +
                    ", others are not; earlier fakes of other sizes cannot be shown again: choose "
                    "--pool-size 0, or --preprocess resize_and_crop or crop");
  while (compiled_.size() > kOtherShapes) compiled_.pop_back();
  const auto make = [&] {
    const Method method = options_.for_shapes(batch.a_shape, batch.b_shape);
    return Compiled{batch.a_shape, batch.b_shape, compile(method.stages.at(stage_))};
  };
  try {
    try {
      compiled_.push_front(make());
    } catch (const OutOfMemory&) {
      compiled_.clear();  // the other shapes' programs may have been what was too much
      compiled_.push_front(make());
    }
  } catch (const OutOfMemory&) {
    throw;
  } catch (const DeviceError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(file + ": " + error.what());
  }
}

StepParams Trainer::step_params(float learning_rate, int run, int runs) const {
  StepParams params;
  params.seed_low = static_cast<uint32_t>(options_.seed);
  params.seed_high = static_cast<uint32_t>(options_.seed >> 32);
  params.step = static_cast<uint32_t>(step_ * runs + run);  // other random numbers in each run
  for (int slot = 0; slot < StepParams::kOptimizers; ++slot) {
    const auto found = updates_.find(slot);
    const int64_t before = found == updates_.end() ? 0 : found->second;
    const auto lazy = method_.lazy.find(static_cast<OptimizerSlot>(slot));
    const int every = lazy == method_.lazy.end() ? 0 : lazy->second;
    params.optimizers[static_cast<size_t>(slot)] =
        adam_step(lazily(method_.adam, every), learning_rate * lazy_share(every), before + 1);
    if (const auto scale = loss_scales_.find(slot); scale != loss_scales_.end())
      params.optimizers[static_cast<size_t>(slot)].loss_scale = scale->second.scale;
  }
  for (const Phase& phase : method_.stages[stage_].phases)
    if (!phase.ema.empty()) {
      const auto found = updates_.find(kGeneratorSlot);
      params.optimizers[kAverageSlot].learning_rate =
          ema_share(phase.ema_decay, found == updates_.end() ? 0 : found->second);
    }
  return params;
}

void Trainer::write_inputs(Program& program, const Batch& batch) {
  for (const Plan::Port& port : program.plan().inputs) {
    const bool is_a = port.name == "a", is_b = port.name == "b";
    const std::vector<float>& values = is_a ? batch.a : is_b ? batch.b : pooled_.at(port.name);
    if ((is_a && batch.a_shape != port.shape) || (is_b && batch.b_shape != port.shape))
      throw DataError((batch.files.empty() ? std::string("a picture") : batch.files[0]) + ": is " +
                      to_string(is_a ? batch.a_shape : batch.b_shape) +
                      " where training was prepared for " + to_string(port.shape) +
                      "; pictures of different sizes need --preprocess resize_and_crop or crop");
    if (static_cast<int64_t>(values.size()) != port.shape.elements())
      throw Error("training: input " + port.name + " is given " + std::to_string(values.size()) +
                  " numbers, its shape is " + to_string(port.shape));
    std::copy(values.begin(), values.end(), program.input(port.name).begin());
  }
}

void Trainer::pass_pooled(const Phase& phase, Program& program) {
  for (size_t i = 0; i < method_.pools.size(); ++i)
    for (const PhaseOutput<TrainingImage>& image : phase.images) {
      if (image.what != method_.pools[i].output) continue;
      const std::span<const float> made = program.output(image.port);
      std::vector<float>& shown = pooled_[method_.pools[i].input];
      shown.assign(made.begin(), made.end());
      const int64_t pictures = compiled_.front().a.n;
      pools_[i].exchange(shown, static_cast<int64_t>(shown.size()) / pictures);
    }
}

/// Counts a step of the phase's optimizers, those apart that left it out.
void Trainer::count_step(const Phase& phase, const Program& program) {
  std::set<int> left_out;
  for (const PhaseOutput<OptimizerSlot>& guard : phase.guards) {
    const bool finite = std::isfinite(program.output(guard.port)[0]);
    loss_scales_[guard.what].after_step(finite);
    if (!finite) left_out.insert(guard.what);
  }
  for (const OptimizerSlot slot : phase.optimizers)
    if (!left_out.contains(slot)) ++updates_[slot];
  skipped_ = skipped_ || !left_out.empty();
}

Losses Trainer::step(std::span<const Batch> batches, float learning_rate) {
  if (batches.size() != static_cast<size_t>(method_.batches_per_step()))
    throw Error("a step of " + method_.name + " takes " +
                std::to_string(method_.batches_per_step()) + " batches, not " +
                std::to_string(batches.size()));
  prepare_for(batches.back());
  const std::vector<Phase>& phases = method_.stages[stage_].phases;
  Losses losses;
  skipped_ = false;
  busy_seconds_ = 0;
  for (size_t i = 0; i < phases.size(); ++i) {
    Program& program = *programs()[i];
    if (step_ % phases[i].every != 0) {
      for (const PhaseOutput<Loss>& loss : phases[i].losses)
        losses.push_back({loss.what, parameters_->read(told_name(loss.what))[0]});
      continue;
    }
    for (int run = 0; run < phases[i].batches; ++run) {
      const bool once = phases[i].batches == 1;
      write_inputs(program, once ? batches.back() : batches[static_cast<size_t>(run)]);
      program.run(step_params(learning_rate, run, phases[i].batches));
      const std::optional<double> busy = program.busy_seconds();
      busy_seconds_ = busy && busy_seconds_ ? std::optional(*busy_seconds_ + *busy) : std::nullopt;
      count_step(phases[i], program);
    }
    pass_pooled(phases[i], program);
    for (const PhaseOutput<Loss>& loss : phases[i].losses)
      losses.push_back({loss.what, program.output(loss.port)[0]});
  }
  ++step_;
  return losses;
}

HealthNumbers Trainer::health() const {
  const std::vector<Phase>& phases = method_.stages[stage_].phases;
  HealthNumbers numbers;
  for (size_t i = 0; i < phases.size(); ++i)
    for (const PhaseOutput<HealthNumber>& number : phases[i].health)
      numbers.push_back({number.what, programs()[i]->output(number.port)[0]});
  for (const auto& [slot, loss_scale] : loss_scales_) {
    const bool of_d = slot == kDiscriminatorSlot, of_c = method_.networks[0] == kC;
    const Network network = of_d ? kD : of_c ? kC : kG;
    numbers.push_back({{HealthKind::loss_scale, network}, loss_scale.scale});
    numbers.push_back({{HealthKind::skipped, network}, static_cast<float>(loss_scale.skipped)});
  }
  return numbers;
}

std::span<const float> Trainer::image(TrainingImage image) const {
  const std::vector<Phase>& phases = method_.stages[stage_].phases;
  for (size_t i = 0; i < phases.size(); ++i)
    for (const PhaseOutput<TrainingImage>& made : phases[i].images)
      if (made.what == image) return programs()[i]->output(made.port);
  throw Error(std::string("training makes no image '") + to_string(image) + "'");
}

NetworkRunner& Trainer::runner(const TrainedGenerator& generator, bool ema) {
  const std::string& network = generator.network.name();
  std::unique_ptr<NetworkRunner>& runner = runners_[{network, ema}];
  if (!runner)
    runner = std::make_unique<NetworkRunner>(
        device_, generator.architecture, *parameters_,
        [this, ema](const std::string& name) {
          const auto average = averages_.find(name);
          return ema && average != averages_.end() ? average->second : name;
        },
        options_.tuning);
  return *runner;
}

Planes Trainer::translate(const TrainedGenerator& generator, const Planes& picture, bool ema) {
  RunOptions options;
  options.build = generator.architecture.defaults;
  options.build.prefix = generator.network.name() + ".";
  options.shifts = generator.architecture.info.shifts;
  return runner(generator, ema).run(picture, options);
}

StateDict Trainer::network(const Network& network, bool ema) const {
  StateDict result;
  for (const TrainedGenerator& generator : method_.generators)
    if (generator.network == network) result.metadata = metadata_of(generator.architecture);
  if (const auto told = method_.metadata.find(network); told != method_.metadata.end())
    result.metadata = told->second;
  const std::string prefix = network.name() + ".";
  for (const auto& [name, shape] : parameter_shapes_) {
    if (!network.owns(name)) continue;
    const auto average = averages_.find(name);
    const bool from_average = ema && average != averages_.end();
    const std::string key = name.substr(prefix.size());
    result.insert(key,
                  HostTensor::from_float(checkpoint_shape(shape, initial_.at(name)),
                                         parameters_->read(from_average ? average->second : name)));
    const std::string variance = "running_var";
    if (key.ends_with(variance)) {
      HostTensor count{DType::i64, {}, std::vector<std::byte>(sizeof(int64_t))};
      std::memcpy(count.data.data(), &step_, sizeof(int64_t));
      result.insert(key.substr(0, key.size() - variance.size()) + "num_batches_tracked", count);
    }
  }
  return result;
}

Trainer::Counts Trainer::counts() const {
  Counts counts{step_, updates_, {}, loss_scales_};
  for (const ImagePool& pool : pools_) counts.pictures_seen.push_back(pool.seen());
  return counts;
}

StateDict Trainer::tensors() const {
  StateDict result;
  for (const auto& [name, shape] : parameter_shapes_)
    if (!method_.frozen.contains(name))
      result.insert(name, HostTensor::from_float({shape.n, shape.c, shape.h, shape.w},
                                                 parameters_->read(name)));
  for (size_t i = 0; i < pools_.size(); ++i) {
    const std::vector<std::vector<float>>& kept = pools_[i].kept();
    if (kept.empty()) continue;
    std::vector<float> all;
    for (const std::vector<float>& picture : kept)
      all.insert(all.end(), picture.begin(), picture.end());
    result.insert(pool_name(i), HostTensor::from_float({static_cast<int64_t>(kept.size()),
                                                        static_cast<int64_t>(kept[0].size())},
                                                       all));
  }
  return result;
}

void Trainer::require_mine(const Counts& counts, const StateDict& tensors) const {
  size_t known = 0;
  for (const auto& [name, shape] : parameter_shapes_) {
    if (method_.frozen.contains(name)) continue;
    const HostTensor* tensor = tensors.find(name);
    if (!tensor || tensor->elements() != shape.elements())
      throw Error("the saved state is of another network: its tensor '" + name + "' " +
                  (tensor ? "has another size" : "is missing"));
    ++known;
  }
  for (size_t i = 0; i < pools_.size(); ++i)
    if (const HostTensor* pool = tensors.find(pool_name(i)); pool && pool->shape.size() == 2)
      ++known;
  if (known != tensors.size() || counts.pictures_seen.size() != pools_.size())
    throw Error("the saved state is of another network: it has more tensors than this one");
}

void Trainer::restore(const Counts& counts, const StateDict& tensors) {
  require_mine(counts, tensors);
  for (const auto& [name, shape] : parameter_shapes_)
    if (!method_.frozen.contains(name)) parameters_->write(name, tensors.find(name)->to_float());
  for (size_t i = 0; i < pools_.size(); ++i) {
    std::vector<std::vector<float>> kept;
    if (const HostTensor* pool = tensors.find(pool_name(i))) {
      const std::vector<float> all = pool->to_float();
      for (auto begin = all.begin(); begin != all.end(); begin += pool->shape[1])
        kept.emplace_back(begin, begin + pool->shape[1]);
    }
    pools_[i].restore(counts.pictures_seen[i], std::move(kept));
  }
  step_ = counts.steps;
  updates_ = counts.updates;
  for (const auto& [slot, loss_scale] : counts.loss_scales) loss_scales_[slot] = loss_scale;
}

Trainer::Memory Trainer::memory() const {
  Memory memory;
  memory.parameters = parameters_->bytes();
  for (const auto& program : programs())
    memory.arena = std::max(memory.arena, program->plan().arena_bytes);
  return memory;
}

}  // namespace imago
