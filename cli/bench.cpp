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
  std::string model;
  std::string filter;
  int runs = 5;
  int64_t iterations = 6000;
  std::string method;  // of modes; empty: both
  bool kernels = false;
  bool json = false;
  bool small = false;
  bool no_peer = false;
  std::string peer = IMAGO_PYTORCH_TRAINING;
  std::string recipe;
};

void print_line(const char* format, auto... values) {
  char line[256];
  std::snprintf(line, sizeof(line), format, values...);
  std::cout << line << '\n';
}

double mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void print_kernels(const std::vector<KernelShare>& kernels) {
  for (const KernelShare& k : kernels)
    print_line("    %-24s %10.1f ms in %4d launches %8.1f GFLOP/s %7.2f GB/s", k.kernel.c_str(),
               k.seconds * 1e3, k.launches, k.flops / k.seconds / 1e9, k.bytes / k.seconds / 1e9);
}

ordered_json kernels_json(const std::vector<KernelShare>& kernels) {
  ordered_json list = ordered_json::array();
  for (const KernelShare& k : kernels)
    list.push_back({{"kernel", k.kernel},
                    {"milliseconds", k.seconds * 1e3},
                    {"launches", k.launches},
                    {"gflops", k.flops / k.seconds / 1e9},
                    {"gigabytes_per_second", k.bytes / k.seconds / 1e9}});
  return list;
}

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
    if (options.kernels) print_kernels(r.kernels);
  }
  return kAllDone;
}

double pytorch_milliseconds(const TrainResult& r) {
  return r.pytorch.is_null() ? 0 : r.pytorch.at("ms_per_step").get<double>();
}

ordered_json train_json(const TrainResult& r) {
  ordered_json result = {{"method", r.method},
                         {"networks", r.networks},
                         {"batch", r.batch},
                         {"side", r.side},
                         {"milliseconds_per_step", r.milliseconds},
                         {"peak_bytes", r.peak_bytes},
                         {"weight_bytes", r.weight_bytes},
                         {"idle_share", nullptr},
                         {"pytorch", r.pytorch},
                         {"ratio", nullptr}};
  if (r.idle_share) result["idle_share"] = *r.idle_share;
  if (!r.pytorch.is_null()) result["ratio"] = r.milliseconds / pytorch_milliseconds(r);
  if (!r.kernels.empty()) result["kernels"] = kernels_json(r.kernels);
  return result;
}

void print_train(const TrainResult& r) {
  const std::string pictures =
      std::to_string(r.batch) + "x" + std::to_string(r.side) + "x" + std::to_string(r.side);
  const std::string idle = r.idle_share ? std::to_string(*r.idle_share * 100).substr(0, 4) : "-";
  print_line("%-9s %-11s %10.1f %9.1f %6s%%", r.method.c_str(), pictures.c_str(), r.milliseconds,
             mebibytes(r.peak_bytes), idle.c_str());
  if (!r.pytorch.is_null())
    print_line("  PyTorch             %11.1f %9.1f         %6.2f", pytorch_milliseconds(r),
               mebibytes(r.pytorch.at("peak_memory_bytes").get<int64_t>()),
               r.milliseconds / pytorch_milliseconds(r));
  print_kernels(r.kernels);
}

ExitStatus run_train(const BenchOptions& options) {
  Device device(options.device);
  const std::vector<TrainResult> results =
      bench_train(device, {options.runs, options.filter, options.small, options.kernels,
                           options.no_peer ? "" : options.peer, options.recipe});
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const TrainResult& r : results) list.push_back(train_json(r));
    print_json({{"device", device.properties().name}, {"methods", list}});
    return kAllDone;
  }
  std::cout << device.properties().name << '\n';
  print_line("%-9s %-11s %10s %9s %7s %6s", "method", "pictures", "ms/step", "peak MiB", "idle",
             "ratio");
  bool peerless = false;
  for (const TrainResult& r : results) {
    print_train(r);
    peerless |= r.pytorch.is_null();
  }
  if (peerless && !options.no_peer && options.recipe.empty())
    std::cout << "PyTorch was not measured: no python3 that could run " << options.peer << '\n';
  return kAllDone;
}

