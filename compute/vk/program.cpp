#include "compute/vk/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "compute/vk/recorder.h"
#include "compute/vk/stopwatch.h"

namespace imago {
namespace {

constexpr uint32_t kPoison = 0x7fc00000;  // a NaN

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Even a dispatch without arithmetic costs its launch.
double cost_of(const Dispatch& dispatch) { return dispatch.flops + 1e5; }

vk::raii::CommandBuffer begin_commands(Device::Impl& device, bool once) {
  vk::raii::CommandBuffers made(
      device.device,
      vk::CommandBufferAllocateInfo(*device.command_pool, vk::CommandBufferLevel::ePrimary, 1));
  vk::raii::CommandBuffer commands = std::move(made.front());
  commands.begin(vk::CommandBufferBeginInfo(once ? vk::CommandBufferUsageFlagBits::eOneTimeSubmit
                                                 : vk::CommandBufferUsageFlags()));
  return commands;
}

void copy(const vk::raii::CommandBuffer& commands, const Range& from, const Range& to) {
  const uint64_t bytes = std::min(from.end - from.begin, to.end - to.begin);
  commands.copyBuffer(from.buffer, to.buffer, vk::BufferCopy(from.begin, to.begin, bytes));
}

}  // namespace

struct Parameters::Impl {
  Device::Impl& device;
  Buffer buffer;
  std::map<std::string, std::pair<uint64_t, uint64_t>> ranges;  // name -> offset, bytes

  Range range_of(const std::string& name) const {
    const auto found = ranges.find(name);
    if (found == ranges.end()) throw Error("there is no weight '" + name + "'");
    return {*buffer.buffer, found->second.first, found->second.first + found->second.second};
  }

  /// In pieces, so that large networks are not held twice.
  void upload(const std::vector<Entry>& entries) const {
    const Buffer staging = device.make_buffer(std::min<uint64_t>(buffer.bytes, kPieceBytes),
                                              Device::Impl::Place::host);
    uint64_t begin = 0, filled = 0;  // of the piece
    const auto send = [&] {
      if (filled == 0) return;
      run_copy({*staging.buffer, 0, filled}, {*buffer.buffer, begin, begin + filled});
      begin += filled;
      filled = 0;
    };
    for (const Entry& entry : entries) {
      std::span<const std::byte> rest = std::as_bytes(std::span(entry.values));
      while (!rest.empty()) {
        const size_t part = std::min<size_t>(rest.size(), staging.bytes - filled);
        std::memcpy(staging.mapped + filled, rest.data(), part);
        rest = rest.subspan(part);
        filled += (part + 255) / 256 * 256;
        if (filled == staging.bytes) send();
      }
    }
    send();
  }

