#include "models/checkpoint/state_dict.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "compute/base/error.h"

namespace imago {
namespace {

// The definition of IEEE 754 binary16, in double arithmetic.
double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(HostTensor, EveryHalfBecomesTheFloatOfItsValue) {
  HostTensor tensor{DType::f16, {65536}, std::vector<std::byte>(2 * 65536)};
  for (uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<uint16_t>(i);
    std::memcpy(tensor.data.data() + 2 * i, &bits, 2);
  }
  const std::vector<float> values = tensor.to_float();
  for (uint32_t i = 0; i < 65536; ++i) {
    const double wanted = half_value(static_cast<uint16_t>(i));
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      ASSERT_EQ(values[i], wanted) << i;
      ASSERT_EQ(std::signbit(values[i]), std::signbit(wanted)) << i;
    }
  }
}

uint16_t half_of(float value) {
  const HostTensor tensor = HostTensor::from_float({1}, {value}).to_half();
  uint16_t half = 0;
  std::memcpy(&half, tensor.data.data(), sizeof(half));
  return half;
}

TEST(HostTensor, EveryHalfBecomesItselfAgain) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    HostTensor tensor{DType::f16, {1}, std::vector<std::byte>(2)};
    const auto stored = static_cast<uint16_t>(half);
    std::memcpy(tensor.data.data(), &stored, sizeof(stored));
    const float value = tensor.to_float()[0];
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(HostTensor::from_float({1}, {value}).to_half().to_float()[0]));
    else
      ASSERT_EQ(half_of(value), stored) << value;
  }
}

// Halfway between two neighbours: to the even one; past it: to the nearer one.
TEST(HostTensor, HalvesAreRoundedToTheNearest) {
  for (const uint16_t lower : {0x0000, 0x0001, 0x03ff, 0x0400, 0x2a7b, 0x3c00, 0x3fff, 0x7bfe}) {
    const auto upper = static_cast<uint16_t>(lower + 1);
    const auto value_of = [](uint16_t half) {
      HostTensor tensor{DType::f16, {1}, std::vector<std::byte>(2)};
      std::memcpy(tensor.data.data(), &half, sizeof(half));
      return tensor.to_float()[0];
    };
    const float middle = (value_of(lower) + value_of(upper)) / 2;
    EXPECT_EQ(half_of(middle), lower % 2 == 0 ? lower : upper) << middle;
    EXPECT_EQ(half_of(std::nextafter(middle, 0.f)), lower) << middle;
    EXPECT_EQ(half_of(std::nextafter(middle, 1e6f)), upper) << middle;
    EXPECT_EQ(half_of(-middle), 0x8000 | half_of(middle)) << middle;
  }
  EXPECT_EQ(half_of(65519), 0x7bff);
  EXPECT_EQ(half_of(65520), 0x7c00);
}

TEST(HostTensor, FromFloatChecksTheCount) {
  const HostTensor tensor = HostTensor::from_float({2, 1}, {1.5f, -2});
  EXPECT_EQ(tensor.elements(), 2);
  EXPECT_EQ(tensor.to_float(), (std::vector<float>{1.5f, -2}));
  EXPECT_EQ(HostTensor::from_float({}, {3}).elements(), 1);
  EXPECT_THROW(HostTensor::from_float({2, 2}, {1, 2, 3}), Error);
}

TEST(StateDict, KeepsOrderAndFindsByName) {
  StateDict tensors;
  for (const char* name : {"z", "a", "m", "b"}) {
    tensors.insert(name, HostTensor::from_float({1}, {static_cast<float>(name[0])}));
  }
  EXPECT_THROW(tensors.insert("a", {}), Error);
  tensors.erase("a");
  tensors.erase("nobody");
  EXPECT_FALSE(tensors.contains("a"));
  std::string order;
  for (const auto& [name, tensor] : tensors) {
    order += name;
    EXPECT_EQ(tensors.find(name), &tensor);
    EXPECT_EQ(tensor.to_float()[0], static_cast<float>(name[0]));
  }
  EXPECT_EQ(order, "zmb");
  tensors.insert("a", {});
  EXPECT_EQ(tensors.size(), 4u);
}

}  // namespace
}  // namespace imago
