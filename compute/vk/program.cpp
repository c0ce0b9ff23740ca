#include "compute/vk/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "compute/base/half.h"
#include "compute/base/seconds.h"
#include "compute/vk/recorder.h"
#include "compute/vk/stopwatch.h"

namespace imago {
namespace {

constexpr uint32_t kPoison = 0x7fffffff;  // a NaN, and two of fp16

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

std::vector<std::byte> stored_bytes(std::span<const float> values, NumberType type) {
  if (type == NumberType::fp32) {
    const auto bytes = std::as_bytes(values);
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::byte> bytes(values.size() * 2);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t half = float_to_half(values[i]);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return bytes;
}

std::vector<float> as_floats(std::span<const std::byte> bytes, NumberType type) {
  std::vector<float> values(bytes.size() / static_cast<size_t>(bytes_of(type)));
  if (type == NumberType::fp32) std::memcpy(values.data(), bytes.data(), bytes.size());
  for (size_t i = 0; type == NumberType::fp16 && i < values.size(); ++i) {
    uint16_t half;
    std::memcpy(&half, bytes.data() + 2 * i, 2);
    values[i] = half_to_float(half);
  }
  return values;
}

/// One buffer for each block of a plan.
std::vector<Buffer> make_blocks(Device::Impl& device, const std::vector<int64_t>& blocks,
                                Device::Impl::Place place) {
  std::vector<Buffer> made;
  for (const int64_t bytes : blocks)
    made.push_back(device.make_buffer(static_cast<uint64_t>(bytes), place));
  return made;
}

int64_t bytes_of(const std::vector<Buffer>& blocks) {
  uint64_t bytes = 0;
  for (const Buffer& block : blocks) bytes += block.bytes;
  return static_cast<int64_t>(bytes);
}

/// `bytes` bytes that begin `skip` bytes behind `location`.
Range range_in(const std::vector<Buffer>& blocks, const Location& location, int64_t skip,
               int64_t bytes) {
  const auto begin = static_cast<uint64_t>(location.offset + skip);
  return {*blocks[static_cast<size_t>(location.block)].buffer, begin,
          begin + static_cast<uint64_t>(bytes)};
}

}  // namespace

struct Parameters::Impl {
  struct Stored {
    Location location;
    int64_t bytes = 0;
    NumberType type = NumberType::fp32;
    int64_t elements() const { return bytes / bytes_of(type); }
  };

  Device::Impl& device;
  std::vector<Buffer> blocks;
  std::map<std::string, Stored> stored;

  const Stored& find(const std::string& name) const {
    const auto found = stored.find(name);
    if (found == stored.end()) throw Error("there is no weight '" + name + "'");
    return found->second;
  }
  Range range_of(const Stored& found) const {
    return range_in(blocks, found.location, 0, found.bytes);
  }

