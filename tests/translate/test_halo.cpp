// How far a network sees, measured on functions of which it is known.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/translate/halo.h"

namespace imago {
namespace {

Planes picture(int width, int height) {
  Planes planes(1, height, width);
  for (size_t i = 0; i < planes.values.size(); ++i)
    planes.values[i] = static_cast<float>(i * 7919 % 1000) / 1000;
  return planes;
}

/// Each pixel the mean of its row within `radius`, nothing beyond the borders.
Planes blurred(const Planes& x, int radius) {
  Planes y(x.channels, x.height, x.width);
  for (int row = 0; row < x.height; ++row)
    for (int at = 0; at < x.width; ++at) {
      double sum = 0;
      for (int i = std::max(0, at - radius); i <= std::min(x.width - 1, at + radius); ++i)
        sum += x.row(0, row)[i];
      y.row(0, row)[at] = static_cast<float>(sum / (2 * radius + 1));
    }
  return y;
}

int measured(int radius, int exact) {
  return measure_halo(picture(200, 40), exact, 1, 1, 1,
                      [&](const Planes& strip) { return blurred(strip, radius); });
}

TEST(MeasuredHalo, CoversWhatTheNetworkSeesAndLittleMore) {
  for (const int radius : {1, 5, 12, 40}) {
    EXPECT_GE(measured(radius, 350), radius);
    EXPECT_LE(measured(radius, 350), radius + radius / 4 + 3);
  }
  EXPECT_LE(measured(0, 350), 2);
}

TEST(MeasuredHalo, IsNeverMoreThanTheTheoreticalRadius) { EXPECT_EQ(measured(40, 41), 41); }

TEST(MeasuredHalo, FallsBackToTheTheoreticalRadiusWhereTheStripIsTooShort) {
  EXPECT_EQ(measured(150, 350), 350);
}

}  // namespace
}  // namespace imago
