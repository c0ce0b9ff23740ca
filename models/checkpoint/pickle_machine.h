// The stack machine behind pickle.h.
#pragma once

#include <optional>
#include <unordered_map>

#include "models/checkpoint/pickle.h"

namespace imago::checkpoint::pickle {

// What one value of each sort costs, allocator and growth included; see Budget.
inline constexpr uint64_t kValueCost = 2 * sizeof(Value);
inline constexpr uint64_t kMemoCost = sizeof(Value) + 40;
inline constexpr uint64_t kContainerCost = 64;
inline constexpr size_t kMaxMarks = 2 * kMaxDepth;  // a call and its argument tuple mark once each

class Machine {
 public:
  Machine(const Input& input, Budget& budget) : input_(input), budget_(budget) {}

  Tree run();
  size_t consumed() const { return position_; }

 private:
  using Kind = CheckpointError::Kind;

  [[noreturn]] void fail(Kind kind, const std::string& what) const;

  /// Of the opcode at work, in the file.
  uint64_t offset() const { return input_.offset(opcode_at_); }
  void charge(uint64_t bytes) { budget_.charge(bytes, input_.where, offset()); }

  // Reading the program.
  std::span<const std::byte> take(size_t size);
  template <typename T>
  T take_le();
  std::string_view take_text(size_t size);
  std::string_view take_line();

  // The stack. `what` says in the error what was expected.
  void push(Value value);
  Value pop();
  Value& top();
  /// Forgets the last mark; what was pushed since lies from the returned index on.
  size_t pop_mark();
  Value below(size_t mark);
  void drop_from(size_t mark);
  template <typename T>
  T as(const Value& value, const char* what) const {
    if (const T* typed = std::get_if<T>(&value)) return *typed;
    fail(Kind::malformed, std::string("expected ") + what);
  }
  const std::vector<Value>& as_tuple(const Value& value, const char* what) const;
  std::vector<int64_t> as_sizes(const Value& value, const char* what) const;

  // Opcodes by family; false: not of this family.
  bool push_atom(uint8_t opcode);
  bool push_number(uint8_t opcode);
  bool push_container(uint8_t opcode);
  bool fill_container(uint8_t opcode);
  bool use_memo(uint8_t opcode);
  bool use_symbol(uint8_t opcode);

  void long1();
  void push_tuple(std::vector<Value> items);
  void set_items(const Value& target, std::span<const Value> items);
  void append(const Value& target, std::span<const Value> items);
  void build();

  // Symbols.
  void global();
  void persistent_id();
  void reduce();
  Value ordered_dict(const std::vector<Value>& arguments);
  Value rebuild_tensor(const std::vector<Value>& arguments, bool version_2);
  Value rebuild_parameter(const std::vector<Value>& arguments);
  void check_no_hooks(const Value& hooks) const;

  const Input& input_;
  Budget& budget_;
  Tree tree_;
  size_t position_ = 0;
  size_t opcode_at_ = 0;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, Value> memo_;
  std::unordered_map<std::string_view, uint32_t> storage_index_;
};

/// Throws CheckpointError if a container holds itself or containers nest deeper than kMaxDepth.
void check_nesting(const Tree& tree, const Input& input);

}  // namespace imago::checkpoint::pickle
