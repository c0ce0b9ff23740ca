#include "compute/plan/plan.h"

#include <algorithm>

#include "compute/base/error.h"
#include "compute/graph/deferred.h"
#include "compute/graph/op.h"
#include "compute/plan/gradient_checkpointing.h"
#include "compute/plan/half.h"
#include "compute/vk/kernel_info.h"

namespace imago {
namespace {

int64_t align(int64_t bytes) {
  return (bytes + kBindingAlignment - 1) / kBindingAlignment * kBindingAlignment;
}

/// By node, if its op is schedule_after_reader and only updates wait for it: the place in `order`
/// of the next other reader of its input, or -1.
std::vector<int> next_readers(const Graph& graph, const std::vector<bool>& alive,
                              const std::vector<int>& order) {
  const auto count = graph.nodes().size();
  std::vector<bool> is_awaited(count, false);  // by more than updates
  for (size_t id = 0; id < count; ++id) {
    const Node& node = graph.node(static_cast<int>(id));
    if (!alive[id] || node.op->memory == Op::Memory::update) continue;
    for (const int input : node.inputs) is_awaited[static_cast<size_t>(input)] = true;
  }
  for (const auto& output : graph.outputs()) is_awaited[static_cast<size_t>(output.node)] = true;
  std::vector<int> next(count, -1), result(count, -1);  // next: by input
  for (size_t place = count; place-- > 0;) {
    const auto id = static_cast<size_t>(order[place]);
    const Node& node = graph.node(order[place]);
    if (!alive[id]) continue;
    if (node.op->schedule_after_reader) {
      if (!is_awaited[id]) result[id] = next[static_cast<size_t>(node.inputs[0])];
    } else {
      for (const int input : node.inputs)
        next[static_cast<size_t>(input)] = static_cast<int>(place);
    }
  }
  return result;
}

/// All nodes in an order to run them in: as with_deferred_gradients has them, but each update as
/// soon as what it reads is there and nobody else is going to read what it overwrites, so that
/// gradients do not wait for each other in memory. Ops with schedule_early run as soon as their
/// input is there; parameters, which wait for nobody, they read in the order they were appended.
/// Ops with schedule_after_reader wait for that.
std::vector<int> schedule(const Graph& graph, const std::vector<bool>& alive) {
  const auto count = graph.nodes().size();
  const auto is_parameter = [&](int id) {
    return graph.node(id).op == &kParameter || graph.node(id).op->memory == Op::Memory::update;
  };
  std::vector<int> order = with_deferred_gradients(graph);
  const std::vector<int> next_reader = next_readers(graph, alive, order);
  std::vector<int> last_reader(count, -1);
  std::vector<double> time(count);
  for (size_t place = 0; place < count; ++place) {
    const auto id = static_cast<size_t>(order[place]);
    const Node& node = graph.node(order[place]);
    // Parameters are there from the start, an optimizer's moments too, which only updates read.
    time[id] = node.op == &kParameter ? -1 : static_cast<double>(place);
    const bool updates = node.op->memory == Op::Memory::update;
    if (updates || (node.op->schedule_early && !is_parameter(node.inputs[0]))) {
      double ready = updates ? last_reader[static_cast<size_t>(node.inputs[0])] : -1;
      for (const int input : node.inputs) ready = std::max(ready, time[static_cast<size_t>(input)]);
      time[id] =
          ready + 0.25 * (1 - 1 / (static_cast<double>(place) + 2));  // in order among equals
    }
    if (next_reader[id] >= 0) time[id] = next_reader[id] + 0.1;
    if (!alive[id]) continue;
    for (int input : node.inputs) {
      last_reader[static_cast<size_t>(input)] = static_cast<int>(place);
      // A view's readers read what it is a view of.
      while (graph.node(input).op->memory == Op::Memory::view) {
        input = graph.node(input).inputs[0];
        last_reader[static_cast<size_t>(input)] = static_cast<int>(place);
      }
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return time[static_cast<size_t>(a)] < time[static_cast<size_t>(b)];
  });
  return order;
}

void check_limits(const Value& value, const DeviceProperties& device) {
  const auto bytes = static_cast<uint64_t>(value.bytes);
  const auto block = static_cast<uint64_t>(largest_block(device));
  const bool bound = bytes <= device.max_storage_range;
  if (bound && bytes <= block) return;
  throw OutOfMemory("one tensor needs " + std::to_string(bytes >> 20) + " MiB, but " + device.name +
                    (bound ? " allocates at most " : " binds at most ") +
                    std::to_string((bound ? block : device.max_storage_range) >> 20) +
                    " MiB at once; use a smaller picture, tile or batch");
}

void check_limits(const Dispatch& dispatch, const DeviceProperties& device) {
  for (size_t axis = 0; axis < 3; ++axis)
    if (dispatch.groups[axis] > device.max_groups[axis])
      throw OutOfMemory("kernel " + dispatch.kernel + " needs " +
                        std::to_string(dispatch.groups[axis]) + " groups, but " + device.name +
                        " runs at most " + std::to_string(device.max_groups[axis]) +
                        " at once; use a smaller picture, tile or batch");
}

/// Splits the dispatches into those that depend on parameters alone and the rest. A value is
/// constant only if everything that ever writes it is, so an accumulation that a constant dispatch
/// begins and a run continues stays with the run as a whole.
void fold_constants(const Lowering& lowering, Plan& plan, bool fold) {
  if (!fold) {
    plan.constant.assign(plan.values.size(), false);
    plan.dispatches = lowering.dispatches();
    return;
  }
  plan.constant.clear();
  for (const Value& value : plan.values)
    plan.constant.push_back(value.kind == Value::Kind::arena ||
                            value.kind == Value::Kind::parameter);
  const auto is_constant = [&](const Dispatch& dispatch) {
    return std::all_of(dispatch.bindings.begin(), dispatch.bindings.end(), [&](const Binding& b) {
      return plan.constant[static_cast<size_t>(b.value)];
    });
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const Dispatch& dispatch : lowering.dispatches()) {
      if (is_constant(dispatch)) continue;
      const KernelInfo& kernel = kernel_info(dispatch.kernel);
      for (size_t b = 0; b < dispatch.bindings.size(); ++b) {
        const auto v = static_cast<size_t>(dispatch.bindings[b].value);
        if (!kernel.bindings.at(b).written || !plan.constant[v]) continue;
        plan.constant[v] = false;
        changed = true;
      }
    }
  }
  for (const Dispatch& dispatch : lowering.dispatches())
    (is_constant(dispatch) ? plan.prologue : plan.dispatches).push_back(dispatch);
}

/// First and last use of every value, counting prologue and run as one sequence.
std::vector<Lifetime> lifetimes(const Plan& plan) {
  std::vector<Lifetime> result;
  for (const Value& value : plan.values) result.push_back({align(value.bytes), -1, -1});
  const auto life_of = [&](ValueId value) -> Lifetime& {
    return result[static_cast<size_t>(plan.alias_of[static_cast<size_t>(value)])];
  };
  int time = static_cast<int>(plan.prologue.size());
  const int begin = time;
  for (const Dispatch& dispatch : plan.dispatches) {
    for (const Binding& binding : dispatch.bindings) {
      Lifetime& life = life_of(binding.value);
      if (life.first < 0) life.first = time;
      life.last = time;
    }
    ++time;
  }
  for (const Plan::Port& input : plan.inputs) {
    Lifetime& life = life_of(input.value);
    life = {life.bytes, begin, std::max(life.last, begin)};
  }
  for (const Plan::Port& output : plan.outputs) {
    Lifetime& life = life_of(output.value);
    life = {life.bytes, life.first < 0 ? begin : life.first, time};
  }
  return result;
}

void assign_locations(Plan& plan, const PlanOptions& options) {
  plan.locations.assign(plan.values.size(), {});
  std::vector<Lifetime> lives = lifetimes(plan);
  const int end = static_cast<int>(plan.prologue.size() + plan.dispatches.size());
  for (Lifetime& life : lives) {
    life.bytes += align(options.guard_bytes);
    if (!options.alias && life.first >= 0) life = {life.bytes, 0, end};
  }
  std::vector<size_t> ids;
  std::vector<Lifetime> in_arena;
  BlockLayout constants(plan.largest_block);
  for (size_t v = 0; v < plan.values.size(); ++v) {
    const Value::Kind kind = plan.values[v].kind;
    if (kind == Value::Kind::parameter || kind == Value::Kind::step_params) continue;
    if (plan.constant[v]) {
      plan.locations[v] = constants.add(lives[v].bytes);
    } else if (plan.alias_of[v] == static_cast<ValueId>(v) && lives[v].first >= 0) {
      ids.push_back(v);
      in_arena.push_back(lives[v]);
    }
  }
  Placement placement = place(in_arena, kBindingAlignment, plan.largest_block);
  for (size_t i = 0; i < ids.size(); ++i) plan.locations[ids[i]] = placement.locations[i];
  for (size_t v = 0; v < plan.values.size(); ++v)
    if (const Location root = plan.locations[static_cast<size_t>(plan.alias_of[v])];
        root.block >= 0 && !plan.constant[v])
      plan.locations[v] = {root.block, root.offset + plan.alias_offset[v]};
  plan.arena_blocks = std::move(placement.blocks);
  plan.constant_blocks = constants.blocks();
  plan.arena_bytes = total_bytes(plan.arena_blocks);
  plan.constant_bytes = total_bytes(plan.constant_blocks);
  plan.lower_bound_bytes = largest_live_set(in_arena);
}

}  // namespace

