// Initial values have the distributions that their papers ask for.
#include "compute/graph/graph.h"
#include "models/training/methods/initialize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace imago {
namespace {

using Kind = InitialValue::Kind;

constexpr Shape kShape = {64, 32, 4, 4};
constexpr double kFanIn = 32 * 16, kFanOut = 64 * 16;

struct Moments {
  double mean = 0, deviation = 0, largest = 0, beyond_two = 0;
};

Moments moments_of(const std::vector<float>& values) {
  Moments m;
  const double count = static_cast<double>(values.size());
  for (const float value : values) m.mean += value / count;
  for (const float value : values) m.deviation += std::pow(value - m.mean, 2) / count;
  m.deviation = std::sqrt(m.deviation);
  for (const float value : values) {
    m.largest = std::max(m.largest, std::abs(double{value}));
    m.beyond_two += (std::abs(value - m.mean) > 2 * m.deviation) / count;
  }
  return m;
}

std::vector<float> weights(InitType type, float gain, const Shape& shape = kShape) {
  return initial_values("G.conv.weight", shape, {Kind::weight, 0}, {type, gain}, 3);
}

void expect_normal(const std::vector<float>& values, double deviation) {
  const Moments m = moments_of(values);
  const double count = static_cast<double>(values.size());
  EXPECT_NEAR(m.mean, 0, 5 * deviation / std::sqrt(count));
  EXPECT_NEAR(m.deviation, deviation, 5 * deviation / std::sqrt(2 * count));
  EXPECT_NEAR(m.beyond_two, 0.0455, 0.005);  // of a normal distribution
}

TEST(Initialize, NormalDistributions) {
  expect_normal(weights(InitType::normal, 0.02f), 0.02);
  expect_normal(weights(InitType::xavier, 0.5f), 0.5 * std::sqrt(2 / (kFanIn + kFanOut)));
  expect_normal(weights(InitType::kaiming, 0.02f), std::sqrt(2 / kFanIn));
}

TEST(Initialize, UniformAsPyTorchsLayers) {
  const std::vector<float> values = weights(InitType::uniform, 1);
  const Moments m = moments_of(values);
  const double bound = 1 / std::sqrt(kFanIn);
  EXPECT_LE(m.largest, bound);
  EXPECT_GT(m.largest, 0.999 * bound);
  EXPECT_NEAR(m.deviation, bound / std::sqrt(3.0), 0.01 * bound);
  EXPECT_EQ(m.beyond_two, 0);
}

/// The largest difference of the matrix times its transpose (over its shorter side) from gain².
double distance_from_orthogonal(const std::vector<float>& m, size_t rows, double gain) {
  const size_t columns = m.size() / rows, count = std::min(rows, columns);
  const auto at = [&](size_t vector, size_t i) {
    return double{rows <= columns ? m[vector * columns + i] : m[i * columns + vector]};
  };
  double worst = 0;
  for (size_t a = 0; a < count; ++a)
    for (size_t b = 0; b < count; ++b) {
      double dot = 0;
      for (size_t i = 0; i < std::max(rows, columns); ++i) dot += at(a, i) * at(b, i);
      worst = std::max(worst, std::abs(dot - (a == b ? gain * gain : 0)));
    }
  return worst;
}

TEST(Initialize, OrthogonalRowsOrColumns) {
  EXPECT_LE(distance_from_orthogonal(weights(InitType::orthogonal, 0.5f, {16, 4, 3, 3}), 16, 0.5),
            1e-6);
  EXPECT_LE(distance_from_orthogonal(weights(InitType::orthogonal, 2, {40, 3, 2, 2}), 40, 2), 1e-6);
}

TEST(Initialize, WhatIsNoWeight) {
  const Shape channels = {1, 5000, 1, 1};
  const InitOptions normal = {InitType::normal, 0.02f}, plain = {InitType::uniform, 1};
  const auto values = [&](InitialValue initial, const InitOptions& options) {
    return initial_values("G.x", channels, initial, options, 3);
  };
  const Moments scales = moments_of(values({Kind::norm_scale, 1}, normal));
  EXPECT_NEAR(scales.mean, 1, 5 * 0.02 / std::sqrt(5000.0));
  EXPECT_NEAR(scales.deviation, 0.02, 0.002);
  for (const float scale : values({Kind::norm_scale, 1}, plain)) ASSERT_EQ(scale, 1);
  for (const float value : values({Kind::constant, 0.25f}, normal)) ASSERT_EQ(value, 0.25f);
  double length = 0;
  for (const float value : values({Kind::direction, 0}, normal)) length += double{value} * value;
  EXPECT_NEAR(length, 1, 1e-5);
}

TEST(Initialize, IsAFunctionOfNameAndSeed) {
  const auto values = [](const std::string& name, uint64_t seed) {
    return initial_values(name, kShape, {Kind::weight, 0}, {}, seed);
  };
  EXPECT_EQ(values("G.a.weight", 3), values("G.a.weight", 3));
  EXPECT_NE(values("G.a.weight", 3), values("G.b.weight", 3));
  EXPECT_NE(values("G.a.weight", 3), values("D.a.weight", 3));
  EXPECT_NE(values("G.a.weight", 3), values("G.a.weight", 4));
  EXPECT_NE(values("G.a.weight", 3), values("G.a.weight", 3 + (uint64_t{1} << 32)));
}

}  // namespace
}  // namespace imago
