// The fields that the messages of ONNX are made of, and what is allowed in them. Internal to
// models/checkpoint.
#pragma once

#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/onnx.h"
#include "models/checkpoint/onnx_external.h"
#include "models/checkpoint/protobuf.h"
#include "models/checkpoint/text.h"

namespace imago::checkpoint {

inline std::string text_of(const Field& field, std::string_view where, Budget& budget) {
  expect_wire(field, Wire::bytes, where);
  if (field.bytes.size() > kMaxName)
    fail(Kind::limit, where, field.offset, "a name is longer than 1024 bytes");
  if (!is_utf8(field.text())) fail(Kind::malformed, where, field.offset, "a name is not UTF-8");
  budget.charge(2 * field.bytes.size() + 64, std::string(where), field.offset);
  return std::string(field.text());
}

inline int64_t integer_of(const Field& field, std::string_view where) {
  expect_wire(field, Wire::varint, where);
  return static_cast<int64_t>(field.value);
}

/// A repeated integer field, packed or one by one.
inline void append_integers(std::vector<int64_t>& to, const Field& field, std::string_view where,
                            size_t most) {
  const auto push = [&](uint64_t value) {
    if (to.size() >= most) fail(Kind::limit, where, field.offset, "a list has too many numbers");
    to.push_back(static_cast<int64_t>(value));
  };
  if (field.wire == Wire::varint) return push(field.value);
  Message list(field, where);
  for (uint64_t value = 0; list.next_varint(value);) push(value);
}

inline void append_floats(std::vector<float>& to, const Field& field, std::string_view where,
                          size_t most) {
  const auto push = [&](uint32_t bits) {
    if (to.size() >= most) fail(Kind::limit, where, field.offset, "a list has too many numbers");
    to.push_back(std::bit_cast<float>(bits));
  };
  if (field.wire == Wire::fixed32) return push(static_cast<uint32_t>(field.value));
  expect_wire(field, Wire::bytes, where);
  if (field.bytes.size() % 4 != 0)
    fail(Kind::malformed, where, field.offset, "a list of numbers has an odd length");
  for (size_t i = 0; i < field.bytes.size(); i += 4) push(read_le<uint32_t>(field.bytes, i));
}

/// Of TensorProto.DataType; throws for one that is not read.
DType onnx_type(int64_t code, std::string_view where, uint64_t offset);

/// A TensorProto; `where` names it where it has no name. What is kept apart stays there if
/// `external` allows it.
OnnxTensor read_onnx_tensor(const Field& field, std::string_view where, Budget& budget,
                            ExternalFiles& external, const ReadOptions& options);

}  // namespace imago::checkpoint
