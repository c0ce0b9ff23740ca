#include "models/networks/canonical.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "models/networks/stylegan2.h"

namespace imago {
namespace {

using Values = std::vector<double>;

Values values_of(const HostTensor& tensor) {
  const std::vector<float> floats = tensor.to_float();
  return {floats.begin(), floats.end()};
}

HostTensor made(std::vector<int64_t> shape, const Values& values) {
  return HostTensor::from_float(std::move(shape), {values.begin(), values.end()});
}

bool is_outline(const HostTensor& tensor) { return tensor.data.empty(); }

/// Filters, and numbers in each.
std::pair<size_t, size_t> rows_of(const HostTensor& weight) {
  const auto rows = static_cast<size_t>(weight.shape.empty() ? 0 : weight.shape[0]);
  return {rows, rows > 0 ? static_cast<size_t>(weight.elements()) / rows : 0};
}

HostTensor weight_normed(const HostTensor& g, const HostTensor& v) {
  if (is_outline(v)) return {DType::f32, v.shape, {}};
  const auto [rows, columns] = rows_of(v);
  const Values lengths = values_of(g);
  Values w = values_of(v);
  for (size_t row = 0; row < rows; ++row) {
    double square = 0;
    for (size_t i = 0; i < columns; ++i) square += w[row * columns + i] * w[row * columns + i];
    for (size_t i = 0; i < columns; ++i)
      w[row * columns + i] *= lengths[row] / std::sqrt(std::max(square, 1e-300));
  }
  return made(v.shape, w);
}

/// v is none of the weights' business where it is not stored: u W, made of length one.
HostTensor spectral_normed(const HostTensor& weight, const HostTensor& u, const HostTensor* v) {
  if (is_outline(weight)) return {DType::f32, weight.shape, {}};
  const auto [rows, columns] = rows_of(weight);
  const Values left = values_of(u);
  Values w = values_of(weight), right(columns);
  if (v) {
    right = values_of(*v);
  } else {
    double square = 0;
    for (size_t i = 0; i < columns; ++i) {
      for (size_t row = 0; row < rows; ++row) right[i] += left[row] * w[row * columns + i];
      square += right[i] * right[i];
    }
    for (double& value : right) value /= std::sqrt(std::max(square, 1e-300));
  }
  double sigma = 0;
  for (size_t row = 0; row < rows; ++row)
    for (size_t i = 0; i < columns; ++i) sigma += left[row] * w[row * columns + i] * right[i];
  if (sigma == 0) return weight;
  for (double& value : w) value /= sigma;
  return made(weight.shape, w);
}

/// {O, I, h, w} -> {I, O, h, w}.
HostTensor with_axes_swapped(const HostTensor& tensor) {
  const std::vector<int64_t>& s = tensor.shape;
  HostTensor swapped{tensor.type, {s[1], s[0], s[2], s[3]}, {}};
  if (is_outline(tensor) || tensor.elements() == 0) return swapped;
  const size_t filter = tensor.data.size() / static_cast<size_t>(s[0] * s[1]);
  swapped.data.resize(tensor.data.size());
  for (int64_t o = 0; o < s[0]; ++o)
    for (int64_t i = 0; i < s[1]; ++i)
      std::copy_n(tensor.data.begin() + static_cast<std::ptrdiff_t>(o * s[1] + i) *
                                            static_cast<std::ptrdiff_t>(filter),
                  filter,
                  swapped.data.begin() + static_cast<std::ptrdiff_t>(i * s[0] + o) *
                                             static_cast<std::ptrdiff_t>(filter));
  return swapped;
}

/// Replaces tensors while keeping the order of the others.
class Rewriter {
 public:
  explicit Rewriter(const StateDict& tensors) : tensors_(tensors) {}

  const HostTensor* find(const std::string& name) const { return tensors_.find(name); }
  void replace(const std::string& first, const std::string& name, HostTensor by) {
    if (!made_.contains(first)) made_[first] = {};
    made_[first].emplace_back(name, std::move(by));
  }
  void drop(const std::string& name) { dropped_.insert(name); }
  void mark(const std::string& key, const std::string& value) { marks_[key] = value; }
  bool is_needed() const { return !dropped_.empty(); }

  StateDict result() const {
    StateDict result;
    result.metadata = tensors_.metadata;
    for (const auto& [key, value] : marks_) result.metadata[key] = value;
    result.groups = tensors_.groups;
    result.warnings = tensors_.warnings;
    for (const auto& [name, tensor] : tensors_) {
      if (const auto found = made_.find(name); found != made_.end())
        for (const auto& [other, by] : found->second)
          if (!result.contains(other)) result.insert(other, by);
      if (!dropped_.contains(name) && !result.contains(name)) result.insert(name, tensor);
    }
    return result;
  }

