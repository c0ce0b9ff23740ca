#include "compute/vk/tune.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "compute/base/cache.h"
#include "compute/base/error.h"
#include "compute/base/tuning_watch.h"
#include "compute/plan/half.h"
#include "compute/vk/device_impl.h"
#include "compute/vk/golden.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

/// A candidate is taken if it needs less than this share of the first one's time: measurements of
/// the same kernel differ by a few percent.
constexpr double kClearlyFaster = 0.97;
constexpr double kShareWorthMeasuring = 0.01;  // of a network's operations
constexpr int kRuns = 3;                       // of which the fastest counts

std::string file_of(const DeviceProperties& p) { return "tuning-" + p.uuid + ".txt"; }

TuningTable remembered(const DeviceProperties& p) {
  const std::vector<std::byte> bytes = read_cache(file_of(p), kernels_identity(p));
  return TuningTable::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Numbers in [-1, 1] without pattern.
void fill(std::span<float> values) {
  uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-23f - 1;
  }
}

/// The problem's node alone.
void build(const TuningProblem& problem, Graph& graph) {
  const Tensor first = graph.input("x", problem.inputs[0]);
  const Tensor second = problem.has_filter ? graph.parameter("w", problem.inputs[1])
                                           : graph.input("w", problem.inputs[1]);
  graph.output("y", graph.add(*problem.op, {first, second}, problem.attributes));
}

class Measurement {
 public:
  Measurement(Device& device, const TuningChoice& choice, PlanOptions options)
      : device_(device), choice_(choice), options_(std::move(options)) {
    options_.fuse = options_.gradient_checkpointing = false;
    options_.parameter_names = {};
    build(choice.problem, graph_);
    std::vector<Parameters::Entry> entries;
    for (const Node& node : graph_.nodes())
      if (node.op == &kParameter) {
        std::vector<float> values(static_cast<size_t>(node.shape.elements()));
        fill(values);
        entries.push_back(
            {node.name, std::move(values),
             options_.storage == NumberType::fp16 ? half_type_of(node.shape) : NumberType::fp32});
      }
    parameters_.emplace(device, entries);
  }

  /// The candidate that is clearly faster than the first one, or that.
  std::string fastest() {
    const double usual = seconds(choice_.candidates.front());
    if (!std::isfinite(usual)) return choice_.candidates.front();  // nothing to compare with
    std::string best = choice_.candidates.front();
    double least = usual * kClearlyFaster;
    for (size_t i = 1; i < choice_.candidates.size(); ++i)
      if (const double took = seconds(choice_.candidates[i]); took < least)
        least = took, best = choice_.candidates[i];
    return best;
  }

 private:
  /// Of one run; infinite if it cannot be run or makes other numbers than the first that was.
  double seconds(const std::string& candidate) {
    const auto table = std::make_shared<TuningTable>();
    table->choose(choice_.problem.name, candidate);
    options_.tuning = table;
    try {
      Program program(device_, make_plan(graph_, device_.properties(), options_), *parameters_);
      for (const Plan::Port& input : program.plan().inputs) fill(program.input(input.name));
      program.run();
      if (!agrees(program.output("y"))) return std::numeric_limits<double>::infinity();
      double least = std::numeric_limits<double>::infinity();
      for (int i = 0; i < kRuns; ++i) {
        const std::vector<double> times = program.time_dispatches();
        least = std::min(least, std::accumulate(times.begin(), times.end(), 0.0));
      }
      return least;
    } catch (const OutOfMemory&) {
      return std::numeric_limits<double>::infinity();
    } catch (const DeviceError&) {  // drivers refuse kernels; of a lost device the next use tells
      return std::numeric_limits<double>::infinity();
    }
  }

  bool agrees(std::span<const float> made) {
    if (expected_.empty()) expected_.assign(made.begin(), made.end());
    float range = 0, difference = 0;
    bool finite = true;
    for (size_t i = 0; i < made.size(); ++i) {
      finite = finite && std::isfinite(made[i]);
      range = std::max(range, std::abs(expected_[i]));
      difference = std::max(difference, std::abs(made[i] - expected_[i]));
    }
    return finite && difference <= range * (options_.storage == NumberType::fp16 ? 2e-2f : 1e-3f);
  }

  Device& device_;
  const TuningChoice& choice_;
  PlanOptions options_;
  Graph graph_;
  std::optional<Parameters> parameters_;
  std::vector<float> expected_;  // what the first candidate makes
};

std::string fastest_of(Device& device, const TuningChoice& choice, const PlanOptions& options) {
  try {
    return Measurement(device, choice, options).fastest();
  } catch (const OutOfMemory&) {
    return choice.candidates.front();
  }
}

/// Those that are worth measuring, of all the graphs' plans.
std::vector<TuningChoice> choices_of(const DeviceProperties& properties,
                                     std::span<const Graph* const> graphs,
                                     const PlanOptions& options) {
  std::vector<TuningChoice> choices;
  for (const Graph* graph : graphs) {
    Plan plan = make_plan(*graph, properties, options);
    for (TuningChoice& choice : plan.choices)
      if (choice.flops >= plan.flops * kShareWorthMeasuring) choices.push_back(std::move(choice));
  }
  return choices;
}

/// Measures what `known` does not know.
void choose(Device& device, const std::vector<TuningChoice>& choices, const PlanOptions& options,
            TuningTable& known) {
  std::map<std::string, const TuningChoice*> open;
  for (const TuningChoice& choice : choices)
    if (!known.knows(choice.problem.name)) open.emplace(choice.problem.name, &choice);
  int chosen = 0;
  for (const auto& [problem, choice] : open) {
    TuningWatch::tell(chosen++, static_cast<int>(open.size()));
    known.choose(problem, fastest_of(device, *choice, options));
  }
}

}  // namespace

bool is_tuned(const DeviceProperties& device) {
  const char* said = std::getenv("IMAGO_TUNE");
  const std::string word = said ? said : "";
  return word == "0" ? false : word == "1" || device.kind != DeviceProperties::Kind::cpu;
}

std::shared_ptr<const TuningTable> tune(Device& device, std::span<const Graph* const> graphs,
                                        const PlanOptions& options) {
  const DeviceProperties& properties = device.properties();
  if (!is_tuned(properties)) return nullptr;
  std::optional<TuningTable>& known = device.impl().tuning;
  if (!known) known = remembered(properties);
  const TuningTable before = *known;
  const auto remember = [&] {
    if (*known == before) return;
    const std::string text = known->text();
    write_cache(file_of(properties), kernels_identity(properties), std::as_bytes(std::span(text)));
  };
  const std::vector<TuningChoice> choices = choices_of(properties, graphs, options);
  try {
    choose(device, choices, options, *known);
  } catch (...) {
    remember();
    throw;
  }
  remember();
  const auto chosen = std::make_shared<TuningTable>();
  for (const TuningChoice& choice : choices)
    chosen->choose(choice.problem.name, known->choice(choice.problem.name));
  return chosen;
}

}  // namespace imago