  void run_copy(const Range& from, const Range& to) const {
    const vk::raii::CommandBuffer commands = begin_commands(device, true);
    Recorder(device, {}).full_barrier(commands);
    copy(commands, from, to);
    Recorder(device, {}).full_barrier(commands);
    commands.end();
    device.run(commands);
  }
};

Parameters::Parameters(Device& device, const std::vector<Entry>& entries)
    : impl_(new Impl{device.impl(), {}, {}}) {
  guarded("uploading the weights", [&] {
    uint64_t total = 0;
    for (const Entry& entry : entries) {
      impl_->ranges[entry.name] = {total, entry.values.size() * 4};
      total += (entry.values.size() * 4 + 255) / 256 * 256;
    }
    impl_->buffer = device.impl().make_buffer(total, Device::Impl::Place::device);
    impl_->upload(entries);
  });
}

Parameters::~Parameters() = default;
Parameters::Parameters(Parameters&&) noexcept = default;
Parameters& Parameters::operator=(Parameters&&) noexcept = default;
int64_t Parameters::bytes() const { return static_cast<int64_t>(impl_->buffer.bytes); }

std::vector<float> Parameters::read(const std::string& name) const {
  return guarded("reading weights", [&] {
    const Range range = impl_->range_of(name);
    const uint64_t bytes = range.end - range.begin;
    const Buffer staging = impl_->device.make_buffer(bytes, Device::Impl::Place::host);
    impl_->run_copy(range, {*staging.buffer, 0, bytes});
    std::vector<float> values(bytes / 4);
    std::memcpy(values.data(), staging.mapped, bytes);
    return values;
  });
}

void Parameters::write(const std::string& name, std::span<const float> values) {
  guarded("writing weights", [&] {
    const Range range = impl_->range_of(name);
    const uint64_t bytes = range.end - range.begin;
    if (values.size_bytes() != bytes)
      throw Error("weight '" + name + "' has " + std::to_string(bytes / 4) + " elements, not " +
                  std::to_string(values.size()));
    const Buffer staging = impl_->device.make_buffer(bytes, Device::Impl::Place::host);
    std::memcpy(staging.mapped, values.data(), bytes);
    impl_->run_copy({*staging.buffer, 0, bytes}, range);
  });
}

namespace {

/// Of the host side of inputs and outputs; `offsets` gets where each begins.
uint64_t staging_bytes(const Plan& plan, std::vector<uint64_t>* offsets) {
  uint64_t bytes = 0;
  for (const auto* ports : {&plan.inputs, &plan.outputs})
    for (const Plan::Port& port : *ports) {
      offsets->push_back(bytes);
      bytes += (static_cast<uint64_t>(port.shape.bytes()) + 255) / 256 * 256;
    }
  return bytes;
}

}  // namespace

ProgramMemory memory_of(const Plan& plan) {
  const auto held = [](int64_t bytes) { return std::max(bytes, Buffer::kLeastBytes); };
  std::vector<uint64_t> offsets;
  return {.device = held(plan.arena_bytes) + held(plan.constant_bytes),
          .host_visible =
              held(static_cast<int64_t>(staging_bytes(plan, &offsets))) + held(sizeof(StepParams))};
}

struct Program::Impl {
  struct Segment {
    vk::raii::CommandBuffer commands;
    Stopwatch stopwatch;
    double cost;
  };

  Device::Impl& device;
  Plan plan;
  const Parameters::Impl& parameters;
  Buffer arena, constants, staging, step;
  std::vector<uint64_t> staging_offsets;  // of inputs, then outputs
  Recorder recorder;
  std::vector<Segment> segments;
  double total_cost = 0;

  Impl(Device::Impl& gpu, Plan the_plan, const Parameters::Impl& the_parameters)
      : device(gpu),
        plan(std::move(the_plan)),
        parameters(the_parameters),
        recorder(gpu, [this](const Binding& binding) { return locate(binding); }) {}

