// The readers behind checkpoint.h, over a Source.
#pragma once

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/source.h"

namespace imago::checkpoint {

enum class Format { safetensors, torch_zip, torch_legacy, onnx, ncnn };

/// What the content says the file is. Throws CheckpointError (not_a_model, unsupported) with a
/// sentence about what it is instead, and what to do.
Format detect(std::span<const std::byte> file);

StateDict read_safetensors(const Source& source, const ReadOptions& options);
StateDict read_torch_zip(const Source& source, const ReadOptions& options);
StateDict read_torch_legacy(const Source& source, const ReadOptions& options);

/// A network of the ncnn library: the text of its .param file and its weights. Throws
/// CheckpointError.
StateDict read_ncnn(const Source& param, const Source& bin, const ReadOptions& options);

/// One of the above, as `detect` says. `path`: where other files of the model are looked for
/// (ONNX's external data, ncnn's weights), its own; if it is empty, these are refused.
StateDict read(const Source& source, const ReadOptions& options,
               const std::filesystem::path& path = {});

}  // namespace imago::checkpoint
