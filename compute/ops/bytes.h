// Pictures of bytes on the device: one kernel makes numbers of them before a network, another makes
// bytes of what it gives, so that a quarter of the data goes there and back and the host computes
// nothing.
//
// Bytes lie in a tensor {1,1,1,words}, four in an element, the first in its lowest bits; to all
// other ops its elements are no numbers. What a byte stands for is told by tables, so that every
// device gives exactly the bytes of whoever made the tables, whatever its arithmetic.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

constexpr int64_t words_of(int64_t bytes) { return (bytes + 3) / 4; }

/// The numbers that bytes become: `level` of each byte, or, of pixels that are weighed to grey,
/// low + range * (the sum of a pixel's three levels).
struct FromBytes {
  int samples = 3;  // bytes of a pixel; those beyond the planes of the result are skipped
  float low = 0, range = 1;
};
/// `bytes` {1,1,1,words_of(samples * H * W)}, pixels by rows without gaps, to `shape` {1,C,H,W}.
/// `levels` {1,1,1,256}: byte c of a pixel goes to plane c, and of less than C the first to all;
/// {1,1,3,256}, with C = 1: weighed, a table for each of the first three bytes.
Tensor from_bytes(Tensor bytes, Tensor levels, Shape shape, const FromBytes& how);

/// x {1,C,H,W} to pixels of C bytes by rows without gaps, behind a head of kByteHead words.
/// `thresholds` {1,1,1,256}: [k] is the least number that becomes k or more, the first is not
/// looked at; they grow, about as low + range * k / 255. A value that is not finite becomes 0; the
/// first word of the head, as an integer, says how many there were, the others are 0.
inline constexpr int64_t kByteHead = 64;
Tensor to_bytes(Tensor x, Tensor thresholds, float low, float range);

}  // namespace imago
