#include "compute/plan/lowering.h"

#include <algorithm>
#include <bit>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/vk/kernel_info.h"

namespace imago {

ValueId Lowering::add_value(Value value) {
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size()) - 1;
}

ValueId Lowering::scratch(int64_t bytes, NumberType type) {
  return add_value({Value::Kind::arena, bytes, "", type});
}

ValueId Lowering::step_params() {
  if (step_params_ < 0)
    step_params_ = add_value({Value::Kind::step_params, sizeof(StepParams), "", NumberType::fp32});
  return step_params_;
}

void Lowering::keep(const ByProduct& what, ValueId value) {
  const bool overwritten = std::ranges::any_of(what.of, [&](ValueId of) {
    return values_[static_cast<size_t>(of)].kind == Value::Kind::parameter;
  });
  if (!overwritten) by_products_[what] = value;
}

ValueId Lowering::kept(const ByProduct& what) const {
  const auto found = by_products_.find(what);
  return found == by_products_.end() ? -1 : found->second;
}

void Lowering::choose(TuningProblem problem, std::span<const KernelCandidate> candidates) {
  problem.name += folds_constants_ ? "" : ", weights change";
  const std::string wanted = tuning_ ? tuning_->choice(problem.name) : "";
  auto taken = std::ranges::find(candidates, wanted, &KernelCandidate::name);
  if (taken == candidates.end()) taken = candidates.begin();
  const size_t before = dispatches_.size();
  taken->lower(*this);
  if (candidates.size() < 2) return;
  auto choice = std::ranges::find_if(
      choices_, [&](const TuningChoice& c) { return c.problem.name == problem.name; });
  if (choice == choices_.end()) {
    choice = choices_.insert(choices_.end(), {std::move(problem), {}, 0});
    for (const KernelCandidate& candidate : candidates)
      if (candidate.worth_measuring) choice->candidates.push_back(candidate.name);
  }
  for (size_t i = before; i < dispatches_.size(); ++i) choice->flops += dispatches_[i].flops;
}

/// Whether the kernel's storage buffers hold numbers of the types of what is bound.
bool Lowering::takes(const KernelInfo& kernel, const Dispatch& dispatch) const {
  for (size_t b = 0; b < dispatch.bindings.size() && b < kernel.bindings.size(); ++b) {
    const KernelInfo::Resource& resource = kernel.bindings[b];
    const Binding& binding = dispatch.bindings[b];
    if (resource.kind == KernelInfo::Resource::Kind::storage && !binding.unread &&
        resource.number_bytes != bytes_of(type(binding.value)))
      return false;
  }
  return true;
}

void Lowering::dispatch(Dispatch dispatch) {
  const bool plain = std::ranges::all_of(dispatch.bindings, [&](const Binding& binding) {
    return type(binding.value) == NumberType::fp32;
  });
  if (!plain) {
    const auto serves = [&](const char* form) {
      const KernelInfo* kernel = find_kernel(dispatch.kernel + form);
      return kernel && takes(*kernel, dispatch);
    };
    constexpr const char* kForms[] = {"", ".half", ".mixed"};
    const auto form = std::ranges::find_if(kForms, serves);
    if (form == std::end(kForms))
      throw Error("kernel " + dispatch.kernel + " has no form for the types of what is bound");
    dispatch.kernel += *form;
  }
  dispatches_.push_back(std::move(dispatch));
}

std::array<uint32_t, 3> Lowering::flat_groups(int64_t invocations) const {
  constexpr int64_t kLocalSize = 64;  // of every kernel that uses flat_index()
  const int64_t groups = (invocations + kLocalSize - 1) / kLocalSize;
  const int64_t x = std::min<int64_t>(groups, std::min<uint32_t>(device_.max_groups[0], 1u << 15));
  return {static_cast<uint32_t>(x), static_cast<uint32_t>((groups + x - 1) / x), 1};
}

void Lowering::redirect(std::span<const ValueId> inputs, ValueId output,
                        const std::function<void()>& lower) {
  const std::vector<ValueId> own_inputs = inputs_;
  const ValueId own_output = output_;
  std::ranges::copy(inputs, inputs_.begin());
  output_ = output;
  lower();
  inputs_ = own_inputs;
  output_ = own_output;
}

std::array<uint32_t, 3> Lowering::flat_fours(int64_t elements) const {
  return flat_groups(elements / 4 + elements % 4);
}

uint32_t Lowering::bits(float value) { return std::bit_cast<uint32_t>(value); }

void Lowering::lower(const Graph& graph, int id) {
  const Node& node = graph.node(id);
  node_values_.resize(graph.nodes().size(), -1);
  if (node.op->memory == Op::Memory::own) {
    Value value{Value::Kind::arena, node.shape.bytes(node.type), node.name, node.type};
    if (node.op == &kInput) value.kind = Value::Kind::input;
    if (node.op == &kParameter) value.kind = Value::Kind::parameter;
    output_ = add_value(std::move(value));
  } else {
    output_ = node_values_[static_cast<size_t>(node.inputs[0])];
  }
  node_values_[static_cast<size_t>(id)] = output_;
  inputs_.clear();
  input_shapes_.clear();
  for (const int input : node.inputs) {
    inputs_.push_back(node_values_[static_cast<size_t>(input)]);
    input_shapes_.push_back(graph.node(input).shape);
  }
  if (node.op->lower) node.op->lower(*this, node);
}

}  // namespace imago
