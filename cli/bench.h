// Parts of `imago bench`.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compute/vk/program.h"

namespace imago {

/// One kernel's part in a run.
struct KernelShare {
  std::string kernel;
  double seconds = 0;
  int launches = 0;
  double flops = 0;  // as the dispatches estimate them: of convolutions; 0 for most others
  double bytes = 0;  // of all it binds, each counted once per launch
};
/// Runs each dispatch of the program alone; the slowest kernel first.
std::vector<KernelShare> kernel_shares(Program& program);

/// A graph on a device with random parameters and inputs, ready to be timed.
class Subject {
 public:
  Subject(Device& device, const std::function<Tensor(Graph&)>& build);

  /// Median seconds over `runs` whole runs after one warm-up.
  double median_seconds(int runs);
  /// The same of the kernels alone, without the copies that a run begins and ends with.
  double median_kernel_seconds(int runs);
  std::vector<KernelShare> kernel_shares() { return imago::kernel_shares(program_); }
  const Plan& plan() const { return program_.plan(); }
  int64_t parameter_bytes() const { return parameters_.bytes(); }
  /// Multiplications and additions of the graph's convolutions as defined, whatever the kernel.
  double flops() const { return flops_; }
  /// Bytes of the graph's inputs, parameters and outputs: what any kernel must move.
  double bytes() const { return bytes_; }

 private:
  explicit Subject(Device& device, const Graph& graph);
  static Parameters random_parameters(Device& device, const Graph& graph);

  Parameters parameters_;
  Program program_;
  double flops_ = 0, bytes_ = 0;
};

struct Peaks {
  double flops_per_second, bytes_per_second;
};
/// What the device reaches in two kernels that do nothing else.
Peaks measure_peaks(Device& device, int runs);

struct OpResult {
  std::string op, shape;
  double milliseconds, gflops, gigabytes_per_second, share_of_peak;
};
std::vector<OpResult> bench_ops(Device& device, const Peaks& peaks, int runs);

struct ModelResult {
  std::string model, input;
  double milliseconds, gflops;
  int64_t peak_bytes, lower_bound_bytes, parameter_bytes;
  std::vector<KernelShare> kernels;
};
/// `filter`: only models whose name contains it.
std::vector<ModelResult> bench_models(Device& device, int runs, const std::string& filter);

struct TrainBenchOptions {
  int runs;            // steps of which the median is taken, after one for warming up
  std::string filter;  // only methods whose name contains it
  bool small;          // narrow networks and small pictures: seconds on any device
  bool kernels;
  std::string peer;    // the script that times PyTorch; empty: none
  std::string recipe;  // where it is not empty, this alone is measured, and no peer
};
struct TrainResult {
  std::string method, networks;
  int64_t batch, side;  // of the pictures that the generator makes
  /// Of a step: all phases, from the batch in memory to the losses. The mean of steps with and
  /// without them where the method has phases that most steps leave out.
  double milliseconds;
  int64_t weight_bytes;  // weights and their moments
  int64_t peak_bytes;    // of device memory: weights, and the working memory of all phases
  /// Of a step's time, the part in which the device had nothing of it to do: 1 - busy / step, where
  /// busy is the time of the step's submissions by the device's own clock. Median over the steps.
  std::optional<double> idle_share;
  std::vector<KernelShare> kernels;  // with TrainBenchOptions::kernels
  nlohmann::ordered_json pytorch;    // what the peer printed; null where it could not be run
};
/// One step of training by each method, or of a recipe (its last stage), on random pictures that
/// are given directly. Throws what read_recipe and prepare throw.
std::vector<TrainResult> bench_train(Device& device, const TrainBenchOptions& options);

struct LiveBenchOptions {
  std::string device;
  std::string model;  // a path or a name; empty: every model that comes with the program
  int runs;           // pictures that are measured, fewer of a slow network
};
struct LiveResult {
  std::string model, device;
  int width, height;
  double per_second;           // pictures
  double latency, latency_95;  // milliseconds from source to picture
  std::optional<double> idle_share;
};
/// Models on a source that always has a newer picture, at 256 x 256 and 512 x 288.
std::vector<LiveResult> bench_live(const LiveBenchOptions& options);

/// Runs `script` with `arguments` by the first Python that can and returns the JSON object it
/// prints; null where none can.
nlohmann::ordered_json run_python(const std::string& script,
                                  const std::vector<std::string>& arguments);

/// Iterations of the playground's game (batch 256, two layers of 32) a second.
struct PlaygroundResult {
  double alone = 0;      // nothing but learning
  double drawn = 0;      // and what is shown, 60 times a second
  int64_t launches = 0;  // of one iteration
};
PlaygroundResult bench_playground(Device& device, int runs);

/// What a GAN finds of the grid of 25 Gaussians, as PacGAN (Lin et al. 2018) counts on 2500 points,
/// by a mean over `games` of other seeds: a vanilla one, and the same with R1 ("vanilla", "R1";
/// `only` one of them, where it is not empty). Each also with the moving average of its generator's
/// weights.
struct ModesResult {
  std::string method;
  double modes = 0;    // of 25 with at least one good point
  double quality = 0;  // share of points within three sigma of a mode
};
std::vector<ModesResult> bench_modes(Device& device, int games, int64_t iterations,
                                     const std::string& only = "");

}  // namespace imago
