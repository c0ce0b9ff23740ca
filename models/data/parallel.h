// The same work on many things, on several threads. Internal to models/data.
#pragma once

#include <cstddef>
#include <functional>

namespace imago {

/// Calls work(0)…work(count - 1), each once and in any order, on `threads` threads; what one throws
/// is thrown here once the others are done with what they had begun. `progress` gets the share
/// done, from the calling thread; when it returns false no more work is begun and Cancelled is
/// thrown.
void in_parallel(size_t count, int threads, const std::function<void(size_t)>& work,
                 const std::function<bool(double)>& progress);

}  // namespace imago
