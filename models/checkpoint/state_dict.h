// What every checkpoint reader produces and every writer takes: named tensors in host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace imago {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// Bytes per element.
size_t size_of(DType type);
/// Of any width.
bool is_float(DType type);
/// "F32", "BF16", … as safetensors spells them.
const char* to_string(DType type);

/// A dense, contiguous (last dimension fastest) tensor in host memory, little-endian.
struct HostTensor {
  DType type = DType::f32;
  std::vector<int64_t> shape;  // empty: one element
  std::vector<std::byte> data;

  /// Product of `shape`.
  int64_t elements() const;
  /// The values as fp32 whatever the stored type (half has subnormals and infinities; bf16 << 16).
  std::vector<float> to_float() const;
  /// An f32 tensor. Throws Error if the number of values is not the product of `shape`.
  static HostTensor from_float(std::vector<int64_t> shape, const std::vector<float>& values);
  /// The same values as f16, rounded to the nearest (ties to even). Beyond 65504 they become
  /// infinite, below 2^-25 zero.
  HostTensor to_half() const;
};

/// The tensors of a checkpoint in file order, and its string metadata.
class StateDict {
 public:
  /// Appends; a name that is already there throws Error.
  void insert(std::string name, HostTensor tensor);
  const HostTensor* find(const std::string& name) const;
  bool contains(const std::string& name) const { return find(name) != nullptr; }
  /// Does nothing if there is no such tensor.
  void erase(const std::string& name);
  size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  std::map<std::string, std::string> metadata;

  /// Dotted names of the dictionaries that a .pth file nested ("params_ema", "optimizer.state"):
  /// they tell a wrapper from a layer whose own name has a dot. Empty where a format has no
  /// nesting.
  std::set<std::string> groups;
  /// Sentences about what a reader accepted but a person may want to know.
  std::vector<std::string> warnings;

 private:
  std::vector<std::pair<std::string, HostTensor>> entries_;
  std::map<std::string, size_t> index_;
};

}  // namespace imago
