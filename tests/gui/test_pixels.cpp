// Pictures go between the engine and Qt without losing what a file can hold.
#include <gtest/gtest.h>

#include "gui/session/session_pixels.h"

namespace imago::gui {
namespace {

struct Kind {
  int channels, bits;
  bool alpha;
};

class Pixels : public testing::TestWithParam<Kind> {};

TEST_P(Pixels, RoundTripIsExact) {
  const auto [channels, bits, alpha] = GetParam();
  const int top = (1 << bits) - 1;
  Image image;
  image.width = 7;  // rows that need padding
  image.height = 5;
  image.channels = channels;
  image.bits = bits;
  for (int i = 0; i < 35 * channels; ++i) image.pixels.push_back(float(i * 977 % top) / top);
  for (int i = 0; alpha && i < 35; ++i) image.alpha.push_back(float(i * 1999 % top) / top);

  const QImage picture = to_qimage(image);
  ASSERT_EQ(picture.size(), QSize(7, 5));
  EXPECT_EQ(picture.hasAlphaChannel(), alpha);
  const Image back = imago::to_image(to_raster(picture, PictureDetails{{}, channels, bits}));
  EXPECT_EQ(back.width, 7);
  EXPECT_EQ(back.height, 5);
  EXPECT_EQ(back.channels, channels);
  EXPECT_EQ(back.bits, bits);
  EXPECT_EQ(back.pixels, image.pixels);
  EXPECT_EQ(back.alpha, image.alpha);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Pixels,
                         testing::Values(Kind{3, 8, false}, Kind{3, 8, true}, Kind{1, 8, false},
                                         Kind{1, 8, true}, Kind{3, 16, false}, Kind{3, 16, true},
                                         Kind{1, 16, false}, Kind{1, 16, true}));

TEST(Pixels, ShowsTheRightColours) {
  Image image;
  image.width = 2;
  image.height = 1;
  image.pixels = {1, 0.5f, 0, 0, 1.7f, -0.2f};  // what lies outside [0, 1] is clamped
  const QImage picture = to_qimage(image);
  EXPECT_EQ(picture.pixelColor(0, 0), QColor(255, 128, 0));
  EXPECT_EQ(picture.pixelColor(1, 0), QColor(0, 255, 0));
}

TEST(Pixels, TakesPastedPicturesOfAnyFormat) {
  for (const QImage::Format format : {QImage::Format_RGB32, QImage::Format_ARGB32_Premultiplied,
                                      QImage::Format_Indexed8, QImage::Format_RGB16}) {
    QImage pasted(3, 2, QImage::Format_RGB32);
    pasted.fill(Qt::red);
    const Image image =
        imago::to_image(to_raster(pasted.convertToFormat(format), PictureDetails{}));
    ASSERT_EQ(image.pixels.size(), 18u);
    EXPECT_EQ(image.pixels[0], 1);
    EXPECT_EQ(image.pixels[1], 0);
  }
}

}  // namespace
}  // namespace imago::gui
