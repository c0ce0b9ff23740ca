#include "models/checkpoint/text.h"

#include <algorithm>
#include <cstdint>

namespace imago::checkpoint {

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80       ? 1
                          : lead >> 5 == 6  ? 2
                          : lead >> 4 == 14 ? 3
                          : lead >> 3 == 30 ? 4
                                            : 0;
    if (length == 0 || length > text.size() - i) return false;
    uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if (next >> 6 != 2) return false;
      code = code << 6 | (next & 0x3f);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      return false;
    i += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  constexpr size_t kShown = 200;
  std::string shown(text.substr(0, kShown));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }, '?');
  // The cut may have gone through a character.
  for (int i = 0; i < 3 && text.size() > kShown && !is_utf8(shown); ++i) shown.pop_back();
  if (!is_utf8(shown)) return "(not UTF-8)";
  return text.size() > kShown ? shown + "…" : shown;
}

}  // namespace imago::checkpoint