 private:
  const StateDict& tensors_;
  std::map<std::string, std::vector<std::pair<std::string, HostTensor>>> made_;
  std::set<std::string> dropped_;
  std::map<std::string, std::string> marks_;
};

bool vector_of(const HostTensor* tensor, int64_t elements) {
  return tensor && tensor->elements() == elements;
}

/// `length` and `direction`: what the two tensors of weight norm are called after a layer's name.
void fold_weight_norm(Rewriter& rewriter, const std::string& name, const std::string& length,
                      const std::string& direction) {
  if (!name.ends_with(direction)) return;
  const std::string layer = name.substr(0, name.size() - direction.size());
  const HostTensor *g = rewriter.find(layer + length), *v = rewriter.find(name);
  if (v->shape.size() != 4 || !vector_of(g, v->shape[0])) return;
  rewriter.replace(name, layer + ".weight", weight_normed(*g, *v));
  rewriter.drop(name);
  rewriter.drop(layer + length);
}

/// The names of spectral norm's tensors after a layer's.
struct SpectralNames {
  const char *weight, *u, *v;
};
constexpr SpectralNames kSpectralNames[] = {
    {".weight_orig", ".weight_u", ".weight_v"},
    {".parametrizations.weight.original", ".parametrizations.weight.0._u",
     ".parametrizations.weight.0._v"}};

void fold_spectral_norm(Rewriter& rewriter, const std::string& name, const SpectralNames& names) {
  const std::string suffix = names.weight;
  if (!name.ends_with(suffix)) return;
  const std::string layer = name.substr(0, name.size() - suffix.size());
  const HostTensor *weight = rewriter.find(name), *u = rewriter.find(layer + names.u);
  if (weight->shape.size() != 4 || !vector_of(u, weight->shape[0])) return;
  const HostTensor* v = rewriter.find(layer + names.v);
  if (v && (weight->shape[0] == 0 || !vector_of(v, weight->elements() / weight->shape[0]))) return;
  rewriter.replace(name, layer + ".weight", spectral_normed(*weight, *u, v));
  for (const char* part : {names.weight, names.u, names.v}) rewriter.drop(layer + part);
}

/// The 1x1, 3x3 and 1x1 convolutions and the shortcut of a Conv3XC.
struct Conv3xc {
  const HostTensor *shortcut, *shortcut_bias;
  const HostTensor *weight[3], *bias[3];
};

std::optional<Conv3xc> conv3xc_of(const Rewriter& rewriter, const std::string& layer) {
  Conv3xc parts = {rewriter.find(layer + ".sk.weight"), rewriter.find(layer + ".sk.bias"), {}, {}};
  for (int i = 0; i < 3; ++i) {
    const std::string conv = layer + ".conv." + std::to_string(i);
    parts.weight[i] = rewriter.find(conv + ".weight");
    parts.bias[i] = rewriter.find(conv + ".bias");
    if (!parts.weight[i] || parts.weight[i]->shape.size() != 4) return std::nullopt;
    if (!vector_of(parts.bias[i], parts.weight[i]->shape[0])) return std::nullopt;
  }
  if (!parts.shortcut || parts.shortcut->shape.size() != 4) return std::nullopt;
  const auto shape = [&](int i) { return parts.weight[i]->shape; };
  const int64_t in = shape(0)[1], out = shape(2)[0];
  const bool fits = shape(0)[2] == 1 && shape(0)[3] == 1 && shape(1)[2] == 3 && shape(1)[3] == 3 &&
                    shape(2)[2] == 1 && shape(2)[3] == 1 && shape(1)[1] == shape(0)[0] &&
                    shape(2)[1] == shape(1)[0] &&
                    parts.shortcut->shape == std::vector<int64_t>{out, in, 1, 1} &&
                    vector_of(parts.shortcut_bias, out);
  return fits ? std::optional(parts) : std::nullopt;
}

/// K = W2 W1 W0 and the shortcut in the middle; b = W2 (sum of W1 b0 + b1) + b2 + the shortcut's.
std::pair<HostTensor, HostTensor> joined(const Conv3xc& parts) {
  const auto size = [](const HostTensor* t, size_t axis) {
    return static_cast<size_t>(t->shape[axis]);
  };
  const size_t in = size(parts.weight[0], 1), mid = size(parts.weight[0], 0);
  const size_t wide = size(parts.weight[1], 0), out = size(parts.weight[2], 0);
  const std::vector<int64_t> shape = {static_cast<int64_t>(out), static_cast<int64_t>(in), 3, 3};
  if (is_outline(*parts.shortcut)) return {{DType::f32, shape, {}}, {DType::f32, {shape[0]}, {}}};
  const Values w0 = values_of(*parts.weight[0]), w1 = values_of(*parts.weight[1]),
               w2 = values_of(*parts.weight[2]), sk = values_of(*parts.shortcut);
  const Values b0 = values_of(*parts.bias[0]), b1 = values_of(*parts.bias[1]),
               b2 = values_of(*parts.bias[2]), bs = values_of(*parts.shortcut_bias);
  Values inner(wide * in * 9, 0), inner_bias = b1;  // W1 W0 and W1 b0 + b1
  for (size_t o = 0; o < wide; ++o)
    for (size_t m = 0; m < mid; ++m)
      for (size_t k = 0; k < 9; ++k) {
        const double factor = w1[(o * mid + m) * 9 + k];
        inner_bias[o] += factor * b0[m];
        for (size_t i = 0; i < in; ++i) inner[(o * in + i) * 9 + k] += factor * w0[m * in + i];
      }
  Values weight(out * in * 9, 0), bias(out);
  for (size_t o = 0; o < out; ++o) {
    bias[o] = b2[o] + bs[o];
    for (size_t m = 0; m < wide; ++m) {
      const double factor = w2[o * wide + m];
      bias[o] += factor * inner_bias[m];
      for (size_t i = 0; i < in * 9; ++i) weight[o * in * 9 + i] += factor * inner[m * in * 9 + i];
    }
    for (size_t i = 0; i < in; ++i) weight[(o * in + i) * 9 + 4] += sk[o * in + i];
  }
  return {made(shape, weight), made({shape[0]}, bias)};
}

void join_conv3xc(Rewriter& rewriter, const std::string& name) {
  const std::string suffix = ".sk.weight";
  if (!name.ends_with(suffix)) return;
  const std::string layer = name.substr(0, name.size() - suffix.size());
  const std::optional<Conv3xc> parts = conv3xc_of(rewriter, layer);
  if (!parts) return;
  auto [weight, bias] = joined(*parts);
  for (const char* part : {".sk", ".conv.0", ".conv.1", ".conv.2", ".eval_conv"})
    for (const char* kind : {".weight", ".bias"}) rewriter.drop(layer + part + kind);
  rewriter.replace(name, layer + ".eval_conv.weight", std::move(weight));
  rewriter.replace(name, layer + ".eval_conv.bias", std::move(bias));
}

/// rosinality's StyleGAN2: weights {1, O, I, k, k} lose their first axis, those that enlarge become
/// {I, O, k, k}, matrices {O, I, 1, 1}; the filters are the program's own.
void fold_stylegan2(Rewriter& rewriter, const std::string& name, const HostTensor& tensor) {
  const std::vector<int64_t>& shape = tensor.shape;
  if (name.ends_with(".kernel")) return rewriter.drop(name);
  if (!name.ends_with(".weight") || (shape.size() != 5 && shape.size() != 2)) return;
  HostTensor folded = tensor;
  if (shape.size() == 2) {
    folded.shape = {shape[0], shape[1], 1, 1};
  } else {
    folded.shape = {shape[1], shape[2], shape[3], shape[4]};
    const size_t end = name.find('.', name.find('.') + 1);
    const bool enlarges =
        name.starts_with("convs.") && end != std::string::npos && (name[end - 1] - '0') % 2 == 0;
    if (enlarges) folded = with_axes_swapped(folded);
  }
  rewriter.drop(name);
  rewriter.replace(name, name, std::move(folded));
}

}  // namespace

StateDict canonical(const StateDict& tensors) {
  Rewriter rewriter(tensors);
  for (const auto& [name, tensor] : tensors) {
    fold_weight_norm(rewriter, name, ".weight_g", ".weight_v");
    fold_weight_norm(rewriter, name, ".parametrizations.weight.original0",
                     ".parametrizations.weight.original1");
    for (const SpectralNames& names : kSpectralNames) fold_spectral_norm(rewriter, name, names);
    join_conv3xc(rewriter, name);
  }
  if (is_rosinality_stylegan2(tensors))
    for (const auto& [name, tensor] : tensors) fold_stylegan2(rewriter, name, tensor);
  if (tensors.contains("no_norm") && tensors.contains("upsampler.0.weight")) {
    rewriter.drop("no_norm");
    rewriter.mark(kCentredMetadata, "no");
  }
  if (tensors.contains("pro") && tensors.contains("unet1.conv1.conv.0.weight")) {
    rewriter.drop("pro");
    rewriter.mark(kProMetadata, "yes");
  }
  return rewriter.is_needed() ? rewriter.result() : tensors;
}

}  // namespace imago