ExitStatus run_playground(const BenchOptions& options) {
  Device device(options.device);
  const PlaygroundResult r = bench_playground(device, options.runs);
  if (options.json) {
    print_json({{"device", device.properties().name},
                {"iterations_per_second", r.alone},
                {"drawn_iterations_per_second", r.drawn},
                {"launches", r.launches}});
    return kAllDone;
  }
  std::cout << device.properties().name << '\n';
  print_line("%.0f iterations a second, %.0f with 60 looks a second; %d launches an iteration",
             r.alone, r.drawn, static_cast<int>(r.launches));
  return kAllDone;
}

ExitStatus run_modes(const BenchOptions& options) {
  Device device(options.device);
  const std::vector<ModesResult> results =
      bench_modes(device, options.runs, options.iterations, options.method);
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const ModesResult& r : results)
      list.push_back({{"method", r.method}, {"modes", r.modes}, {"quality", r.quality}});
    print_json({{"device", device.properties().name},
                {"games", options.runs},
                {"iterations", options.iterations},
                {"methods", list}});
    return kAllDone;
  }
  std::cout << device.properties().name << '\n';
  for (const ModesResult& r : results)
    print_line("%-16s %5.1f of 25 modes, %5.1f %% good points", r.method.c_str(), r.modes,
               100 * r.quality);
  return kAllDone;
}

ExitStatus run_live(const BenchOptions& options) {
  const std::vector<LiveResult> results = bench_live({options.device, options.model, options.runs});
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const LiveResult& r : results) {
      list.push_back({{"model", r.model},
                      {"width", r.width},
                      {"height", r.height},
                      {"pictures_per_second", r.per_second},
                      {"latency_milliseconds", r.latency},
                      {"latency_95_milliseconds", r.latency_95},
                      {"idle_share", nullptr}});
      if (r.idle_share) list.back()["idle_share"] = *r.idle_share;
    }
    print_json({{"device", results.front().device}, {"models", list}});
    return kAllDone;
  }
  std::cout << results.front().device << '\n';
  print_line("%-22s %-9s %10s %10s %10s %7s", "model", "picture", "pictures/s", "latency ms",
             "95 %", "idle");
  for (const LiveResult& r : results) {
    const std::string size = std::to_string(r.width) + "x" + std::to_string(r.height);
    const std::string idle =
        r.idle_share ? std::to_string(*r.idle_share * 100).substr(0, 4) + "%" : "-";
    print_line("%-22s %-9s %10.2f %10.1f %10.1f %7s", r.model.c_str(), size.c_str(), r.per_second,
               r.latency, r.latency_95, idle.c_str());
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
  add_kind(*command, invocation, "playground", "Iterations of the playground's game a second",
           &run_playground);
  const auto train = add_kind(*command, invocation, "train",
                              "A training step of each method, beside PyTorch's", &run_train);
  CLI::App* train_command = command->get_subcommand("train");
  CLI::Option* filter =
      train_command->add_option("--filter", train->filter, "Only methods whose name contains this");
  CLI::Option* small =
      train_command->add_flag("--small", train->small, "Narrow networks and small pictures");
  train_command->add_option("--recipe", train->recipe, "A recipe's name or file, this alone")
      ->excludes(filter)
      ->excludes(small);
  train_command->add_flag("--kernels", train->kernels, "Show each kernel's share of the time");
  train_command
      ->add_option("--peer", train->peer, "Script that times PyTorch (pytorch_training.py)")
      ->check(CLI::ExistingFile);
  train_command->add_flag("--no-peer", train->no_peer, "Do not time PyTorch");
  const auto modes = add_kind(
      *command, invocation, "modes",
      "Modes that a GAN finds on the grid of 25 Gaussians, without R1 and with it", &run_modes);
  modes->runs = 1;
  CLI::App* modes_command = command->get_subcommand("modes");
  modes_command->get_option("--runs")->description("Games whose mean is shown");
  modes_command->add_option("--method", modes->method, "Only this: vanilla or R1")
      ->check(CLI::IsMember({"vanilla", "R1"}));
  modes_command->add_option("--iterations", modes->iterations, "Of each game")
      ->check(CLI::Range(1, 10000000));
  const auto live =
      add_kind(*command, invocation, "live",
               "Each model on pictures that keep coming: rate and latency", &run_live);
  live->runs = 50;
  command->get_subcommand("live")->add_option("-n,--model", live->model,
                                              "A checkpoint or the name of a model; all that come "
                                              "with the program if there is none");
}

}  // namespace imago
