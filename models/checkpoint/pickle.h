// The small part of Python's pickle language that PyTorch state dicts are written in.
//
// A pickle is a program for a stack machine that can call any Python function. This machine knows
// the opcodes of docs/checkpoints.md only, and its "functions" are a handful of symbols whose
// meaning is built in: nothing is looked up, imported or run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/state_dict.h"

namespace imago::checkpoint::pickle {

struct None {};
/// An integer of more than 64 bits: its little-endian bytes.
struct BigInt {
  std::string_view bytes;
};
enum class Function { ordered_dict, rebuild_tensor, rebuild_tensor_v2, rebuild_parameter, size };
/// A class such as torch.FloatStorage.
struct StorageType {
  DType type;
};
// Containers live in the Tree and are referred to by index, so that cycles cost nothing but a
// check.
struct TupleRef {
  uint32_t index;
};
struct ListRef {
  uint32_t index;
};
struct DictRef {
  uint32_t index;
};
struct StorageRef {
  uint32_t index;
};
struct TensorRef {
  uint32_t index;
};

/// Strings point into the pickle's bytes.
using Value = std::variant<None, bool, int64_t, double, std::string_view, BigInt, Function,
                           StorageType, TupleRef, ListRef, DictRef, StorageRef, TensorRef>;

struct Dict {
  std::vector<std::pair<Value, Value>> items;
  bool ordered = false;   // a collections.OrderedDict
  uint64_t position = 0;  // of the opcode that made it, as Input::offset gives it
};

/// What a persistent id names; one per key.
struct Storage {
  std::string_view key;
  DType type = DType::f32;
  int64_t elements = 0;
  uint64_t position = 0;
};

/// Not yet checked against the storage's bounds.
struct Tensor {
  uint32_t storage = 0;
  int64_t offset = 0;
  std::vector<int64_t> shape, stride;
  uint64_t position = 0;
};

struct Tree {
  Value root;
  std::deque<std::vector<Value>> tuples, lists;
  std::deque<Dict> dicts;
  std::deque<Storage> storages;
  std::deque<Tensor> tensors;
};

struct Input {
  std::span<const std::byte> bytes;  // begins with the pickle, may go on after it
  std::string where;                 // for errors: the zip entry or the part of a legacy file
  uint64_t base = 0;                 // where the bytes (or their deflated form) begin in the file
  bool inflated = false;             // the bytes are not in the file as they are

  /// The file offset that an error at `position` in the bytes reports.
  uint64_t offset(uint64_t position) const { return inflated ? base : base + position; }
};

/// Runs one pickle up to its STOP; `consumed` becomes its length. The result is free of cycles and
/// at most kMaxDepth deep. Throws CheckpointError: forbidden (opcode, global), malformed (types
/// that do not fit, cycles), truncated, limit, unsupported (whole modules, views of storages).
Tree run(const Input& input, Budget& budget, size_t& consumed);

}  // namespace imago::checkpoint::pickle
