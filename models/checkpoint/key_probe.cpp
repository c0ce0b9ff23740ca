#include "models/checkpoint/key_probe.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace imago {

int rank_of(const StateDict& tensors, const std::string& key) {
  const HostTensor* tensor = tensors.find(key);
  return tensor ? static_cast<int>(tensor->shape.size()) : -1;
}

int conv_size(const StateDict& tensors, const std::string& key, int axis, int otherwise) {
  constexpr int64_t kMost = 65536;
  const HostTensor* tensor = tensors.find(key);
  if (!tensor || tensor->shape.size() != 4) return otherwise;
  const int64_t size = tensor->shape[static_cast<size_t>(axis)];
  return size >= 1 && size <= kMost ? static_cast<int>(size) : otherwise;
}

int count_numbered(const StateDict& tensors, const std::string& prefix, const std::string& suffix) {
  constexpr size_t kLimit = 1000;
  size_t count = 0;
  for (const auto& [key, tensor] : tensors) {
    if (!key.starts_with(prefix)) continue;
    size_t number = 0;
    const char* end = key.data() + key.size();
    const auto [rest, error] = std::from_chars(key.data() + prefix.size(), end, number);
    if (error != std::errc() || number >= kLimit) continue;
    if (std::string_view(rest, end).starts_with(suffix)) count = std::max(count, number + 1);
  }
  return static_cast<int>(count);
}

int shuffle_factor(int expanded, int channels) {
  return std::max(1, static_cast<int>(std::lround(std::sqrt(double(expanded) / channels))));
}

std::string numbered(const std::string& prefix, int number, const std::string& suffix) {
  return prefix + std::to_string(number) + suffix;
}

int shuffled_scale(int factor, int upsamplings) {
  int scale = 1;
  for (int i = 0; i < upsamplings; ++i) scale *= factor;
  return scale;
}

}  // namespace imago
