#include "models/checkpoint/protobuf.h"

#include <bit>

#include "models/checkpoint/source.h"

namespace imago::checkpoint {

using Kind = CheckpointError::Kind;

Message::Message(const Field& field, std::string_view where)
    : bytes_(field.bytes), base_(field.offset), where_(where) {
  expect_wire(field, Wire::bytes, where);
}

void Message::fail(Kind kind, const std::string& what) const {
  throw CheckpointError(kind, std::string(where_), base_ + position_, what);
}

uint64_t Message::varint() {
  constexpr int kMostBytes = 10;
  uint64_t value = 0;
  for (int i = 0; i < kMostBytes; ++i) {
    if (position_ >= bytes_.size()) fail(Kind::truncated, "the file ends inside a number");
    const auto byte = static_cast<uint64_t>(bytes_[position_++]);
    if (i == kMostBytes - 1 && byte > 1) break;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  fail(Kind::malformed, "a number is longer than 64 bits");
}

uint64_t Message::fixed(size_t size) {
  if (size > bytes_.size() - position_) fail(Kind::truncated, "the file ends inside a number");
  const uint64_t value =
      size == 8 ? read_le<uint64_t>(bytes_, position_) : read_le<uint32_t>(bytes_, position_);
  position_ += size;
  return value;
}

bool Message::next(Field& field) {
  if (position_ >= bytes_.size()) return false;
  const uint64_t tag = varint();
  field = {};
  if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff) fail(Kind::malformed, "a field has no valid number");
  field.number = static_cast<uint32_t>(tag >> 3);
  field.wire = static_cast<Wire>(tag & 7);
  field.offset = base_ + position_;
  switch (field.wire) {
    case Wire::varint:
      field.value = varint();
      return true;
    case Wire::fixed64:
      field.value = fixed(8);
      return true;
    case Wire::fixed32:
      field.value = fixed(4);
      return true;
    case Wire::bytes: {
      const uint64_t length = varint();
      if (length > bytes_.size() - position_)
        fail(Kind::truncated, "a field is longer than what is left: the download is incomplete");
      field.offset = base_ + position_;
      field.bytes = bytes_.subspan(position_, length);
      position_ += length;
      return true;
    }
  }
  fail(Kind::malformed, "a field has an unknown wire type");
}

bool Message::next_varint(uint64_t& value) {
  if (position_ >= bytes_.size()) return false;
  value = varint();
  return true;
}

void expect_wire(const Field& field, Wire wire, std::string_view where) {
  if (field.wire == wire) return;
  throw CheckpointError(Kind::malformed, std::string(where), field.offset,
                        "field " + std::to_string(field.number) + " has the wrong wire type");
}

void MessageWriter::raw_varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) content_.push_back(static_cast<std::byte>(value | 0x80));
  content_.push_back(static_cast<std::byte>(value));
}

void MessageWriter::tag(uint32_t number, Wire wire) {
  raw_varint(uint64_t{number} << 3 | static_cast<uint64_t>(wire));
}

void MessageWriter::varint(uint32_t number, uint64_t value) {
  tag(number, Wire::varint);
  raw_varint(value);
}

void MessageWriter::fixed32(uint32_t number, float value) {
  tag(number, Wire::fixed32);
  append_le<uint32_t>(content_, std::bit_cast<uint32_t>(value));
}

void MessageWriter::bytes(uint32_t number, std::span<const std::byte> value) {
  tag(number, Wire::bytes);
  raw_varint(value.size());
  content_.insert(content_.end(), value.begin(), value.end());
}

void MessageWriter::text(uint32_t number, std::string_view value) {
  bytes(number, std::as_bytes(std::span(value.data(), value.size())));
}

void MessageWriter::message(uint32_t number, const MessageWriter& value) {
  bytes(number, value.content());
}

}  // namespace imago::checkpoint
