// What the machine has left for those who keep much in its own memory.
#pragma once

#include <cstdint>

namespace imago {

/// Bytes that can be taken without pushing others out; a quarter of the machine's where the system
/// does not tell.
int64_t free_host_memory();

}  // namespace imago
