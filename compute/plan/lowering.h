// From nodes to dispatches. An op's `lower` describes the kernels it wants to run on values whose
// place in memory is not known yet; plan.h finds the places.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "compute/graph/graph.h"
#include "compute/plan/tuning.h"
#include "compute/vk/device.h"

namespace imago {

struct KernelInfo;

using ValueId = int;

/// A piece of memory that dispatches read and write.
struct Value {
  enum class Kind {
    arena,        // planned: lives from its first to its last use
    input,        // in the arena too, written by the host before each run
    parameter,    // lives in a Parameters set, under `name`
    step_params,  // the StepParams buffer
  };
  Kind kind = Kind::arena;
  int64_t bytes = 0;
  std::string name;
  NumberType type = NumberType::fp32;
};

/// Where a binding may begin: satisfies every kind of buffer on every device we know; the recorder
/// checks it against the device's own limit.
inline constexpr int64_t kBindingAlignment = 256;

/// What a kernel sees at one binding. Whether it is a storage, uniform or texel buffer, and
/// whether it is read or written, is read from the kernel's SPIR-V.
struct Binding {
  Binding(ValueId id) : value(id) {}  // NOLINT: implicit on purpose
  Binding(ValueId id, int64_t first_byte, int64_t byte_count)
      : value(id), offset(first_byte), bytes(byte_count) {}
  ValueId value;
  int64_t offset = 0;   // multiple of 256
  int64_t bytes = -1;   // -1: to the end of the value
  bool texel4 = false;  // texel buffers: four numbers a texel instead of one
  bool unread = false;  // bound because something must be: the kernel never reads it
};

/// Push constants: up to 128 bytes of one trivially copyable struct of 32-bit fields.
class PushConstants {
 public:
  PushConstants() = default;
  template <class T>
  requires std::is_trivially_copyable_v<T> PushConstants(const T& fields)
      : size(sizeof(T)) {  // NOLINT: implicit on purpose
    static_assert(sizeof(T) <= 128 && sizeof(T) % 4 == 0);
    std::memcpy(bytes.data(), &fields, sizeof(T));
  }
  std::array<unsigned char, 128> bytes = {};
  uint32_t size = 0;
};

/// Specialization constants, by id.
class Constants {
 public:
  Constants() = default;
  /// Ids 0, 1, 2…
  Constants(std::initializer_list<uint32_t> values) {
    for (const uint32_t value : values) set(static_cast<uint32_t>(entries_.size()), value);
  }
  void set(uint32_t id, uint32_t value) { entries_.emplace_back(id, value); }
  const std::vector<std::pair<uint32_t, uint32_t>>& entries() const { return entries_; }
  auto operator<=>(const Constants&) const = default;

 private:
  std::vector<std::pair<uint32_t, uint32_t>> entries_;
};

/// One run of a kernel.
struct Dispatch {
  std::string kernel;  // shaders/<kernel>.comp, or a form of it for fp16 (Lowering::dispatch)
  Constants constants;
  std::vector<Binding> bindings;  // bindings 0, 1, 2… of set 0
  PushConstants push;
  std::array<uint32_t, 3> groups = {1, 1, 1};
  double flops = 0;           // estimated cost, for cutting long work and for the bench
  double executed_flops = 0;  // with those beyond the edges of tiles; 0: as many as `flops`
  /// Not negative: this dispatch copies the whole value of binding 0 to this byte of the value of
  /// binding 1. The plan drops it where it can let both share memory.
  int64_t copy_to = -1;
};

/// What a node computes beside its output and a later one may want too, such as the moments of a
/// value that is normalised: by its name, the values that it is of, and settings.
struct ByProduct {
  std::string name;
  std::vector<ValueId> of;
  std::vector<int64_t> settings;
  auto operator<=>(const ByProduct&) const = default;
};

/// A problem with several candidates, as a plan found it.
struct TuningChoice {
  TuningProblem problem;
  std::vector<std::string> candidates;  // the first is taken where no table says otherwise
  double flops = 0;                     // of all nodes that the problem stands for
};

class Lowering {
 public:
  /// `tuning`: none, or a table that must outlive the lowering. `folds_constants`: what depends on
  /// parameters alone is computed once, which decides how much the kernels' preparations weigh.
  explicit Lowering(const DeviceProperties& device, const TuningTable* tuning = nullptr,
                    bool folds_constants = false)
      : device_(device), tuning_(tuning), folds_constants_(folds_constants) {}

  const DeviceProperties& device() const { return device_; }

  /// The value of the i-th input of the node being lowered, and its shape.
  ValueId input(size_t i) const { return inputs_[i]; }
  const Shape& input_shape(size_t i) const { return input_shapes_[i]; }
  /// The value that the node being lowered must write completely.
  ValueId output() const { return output_; }

  NumberType type(ValueId value) const { return values_[static_cast<size_t>(value)].type; }

  /// Memory for the node's own use.
  ValueId scratch(int64_t bytes, NumberType type = NumberType::fp32);
  ValueId step_params();

  /// Remembers where a by-product lies; not of parameters, which an update may overwrite.
  void keep(const ByProduct& what, ValueId value);
  /// Where it lies; -1 if no node lowered so far has computed it.
  ValueId kept(const ByProduct& what) const;

  /// What `lower` appends reads these values as the node's first inputs and writes `output`:
  /// kernels that serve the node in another layout of its values.
  void redirect(std::span<const ValueId> inputs, ValueId output,
                const std::function<void()>& lower);

  /// Lowers the node by the candidate that the table names for the problem, or by the first.
  void choose(TuningProblem problem, std::span<const KernelCandidate> candidates);
  /// What there was to choose so far, each problem once.
  const std::vector<TuningChoice>& choices() const { return choices_; }

  /// Where something bound is stored in fp16, that form of the kernel is taken (`kernel`.half,
  /// `kernel`.mixed) whose SPIR-V declares its storage buffers so. Throws Error if none does.
  void dispatch(Dispatch dispatch);
  /// Groups for kernels that use flat_index() of shaders/include/common.glsl.
  std::array<uint32_t, 3> flat_groups(int64_t invocations) const;
  /// The same for kernels that do `elements` four at a time (element_of_rest() there).
  std::array<uint32_t, 3> flat_fours(int64_t elements) const;

  /// Lowers one node; called in topological order by plan.cpp.
  void lower(const Graph& graph, int node);
  /// Bits of a float as a specialization constant.
  static uint32_t bits(float value);

  const std::vector<Value>& values() const { return values_; }
  const std::vector<Dispatch>& dispatches() const { return dispatches_; }
  ValueId value_of(int node) const { return node_values_.at(static_cast<size_t>(node)); }

 private:
  ValueId add_value(Value value);
  bool takes(const KernelInfo& kernel, const Dispatch& dispatch) const;

  const DeviceProperties& device_;
  const TuningTable* tuning_;
  bool folds_constants_;
  std::vector<TuningChoice> choices_;
  std::vector<Value> values_;
  std::vector<Dispatch> dispatches_;
  std::vector<ValueId> node_values_;
  std::map<ByProduct, ValueId> by_products_;
  std::vector<ValueId> inputs_;
  std::vector<Shape> input_shapes_;
  ValueId output_ = -1;
  ValueId step_params_ = -1;
};

}  // namespace imago
