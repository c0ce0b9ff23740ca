// Tensors as strided views into storages, and how they become dense.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/source.h"
#include "models/checkpoint/state_dict.h"

namespace imago::checkpoint {

/// Element (i, j, …) lies at element offset + i*stride[0] + j*stride[1] + … of its storage.
struct View {
  DType type = DType::f32;
  int64_t offset = 0;
  std::vector<int64_t> shape, stride;
};

/// The bytes of a storage: in the file, or inflated from it.
struct StorageBytes {
  std::span<const std::byte> bytes;
  uint64_t file_offset = 0;        // where the bytes, or the deflated form of them, begin
  const Source* source = nullptr;  // null: inflated, not in the file as they are
};

/// Strides of a dense tensor, last dimension fastest.
std::vector<int64_t> dense_strides(const std::vector<int64_t>& shape);

/// Bytes of the tensor once dense. Throws CheckpointError naming `where` for more than 8
/// dimensions, a negative size or a product that overflows.
uint64_t dense_bytes(DType type, const std::vector<int64_t>& shape, const std::string& where,
                     uint64_t offset);

/// Throws CheckpointError (malformed) unless every element lies inside a storage of `elements`.
void check_bounds(const View& view, int64_t elements, const std::string& where, uint64_t offset);

/// The dense copy of a view whose bounds were checked.
HostTensor gather(const View& view, const StorageBytes& storage);

/// Throws CheckpointError (not_finite) with the offset of the first NaN or Inf.
void check_finite(const HostTensor& tensor, const View& view, const StorageBytes& storage,
                  const std::string& name);

}  // namespace imago::checkpoint
