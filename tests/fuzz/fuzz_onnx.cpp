// Whatever the bytes are: read, or refused with a CheckpointError. Never another exception, a crash
// or memory beyond the budget (libFuzzer's -malloc_limit_mb and -rss_limit_mb).
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/checkpoint/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    imago::read_onnx(std::as_bytes(std::span(data, size)));
  } catch (const imago::CheckpointError&) {
  }
  return 0;
}
