#include "models/checkpoint/tensor_match.h"

#include <algorithm>
#include <map>

namespace imago {

namespace {

// A file may give a vector its four dimensions, too: {1, C, 1, 1}.
bool fits(const HostTensor& tensor, const WantedTensor& wanted) {
  const Shape& shape = wanted.shape;
  if (tensor.shape.size() == 4)
    return tensor.shape == std::vector<int64_t>{shape.n, shape.c, shape.h, shape.w};
  return wanted.vector && tensor.shape.size() <= 1 && tensor.elements() == shape.elements();
}

std::string in_words(const std::vector<int64_t>& shape) {
  std::string text = shape.empty() ? "a single value" : "";
  for (const int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::string in_words(const WantedTensor& wanted) {
  return wanted.vector ? std::to_string(wanted.shape.elements()) : to_string(wanted.shape);
}

bool ends_with_any(const std::string& key, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return key.ends_with(ending); });
}

bool is_idle(const std::string& key, const std::string& norm) {
  if (key.ends_with(".num_batches_tracked")) return true;
  return norm.starts_with("instance") && ends_with_any(key, {".running_mean", ".running_var"});
}

bool is_counter(const std::string& key, const HostTensor& tensor) {
  if (tensor.elements() != 1 || ends_with_any(key, {"weight", "bias"})) return false;
  const std::string name = key.substr(key.rfind('.') + 1);
  const bool counts =
      tensor.type == DType::f64 || tensor.type == DType::i64 || tensor.type == DType::i32;
  return counts || ends_with_any(name, {"total_ops", "total_params", "flops", "macs", "step",
                                        "steps", "epoch", "iter", "count", "counter", "version"});
}

}  // namespace

TensorMatch match_tensors(std::vector<WantedTensor> wanted, const StateDict& tensors,
                          const std::string& norm) {
  TensorMatch match;
  match.wanted = std::move(wanted);
  std::map<std::string, const WantedTensor*> by_key;
  for (const WantedTensor& want : match.wanted) {
    by_key[want.key] = &want;
    const HostTensor* tensor = tensors.find(want.key);
    if (!tensor) {
      match.missing.push_back(want.key);
    } else if (fits(*tensor, want)) {
      ++match.fitting;
    } else {
      match.misshapen.push_back(want.key + " is " + in_words(tensor->shape) + ", expected " +
                                in_words(want));
    }
  }
  for (const auto& [key, tensor] : tensors) {
    if (by_key.contains(key) || is_idle(key, norm)) continue;
    (is_counter(key, tensor) ? match.counters : match.unknown).push_back(key);
  }
  return match;
}

std::string some_of(const std::vector<std::string>& all) {
  constexpr size_t kShown = 4;
  std::string text;
  for (size_t i = 0; i < std::min(all.size(), kShown); ++i) text += (i ? ", " : "") + all[i];
  if (all.size() > kShown) text += " and " + std::to_string(all.size() - kShown) + " more";
  return text;
}

std::string differences(const TensorMatch& match) {
  std::string text = std::to_string(match.fitting) + " of its " +
                     std::to_string(match.wanted.size()) + " tensors are there";
  if (!match.missing.empty()) text += "; missing: " + some_of(match.missing);
  if (!match.misshapen.empty()) text += "; of another shape: " + some_of(match.misshapen);
  if (!match.unknown.empty()) text += "; not part of it: " + some_of(match.unknown);
  return text;
}

bool is_running_statistic(const std::string& key) {
  return ends_with_any(key, {".running_mean", ".running_var"});
}

bool is_tracked(const std::string& key) {
  const bool noise = key.find("noises.noise_") != std::string::npos;
  return noise || is_running_statistic(key) ||
         ends_with_any(key, {".weight_u", ".weight_v", "latent_avg"});
}

}  // namespace imago