  /// In pieces, so that large networks are not held twice.
  void upload(const std::vector<Entry>& entries) const {
    const int64_t most = std::min(kPieceBytes, largest_block(device.properties));
    const Buffer staging = device.make_buffer(
        static_cast<uint64_t>(std::min(bytes_of(blocks), most)), Device::Impl::Place::host);
    size_t block = 0;
    uint64_t begin = 0, filled = 0;  // of the piece
    const auto send = [&] {
      if (filled == 0) return;
      run_copy({*staging.buffer, 0, filled}, {*blocks[block].buffer, begin, begin + filled});
      begin += filled;
      filled = 0;
    };
    for (const Entry& entry : entries) {
      const Location& location = stored.at(entry.name).location;
      if (static_cast<size_t>(location.block) != block) {
        send();
        block = static_cast<size_t>(location.block);
        begin = 0;
      }
      const bool half = entry.type == NumberType::fp16;
      const std::vector<std::byte> halves =
          half ? stored_bytes(entry.values, entry.type) : std::vector<std::byte>();
      std::span<const std::byte> rest = half ? halves : std::as_bytes(std::span(entry.values));
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
    BlockLayout layout(largest_block(device.properties()));
    for (const Entry& entry : entries) {
      const int64_t bytes = static_cast<int64_t>(entry.values.size()) * bytes_of(entry.type);
      impl_->stored[entry.name] = {layout.add(bytes), bytes, entry.type};
    }
    impl_->blocks = make_blocks(device.impl(), layout.blocks(), Device::Impl::Place::device);
    if (!impl_->blocks.empty()) impl_->upload(entries);
  });
}

Parameters::~Parameters() = default;
Parameters::Parameters(Parameters&&) noexcept = default;
Parameters& Parameters::operator=(Parameters&&) noexcept = default;
int64_t Parameters::bytes() const { return bytes_of(impl_->blocks); }

std::vector<float> Parameters::read(const std::string& name) const {
  return guarded("reading weights", [&] {
    const Impl::Stored& stored = impl_->find(name);
    const Range range = impl_->range_of(stored);
    const uint64_t bytes = range.end - range.begin;
    const Buffer staging = impl_->device.make_buffer(bytes, Device::Impl::Place::host);
    impl_->run_copy(range, {*staging.buffer, 0, bytes});
    return as_floats({staging.mapped, bytes}, stored.type);
  });
}

void Parameters::write(const std::string& name, std::span<const float> values) {
  guarded("writing weights", [&] {
    const Impl::Stored& stored = impl_->find(name);
    const Range range = impl_->range_of(stored);
    if (static_cast<int64_t>(values.size()) != stored.elements())
      throw Error("weight '" + name + "' has " + std::to_string(stored.elements()) +
                  " elements, not " + std::to_string(values.size()));
    const uint64_t bytes = range.end - range.begin;
    const Buffer staging = impl_->device.make_buffer(bytes, Device::Impl::Place::host);
    const std::vector<std::byte> made = stored_bytes(values, stored.type);
    std::memcpy(staging.mapped, made.data(), bytes);
    impl_->run_copy({*staging.buffer, 0, bytes}, range);
  });
}

namespace {

/// The host side of inputs, then outputs.
struct Staging {
  std::vector<Location> locations;
  std::vector<int64_t> blocks;
};
Staging lay_out_staging(const Plan& plan) {
  BlockLayout layout(plan.largest_block);
  Staging staging;
  for (const auto* ports : {&plan.inputs, &plan.outputs})
    for (const Plan::Port& port : *ports)
      staging.locations.push_back(layout.add(port.shape.bytes()));
  staging.blocks = layout.blocks();
  return staging;
}

}  // namespace

ProgramMemory memory_of(const Plan& plan) {
  const auto held = [](const std::vector<int64_t>& blocks) {
    int64_t bytes = 0;
    for (const int64_t block : blocks) bytes += std::max(block, Buffer::kLeastBytes);
    return bytes;
  };
  return {.device = held(plan.arena_blocks) + held(plan.constant_blocks),
          .host_visible = held(lay_out_staging(plan).blocks) + held({sizeof(StepParams)})};
}

struct Program::Impl {
  struct Segment {
    vk::raii::CommandBuffer commands;
    Stopwatch stopwatch;
    double cost;
  };

  /// What a run has of its own: all but the arena, where runs follow one another.
  struct Slot {
    std::vector<Buffer> staging;
    Buffer step;
    std::vector<Segment> segments;
    std::vector<vk::raii::Fence> under_way;  // one for each segment that was submitted
  };

  Device::Impl& device;
  Plan plan;
  const Parameters::Impl& parameters;
  std::vector<Buffer> arena, constants;
  std::vector<int64_t> staging_blocks;
  std::vector<Location> staging_locations;  // of inputs, then outputs
  std::vector<std::unique_ptr<Slot>> slots;
  Slot* recorded = nullptr;  // the one that is being recorded
  Recorder recorder;
  double total_cost = 0;

  Impl(Device::Impl& gpu, Plan the_plan, const Parameters::Impl& the_parameters)
      : device(gpu),
        plan(std::move(the_plan)),
        parameters(the_parameters),
        recorder(gpu, [this](const Binding& binding) { return locate(binding); }) {}
  ~Impl() {
    for (const std::unique_ptr<Slot>& slot : slots) device.wait_for_end(slot->under_way);
  }

