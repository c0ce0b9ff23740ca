// Text that a file brings along.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imago::checkpoint {

/// True for well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// Fit for a terminal: control characters replaced by '?', shortened after 200 bytes.
std::string printable(std::string_view text);

/// RFC 4648, with padding.
std::string base64(std::span<const std::byte> bytes);
/// Nothing if the text is not base64.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace imago::checkpoint
