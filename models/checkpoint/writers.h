// What the checkpoint writers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/state_dict.h"

namespace imago::checkpoint {

using Bytes = std::vector<std::byte>;

template <typename T>
void append_le(Bytes& to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    to.push_back(static_cast<std::byte>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

inline void append_text(Bytes& to, std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  to.insert(to.end(), bytes, bytes + text.size());
}

/// Throws Error unless our own readers would take the tensor back: a UTF-8 name of bounded length,
/// at most 8 dimensions, data of the size that type and shape need.
void check_writable(const std::string& name, const HostTensor& tensor,
                    const std::filesystem::path& path);

/// A .safetensors file as write_safetensors writes it. `path` is for messages.
Bytes safetensors_bytes(const StateDict& tensors, const std::filesystem::path& path);

}  // namespace imago::checkpoint
