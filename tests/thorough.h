// How much of a long test the usual run does.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace imago::test {

/// `scripts/test --all` tries everything that the usual run takes samples of.
inline bool thorough() { return std::getenv("IMAGO_THOROUGH") != nullptr; }

/// Whether the `index`-th of many cases is tried: in the usual run every `some`-th.
inline bool is_tried(size_t index, size_t some) { return thorough() || index % some == 0; }

}  // namespace imago::test