  Range locate(const Binding& binding) const;
  Range whole(ValueId value) const { return locate(Binding(value)); }
  void allocate();
  void check_parameters() const;
  void run_prologue();
  void record();
  void begin_segment();
  void end_segment();
  Range staged(size_t port, int64_t bytes) const;
};

Range Program::Impl::locate(const Binding& binding) const {
  const auto v = static_cast<size_t>(binding.value);
  const Value& value = plan.values[v];
  uint64_t base = 0;
  VkBuffer buffer = VK_NULL_HANDLE;
  if (value.kind == Value::Kind::parameter) {
    base = parameters.ranges.at(value.name).first;
    buffer = *parameters.buffer.buffer;
  } else if (value.kind == Value::Kind::step_params) {
    buffer = *step.buffer;
  } else {
    base = static_cast<uint64_t>(plan.offsets[v]);
    buffer = plan.constant[v] ? *constants.buffer : *arena.buffer;
  }
  const uint64_t begin = base + static_cast<uint64_t>(binding.offset);
  const int64_t bytes = binding.bytes < 0 ? value.bytes - binding.offset : binding.bytes;
  if (bytes <= 0 || binding.offset + bytes > value.bytes)
    throw Error("a dispatch binds bytes outside its value");
  return {buffer, begin, begin + static_cast<uint64_t>(bytes)};
}

void Program::Impl::check_parameters() const {
  for (const Value& value : plan.values) {
    if (value.kind != Value::Kind::parameter) continue;
    const auto found = parameters.ranges.find(value.name);
    if (found == parameters.ranges.end())
      throw Error("the network asks for a weight '" + value.name + "' that is not there");
    if (found->second.second != static_cast<uint64_t>(value.bytes))
      throw Error("weight '" + value.name + "' has " + std::to_string(found->second.second / 4) +
                  " elements, the network expects " + std::to_string(value.bytes / 4));
  }
}

void Program::Impl::allocate() {
  using Place = Device::Impl::Place;
  const uint64_t bytes = staging_bytes(plan, &staging_offsets);
  arena = device.make_buffer(static_cast<uint64_t>(plan.arena_bytes), Place::device);
  constants = device.make_buffer(static_cast<uint64_t>(plan.constant_bytes), Place::device);
  staging = device.make_buffer(bytes, Place::host);
  step = device.make_buffer(sizeof(StepParams), Place::host);
}

Range Program::Impl::staged(size_t port, int64_t bytes) const {
  const uint64_t begin = staging_offsets[port];
  return {*staging.buffer, begin, begin + static_cast<uint64_t>(bytes)};
}

void Program::Impl::run_prologue() {
  recorder.reserve(plan.prologue);
  if (plan.prologue.empty()) return;
  const vk::raii::CommandBuffer commands = begin_commands(device, true);
  // A kernel that a driver silently leaves out then shows as NaN, never as an almost right picture.
  commands.fillBuffer(*constants.buffer, 0, VK_WHOLE_SIZE, kPoison);
  recorder.full_barrier(commands);
  for (const Dispatch& dispatch : plan.prologue) recorder.record(commands, dispatch);
  recorder.full_barrier(commands);
  commands.end();
  device.run(commands);
}

void Program::Impl::begin_segment() {
  segments.push_back({begin_commands(device, false), Stopwatch(device), 0});
  segments.back().stopwatch.begin(segments.back().commands);
}

void Program::Impl::end_segment() {
  segments.back().stopwatch.end(segments.back().commands);
  segments.back().commands.end();
}

void Program::Impl::record() {
  recorder.reserve(plan.dispatches);
  begin_segment();
  recorder.full_barrier(segments.back().commands);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    copy(segments.back().commands, staged(i, plan.inputs[i].shape.bytes()),
         whole(plan.inputs[i].value));
  recorder.full_barrier(segments.back().commands);

  const double budget = device.flops_per_second * device.submission_seconds;
  for (const Dispatch& dispatch : plan.dispatches) {
    if (segments.back().cost > 0 && segments.back().cost + cost_of(dispatch) > budget) {
      end_segment();
      begin_segment();
    }
    recorder.record(segments.back().commands, dispatch);
    segments.back().cost += cost_of(dispatch);
    total_cost += cost_of(dispatch);
  }

  const vk::raii::CommandBuffer& last = segments.back().commands;
  recorder.full_barrier(last);
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    copy(last, whole(plan.outputs[i].value),
         staged(plan.inputs.size() + i, plan.outputs[i].shape.bytes()));
  recorder.full_barrier(last);
  end_segment();
}

Program::Program(Device& device, Plan plan, const Parameters& parameters)
    : impl_(std::make_unique<Impl>(device.impl(), std::move(plan), parameters.impl())) {
  guarded("preparing the network", [&] {
    impl_->check_parameters();
    impl_->allocate();
    impl_->run_prologue();
    impl_->record();
  });
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

const Plan& Program::plan() const { return impl_->plan; }

int64_t Program::memory_bytes() const {
  return static_cast<int64_t>(impl_->arena.bytes + impl_->constants.bytes + impl_->staging.bytes +
                              impl_->step.bytes);
}

std::span<float> Program::input(const std::string& name) {
  for (size_t i = 0; i < impl_->plan.inputs.size(); ++i)
    if (const Plan::Port& port = impl_->plan.inputs[i]; port.name == name)
      return {reinterpret_cast<float*>(impl_->staging.mapped + impl_->staging_offsets[i]),
              static_cast<size_t>(port.shape.elements())};
  throw Error("the program has no input '" + name + "'");
}

std::span<const float> Program::output(const std::string& name) const {
  for (size_t i = 0; i < impl_->plan.outputs.size(); ++i)
    if (const Plan::Port& port = impl_->plan.outputs[i]; port.name == name)
      return {reinterpret_cast<const float*>(impl_->staging.mapped +
                                             impl_->staging_offsets[impl_->plan.inputs.size() + i]),
              static_cast<size_t>(port.shape.elements())};
  throw Error("the program has no output '" + name + "'");
}

void Program::run(const StepParams& step, const std::function<bool(double)>& progress) {
  guarded("running the network", [&] {
    std::memcpy(impl_->step.mapped, &step, sizeof(step));
    const auto begin = std::chrono::steady_clock::now();
    double done = 0;
    std::vector<vk::raii::Fence> fences;
    const auto finish = [&](size_t segment) {
      impl_->device.wait(fences[segment]);
      done += impl_->segments[segment].cost;
      return !progress || progress(done / std::max(impl_->total_cost, 1.0));
    };
    try {
      // One submission ahead of the one waited for, so that the device never idles between them.
      for (size_t i = 0; i < impl_->segments.size(); ++i) {
        fences.push_back(impl_->device.submit(impl_->segments[i].commands));
        if (i > 0 && !finish(i - 1)) throw Cancelled();
      }
      finish(fences.size() - 1);  // all is done: too late to cancel
    } catch (...) {
      // What is under way must end before fences and command buffers may be destroyed.
      impl_->device.wait_idle();
      throw;
    }
    const double seconds = seconds_since(begin);
    if (impl_->plan.flops > 1e8 && seconds > 0)
      impl_->device.flops_per_second = impl_->total_cost / seconds;
  });
}

std::optional<double> Program::busy_seconds() const {
  if (impl_->device.clock.mask == 0) return std::nullopt;
  return guarded("reading the device's clock", [&] {
    std::vector<const Stopwatch*> stopwatches;
    for (const Impl::Segment& segment : impl_->segments) stopwatches.push_back(&segment.stopwatch);
    return Stopwatch::seconds_of_any(stopwatches);
  });
}

void Program::poison() {
  guarded("poisoning the arena", [&] {
    const vk::raii::CommandBuffer commands = begin_commands(impl_->device, true);
    commands.fillBuffer(*impl_->arena.buffer, 0, VK_WHOLE_SIZE, kPoison);
    commands.end();
    impl_->device.run(commands);
  });
}

bool Program::guards_intact() {
  return guarded("reading the arena", [&] {
    const Buffer copied = impl_->device.make_buffer(impl_->arena.bytes, Device::Impl::Place::host);
    const vk::raii::CommandBuffer commands = begin_commands(impl_->device, true);
    copy(commands, {*impl_->arena.buffer, 0, impl_->arena.bytes},
         {*copied.buffer, 0, impl_->arena.bytes});
    Recorder(impl_->device, {}).full_barrier(commands);
    commands.end();
    impl_->device.run(commands);

    const Plan& plan = impl_->plan;
    std::vector<bool> used(impl_->arena.bytes / 4, false);
    for (size_t v = 0; v < plan.values.size(); ++v) {
      if (plan.offsets[v] < 0 || plan.constant[v]) continue;
      const auto first = used.begin() + plan.offsets[v] / 4;
      std::fill(first, first + plan.values[v].bytes / 4, true);
    }
    const auto* words = reinterpret_cast<const uint32_t*>(copied.mapped);
    for (size_t i = 0; i < used.size(); ++i)
      if (!used[i] && words[i] != kPoison) return false;
    return true;
  });
}

std::vector<double> Program::time_dispatches() {
  return guarded("timing the kernels", [&] {
    std::vector<double> seconds;
    Recorder recorder(impl_->device, [&](const Binding& b) { return impl_->locate(b); });
    recorder.reserve(impl_->plan.dispatches);
    for (const Dispatch& dispatch : impl_->plan.dispatches) {
      const vk::raii::CommandBuffer commands = begin_commands(impl_->device, true);
      const Stopwatch stopwatch(impl_->device);
      recorder.full_barrier(commands);
      stopwatch.begin(commands);
      recorder.record(commands, dispatch);
      stopwatch.end(commands);
      recorder.full_barrier(commands);
      commands.end();
      const auto begin = std::chrono::steady_clock::now();
      impl_->device.run(commands);
      seconds.push_back(impl_->device.clock.mask != 0 ? stopwatch.seconds() : seconds_since(begin));
    }
    return seconds;
  });
}

}  // namespace imago