std::vector<bool> reachable(const Graph& graph) {
  std::vector<bool> alive(graph.nodes().size(), false);
  for (const auto& output : graph.outputs()) alive[static_cast<size_t>(output.node)] = true;
  for (const int update : graph.updates()) alive[static_cast<size_t>(update)] = true;
  for (size_t id = alive.size(); id-- > 0;)
    if (alive[id])
      for (const int input : graph.node(static_cast<int>(id)).inputs)
        alive[static_cast<size_t>(input)] = true;
  return alive;
}

Plan make_plan(const Graph& source, const DeviceProperties& device, const PlanOptions& options) {
  // Recomputation comes last: it repeats fused ops as they are, and so to the same bits.
  Graph fused, halved, frugal;
  if (options.fuse) fuse(source, fused, device);
  const Graph& whole = options.fuse ? fused : source;
  const bool half = options.storage == NumberType::fp16;
  if (half && !device.storage_16bit) throw DeviceError(device.name + " stores no fp16; use fp32");
  if (half) store_in_half(whole, halved);
  const Graph& full = half ? halved : whole;
  if (options.gradient_checkpointing) checkpoint_gradients(full, frugal);
  const Graph& graph = options.gradient_checkpointing ? frugal : full;

  const std::vector<bool> alive = reachable(graph);
  Lowering lowering(device, options.tuning.get(), options.fold_constants);
  Plan plan;
  for (const int id : schedule(graph, alive)) {
    const Node& node = graph.node(id);
    if (!alive[static_cast<size_t>(id)] && node.op != &kInput) continue;
    lowering.lower(graph, id);
    if (node.op == &kInput) plan.inputs.push_back({node.name, node.shape, lowering.value_of(id)});
  }
  for (const auto& output : graph.outputs())
    plan.outputs.push_back(
        {output.name, graph.node(output.node).shape, lowering.value_of(output.node)});

  plan.values = lowering.values();
  if (options.parameter_names)
    for (Value& value : plan.values)
      if (value.kind == Value::Kind::parameter) value.name = options.parameter_names(value.name);
  for (const Value& value : plan.values) check_limits(value, device);
  for (const Dispatch& dispatch : lowering.dispatches()) check_limits(dispatch, device);
  plan.choices = lowering.choices();
  fold_constants(lowering, plan, options.fold_constants);
  share_copies(plan);
  plan.largest_block = largest_block(device);
  assign_locations(plan, options);
  for (const Dispatch& dispatch : plan.dispatches) plan.flops += dispatch.flops;
  return plan;
}

}  // namespace imago
