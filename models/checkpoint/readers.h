// The readers behind checkpoint.h, over a Source.
#pragma once

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/source.h"

namespace imago::checkpoint {

enum class Format { safetensors, torch_zip, torch_legacy };

/// What the content says the file is. Throws CheckpointError (not_a_model, unsupported) with a
/// sentence about what it is instead, and what to do.
Format detect(std::span<const std::byte> file);

StateDict read_safetensors(const Source& source, const ReadOptions& options);
StateDict read_torch_zip(const Source& source, const ReadOptions& options);
StateDict read_torch_legacy(const Source& source, const ReadOptions& options);

/// One of the three above, as `detect` says.
StateDict read(const Source& source, const ReadOptions& options);

}  // namespace imago::checkpoint
