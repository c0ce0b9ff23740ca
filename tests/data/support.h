// What the data set tests share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "models/data/dataset.h"
#include "tests/base/folder.h"

namespace imago::test {

namespace fs = std::filesystem;

/// Saves an 8-bit RGB png, making the folders it needs; `value` of (x, y, channel) is 0…255.
inline void save_png(const fs::path& path, int width, int height,
                     const std::function<int(int, int, int)>& value) {
  Image image;
  image.width = width;
  image.height = height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(static_cast<float>(value(x, y, c)) / 255.0f);
  fs::create_directories(path.parent_path());
  save_image(image, path, {});
}

/// What a float in [low, 1] was as a byte.
inline int byte_of(float value, float low = -1) {
  return static_cast<int>(std::lround((value - low) / (1 - low) * 255));
}

/// The message of the DataError that `action` throws; empty if it throws none.
template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace imago::test
