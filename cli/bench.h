// Parts of `imago bench`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compute/program.h"

namespace imago {

/// A graph on a device with random parameters and inputs, ready to be timed.
class Subject {
 public:
  Subject(Device& device, const std::function<Tensor(Graph&)>& build);

  /// Median seconds over `runs` whole runs after one warm-up.
  double median_seconds(int runs);
  /// The same of the kernels alone, without the copies that a run begins and ends with.
  double median_kernel_seconds(int runs);
  /// Seconds and launches of one run by kernel, the slowest kernel first.
  struct KernelShare {
    std::string kernel;
    double seconds = 0;
    int launches = 0;
  };
  std::vector<KernelShare> kernel_shares();
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
  std::vector<Subject::KernelShare> kernels;
};
/// `filter`: only models whose name contains it.
std::vector<ModelResult> bench_models(Device& device, int runs, const std::string& filter);

}  // namespace imago
