// Concatenation without copying.
//
// A concat is lowered to copies of its parts into one value. A part can as well be written there by
// whoever computes it. In a dense block (ESRGAN) the concats nest: x; x,x1; x,x1,x2… each is the
// beginning of the next. Going through the copies backwards, the longest concat takes its parts
// first; a shorter one whose parts then already lie one behind the other in the longest is itself a
// part of that.
#include <algorithm>
#include <map>
#include <set>

#include "compute/plan/plan.h"
#include "compute/vk/kernel_info.h"

namespace imago {
namespace {

class CopySharing {
 public:
  explicit CopySharing(Plan& plan) : plan_(plan) {
    for (size_t v = 0; v < plan.values.size(); ++v) {
      plan.alias_of.push_back(static_cast<ValueId>(v));
      plan.alias_offset.push_back(0);
    }
    fixed_.assign(plan.values.size(), false);
    for (const Plan::Port& port : plan.inputs) fixed_[index(port.value)] = true;
    for (const Plan::Port& port : plan.outputs) fixed_[index(port.value)] = true;
    find_writers();
  }

  void run() {
    for (auto copy = plan_.dispatches.rbegin(); copy != plan_.dispatches.rend(); ++copy)
      if (copy->copy_to >= 0) {
        const ValueId target = copy->bindings[1].value;
        if (handled_.insert(target).second) share(target);
      }
    std::erase_if(plan_.dispatches, [&](const Dispatch& d) { return is_shared(d); });
  }

 private:
  static size_t index(ValueId value) { return static_cast<size_t>(value); }

  void find_writers() {
    for (size_t d = 0; d < plan_.dispatches.size(); ++d) {
      const Dispatch& dispatch = plan_.dispatches[d];
      const KernelInfo& kernel = kernel_info(dispatch.kernel);
      for (size_t b = 0; b < dispatch.bindings.size(); ++b)
        if (kernel.bindings.at(b).written) writers_[dispatch.bindings[b].value].push_back(d);
    }
  }

  /// A value's memory may be chosen freely if a run makes it and the host does not look at it.
  bool is_free(ValueId value) const {
    return plan_.values[index(value)].kind == Value::Kind::arena && !fixed_[index(value)] &&
           !plan_.constant[index(value)] && plan_.alias_of[index(value)] == value &&
           !is_root_.contains(value);
  }

  void share(ValueId target) {
    if (plan_.constant[index(target)]) return;
    if (is_free(target) && lies_in_order(target)) return;
    for (const size_t d : writers_[target]) {
      const Dispatch& copy = plan_.dispatches[d];
      if (copy.copy_to < 0 || copy.copy_to % kBindingAlignment != 0) continue;
      const ValueId source = copy.bindings[0].value;
      if (!is_free(source) || source == target || root_of(target) == source) continue;
      set_part(source, target, copy.copy_to);
    }
  }

  /// True if everything that writes `target` copies what already lies in one root as `target`
  /// would: then it becomes a part of that root.
  bool lies_in_order(ValueId target) {
    ValueId root = -1;
    int64_t begin = 0;
    for (const size_t d : writers_[target]) {
      const Dispatch& copy = plan_.dispatches[d];
      if (copy.copy_to < 0) return false;
      const ValueId source = copy.bindings[0].value;
      const int64_t would_begin = plan_.alias_offset[index(source)] - copy.copy_to;
      if (plan_.alias_of[index(source)] == source) return false;
      if (root >= 0 && (root != plan_.alias_of[index(source)] || begin != would_begin))
        return false;
      root = plan_.alias_of[index(source)];
      begin = would_begin;
    }
    if (root < 0 || begin < 0 || begin % kBindingAlignment != 0) return false;
    plan_.alias_of[index(target)] = root;
    plan_.alias_offset[index(target)] = begin;
    return true;
  }

  ValueId root_of(ValueId value) const { return plan_.alias_of[index(value)]; }

  void set_part(ValueId value, ValueId target, int64_t byte) {
    plan_.alias_of[index(value)] = root_of(target);
    plan_.alias_offset[index(value)] = plan_.alias_offset[index(target)] + byte;
    is_root_.insert(root_of(target));
  }

  bool is_shared(const Dispatch& d) const {
    if (d.copy_to < 0) return false;
    const ValueId from = d.bindings[0].value, to = d.bindings[1].value;
    return root_of(from) == root_of(to) &&
           plan_.alias_offset[index(from)] == plan_.alias_offset[index(to)] + d.copy_to;
  }

  Plan& plan_;
  std::vector<bool> fixed_;
  std::map<ValueId, std::vector<size_t>> writers_;
  std::set<ValueId> handled_, is_root_;
};

}  // namespace

void share_copies(Plan& plan) { CopySharing(plan).run(); }

}  // namespace imago
