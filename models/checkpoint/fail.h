// How the readers refuse a file. Internal to models/checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/checkpoint/checkpoint.h"

namespace imago::checkpoint {

using Kind = CheckpointError::Kind;

/// `where`: the part of the file, printable; `offset`: in bytes from its beginning.
[[noreturn]] inline void fail(Kind kind, std::string_view where, uint64_t offset,
                              const std::string& what) {
  throw CheckpointError(kind, std::string(where), offset, what);
}

}  // namespace imago::checkpoint
