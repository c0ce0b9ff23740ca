#include "models/translate/program_cache.h"

#include <algorithm>

#include "compute/base/error.h"
#include "compute/ops/bytes.h"
#include "compute/ops/ops.h"
#include "compute/ops/unary.h"
#include "compute/plan/fit.h"
#include "compute/vk/tune.h"

namespace imago {
namespace {

constexpr size_t kMostPrograms = 4;
constexpr int64_t kKeptBytes = 512 << 20;  // of all programs that are kept, the newest excepted
constexpr double kMemoryShare = 0.7;       // of the free device memory that one program may take

}  // namespace

Tensor before_clamp(Tensor y) {
  const Node& node = y.graph().node(y.id());
  const bool clamped =
      node.op == &kUnary && node.attributes.as<UnarySettings>().operation == Unary::clamp;
  return clamped ? Tensor(&y.graph(), node.inputs[0]) : y;
}

namespace {

Tensor picture_of_bytes(Graph& graph, const Shape& shape, const ModelInfo& info, int samples) {
  const Tensor pixels =
      graph.input("pixels", {1, 1, 1, words_of(int64_t{samples} * shape.h * shape.w)});
  const int64_t tables = shape.c == 1 && samples >= 3 ? 3 : 1;
  return from_bytes(pixels, graph.input("levels", {1, 1, tables, 256}), shape,
                    {samples, info.input_low, info.input_high - info.input_low});
}

void build_network(Graph& graph, const Generator& generator, const Shape& shape,
                   const BuildOptions& build, const Ports& ports) {
  const ModelInfo& info = generator.info;
  const Tensor x = ports.samples > 0 ? picture_of_bytes(graph, shape, info, ports.samples)
                                     : graph.input("x", shape);
  const Tensor y = before_clamp(generator.build(graph, x, build));
  if (ports.bytes)
    graph.output("pixels", to_bytes(y, graph.input("thresholds", {1, 1, 1, 256}), info.input_low,
                                    info.input_high - info.input_low));
  else
    graph.output("y", y);
}

}  // namespace

Plan plan_network(const Generator& generator, const Shape& shape, const BuildOptions& build,
                  const DeviceProperties& device, const PlanOptions& options, const Ports& ports) {
  Graph graph;
  build_network(graph, generator, shape, build, ports);
  return make_plan(graph, device, options);
}

ProgramCache::ProgramCache(Device& device, const Generator& generator, const Parameters& parameters,
                           PlanOptions options)
    : device_(device),
      generator_(generator),
      parameters_(parameters),
      options_(std::move(options)) {}

Plan ProgramCache::plan(const Shape& shape, const BuildOptions& build, const Ports& ports) const {
  return plan_network(generator_, shape, build, device_.properties(), options_, ports);
}

Plan ProgramCache::tuned_plan(const Graph& graph) const {
  PlanOptions options = options_;
  const Graph* const graphs[] = {&graph};
  if (!options.tuning) options.tuning = tune(device_, graphs, options_);
  return make_plan(graph, device_.properties(), options);
}

void ProgramCache::make_room_for(const Plan& plan) {
  int64_t bytes = memory_of(plan).total();
  for (const Compiled& compiled : programs_) bytes += compiled.program.memory_bytes();
  while (!programs_.empty() && (programs_.size() >= kMostPrograms || bytes > kKeptBytes)) {
    bytes -= programs_.back().program.memory_bytes();
    programs_.pop_back();
  }
}

Program& ProgramCache::get(const Shape& shape, const BuildOptions& build, const Ports& ports) {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [&](const Compiled& c) { return c.is(shape, build, ports); });
  if (found != programs_.end()) {
    programs_.splice(programs_.begin(), programs_, found);
    return programs_.front().program;
  }
  Graph graph;
  build_network(graph, generator_, shape, build, ports);
  const Plan made = tuned_plan(graph);
  make_room_for(made);
  const auto compile = [&] {
    programs_.push_front({shape, build, ports, Program(device_, made, parameters_)});
  };
  try {
    compile();
  } catch (const OutOfMemory&) {
    if (programs_.empty()) throw;
    programs_.clear();
    compile();
  }
  return programs_.front().program;
}

bool ProgramCache::fits(const Shape& shape, const BuildOptions& build) {
  const auto enough = [&] {
    return fit([&] { return memory_of(plan(shape, build, {})).total(); }, device_, kMemoryShare)
        .fits();
  };
  if (enough()) return true;
  if (programs_.empty()) return false;
  programs_.clear();
  return enough();
}

Program ProgramCache::compile(const Graph& graph) {
  programs_.clear();
  return Program(device_, tuned_plan(graph), parameters_);
}

bool ProgramCache::fits(const Graph& graph, double share) {
  programs_.clear();
  return fit([&] { return memory_of(make_plan(graph, device_.properties(), options_)).total(); },
             device_, share)
      .fits();
}

}  // namespace imago
