#include "tests/data/check/planted.h"

#include <algorithm>

namespace imago::test {

int hash(int a, int b, int c, int d) {
  const auto product = [](int value, uint32_t factor) {
    return static_cast<uint32_t>(value) * factor;
  };
  uint32_t h =
      product(a, 73856093) ^ product(b, 19349663) ^ product(c, 83492791) ^ product(d, 2654435);
  h = (h ^ (h >> 15)) * 2246822519u;
  h = (h ^ (h >> 13)) * 3266489917u;
  return static_cast<int>((h ^ (h >> 16)) & 255);
}

namespace {

/// Which of five discs lies on top at (x, y) of a side of 1; -1: none.
int disc_at(int seed, double x, double y) {
  for (int disc = 0; disc < 5; ++disc) {
    const double dx = x - hash(seed, disc, 1) / 255.0, dy = y - hash(seed, disc, 2) / 255.0;
    const double radius = 0.1 + 0.15 * hash(seed, disc, 3) / 255.0;
    if (dx * dx + dy * dy < radius * radius) return disc;
  }
  return -1;
}

}  // namespace

Picture photo(int seed, int width, int height, int frame) {
  Picture picture(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        const double u = (x + 0.5) / width, v = (y + 0.5) / height;
        const int disc = disc_at(seed, u, v);
        double value =
            disc < 0 ? 60 + 60 * v + hash(seed, c, 9) * 0.3 : 30 + 0.6 * hash(seed, disc, c);
        value += (hash(seed, x / 2, y / 2) - 127) * 0.1 + (hash(seed, x, y, c) - 127) * 0.01;
        if (frame > 0) {
          value += (hash(frame, x, y, 7 + c) - 127) * 0.04;
          if (std::abs(u - std::fmod(frame * 0.618, 1)) < 0.1 && v > 0.75) value += 60;
        }
        picture.row(y)[3 * x + c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
  return picture;
}

Picture drawn(int seed, int width, int height) {
  Picture picture(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int disc = disc_at(seed, (x + 0.5) / width, (y + 0.5) / height);
      for (int c = 0; c < 3; ++c)
        picture.row(y)[3 * x + c] =
            static_cast<uint8_t>(disc < 0 ? 240 : 150 + (disc * 40 + c * 35) % 100);
    }
  return picture;
}

Picture grey_of(const Picture& picture) { return with_channels(with_channels(picture, 1), 3); }

Picture side_by_side(const Picture& left, const Picture& right) {
  Picture both(left.width + right.width, left.height, 3);
  for (int y = 0; y < both.height; ++y) {
    std::copy_n(left.row(y), 3 * left.width, both.row(y));
    std::copy_n(right.row(y), 3 * right.width, both.row(y) + 3 * left.width);
  }
  return both;
}

Image image_of(const Picture& picture) {
  Image image;
  image.width = picture.width;
  image.height = picture.height;
  image.channels = picture.channels;
  for (const uint8_t value : picture.values)
    image.pixels.push_back(static_cast<float>(value) / 255.0f);
  return image;
}

}  // namespace imago::test
