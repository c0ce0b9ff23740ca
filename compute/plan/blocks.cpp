#include "compute/plan/blocks.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include "compute/base/error.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

int64_t round_up_to(int64_t bytes, int64_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

void require_block(int64_t bytes, int64_t largest) {
  if (bytes > largest)
    throw OutOfMemory(std::to_string(bytes >> 20) +
                      " MiB are needed in one piece, but the device " + "allocates at most " +
                      std::to_string(largest >> 20) + " MiB at once");
}

/// Blocks as one row of addresses: block * largest + offset.
struct Addresses {
  std::vector<int64_t> of_each;
  std::vector<int64_t> blocks;  // bytes of each block
};

/// Each value of `order` at the lowest address that is free while it lives.
Addresses place_in_order(const std::vector<Lifetime>& lifetimes, const std::vector<size_t>& order,
                         int64_t alignment, int64_t largest) {
  Addresses result;
  result.of_each.assign(lifetimes.size(), 0);
  std::vector<int64_t>& addresses = result.of_each;
  std::vector<size_t> placed;  // by ascending address
  for (const size_t id : order) {
    const Lifetime& life = lifetimes[id];
    int64_t address = 0;
    for (const size_t other : placed) {
      if (lifetimes[other].last < life.first || life.last < lifetimes[other].first) continue;
      if (address + life.bytes <= addresses[other]) break;
      const int64_t end = addresses[other] + lifetimes[other].bytes;
      address = std::max(address, round_up_to(end, alignment));
      // What does not fit into the rest of this block goes to the next.
      if (address % largest + life.bytes > largest) address = round_up_to(address, largest);
    }
    addresses[id] = address;
    const auto at = std::upper_bound(placed.begin(), placed.end(), address,
                                     [&](int64_t a, size_t p) { return a < addresses[p]; });
    placed.insert(at, id);
    const auto block = static_cast<size_t>(address / largest);
    if (result.blocks.size() <= block) result.blocks.resize(block + 1, 0);
    result.blocks[block] = std::max(result.blocks[block], address % largest + life.bytes);
  }
  return result;
}

/// Of two placements the one that needs less memory.
class Best {
 public:
  Best(const std::vector<Lifetime>& lifetimes, int64_t alignment, int64_t largest)
      : lifetimes_(lifetimes), alignment_(alignment), largest_(largest) {}

  void attempt(const std::vector<size_t>& order) {
    Addresses made = place_in_order(lifetimes_, order, alignment_, largest_);
    const int64_t bytes = total_bytes(made.blocks);
    if (!order_.empty() && bytes >= bytes_) return;
    best_ = std::move(made);
    order_ = order;
    bytes_ = bytes;
  }

  /// The best order with what ended up on top in the first place.
  std::vector<size_t> top_first(std::vector<size_t> order) const {
    const Addresses made = place_in_order(lifetimes_, order, alignment_, largest_);
    const int64_t end =
        (static_cast<int64_t>(made.blocks.size()) - 1) * largest_ + made.blocks.back();
    const auto top = std::find_if(order.begin(), order.end(), [&](size_t id) {
      return made.of_each[id] + lifetimes_[id].bytes == end;
    });
    std::rotate(order.begin(), top, top + 1);
    return order;
  }

  int64_t bytes() const { return bytes_; }
  const std::vector<size_t>& order() const { return order_; }

  Placement placement() const {
    Placement result{{}, best_.blocks};
    for (const int64_t address : best_.of_each)
      result.locations.push_back({static_cast<int>(address / largest_), address % largest_});
    return result;
  }

 private:
  const std::vector<Lifetime>& lifetimes_;
  int64_t alignment_, largest_;
  Addresses best_;
  std::vector<size_t> order_;
  int64_t bytes_ = 0;
};

}  // namespace

int64_t largest_block(const DeviceProperties& device) {
  constexpr int64_t kPage = 64 << 10;
  constexpr uint64_t kNoDeviceHasMore = uint64_t{1} << 44;
  const auto most = static_cast<int64_t>(std::min(device.max_allocation_bytes, kNoDeviceHasMore));
  const int64_t unit = most >= kPage ? kPage : kBindingAlignment;
  return std::max(most / unit * unit, kBindingAlignment);
}

Location BlockLayout::add(int64_t bytes) {
  const int64_t size = round_up_to(bytes, kBindingAlignment);
  require_block(size, largest_);
  if (blocks_.empty() || blocks_.back() + size > largest_) blocks_.push_back(0);
  const Location location{static_cast<int>(blocks_.size()) - 1, blocks_.back()};
  blocks_.back() += size;
  return location;
}

int64_t total_bytes(const std::vector<int64_t>& blocks) {
  return std::accumulate(blocks.begin(), blocks.end(), int64_t{0});
}

int64_t largest_live_set(const std::vector<Lifetime>& lives) {
  int end = 0;
  for (const Lifetime& life : lives) end = std::max(end, life.last);
  std::vector<int64_t> change(static_cast<size_t>(end) + 2, 0);
  for (const Lifetime& life : lives) {
    if (life.first < 0) continue;
    change[static_cast<size_t>(life.first)] += life.bytes;
    change[static_cast<size_t>(life.last) + 1] -= life.bytes;
  }
  int64_t live = 0, most = 0;
  for (const int64_t delta : change) most = std::max(most, live += delta);
  return most;
}

Placement place(const std::vector<Lifetime>& lifetimes, int64_t alignment, int64_t largest) {
  for (const Lifetime& life : lifetimes) require_block(life.bytes, largest);
  const auto size = [](const Lifetime& l) { return static_cast<double>(l.bytes); };
  const auto duration = [](const Lifetime& l) { return static_cast<double>(l.last - l.first + 1); };
  const std::function<double(const Lifetime&)> keys[] = {
      [&](const Lifetime& l) { return size(l); },
      [&](const Lifetime& l) { return size(l) * duration(l); },
      [&](const Lifetime& l) { return duration(l); },
      [&](const Lifetime& l) { return -l.first; },
      [&](const Lifetime& l) { return l.last; },
  };
  const int64_t bound = largest_live_set(lifetimes);
  Best best(lifetimes, alignment, largest);
  std::vector<size_t> order(lifetimes.size());
  for (const auto& key : keys) {
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return key(lifetimes[a]) > key(lifetimes[b]); });
    best.attempt(order);
    if (best.bytes() <= bound) return best.placement();
  }
  // What ended up on top gets to choose first; repeated, this removes most of what is left.
  constexpr int kRepairs = 40;
  order = best.order();
  for (int repair = 0; repair < kRepairs && best.bytes() > bound; ++repair) {
    order = best.top_first(std::move(order));
    best.attempt(order);
  }
  return best.placement();
}

}  // namespace imago
