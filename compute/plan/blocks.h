// Memory in blocks: a device allocates only so much at once, often less than half of what it has.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/vk/device.h"

namespace imago {

/// Where something begins: a block, and a byte of it. Without a place: block -1.
struct Location {
  int block = -1;
  int64_t offset = 0;
  bool operator==(const Location&) const = default;
};

/// The most bytes of one block: what the device allocates at once, rounded down to whole pages of
/// 64 KiB, to which drivers round buffers up. A multiple of kBindingAlignment, at least that.
int64_t largest_block(const DeviceProperties& device);

/// Places one thing behind the other, none of them in two blocks.
class BlockLayout {
 public:
  /// `largest`: the most bytes of a block, a multiple of kBindingAlignment.
  explicit BlockLayout(int64_t largest) : largest_(largest) {}

  /// The next place; a multiple of kBindingAlignment. Throws OutOfMemory where `bytes` are more
  /// than a block has.
  Location add(int64_t bytes);

  const std::vector<int64_t>& blocks() const { return blocks_; }  // their bytes

 private:
  int64_t largest_;
  std::vector<int64_t> blocks_;
};

int64_t total_bytes(const std::vector<int64_t>& blocks);

/// Places intervals of `bytes` alive from dispatch `first` to `last` so that those alive together
/// never overlap and none lies in two blocks. Values go one after the other to the lowest free
/// offset of the first block with room, in several orders of which the best is kept: what is
/// optimal is NP-hard (it is dynamic storage allocation), and these come within a few percent of
/// the lower bound on real networks.
struct Lifetime {
  int64_t bytes;
  int first, last;
};
struct Placement {
  std::vector<Location> locations;  // of each interval
  std::vector<int64_t> blocks;      // bytes of each block
};
/// `largest`: the most bytes of a block, a multiple of `alignment`. Throws OutOfMemory where an
/// interval has more.
Placement place(const std::vector<Lifetime>& lifetimes, int64_t alignment, int64_t largest);

/// The most bytes alive at once.
int64_t largest_live_set(const std::vector<Lifetime>& lifetimes);

}  // namespace imago
