#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "models/data/resample.h"

namespace imago {
namespace {

Picture read_values(std::istream& numbers, int width, int height, int channels) {
  Picture picture(width, height, channels);
  for (uint8_t& value : picture.values) {
    int number = -1;
    numbers >> number;
    EXPECT_TRUE(number >= 0 && number <= 255);
    value = static_cast<uint8_t>(number);
  }
  return picture;
}

TEST(Resample, BicubicIsPillows) {
  std::ifstream file(std::string(IMAGO_FIXTURES) + "/data/resample.txt");
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    std::istringstream numbers(line);
    int width = 0, height = 0, channels = 0, new_width = 0, new_height = 0;
    numbers >> width >> height >> channels >> new_width >> new_height;
    const Picture source = read_values(numbers, width, height, channels);
    const Picture expected = read_values(numbers, new_width, new_height, channels);
    EXPECT_EQ(resize_bicubic(source, new_width, new_height), expected)
        << width << "x" << height << " to " << new_width << "x" << new_height;
  }
  EXPECT_EQ(cases, 7);
}

TEST(Resample, TheSameSizeChangesNothing) {
  Picture picture(3, 2, 1);
  picture.values = {0, 255, 7, 90, 1, 254};
  EXPECT_EQ(resize_bicubic(picture, 3, 2), picture);
  EXPECT_THROW(resize_bicubic(picture, 0, 2), DataError);
}

}  // namespace
}  // namespace imago
