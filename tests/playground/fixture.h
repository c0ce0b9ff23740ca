// What the playground's tests share: one device, and small games.
#pragma once

#include <gtest/gtest.h>

#include "models/playground/run.h"

namespace imago::playground {

inline Device& device() {
  static const std::shared_ptr<Device> opened = open_device("");
  return *opened;
}

/// Two clusters, a batch of 64, one hidden layer of 16.
inline Settings small() {
  Settings s;
  s.batch = 64;
  for (Player* player : {&s.generator, &s.discriminator}) {
    player->layout = {1, 16};
    player->rate = 0.01f;
  }
  return s;
}

inline void expect_equal(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.progress, b.progress);
  EXPECT_EQ(a.generator_updates, b.generator_updates);
  EXPECT_EQ(a.discriminator_updates, b.discriminator_updates);
  EXPECT_EQ(a.generator_steps, b.generator_steps);
  EXPECT_EQ(a.discriminator_steps, b.discriminator_steps);
  EXPECT_EQ(a.real_points, b.real_points);
  EXPECT_EQ(a.numbers.d_loss, b.numbers.d_loss);
  EXPECT_EQ(a.numbers.g_loss, b.numbers.g_loss);
  EXPECT_EQ(a.arrays, b.arrays);  // bit for bit
}

}  // namespace imago::playground
