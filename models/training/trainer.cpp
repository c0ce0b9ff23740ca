#include "models/training/trainer.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "compute/base/error.h"
#include "compute/graph/op.h"
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
std::vector<int64_t> checkpoint_shape(const Shape& shape, InitialValue::Kind kind) {
  if (kind == InitialValue::Kind::weight) return {shape.n, shape.c, shape.h, shape.w};
  return {shape.elements()};
}

const std::string kAverage = average_name("");

std::string pool_name(size_t index) { return "pool." + std::to_string(index); }

}  // namespace

Trainer::Trainer(Device& device, Method method, const TrainerOptions& options,
                 const std::map<std::string, StateDict>& start)
    : device_(device), method_(std::move(method)), options_(options) {
  for (size_t i = 0; i < method_.pools.size(); ++i)
    pools_.emplace_back(options.pool_size, options.seed, static_cast<uint32_t>(i));
  make_parameters(start);
  set_stage(0);
}

Trainer::~Trainer() = default;

void Trainer::make_parameters(const std::map<std::string, StateDict>& start) {
  std::vector<Parameters::Entry> entries;
  std::set<std::string> taken;
  const auto given = [&](const ParameterNeed& need) -> const HostTensor* {
    const size_t dot = need.name.find('.');
    const auto network = start.find(need.name.substr(0, dot));
    if (network == start.end()) return method_.frozen.find(need.name);
    const HostTensor* tensor = network->second.find(need.name.substr(dot + 1));
    // Whoever only translates may have left running statistics out.
    if (!tensor && is_tracked(need.name)) return nullptr;
    if (!tensor)
      throw Error(network->first + ": the given checkpoint has no tensor '" +
                  need.name.substr(dot + 1) + "', which the chosen network needs");
    if (tensor->elements() != need.shape.elements())
      throw Error(network->first + ": tensor '" + need.name.substr(dot + 1) + "' has " +
                  std::to_string(tensor->elements()) + " numbers, the chosen network needs " +
                  std::to_string(need.shape.elements()) + " (" + to_string(need.shape) + ")");
    taken.insert(need.name);
    return tensor;
  };
  for (ParameterNeed need : needs_of(method_)) {
    parameter_shapes_.emplace_back(need.name, need.shape);
    kinds_[need.name] = need.initial.kind;
    if (need.name.starts_with(kAverage)) {
      has_averages_ = true;
      continue;  // below, when what they begin as is known
    }
    const HostTensor* tensor = given(need);
    entries.push_back({need.name, tensor ? tensor->to_float()
                                         : initial_values(need.name, need.shape, need.initial,
                                                          options_.init, options_.seed)});
  }
  for (const auto& parameter : parameter_shapes_) {
    const std::string& name = parameter.first;  // clang 14 lets no lambda capture a binding
    if (!name.starts_with(kAverage)) continue;
    const auto source = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.name == name.substr(kAverage.size());
    });
    entries.push_back({name, source->values});
  }
  for (const auto& [network, tensors] : start)
    for (const auto& [key, tensor] : tensors)
      if (!taken.contains(network + "." + key) && !key.ends_with(".num_batches_tracked"))
        throw Error(network + ": the given checkpoint has a tensor '" + key +
                    "' that the chosen network has not");
  parameters_ = std::make_unique<Parameters>(device_, entries);
}

void Trainer::set_stage(size_t stage) {
  const Stage& chosen = method_.stages.at(stage);
  programs_.clear();
  stage_ = stage;
  const PlanOptions options = {.gradient_checkpointing = options_.recompute,
                               .fold_constants = false};
  for (const Phase& phase : chosen.phases)
    programs_.push_back(std::make_unique<Program>(
        device_, make_plan(*phase.graph, device_.properties(), options), *parameters_));
}