  Range locate(const Binding& binding) const;
  Range whole(ValueId value) const { return locate(Binding(value)); }
  void allocate();
  void check_parameters() const;
  void run_prologue();
  Slot& slot(int index) const;
  void make_slots(int count);
  void record();
  void begin_segment();
  void end_segment();
  Range staged(size_t port, int64_t bytes) const;
  float* host_side(const Slot& slot, size_t port) const;
  bool guards_intact(size_t block);
};

Range Program::Impl::locate(const Binding& binding) const {
  const auto v = static_cast<size_t>(binding.value);
  const Value& value = plan.values[v];
  const int64_t bytes = binding.bytes < 0 ? value.bytes - binding.offset : binding.bytes;
  if (bytes <= 0 || binding.offset + bytes > value.bytes)
    throw Error("a dispatch binds bytes outside its value");
  if (value.kind == Value::Kind::step_params) {
    const auto begin = static_cast<uint64_t>(binding.offset);
    return {*recorded->step.buffer, begin, begin + static_cast<uint64_t>(bytes)};
  }
  const bool parameter = value.kind == Value::Kind::parameter;
  Range range = range_in(parameter          ? parameters.blocks
                         : plan.constant[v] ? constants
                                            : arena,
                         parameter ? parameters.stored.at(value.name).location : plan.locations[v],
                         binding.offset, bytes);
  range.type = value.type;
  return range;
}

void Program::Impl::check_parameters() const {
  for (const Value& value : plan.values) {
    if (value.kind != Value::Kind::parameter) continue;
    const auto found = parameters.stored.find(value.name);
    if (found == parameters.stored.end())
      throw Error("the network asks for a weight '" + value.name + "' that is not there");
    const Parameters::Impl::Stored& stored = found->second;
    if (stored.type != value.type)
      throw Error("weight '" + value.name + "' is stored as " + to_string(stored.type) +
                  ", the network expects " + to_string(value.type));
    if (stored.bytes != value.bytes)
      throw Error("weight '" + value.name + "' has " + std::to_string(stored.elements()) +
                  " elements, the network expects " +
                  std::to_string(value.bytes / bytes_of(value.type)));
  }
}

void Program::Impl::allocate() {
  using Place = Device::Impl::Place;
  Staging laid_out = lay_out_staging(plan);
  staging_locations = std::move(laid_out.locations);
  staging_blocks = std::move(laid_out.blocks);
  arena = make_blocks(device, plan.arena_blocks, Place::device);
  constants = make_blocks(device, plan.constant_blocks, Place::device);
}

Program::Impl::Slot& Program::Impl::slot(int index) const {
  if (index < 0 || static_cast<size_t>(index) >= slots.size())
    throw Error("the program has no slot " + std::to_string(index));
  return *slots[static_cast<size_t>(index)];
}

void Program::Impl::make_slots(int count) {
  using Place = Device::Impl::Place;
  if (count > kSlots) throw Error("a program has " + std::to_string(kSlots) + " slots at most");
  while (slots.size() < static_cast<size_t>(count)) {
    auto made = std::make_unique<Slot>();
    made->staging = make_blocks(device, staging_blocks, Place::host);
    made->step = device.make_buffer(sizeof(StepParams), Place::host);
    recorded = slots.emplace_back(std::move(made)).get();
    try {
      record();
    } catch (...) {
      slots.pop_back();
      recorded = slots.empty() ? nullptr : slots.back().get();
      throw;
    }
  }
}

Range Program::Impl::staged(size_t port, int64_t bytes) const {
  return range_in(recorded->staging, staging_locations[port], 0, bytes);
}

float* Program::Impl::host_side(const Slot& slot, size_t port) const {
  const Location& location = staging_locations[port];
  return reinterpret_cast<float*>(slot.staging[static_cast<size_t>(location.block)].mapped +
                                  location.offset);
}

void Program::Impl::run_prologue() {
  recorder.reserve(plan.prologue);
  if (plan.prologue.empty()) return;
  const vk::raii::CommandBuffer commands = begin_commands(device, true);
  // A kernel that a driver silently leaves out then shows as NaN, never as an almost right picture.
  for (const Buffer& block : constants)
    commands.fillBuffer(*block.buffer, 0, VK_WHOLE_SIZE, kPoison);
  recorder.full_barrier(commands);
  for (const Dispatch& dispatch : plan.prologue) recorder.record(commands, dispatch);
  recorder.full_barrier(commands);
  commands.end();
  device.run(commands);
}

void Program::Impl::begin_segment() {
  std::vector<Segment>& segments = recorded->segments;
  segments.push_back({begin_commands(device, false), Stopwatch(device), 0});
  segments.back().stopwatch.begin(segments.back().commands);
}

void Program::Impl::end_segment() {
  std::vector<Segment>& segments = recorded->segments;
  segments.back().stopwatch.end(segments.back().commands);
  segments.back().commands.end();
}

void Program::Impl::record() {
  std::vector<Segment>& segments = recorded->segments;
  recorder.reserve(plan.dispatches);
  total_cost = 0;
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
    impl_->make_slots(1);
  });
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

const Plan& Program::plan() const { return impl_->plan; }

int64_t Program::memory_bytes() const {
  int64_t bytes = bytes_of(impl_->arena) + bytes_of(impl_->constants);
  for (const auto& slot : impl_->slots)
    bytes += bytes_of(slot->staging) + static_cast<int64_t>(slot->step.bytes);
  return bytes;
}

std::span<float> Program::input(const std::string& name, int slot) {
  if (slot > 0) guarded("preparing the network", [&] { impl_->make_slots(slot + 1); });
  for (size_t i = 0; i < impl_->plan.inputs.size(); ++i)
    if (const Plan::Port& port = impl_->plan.inputs[i]; port.name == name)
      return {impl_->host_side(impl_->slot(slot), i), static_cast<size_t>(port.shape.elements())};
  throw Error("the program has no input '" + name + "'");
}

std::span<const float> Program::output(const std::string& name, int slot) const {
  for (size_t i = 0; i < impl_->plan.outputs.size(); ++i)
    if (const Plan::Port& port = impl_->plan.outputs[i]; port.name == name)
      return {impl_->host_side(impl_->slot(slot), impl_->plan.inputs.size() + i),
              static_cast<size_t>(port.shape.elements())};
  throw Error("the program has no output '" + name + "'");
}

void Program::run(const StepParams& step, const std::function<bool(double)>& progress) {
  guarded("running the network", [&] {
    const Impl::Slot& slot = impl_->slot(0);
    std::memcpy(slot.step.mapped, &step, sizeof(step));
    const auto begin = std::chrono::steady_clock::now();
    double done = 0;
    std::vector<vk::raii::Fence> fences;
    const auto finish = [&](size_t segment) {
      impl_->device.wait(fences[segment]);
      done += slot.segments[segment].cost;
      return !progress || progress(done / std::max(impl_->total_cost, 1.0));
    };
    try {
      // One submission ahead of the one waited for, so that the device never idles between them.
      for (size_t i = 0; i < slot.segments.size(); ++i) {
        fences.push_back(impl_->device.submit(slot.segments[i].commands));
        if (i > 0 && !finish(i - 1)) throw Cancelled();
      }
      finish(fences.size() - 1);  // all is done: too late to cancel
    } catch (...) {
      // What is under way must end before fences and command buffers may be destroyed.
      impl_->device.wait_for_end(fences);
      throw;
    }
    const double seconds = seconds_since(begin);
    if (impl_->plan.flops > 1e8 && seconds > 0)
      impl_->device.flops_per_second = impl_->total_cost / seconds;
  });
}

void Program::submit(int slot, const StepParams& step) {
  guarded("running the network", [&] {
    Impl::Slot& run = impl_->slot(slot);
    if (!run.under_way.empty()) throw Error("the slot is under way");
    std::memcpy(run.step.mapped, &step, sizeof(step));
    try {
      for (const Impl::Segment& segment : run.segments)
        run.under_way.push_back(impl_->device.submit(segment.commands));
    } catch (...) {
      impl_->device.wait_for_end(run.under_way);
      run.under_way.clear();
      throw;
    }
  });
}

void Program::wait(int slot) {
  guarded("running the network", [&] {
    Impl::Slot& run = impl_->slot(slot);
    try {
      for (const vk::raii::Fence& fence : run.under_way) impl_->device.wait(fence);
    } catch (...) {
      impl_->device.wait_for_end(run.under_way);
      run.under_way.clear();
      throw;
    }
    run.under_way.clear();
  });
}

size_t Program::submissions() const { return impl_->slot(0).segments.size(); }

std::optional<double> Program::busy_seconds(int slot) const {
  if (impl_->device.clock.mask == 0) return std::nullopt;
  return guarded("reading the device's clock", [&] {
    std::vector<const Stopwatch*> stopwatches;
    for (const Impl::Segment& segment : impl_->slot(slot).segments)
      stopwatches.push_back(&segment.stopwatch);
    return Stopwatch::seconds_of_any(stopwatches);
  });
}

void Program::poison() {
  guarded("poisoning the arena", [&] {
    const vk::raii::CommandBuffer commands = begin_commands(impl_->device, true);
    for (const Buffer& block : impl_->arena)
      commands.fillBuffer(*block.buffer, 0, VK_WHOLE_SIZE, kPoison);
    commands.end();
    impl_->device.run(commands);
  });
}

bool Program::Impl::guards_intact(size_t block) {
  const uint64_t bytes = arena[block].bytes;
  const Buffer copied = device.make_buffer(bytes, Device::Impl::Place::host);
  const vk::raii::CommandBuffer commands = begin_commands(device, true);
  copy(commands, {*arena[block].buffer, 0, bytes}, {*copied.buffer, 0, bytes});
  Recorder(device, {}).full_barrier(commands);
  commands.end();
  device.run(commands);

  std::vector<bool> used(bytes / 4, false);
  for (size_t v = 0; v < plan.values.size(); ++v) {
    const Location& location = plan.locations[v];
    if (location.block != static_cast<int>(block) || plan.constant[v]) continue;
    const auto first = used.begin() + location.offset / 4;
    std::fill(first, first + (plan.values[v].bytes + 3) / 4, true);
  }
  const auto* words = reinterpret_cast<const uint32_t*>(copied.mapped);
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && words[i] != kPoison) return false;
  return true;
}

bool Program::guards_intact() {
  return guarded("reading the arena", [&] {
    for (size_t block = 0; block < impl_->arena.size(); ++block)
      if (!impl_->guards_intact(block)) return false;
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
