#include "models/checkpoint/view.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/checkpoint/limits.h"

namespace imago::checkpoint {

using Kind = CheckpointError::Kind;

namespace {

// One loop of the copy; strides in elements.
struct Loop {
  int64_t size, from, to;
};

// The loops of a gather, outermost first, in the order in which the storage lies in the file: the
// source is then read front to back whatever the tensor's own order is, so that finished pages can
// be dropped behind it. Neighbouring loops that together walk evenly become one.
std::vector<Loop> plan(const View& view) {
  const std::vector<int64_t> to = dense_strides(view.shape);
  std::vector<Loop> loops;
  for (size_t i = 0; i < view.shape.size(); ++i) {
    if (view.shape[i] != 1) loops.push_back({view.shape[i], view.stride[i], to[i]});
  }
  std::stable_sort(loops.begin(), loops.end(),
                   [](const Loop& a, const Loop& b) { return a.from > b.from; });
  std::vector<Loop> merged;
  for (const Loop& loop : loops) {
    if (!merged.empty() && merged.back().from == loop.from * loop.size &&
        merged.back().to == loop.to * loop.size) {
      merged.back() = {merged.back().size * loop.size, loop.from, loop.to};
    } else {
      merged.push_back(loop);
    }
  }
  if (merged.empty()) merged.push_back({1, 1, 1});
  return merged;
}

template <size_t kBytes>
void copy_run(std::byte* to, const std::byte* from, const Loop& loop) {
  for (int64_t i = 0; i < loop.size; ++i) {
    std::memcpy(to + static_cast<size_t>(i * loop.to) * kBytes,
                from + static_cast<size_t>(i * loop.from) * kBytes, kBytes);
  }
}

void copy_elements(std::byte* to, const std::byte* from, const Loop& loop, size_t element) {
  if (element == 1) return copy_run<1>(to, from, loop);
  if (element == 2) return copy_run<2>(to, from, loop);
  if (element == 4) return copy_run<4>(to, from, loop);
  return copy_run<8>(to, from, loop);
}

constexpr uint64_t kStep = uint64_t{4} << 20;  // bytes copied between two hints to the source

void drop_behind(const StorageBytes& storage, uint64_t& dropped, uint64_t position) {
  if (storage.source == nullptr || position < dropped + kStep) return;
  storage.source->done_with(storage.file_offset + dropped, position - dropped);
  dropped = position;
}

// The innermost loop, from byte `position` of the storage.
void copy_run(std::byte* to, const StorageBytes& storage, size_t position, const Loop& loop,
              size_t element, uint64_t& dropped) {
  const int64_t most = static_cast<int64_t>(kStep / 8);
  for (int64_t done = 0; done < loop.size; done += most) {
    const Loop part{std::min(most, loop.size - done), loop.from, loop.to};
    const size_t from = position + static_cast<size_t>(done * loop.from) * element;
    copy_elements(to + static_cast<size_t>(done * loop.to) * element, storage.bytes.data() + from,
                  part, element);
    drop_behind(storage, dropped, from);
  }
}

void copy_dense(std::vector<std::byte>& to, const StorageBytes& storage, size_t begin,
                size_t size) {
  to.reserve(size);
  uint64_t dropped = begin;
  for (size_t done = 0; done < size;) {
    const size_t step = std::min<size_t>(size - done, kStep);
    const auto part = storage.bytes.subspan(begin + done, step);
    to.insert(to.end(), part.begin(), part.end());
    done += step;
    drop_behind(storage, dropped, begin + done);
  }
}

// Index of the first value with all exponent bits set, or -1.
template <typename Bits>
int64_t find_not_finite(const std::vector<std::byte>& data, Bits exponent) {
  const size_t count = data.size() / sizeof(Bits);
  for (size_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, data.data() + i * sizeof(Bits), sizeof(Bits));
    if ((bits & exponent) == exponent) return static_cast<int64_t>(i);
  }
  return -1;
}

int64_t find_not_finite(const HostTensor& tensor) {
  switch (tensor.type) {
    case DType::f64:
      return find_not_finite<uint64_t>(tensor.data, 0x7ff0000000000000u);
    case DType::f32:
      return find_not_finite<uint32_t>(tensor.data, 0x7f800000u);
    case DType::f16:
      return find_not_finite<uint16_t>(tensor.data, 0x7c00u);
    case DType::bf16:
      return find_not_finite<uint16_t>(tensor.data, 0x7f80u);
    default:
      return -1;
  }
}

}  // namespace

