#include "models/checkpoint/json_scanner.h"

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/text.h"

// Why not the JSON library that the rest of Imago uses: a header of 100 MB from a stranger must be
// refused or read within 64 MiB of extra memory, with the byte offset of each mistake. A general
// parser builds values first and reports positions for syntax only.

namespace imago::checkpoint {

using Kind = CheckpointError::Kind;

void JsonScanner::fail(const std::string& what) const {
  const bool at_end = position_ >= text_.size();
  throw CheckpointError(Kind::malformed, where_, base_ + position_,
                        at_end ? "the JSON header ends too early" : what);
}

void JsonScanner::skip_space() {
  const size_t found = text_.find_first_not_of(" \t\r\n", position_);
  position_ = found == std::string_view::npos ? text_.size() : found;
}

uint64_t JsonScanner::offset() {
  skip_space();
  return base_ + position_;
}

char JsonScanner::next() {
  if (position_ >= text_.size()) fail("");
  return text_[position_++];
}

bool JsonScanner::accept(char c) {
  skip_space();
  if (position_ >= text_.size() || text_[position_] != c) return false;
  ++position_;
  return true;
}

void JsonScanner::expect(char c) {
  if (!accept(c)) fail(std::string("'") + c + "' expected in the JSON header");
}

std::string JsonScanner::string(size_t limit) {
  expect('"');
  const size_t start = position_;
  std::string value;
  for (char c = next(); c != '"'; c = next()) {
    if (static_cast<uint8_t>(c) < 0x20) {
      --position_;
      fail("control character in a JSON string");
    }
    if (value.size() >= limit) {
      throw CheckpointError(
          Kind::limit, where_, base_ + start,
          "a string in the header is longer than " + std::to_string(limit) + " bytes");
    }
    if (c == '\\') {
      escape(value);
    } else {
      value += c;
    }
  }
  if (!is_utf8(value)) {
    position_ = start;
    fail("a string in the header is not UTF-8");
  }
  return value;
}

void JsonScanner::escape(std::string& to) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  const char c = next();
  if (const size_t i = kEscapes.find(c); i != std::string_view::npos) {
    to += kMeanings[i];
    return;
  }
  if (c != 'u') {
    --position_;
    fail("unknown escape in a JSON string");
  }
  uint32_t code = four_hex_digits();
  if (code >= 0xd800 && code < 0xdc00) {  // the first half of a surrogate pair
    if (next() != '\\' || next() != 'u') fail("half a surrogate pair in a JSON string");
    const uint32_t low = four_hex_digits();
    if (low < 0xdc00 || low >= 0xe000) fail("half a surrogate pair in a JSON string");
    code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
  } else if (code >= 0xdc00 && code < 0xe000) {
    fail("half a surrogate pair in a JSON string");
  }
  if (code < 0x80) {
    to += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint32_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  to += static_cast<char>(kLead[more] | code >> (6 * more));
  for (int i = more; i-- > 0;) to += static_cast<char>(0x80 | (code >> (6 * i) & 0x3f));
}

uint32_t JsonScanner::four_hex_digits() {
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
    const size_t digit = kDigits.find(next());
    if (digit == std::string_view::npos) {
      --position_;
      fail("four hexadecimal digits expected after \\u");
    }
    code = code << 4 | static_cast<uint32_t>(digit % 16);
  }
  return code;
}

int64_t JsonScanner::integer() {
  skip_space();
  const size_t start = position_;
  int64_t value = 0;
  while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, text_[position_] - '0', &value)) {
      fail("a number in the header is too large");
    }
    ++position_;
  }
  if (position_ == start) {
    fail(position_ < text_.size() && text_[position_] == '-'
             ? "a number in the header is negative"
             : "whole number expected in the JSON header");
  }
  if (text_[start] == '0' && position_ - start > 1) {
    position_ = start;
    fail("a number in the header has a leading zero");
  }
  if (position_ < text_.size() &&
      std::string_view(".eE").find(text_[position_]) != std::string_view::npos) {
    fail("a number in the header is not a whole number");
  }
  return value;
}

void JsonScanner::expect_end() {
  skip_space();
  if (position_ < text_.size()) fail("something follows the JSON header's closing brace");
}

std::map<std::string, std::string> scan_metadata(JsonScanner& scanner, Budget& budget,
                                                 const std::string& where) {
  constexpr size_t kMaxText = 1 << 20;
  std::map<std::string, std::string> metadata;
  scanner.set_where(where);
  scanner.expect('{');
  bool first = true;
  while (!scanner.accept('}')) {
    if (!first) scanner.expect(',');
    first = false;
    const uint64_t position = scanner.offset();
    std::string key = scanner.string(kMaxName);
    scanner.expect(':');
    std::string value = scanner.string(kMaxText);
    budget.charge(2 * value.size() + key.size() + 128, where, position);
    if (!metadata.emplace(key, std::move(value)).second) {
      throw CheckpointError(CheckpointError::Kind::malformed, where, position,
                            "the key \"" + printable(key) + "\" appears twice");
    }
  }
  return metadata;
}

}  // namespace imago::checkpoint
