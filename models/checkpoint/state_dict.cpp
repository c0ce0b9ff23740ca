#include "models/checkpoint/state_dict.h"

#include <bit>
#include <cstring>
#include <span>

#include "compute/base/error.h"
#include "compute/base/half.h"

namespace imago {

static_assert(std::endian::native == std::endian::little, "HostTensor keeps little-endian values");

namespace {

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

bool is_float(DType type) {
  return type == DType::f32 || type == DType::f16 || type == DType::f64 || type == DType::bf16;
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
