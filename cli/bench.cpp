// imago bench: how fast this device runs the ops and the networks, and how much memory they take.
#include "cli/bench.h"

#include <cstdio>
#include <iostream>

#include "cli/command.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct BenchOptions {
  std::string device;
  std::string filter;
  int runs = 5;
  bool kernels = false;
  bool json = false;
};

void print_line(const char* format, auto... values) {
  char line[256];
  std::snprintf(line, sizeof(line), format, values...);
  std::cout << line << '\n';
}

double mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

ExitStatus run_ops(const BenchOptions& options) {
  Device device(options.device);
  const Peaks peaks = measure_peaks(device, options.runs);
  const std::vector<OpResult> results = bench_ops(device, peaks, options.runs);
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const OpResult& r : results)
      list.push_back({{"op", r.op},
                      {"shape", r.shape},
                      {"milliseconds", r.milliseconds},
                      {"gflops", r.gflops},
                      {"gigabytes_per_second", r.gigabytes_per_second},
                      {"share_of_peak", r.share_of_peak}});
    print_json({{"device", device.properties().name},
                {"peak_gflops", peaks.flops_per_second / 1e9},
                {"peak_gigabytes_per_second", peaks.bytes_per_second / 1e9},
                {"ops", list}});
    return kAllDone;
  }
  std::cout << device.properties().name << '\n';
  print_line("measured peak: %.1f GFLOP/s, %.1f GB/s", peaks.flops_per_second / 1e9,
             peaks.bytes_per_second / 1e9);
  print_line("%-18s %-28s %10s %9s %8s %7s", "op", "shape", "ms", "GFLOP/s", "GB/s", "peak");
  for (const OpResult& r : results)
    print_line("%-18s %-28s %10.3f %9.1f %8.2f %6.1f%%", r.op.c_str(), r.shape.c_str(),
               r.milliseconds, r.gflops, r.gigabytes_per_second, r.share_of_peak * 100);
  return kAllDone;
}

ExitStatus run_models(const BenchOptions& options) {
  Device device(options.device);
  const std::vector<ModelResult> results = bench_models(device, options.runs, options.filter);
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const ModelResult& r : results)
      list.push_back({{"model", r.model},
                      {"input", r.input},
                      {"milliseconds", r.milliseconds},
                      {"gflops", r.gflops},
                      {"peak_bytes", r.peak_bytes},
                      {"lower_bound_bytes", r.lower_bound_bytes},
                      {"weight_bytes", r.parameter_bytes}});
    print_json({{"device", device.properties().name}, {"models", list}});
    return kAllDone;
  }
  std::cout << device.properties().name << '\n';
  print_line("%-25s %-14s %10s %9s %10s %10s %6s %10s", "model", "input", "ms", "GFLOP/s",
             "peak MiB", "bound MiB", "ratio", "weights");
  for (const ModelResult& r : results) {
    print_line("%-25s %-14s %10.1f %9.1f %10.1f %10.1f %6.3f %10.1f", r.model.c_str(),
               r.input.c_str(), r.milliseconds, r.gflops, mebibytes(r.peak_bytes),
               mebibytes(r.lower_bound_bytes),
               static_cast<double>(r.peak_bytes) / static_cast<double>(r.lower_bound_bytes),
               mebibytes(r.parameter_bytes));
    if (!options.kernels) continue;
    for (const Subject::KernelShare& k : r.kernels)
      print_line("    %-24s %10.1f ms in %d launches", k.kernel.c_str(), k.seconds * 1e3,
                 k.launches);
  }
  return kAllDone;
}

std::shared_ptr<BenchOptions> add_kind(CLI::App& parent, Invocation& invocation, const char* name,
                                       const char* description,
                                       ExitStatus (*run)(const BenchOptions&)) {
  CLI::App* command = parent.add_subcommand(name, description);
  auto options = std::make_shared<BenchOptions>();
  command->add_option("-g,--device", options->device, "Index or part of a name");
  command->add_option("--runs", options->runs, "Runs of which the median is shown")
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options, run] {
    if (options->json) invocation.json_if_thrown = ordered_json::object();
    invocation.run = [options, run] { return run(*options); };
  });
  return options;
}

}  // namespace

void add_bench(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("bench", "Measure the speed of this device");
  command->require_subcommand(1);
  add_kind(*command, invocation, "ops", "Each op and shape against the measured peak", &run_ops);
  const auto models = add_kind(*command, invocation, "models",
                               "Each generator: time and peak device memory", &run_models);
  CLI::App* models_command = command->get_subcommand("models");
  models_command->add_option("--only", models->filter, "Only models whose name contains this");
  models_command->add_flag("--kernels", models->kernels, "Show each kernel's share of the time");
}

}  // namespace imago
