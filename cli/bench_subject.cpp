#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <random>

#include "cli/bench.h"
#include "compute/base/seconds.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d.h"

namespace imago {
namespace {

std::vector<float> random_values(size_t count, float scale) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

double conv_flops(const Graph& graph) {
  double flops = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != &kConv2d && node.op != &kConv2dDx && node.op != &kConv2dDw) continue;
    const Shape& x = graph.node(node.inputs[0]).shape;  // dy of conv2d_dx and conv2d_dw
    const Shape& w = node.op == &kConv2dDw ? node.shape : graph.node(node.inputs[1]).shape;
    const auto over =
        static_cast<double>(node.op == &kConv2d ? node.shape.elements() * w.c : x.elements() * w.c);
    flops += 2 * over * static_cast<double>(w.h * w.w);
  }
  return flops;
}

double port_bytes(const Graph& graph) {
  int64_t bytes = 0;
  for (const Node& node : graph.nodes())
    if (node.op == &kInput || node.op == &kParameter) bytes += node.shape.bytes();
  for (const auto& output : graph.outputs()) bytes += graph.node(output.node).shape.bytes();
  return static_cast<double>(bytes);
}

double bound_bytes(const Plan& plan, const Dispatch& dispatch) {
  int64_t bytes = 0;
  for (const Binding& b : dispatch.bindings)
    bytes += b.bytes >= 0 ? b.bytes : plan.values[static_cast<size_t>(b.value)].bytes - b.offset;
  return static_cast<double>(bytes);
}

double median_after_warm_up(int runs, const std::function<double()>& run) {
  run();
  std::vector<double> seconds;
  for (int i = 0; i < runs; ++i) seconds.push_back(run());
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

std::unique_ptr<Graph> make_graph(const std::function<Tensor(Graph&)>& build) {
  auto graph = std::make_unique<Graph>();
  graph->output("y", build(*graph));
  return graph;
}

}  // namespace

Parameters Subject::random_parameters(Device& device, const Graph& graph) {
  std::vector<Parameters::Entry> entries;
  for (const Node& node : graph.nodes())
    if (node.op == &kParameter) {
      // Small weights keep deep random networks finite; variances must be positive.
      const bool variance = node.name.find("running_var") != std::string::npos;
      std::vector<float> values = random_values(static_cast<size_t>(node.shape.elements()), 0.02f);
      if (variance) std::fill(values.begin(), values.end(), 1.0f);
      entries.push_back({node.name, std::move(values)});
    }
  return Parameters(device, entries);
}

Subject::Subject(Device& device, const std::function<Tensor(Graph&)>& build)
    : Subject(device, *make_graph(build)) {}

Subject::Subject(Device& device, const Graph& graph)
    : parameters_(random_parameters(device, graph)),
      program_(device, make_plan(graph, device.properties()), parameters_),
      flops_(conv_flops(graph)),
      bytes_(port_bytes(graph)) {
  for (const Plan::Port& port : plan().inputs) {
    const std::span<float> input = program_.input(port.name);
    const std::vector<float> values = random_values(input.size(), 1);
    std::copy(values.begin(), values.end(), input.begin());
  }
}

double Subject::median_seconds(int runs) {
  return median_after_warm_up(runs, [&] {
    const auto begin = std::chrono::steady_clock::now();
    program_.run();
    return seconds_since(begin);
  });
}

double Subject::median_kernel_seconds(int runs) {
  return median_after_warm_up(runs, [&] {
    const std::vector<double> seconds = program_.time_dispatches();
    return std::accumulate(seconds.begin(), seconds.end(), 0.0);
  });
}

std::vector<KernelShare> kernel_shares(Program& program) {
  const Plan& plan = program.plan();
  const std::vector<double> seconds = program.time_dispatches();
  std::vector<KernelShare> shares;
  for (size_t i = 0; i < seconds.size(); ++i) {
    const Dispatch& dispatch = plan.dispatches[i];
    auto share = std::find_if(shares.begin(), shares.end(),
                              [&](const KernelShare& s) { return s.kernel == dispatch.kernel; });
    if (share == shares.end()) share = shares.insert(share, {.kernel = dispatch.kernel});
    share->seconds += seconds[i];
    share->flops += dispatch.flops;
    share->bytes += bound_bytes(plan, dispatch);
    ++share->launches;
  }
  std::sort(shares.begin(), shares.end(),
            [](const KernelShare& a, const KernelShare& b) { return a.seconds > b.seconds; });
  return shares;
}

}  // namespace imago
