#include "models/checkpoint/readers.h"

namespace imago::checkpoint {

StateDict read_ncnn(const Source&, const Source&, const ReadOptions&) {
  throw CheckpointError(CheckpointError::Kind::unsupported, "", 0, "ncnn is not read yet");
}

}  // namespace imago::checkpoint
