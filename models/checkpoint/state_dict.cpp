#include "models/checkpoint/state_dict.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "compute/base/error.h"

namespace imago {

static_assert(std::endian::native == std::endian::little, "HostTensor keeps little-endian values");

namespace {

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. A subnormal is fraction *
// 2^-24, which fp32 holds exactly.
float half_to_float(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 0xff : exponent - 15 + 127;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  const auto half = [&](uint32_t rest) { return static_cast<uint16_t>(sign | rest); };
  if (magnitude > 0x7f800000u) return half(0x7e00);    // NaN
  if (magnitude >= 0x477ff000u) return half(0x7c00u);  // from 65520 on
  if (magnitude < 0x38800000u)                         // below 2^-14: subnormal
    return half(static_cast<uint32_t>(std::nearbyint(std::abs(value) * 0x1p24f)));
  const uint32_t rebiased = magnitude - (112u << 23);
  return half((rebiased + 0xfffu + (rebiased >> 13 & 1)) >> 13);
}

float bfloat16_to_float(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

template <typename Stored, typename Convert>
std::vector<float> convert(const std::vector<std::byte>& data, Convert to_float) {
  std::vector<float> values(data.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, data.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = to_float(stored);
  }
  return values;
}

template <typename Stored>
std::vector<float> convert(const std::vector<std::byte>& data) {
  return convert<Stored>(data, [](Stored stored) { return static_cast<float>(stored); });
}

}  // namespace

size_t size_of(DType type) {
  switch (type) {
    case DType::f64:
    case DType::i64:
      return 8;
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
      return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return 1;
  }
  throw Error("a tensor has a type that does not exist");
}

const char* to_string(DType type) {
  switch (type) {
    case DType::f64:
      return "F64";
    case DType::f32:
      return "F32";
    case DType::f16:
      return "F16";
    case DType::bf16:
      return "BF16";
    case DType::i64:
      return "I64";
    case DType::i32:
      return "I32";
    case DType::i16:
      return "I16";
    case DType::i8:
      return "I8";
    case DType::u8:
      return "U8";
    case DType::boolean:
      return "BOOL";
  }
  throw Error("a tensor has a type that does not exist");
}

int64_t HostTensor::elements() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

std::vector<float> HostTensor::to_float() const {
  switch (type) {
    case DType::f64:
      return convert<double>(data);
    case DType::f32:
      return convert<float>(data);
    case DType::f16:
      return convert<uint16_t>(data, half_to_float);
    case DType::bf16:
      return convert<uint16_t>(data, bfloat16_to_float);
    case DType::i64:
      return convert<int64_t>(data);
    case DType::i32:
      return convert<int32_t>(data);
    case DType::i16:
      return convert<int16_t>(data);
    case DType::i8:
      return convert<int8_t>(data);
    case DType::u8:
      return convert<uint8_t>(data);
    case DType::boolean:
      return convert<uint8_t>(data, [](uint8_t stored) { return stored ? 1.0f : 0.0f; });
  }
  throw Error("a tensor has a type that does not exist");
}

HostTensor HostTensor::from_float(std::vector<int64_t> shape, const std::vector<float>& values) {
  HostTensor tensor{DType::f32, std::move(shape), {}};
  if (tensor.elements() != static_cast<int64_t>(values.size())) {
    throw Error("a tensor of " + std::to_string(tensor.elements()) + " elements was given " +
                std::to_string(values.size()) + " values");
  }
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data.assign(bytes.begin(), bytes.end());
  return tensor;
}

HostTensor HostTensor::to_half() const {
  HostTensor tensor{DType::f16, shape, {}};
  std::vector<uint16_t> halves;
  for (const float value : to_float()) halves.push_back(float_to_half(value));
  const auto bytes = std::as_bytes(std::span(halves));
  tensor.data.assign(bytes.begin(), bytes.end());
  return tensor;
}

void StateDict::insert(std::string name, HostTensor tensor) {
  if (!index_.emplace(name, entries_.size()).second) {
    throw Error("two tensors are named \"" + name + "\"");
  }
  entries_.emplace_back(std::move(name), std::move(tensor));
}

const HostTensor* StateDict::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second].second;
}

void StateDict::erase(const std::string& name) {
  const auto found = index_.find(name);
  if (found == index_.end()) return;
  const size_t position = found->second;
  index_.erase(found);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(position));
  for (auto& [key, index] : index_) {
    if (index > position) --index;
  }
}

}  // namespace imago
