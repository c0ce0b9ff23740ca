// Running a plan on a device.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/op.h"
#include "compute/plan/plan.h"
#include "compute/vk/device.h"

namespace imago {

/// Named arrays of numbers in device memory, shared by the programs that use them. They lie in as
/// many blocks as the device's largest allocation makes necessary; one alone must fit into one.
class Parameters {
 public:
  struct Entry {
    std::string name;
    std::vector<float> values;
    NumberType type = NumberType::fp32;  // as they are stored
  };
  /// They are copied to the device in pieces of this size, and read and written one by one.
  static constexpr int64_t kPieceBytes = 16 << 20;

  /// Throws OutOfMemory, DeviceError.
  Parameters(Device& device, const std::vector<Entry>& entries);
  ~Parameters();
  Parameters(Parameters&&) noexcept;
  Parameters& operator=(Parameters&&) noexcept;

  int64_t bytes() const;

  /// Copies one array from or to the device. Throws Error for an unknown name or a wrong number of
  /// elements, OutOfMemory, DeviceError.
  std::vector<float> read(const std::string& name) const;
  void write(const std::string& name, std::span<const float> values);

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// What a program of a plan holds beside the parameters, in bytes.
struct ProgramMemory {
  int64_t device = 0;        // arena and constants
  int64_t host_visible = 0;  // the host side of inputs and outputs, StepParams
  int64_t total() const { return device + host_visible; }
};
ProgramMemory memory_of(const Plan& plan);

/// A plan with its memory, recorded once and run many times.
///
/// Long work is cut into submissions of about a quarter of a second, well under the watchdogs of
/// desktop drivers, by the dispatches' estimated cost and the device's measured rate.
class Program {
 public:
  /// Allocates, records, and runs the plan's prologue. `parameters` must outlive the program and
  /// hold every parameter of the graph with the right number of elements (else Error names it).
  /// Throws OutOfMemory, DeviceError.
  Program(Device& device, Plan plan, const Parameters& parameters);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  const Plan& plan() const;

  /// Memory it holds beside the parameters: arena, constants, the host side of inputs and outputs.
  int64_t memory_bytes() const;

  /// The host side of an input or output: NCHW, as long as its shape says. Write inputs before
  /// run, read outputs after it. Throws Error for an unknown name.
  ///
  /// There are kSlots of them, so that the values of one run can be read and those of the next
  /// written while the device works on another. The second is made when its input is first asked
  /// for, which throws OutOfMemory and DeviceError.
  std::span<float> input(const std::string& name, int slot = 0);
  std::span<const float> output(const std::string& name, int slot = 0) const;
  static constexpr int kSlots = 2;

  /// Runs once and waits. `progress` gets the share done, from the calling thread; returning false
  /// stops after the submissions under way and throws Cancelled. Throws DeviceError, OutOfMemory.
  void run(const StepParams& step = {}, const std::function<bool(double)>& progress = {});

  /// Gives a run of a slot's inputs to the device and returns; runs follow one another in the order
  /// in which they were submitted. Until `wait`, the slot may not be touched nor submitted again.
  /// Throws DeviceError, OutOfMemory: then nothing of it is under way.
  void submit(int slot, const StepParams& step = {});
  /// Until the run that was submitted with this slot is done. Throws DeviceError.
  void wait(int slot);
  /// Into how many submissions a run is cut.
  size_t submissions() const;

  /// Seconds of a slot's last run in which the device had commands of it to work on, by the
  /// device's own clock: the submissions' time, what they overlap counted once. Nothing where there
  /// is no clock. For the bench.
  std::optional<double> busy_seconds(int slot = 0) const;

  /// Fills the arena with NaN, so that reading a value before it is written shows. For tests.
  void poison();

  /// False if a run wrote outside the values it was planned to write: between two values lie at
  /// least 256 bytes that `poison` marks and nothing may touch. For tests.
  bool guards_intact();

  /// Seconds each dispatch took in one run, in plan order, each submitted alone; by the device's
  /// clock or, where there is none, until the host knew of its end. For the bench.
  std::vector<double> time_dispatches();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Evaluates the graph on the host in fp64 from the ops' reference functions. `values` holds
/// inputs and parameters by name. Slow and plain: the oracle of tests and the golden-tile check.
std::vector<HostArray> evaluate(const Graph& graph,
                                const std::function<std::vector<double>(const Node&)>& values,
                                const StepParams& step = {});

}  // namespace imago
