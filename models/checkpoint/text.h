// Text that a file brings along.
#pragma once

#include <string>
#include <string_view>

namespace imago::checkpoint {

/// True for well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// Fit for a terminal: control characters replaced by '?', shortened after 200 bytes.
std::string printable(std::string_view text);

}  // namespace imago::checkpoint
