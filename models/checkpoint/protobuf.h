// The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): a message
// is a row of fields, each a number, a wire type and a value. Enough for ONNX, with the offset of
// every mistake.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/writers.h"

namespace imago::checkpoint {

enum class Wire : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  uint32_t number = 0;
  Wire wire = Wire::varint;
  uint64_t value = 0;                // of varint, fixed64, fixed32
  std::span<const std::byte> bytes;  // of bytes: lies within the message
  uint64_t offset = 0;               // of the value in the file

  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// Walks over the fields of a message. Throws CheckpointError (truncated: a field ends beyond the
/// message; malformed: an impossible tag or varint) naming `where`.
class Message {
 public:
  Message(std::span<const std::byte> bytes, uint64_t base, std::string_view where)
      : bytes_(bytes), base_(base), where_(where) {}
  /// The message that is a field's value. Throws if the field has another wire type.
  Message(const Field& field, std::string_view where);

  bool next(Field& field);
  /// A varint beside the fields: an element of a packed list.
  bool next_varint(uint64_t& value);

 private:
  uint64_t varint();
  uint64_t fixed(size_t size);
  [[noreturn]] void fail(CheckpointError::Kind kind, const std::string& what) const;

  std::span<const std::byte> bytes_;
  uint64_t base_;
  std::string_view where_;
  size_t position_ = 0;
};

/// Throws CheckpointError (malformed) unless the field has this wire type.
void expect_wire(const Field& field, Wire wire, std::string_view where);

/// Appends fields to a message that is being written.
class MessageWriter {
 public:
  void varint(uint32_t number, uint64_t value);
  void fixed32(uint32_t number, float value);
  void bytes(uint32_t number, std::span<const std::byte> value);
  void text(uint32_t number, std::string_view value);
  void message(uint32_t number, const MessageWriter& value);
  const Bytes& content() const { return content_; }
  Bytes take() { return std::move(content_); }

 private:
  void raw_varint(uint64_t value);
  void tag(uint32_t number, Wire wire);

  Bytes content_;
};

}  // namespace imago::checkpoint
