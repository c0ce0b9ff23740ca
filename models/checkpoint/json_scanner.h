// The little JSON that a safetensors header is made of, token by token.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "models/checkpoint/limits.h"

namespace imago::checkpoint {

/// Walks over JSON text. Throws CheckpointError (malformed, or truncated at the end of the text)
/// with the offset of the character that does not fit, counted from `base`.
class JsonScanner {
 public:
  JsonScanner(std::string_view text, uint64_t base) : text_(text), base_(base) {}

  /// Takes `c` if it comes next (after white space).
  bool accept(char c);
  void expect(char c);
  /// A string of at most `limit` bytes, escapes resolved; valid UTF-8.
  std::string string(size_t limit);
  /// A number without sign, fraction or exponent that fits int64_t.
  int64_t integer();
  /// Only white space may be left.
  void expect_end();

  /// Offset in the file of what comes next.
  uint64_t offset();

  /// Names what is being read in the errors that follow.
  void set_where(std::string where) { where_ = std::move(where); }

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void skip_space();
  char next();
  void escape(std::string& to);
  uint32_t four_hex_digits();

  std::string_view text_;
  uint64_t base_;
  size_t position_ = 0;
  std::string where_ = "header";
};

/// The object of strings that comes next: {"license": "MIT", …}. Each value has at most 1 MiB; what
/// it takes is charged to the budget. Throws CheckpointError naming `where`.
std::map<std::string, std::string> scan_metadata(JsonScanner& scanner, Budget& budget,
                                                 const std::string& where);

}  // namespace imago::checkpoint