StepParams Trainer::step_params(float learning_rate) const {
  StepParams params;
  params.seed_low = static_cast<uint32_t>(options_.seed);
  params.seed_high = static_cast<uint32_t>(options_.seed >> 32);
  params.step = static_cast<uint32_t>(step_);
  for (int slot = 0; slot < StepParams::kOptimizers; ++slot) {
    const auto found = updates_.find(slot);
    const int64_t before = found == updates_.end() ? 0 : found->second;
    params.optimizers[static_cast<size_t>(slot)] =
        adam_step(method_.adam, learning_rate, before + 1);
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
    std::copy(values.begin(), values.end(), program.input(port.name).begin());
  }
}

void Trainer::pass_pooled(Program& from) {
  for (size_t i = 0; i < method_.pools.size(); ++i)
    for (const Plan::Port& port : from.plan().outputs) {
      if (port.name != method_.pools[i].output) continue;
      const std::span<const float> made = from.output(port.name);
      std::vector<float>& shown = pooled_[method_.pools[i].input];
      shown.assign(made.begin(), made.end());
      pools_[i].exchange(shown, port.shape.elements() / port.shape.n);
    }
}

Trainer::Losses Trainer::step(const Batch& batch, float learning_rate) {
  const StepParams params = step_params(learning_rate);
  Losses losses;
  for (const auto& program : programs_) {
    write_inputs(*program, batch);
    program->run(params);
    pass_pooled(*program);
    for (const Plan::Port& port : program->plan().outputs)
      if (port.name.starts_with("loss."))
        losses.emplace_back(port.name.substr(5), program->output(port.name)[0]);
  }
  for (const Phase& phase : method_.stages[stage_].phases)
    for (const OptimizerSlot slot : phase.optimizers) ++updates_[slot];
  ++step_;
  return losses;
}

NamedNumbers Trainer::health() const {
  NamedNumbers numbers;
  const std::string prefix = "health.";
  for (const auto& program : programs_)
    for (const Plan::Port& port : program->plan().outputs)
      if (port.name.starts_with(prefix))
        numbers.emplace_back(port.name.substr(prefix.size()), program->output(port.name)[0]);
  return numbers;
}

std::optional<double> Trainer::busy_seconds() const {
  double seconds = 0;
  for (const auto& program : programs_) {
    const std::optional<double> busy = program->busy_seconds();
    if (!busy) return std::nullopt;
    seconds += *busy;
  }
  return seconds;
}

std::span<const float> Trainer::image(const std::string& name) const {
  for (const auto& program : programs_)
    for (const Plan::Port& port : program->plan().outputs)
      if (port.name == "image." + name) return program->output(port.name);
  throw Error("training makes no image '" + name + "'");
}

NetworkRunner& Trainer::runner(const TrainedGenerator& generator, bool averaged) {
  const std::string& network = generator.network;
  std::unique_ptr<NetworkRunner>& runner = runners_[averaged ? average_name(network) : network];
  if (!runner)
    runner = std::make_unique<NetworkRunner>(
        device_, generator.architecture, *parameters_, [this, averaged](const std::string& name) {
          const std::string average = average_name(name);
          return averaged && kinds_.contains(average) ? average : name;
        });
  return *runner;
}

Planes Trainer::translate(const TrainedGenerator& generator, const Planes& picture, bool averaged) {
  RunOptions options;
  options.build = generator.architecture.defaults;
  options.build.prefix = generator.network + ".";
  options.shifts = generator.architecture.info.shifts;
  return runner(generator, averaged).run(picture, options);
}

StateDict Trainer::network(const std::string& network, bool averaged) const {
  StateDict result;
  const std::string prefix = network + ".";
  for (const auto& [name, shape] : parameter_shapes_) {
    if (!name.starts_with(prefix)) continue;
    const std::string average = average_name(name);
    const bool from_average = averaged && kinds_.contains(average);
    const std::string key = name.substr(prefix.size());
    result.insert(key, HostTensor::from_float(checkpoint_shape(shape, kinds_.at(name)),
                                              parameters_->read(from_average ? average : name)));
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
  Counts counts{step_, updates_, {}};
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
}

Trainer::Memory Trainer::memory() const {
  Memory memory;
  memory.parameters = parameters_->bytes();
  for (const auto& program : programs_)
    memory.arena = std::max(memory.arena, program->plan().arena_bytes);
  return memory;
}

}  // namespace imago