std::vector<int64_t> dense_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

uint64_t dense_bytes(DType type, const std::vector<int64_t>& shape, const std::string& where,
                     uint64_t offset) {
  if (shape.size() > kMaxDims) {
    throw CheckpointError(Kind::limit, where, offset,
                          "has " + std::to_string(shape.size()) + " dimensions, more than 8");
  }
  // An empty dimension makes the product zero but must not hide an overflow of the others: strides
  // are products of them.
  int64_t bytes = static_cast<int64_t>(size_of(type));
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) throw CheckpointError(Kind::malformed, where, offset, "has a negative dimension");
    empty |= size == 0;
    if (size > 0 && __builtin_mul_overflow(bytes, size, &bytes)) {
      throw CheckpointError(Kind::malformed, where, offset,
                            "has dimensions whose product overflows");
    }
  }
  return empty ? 0 : static_cast<uint64_t>(bytes);
}

void check_bounds(const View& view, int64_t elements, const std::string& where, uint64_t offset) {
  const auto fail = [&](const std::string& what) {
    throw CheckpointError(Kind::malformed, where, offset, what);
  };
  if (view.stride.size() != view.shape.size()) fail("has not as many strides as dimensions");
  int64_t last = view.offset;
  bool overflow = view.offset < 0, empty = false;
  for (size_t i = 0; i < view.shape.size(); ++i) {
    if (view.stride[i] < 0) fail("has a negative stride");
    empty |= view.shape[i] == 0;
    int64_t reach = 0;
    if (view.shape[i] == 0) continue;
    overflow |= __builtin_mul_overflow(view.shape[i] - 1, view.stride[i], &reach);
    overflow |= __builtin_add_overflow(last, reach, &last);
  }
  const bool inside = empty ? view.offset <= elements : last < elements;
  if (overflow || !inside) {
    fail("reaches beyond its storage of " + std::to_string(elements) + " elements");
  }
}

HostTensor gather(const View& view, const StorageBytes& storage) {
  HostTensor tensor{view.type, view.shape, {}};
  const size_t element = size_of(view.type);
  const size_t bytes = static_cast<size_t>(tensor.elements()) * element;
  if (bytes == 0) return tensor;

  std::vector<Loop> loops = plan(view);
  const size_t begin = static_cast<size_t>(view.offset) * element;
  if (loops.size() == 1 && loops[0].from == 1 && loops[0].to == 1) {
    copy_dense(tensor.data, storage, begin, bytes);
    return tensor;
  }

  tensor.data.resize(bytes);
  const Loop inner = loops.back();
  loops.pop_back();
  std::vector<int64_t> index(loops.size(), 0);
  uint64_t dropped = begin;
  int64_t from = view.offset, to = 0;
  while (true) {
    const size_t position = static_cast<size_t>(from) * element;
    copy_run(tensor.data.data() + static_cast<size_t>(to) * element, storage, position, inner,
             element, dropped);
    // Step the outer loops like an odometer.
    size_t d = loops.size();
    while (d > 0) {
      const Loop& loop = loops[d - 1];
      from += loop.from;
      to += loop.to;
      if (++index[d - 1] < loop.size) break;
      from -= loop.from * loop.size;
      to -= loop.to * loop.size;
      index[--d] = 0;
    }
    if (d == 0) return tensor;
  }
}

void check_finite(const HostTensor& tensor, const View& view, const StorageBytes& storage,
                  const std::string& name) {
  int64_t rest = find_not_finite(tensor);
  if (rest < 0) return;
  const std::string element = std::to_string(rest);
  int64_t position = view.offset;
  for (size_t d = view.shape.size(); d-- > 0;) {
    position += rest % view.shape[d] * view.stride[d];
    rest /= view.shape[d];
  }
  const uint64_t in_storage = static_cast<uint64_t>(position) * size_of(view.type);
  throw CheckpointError(Kind::not_finite, name,
                        storage.file_offset + (storage.source ? in_storage : 0),
                        "element " + element +
                            " is NaN or infinite: the network was saved after its training had "
                            "diverged, or the file is damaged");
}

}  // namespace imago::checkpoint
