#include "models/networks/equalized.h"

#include <cmath>

namespace imago {

Tensor EqualizedLayers::normal(const std::string& key, Shape shape, float deviation) {
  return graph_.parameter(prefix_ + key, shape, {InitialValue::Kind::normal, deviation});
}

Tensor EqualizedLayers::vector(const std::string& key, int64_t size, float value) {
  return graph_.parameter(prefix_ + key, {1, size, 1, 1}, {InitialValue::Kind::constant, value});
}

Tensor EqualizedLayers::weight(const std::string& key, Shape shape) {
  return normal(key, shape) * (1 / std::sqrt(static_cast<float>(shape.c * shape.h * shape.w)));
}

Tensor EqualizedLayers::linear(const std::string& key, Tensor x, int out, float rate, float bias) {
  const Shape s = x.shape();
  const float scale = rate / std::sqrt(static_cast<float>(s.c * s.h * s.w));
  const Tensor weight = normal(key + ".weight", {out, s.c, s.h, s.w}, 1 / rate) * scale;
  return conv2d(x, weight) + vector(key + ".bias", out, bias / rate) * rate;
}

Tensor activated(Tensor x) { return leaky_relu(x, 0.2f) * std::sqrt(2.0f); }

// Between pixels the filter is a bilinear interpolation, in which the picture is surrounded by
// zeros.
Tensor upsampled(Tensor x) {
  return blur(x, {.top = 2, .bottom = 1, .left = 2, .right = 1}, {.up = 2}) * 4;
}

}  // namespace imago
