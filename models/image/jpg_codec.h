// JPEG through libjpeg-turbo itself: OpenCV prints its warnings and hands out the damaged picture
// all the same. Internal to models/image.
#pragma once

#include <opencv2/core.hpp>

#include "models/image/formats.h"

namespace imago {

/// A stream that check_jpg prepared, as 8-bit grey or BGR; CMYK is taken for inverted, as Adobe
/// stores it; each side divided by `divisor` (1, 2, 4 or 8) and rounded up. Prints nothing. Throws
/// ImageError for whatever libjpeg objects to, be it a warning only, and std::bad_alloc.
cv::Mat decode_jpg(formats::Bytes stream, int divisor = 1);

/// 8-bit grey or BGR, no side above 65500, as baseline JPEG with colour at full resolution (4:4:4);
/// `quality` 1…100. Throws ImageError and std::bad_alloc.
std::vector<std::byte> encode_jpg(const cv::Mat& pixels, int quality);

}  // namespace imago
