#include "models/training/methods/initialize.h"

#include <cmath>
#include <numbers>

#include "compute/base/random.h"
#include "compute/graph/graph.h"

namespace imago {
namespace {

/// FNV-1a.
uint64_t hash(const std::string& text) {
  uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

/// Random numbers of one parameter.
class Stream {
 public:
  Stream(const std::string& name, uint64_t seed) : name_(hash(name)), seed_(seed) {}

  /// In (0, 1).
  double uniform() {
    if (used_ == 4) refill();
    return (words_[used_++] + 0.5) * 0x1p-32;
  }

  /// Box & Muller 1958.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  void refill() {
    const auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
    words_ = philox({low(name_), low(name_ >> 32), low(block_++), kPurpose},
                    {low(seed_), low(seed_ >> 32)});
    used_ = 0;
  }

  static constexpr uint32_t kPurpose = 0x696e6974;  // keeps clear of the streams of training steps
  uint64_t name_, seed_, block_ = 0;
  std::array<uint32_t, 4> words_ = {};
  size_t used_ = 4;
};

std::vector<double> normals(Stream& stream, size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = stream.normal();
  return values;
}

/// Rows (or columns, where they are fewer) made orthonormal by Gram and Schmidt's method, twice for
/// accuracy.
void make_orthogonal(std::vector<double>& m, size_t rows, size_t columns) {
  const bool by_rows = rows <= columns;
  const size_t count = by_rows ? rows : columns, length = by_rows ? columns : rows;
  const auto at = [&](size_t vector, size_t i) -> double& {
    return by_rows ? m[vector * columns + i] : m[i * columns + vector];
  };
  const auto dot = [&](size_t a, size_t b) {
    double total = 0;
    for (size_t i = 0; i < length; ++i) total += at(a, i) * at(b, i);
    return total;
  };
  for (size_t v = 0; v < count; ++v) {
    for (int pass = 0; pass < 2; ++pass)
      for (size_t u = 0; u < v; ++u) {
        const double share = dot(v, u);
        for (size_t i = 0; i < length; ++i) at(v, i) -= share * at(u, i);
      }
    const double norm = std::sqrt(dot(v, v));
    for (size_t i = 0; i < length; ++i) at(v, i) /= norm;
  }
}

std::vector<double> weights(Stream& stream, const Shape& shape, const InitOptions& options) {
  const auto count = static_cast<size_t>(shape.elements());
  const double field = static_cast<double>(shape.h * shape.w);
  const double fan_in = static_cast<double>(shape.c) * field;
  const double fan_out = static_cast<double>(shape.n) * field;
  const double gain = options.gain;
  std::vector<double> values;
  double scale = gain;
  switch (options.type) {
    case InitType::normal:
      values = normals(stream, count);
      break;
    case InitType::xavier:
      values = normals(stream, count);
      scale = gain * std::sqrt(2 / (fan_in + fan_out));
      break;
    case InitType::kaiming:
      values = normals(stream, count);
      scale = std::sqrt(2 / fan_in);
      break;
    case InitType::orthogonal:
      values = normals(stream, count);
      make_orthogonal(values, static_cast<size_t>(shape.n), count / static_cast<size_t>(shape.n));
      break;
    case InitType::uniform:
      for (size_t i = 0; i < count; ++i) values.push_back(2 * stream.uniform() - 1);
      scale = 1 / std::sqrt(fan_in);
      break;
  }
  for (double& value : values) value *= scale;
  return values;
}

}  // namespace

const char* to_string(InitType type) {
  switch (type) {
    case InitType::xavier:
      return "xavier";
    case InitType::kaiming:
      return "kaiming";
    case InitType::orthogonal:
      return "orthogonal";
    case InitType::uniform:
      return "uniform";
    case InitType::normal:
      break;
  }
  return "normal";
}

std::vector<float> initial_values(const std::string& name, const Shape& shape,
                                  const InitialValue& initial, const InitOptions& options,
                                  uint64_t seed) {
  const auto count = static_cast<size_t>(shape.elements());
  Stream stream(name, seed);
  std::vector<double> values(count, static_cast<double>(initial.value));
  if (initial.kind == InitialValue::Kind::weight) values = weights(stream, shape, options);
  if (initial.kind == InitialValue::Kind::norm_scale && options.type != InitType::uniform)
    for (double& value : values) value = 1 + double{options.gain} * stream.normal();
  if (initial.kind == InitialValue::Kind::normal)
    for (double& value : values) value *= stream.normal();
  if (initial.kind == InitialValue::Kind::direction) {
    values = normals(stream, count);
    double norm = 0;
    for (const double value : values) norm += value * value;
    for (double& value : values) value /= std::sqrt(norm);
  }
  return {values.begin(), values.end()};
}

}  // namespace imago
