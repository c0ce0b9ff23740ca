#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "models/image/file_names.h"
#include "models/image/jpg_codec.h"
#include "models/image/metadata.h"
#include "models/image/quiet_opencv.h"

namespace imago {
namespace {

void check_image(const Image& image) {
  const auto count = static_cast<size_t>(std::max(image.width, 0)) *
                     static_cast<size_t>(std::max(image.height, 0));
  if (count == 0) throw ImageError("an empty picture cannot be written");
  if ((image.channels != 1 && image.channels != 3) || (image.bits != 8 && image.bits != 16) ||
      image.pixels.size() != count * static_cast<size_t>(image.channels) ||
      (!image.alpha.empty() && image.alpha.size() != count)) {
    throw ImageError("the picture to write is malformed: " + std::to_string(image.width) + "×" +
                     std::to_string(image.height) + ", " + std::to_string(image.channels) +
                     " channels, " + std::to_string(image.bits) + " bits, " +
                     std::to_string(image.pixels.size()) + " values");
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  const auto bad = std::ranges::find_if_not(image.pixels, finite);
  const auto bad_alpha = std::ranges::find_if_not(image.alpha, finite);
  if (bad == image.pixels.end() && bad_alpha == image.alpha.end()) return;
  const auto pixel = bad != image.pixels.end() ? (bad - image.pixels.begin()) / image.channels
                                               : bad_alpha - image.alpha.begin();
  throw ImageError("the picture has a value that is not a number at (" +
                   std::to_string(pixel % image.width) + ", " +
                   std::to_string(pixel / image.width) + "): it is not written");
}

void check_side(const Image& image, const std::string& format) {
  const int limit = format == "jpg" ? 65500 : format == "webp" ? 16383 : 1 << 20;
  if (image.width <= limit && image.height <= limit) return;
  throw ImageError("a " + format + " holds at most " + std::to_string(limit) +
                   " pixels a side, the picture has " + std::to_string(image.width) + "×" +
                   std::to_string(image.height) + ": write it as png");
}

/// BGR(A) or grey as OpenCV wants it: values clamped and rounded to nearest. Without room for alpha
/// in the file, the picture is blended over white.
template <typename Sample>
cv::Mat to_mat(const Image& image, int channels) {
  constexpr float kMaximum = std::numeric_limits<Sample>::max();
  const auto quantise = [](float value) {
    return static_cast<Sample>(std::clamp(value, 0.0f, 1.0f) * kMaximum + 0.5f);
  };
  const bool blend = !image.alpha.empty() && channels < 4;
  cv::Mat mat(image.height, image.width, CV_MAKETYPE(cv::DataType<Sample>::depth, channels));
  const float* colour = image.pixels.data();
  size_t pixel = 0;
  for (int y = 0; y < image.height; ++y) {
    Sample* sample = mat.ptr<Sample>(y);
    for (int x = 0; x < image.width; ++x, ++pixel) {
      const float alpha = image.alpha.empty() ? 1.0f : std::clamp(image.alpha[pixel], 0.0f, 1.0f);
      for (int c = 0; c < std::min(channels, 3); ++c) {
        float value = colour[image.channels == 3 ? 2 - c : 0];
        if (blend) value = std::clamp(value, 0.0f, 1.0f) * alpha + (1.0f - alpha);
        sample[c] = quantise(value);
      }
      if (channels == 4) sample[3] = quantise(alpha);
      colour += image.channels;
      sample += channels;
    }
  }
  return mat;
}

std::vector<int> parameters(const std::string& format, int quality) {
  // OpenCV calls WebP lossless above 100.
  if (format == "webp") return {cv::IMWRITE_WEBP_QUALITY, quality == 100 ? 101 : quality};
  return {};
}

std::vector<std::byte> encode_pixels(const Image& image, const std::string& format, int channels,
                                     int quality) {
  const bool deep = image.bits == 16 && (format == "png" || format == "tif" || format == "ppm");
  const cv::Mat mat = deep ? to_mat<uint16_t>(image, channels) : to_mat<uint8_t>(image, channels);
  if (format == "jpg") return encode_jpg(mat, quality);
  std::vector<uchar> encoded;
  const QuietOpenCv quiet;
  const std::string extension = format == "ppm" && channels == 1 ? "pgm" : format;
  if (!cv::imencode("." + extension, mat, encoded, parameters(format, quality))) {
    throw ImageError("the picture cannot be encoded as " + format);
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(encoded.data());
  return {bytes, bytes + encoded.size()};
}

}  // namespace

std::vector<std::byte> encode_image(const Image& image, const SaveOptions& options) {
  const std::string format = canonical_format(options.format);
  if (options.quality < 1 || options.quality > 100) {
    throw ImageError("a quality of " + std::to_string(options.quality) +
                     " is not possible: give 1 to 100");
  }
  check_image(image);
  check_side(image, format);
  // OpenCV has no grey with alpha and no grey WebP.
  const bool alpha =
      !image.alpha.empty() && (format == "png" || format == "webp" || format == "tif");
  const int channels = alpha ? 4 : format == "webp" ? 3 : image.channels;
  try {
    return write_metadata(encode_pixels(image, format, channels, options.quality), image.metadata,
                          {.format = format,
                           .width = image.width,
                           .height = image.height,
                           .channels = std::min(channels, 3),
                           .origin = options.origin,
                           .creator = options.creator});
  } catch (const cv::Exception& error) {
    throw ImageError("the picture cannot be encoded as " + format + " (" + error.err + ")");
  } catch (const std::bad_alloc&) {
    throw ImageError("not enough memory to encode the picture as " + format);
  }
}

}  // namespace imago
