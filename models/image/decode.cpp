#include <algorithm>
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "models/image/formats.h"
#include "models/image/jpg_codec.h"
#include "models/image/metadata.h"
#include "models/image/quiet_opencv.h"

namespace imago {
namespace {

// OpenCV refuses more (CV_IO_MAX_IMAGE_WIDTH and its sisters).
constexpr int64_t kMaxSide = int64_t{1} << 20;
constexpr int64_t kMaxPixels = int64_t{1} << 30;

void check_size(const ImageHeader& header, const ImageLimits& limits) {
  const std::string size = std::to_string(header.width) + "×" + std::to_string(header.height);
  // No overflow: a side is below 2^32.
  const auto pixels = static_cast<uint64_t>(header.width) * static_cast<uint64_t>(header.height);
  if (header.width > kMaxSide || header.height > kMaxSide || pixels > uint64_t{kMaxPixels}) {
    throw ImageError("its header declares " + size + " pixels; the most Imago can read is " +
                     std::to_string(kMaxSide) + " a side and " + std::to_string(kMaxPixels) +
                     " in all: cut the picture into parts");
  }
  if (pixels > static_cast<uint64_t>(std::max<int64_t>(limits.max_pixels, 0))) {
    throw ImageError("its header declares " + size + " pixels, " + std::to_string(pixels) +
                     " in all; the limit is " + std::to_string(limits.max_pixels) +
                     ": if the picture is meant to be that large, raise it with --max-pixels " +
                     std::to_string(pixels));
  }
}

formats::Checked check_file(formats::Bytes file, const std::string& format) {
  if (format == "png") return formats::check_png(file);
  if (format == "jpg") return formats::check_jpg(file);
  if (format == "webp") return formats::check_webp(file);
  if (format == "tif") return formats::check_tif(file);
  return formats::check_bmp(file);
}

/// IMREAD_UNCHANGED: all bits, alpha kept, no turning by EXIF. Empty if damaged.
cv::Mat decode_by_opencv(std::vector<std::byte> stream) {
  const QuietOpenCv quiet;
  const cv::Mat source(1, static_cast<int>(stream.size()), CV_8U, stream.data());
  return cv::imdecode(source, cv::IMREAD_UNCHANGED);
}

/// `divisor`: of a JPEG's sides.
cv::Mat decode_pixels(std::vector<std::byte> stream, const ImageHeader& header, int divisor) {
  const cv::Mat pixels =
      header.format == "jpg" ? decode_jpg(stream, divisor) : decode_by_opencv(std::move(stream));
  const auto divided = [divisor](int64_t side) { return (side + divisor - 1) / divisor; };
  if (pixels.empty()) {
    throw ImageError("the " + header.format + " picture is damaged and cannot be decoded");
  }
  if (pixels.cols != divided(header.width) || pixels.rows != divided(header.height)) {
    throw ImageError("the " + header.format +
                     " picture is damaged: its data is not of the size "
                     "that its header declares");
  }
  const bool channels_known =
      pixels.channels() == 1 || pixels.channels() == 3 || pixels.channels() == 4;
  if (!channels_known || (pixels.depth() != CV_8U && pixels.depth() != CV_16U)) {
    throw ImageError("this kind of " + header.format +
                     " picture is not supported; save it with 8 or 16 bits as RGB");
  }
  return pixels;
}

/// Turns the stored picture upright. Orientations as in EXIF 2.32, tag 0x0112; others mean 1.
cv::Mat apply_orientation(const cv::Mat& stored, int orientation) {
  cv::Mat upright;
  switch (orientation) {
    case 2:  // mirrored left to right
      cv::flip(stored, upright, 1);
      return upright;
    case 3:
      cv::rotate(stored, upright, cv::ROTATE_180);
      return upright;
    case 4:  // mirrored top to bottom
      cv::flip(stored, upright, 0);
      return upright;
    case 5:  // mirrored along the main diagonal
      cv::transpose(stored, upright);
      return upright;
    case 6:
      cv::rotate(stored, upright, cv::ROTATE_90_CLOCKWISE);
      return upright;
    case 7: {  // mirrored along the other diagonal
      cv::Mat transposed;
      cv::transpose(stored, transposed);
      cv::rotate(transposed, upright, cv::ROTATE_180);
      return upright;
    }
    case 8:
      cv::rotate(stored, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
      return upright;
    default:
      return stored;
  }
}

template <typename Sample>
void copy_samples(const cv::Mat& mat, const formats::Checked& facts, Image& image) {
  constexpr float kMaximum = std::numeric_limits<Sample>::max();
  const bool alpha = (mat.channels() == 4 && !facts.opaque) || facts.transparent_grey;
  const size_t count = mat.total();
  image.pixels.resize(count * static_cast<size_t>(image.channels));
  if (alpha) image.alpha.resize(count);
  float* colour = image.pixels.data();
  size_t pixel = 0;
  for (int y = 0; y < mat.rows; ++y) {
    const Sample* sample = mat.ptr<Sample>(y);
    for (int x = 0; x < mat.cols; ++x, ++pixel, sample += mat.channels()) {
      for (int c = 0; c < image.channels; ++c) {
        // OpenCV keeps BGR.
        const Sample value = sample[image.channels == 3 ? 2 - c : 0];
        *colour++ = static_cast<float>(facts.inverted ? kMaximum - value : value) / kMaximum;
      }
      if (!alpha) continue;
      image.alpha[pixel] = facts.transparent_grey
                               ? (sample[0] == *facts.transparent_grey ? 0.0f : 1.0f)
                               : static_cast<float>(sample[3]) / kMaximum;
    }
  }
}

void unmultiply_alpha(Image& image) {
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t i = 0; i < image.alpha.size(); ++i) {
    const float alpha = image.alpha[i];
    for (size_t c = 0; c < channels; ++c) {
      float& colour = image.pixels[i * channels + c];
      colour = alpha > 0 ? std::min(colour / alpha, 1.0f) : 0.0f;
    }
  }
}

Image to_image(const cv::Mat& mat, const formats::Checked& facts) {
  Image image;
  image.width = mat.cols;
  image.height = mat.rows;
  image.channels = facts.grey || mat.channels() == 1 ? 1 : 3;
  image.bits = mat.depth() == CV_8U ? 8 : 16;
  if (mat.depth() == CV_8U) {
    copy_samples<uint8_t>(mat, facts, image);
  } else {
    copy_samples<uint16_t>(mat, facts, image);
  }
  if (facts.premultiplied) unmultiply_alpha(image);
  return image;
}

/// Of a JPEG's sides, so that the longer one stays at least `side`; 0: all of it is wanted.
int divisor_for(const ImageHeader& header, int side) {
  int divisor = 1;
  if (header.format == "jpg" && side > 0)
    while (divisor < 8 && std::max(header.width, header.height) / (2 * divisor) >= side)
      divisor *= 2;
  return divisor;
}

Preview decode_checked(formats::Bytes file, const ImageHeader& header, int side) {
  const auto width = static_cast<int>(header.width), height = static_cast<int>(header.height);
  if (header.format == "ppm") return {formats::decode_pnm(file), width, height};
  formats::Checked checked = check_file(file, header.format);
  FileMetadata found = read_metadata(file, header.format);
  const int orientation = checked.orientation != 0 ? checked.orientation : found.orientation;
  const cv::Mat stored =
      decode_pixels(std::move(checked.stream), header, divisor_for(header, side));
  Preview preview{to_image(apply_orientation(stored, orientation), checked), width, height};
  preview.image.metadata = std::move(found.metadata);
  if (orientation >= 5 && orientation <= 8) std::swap(preview.width, preview.height);
  return preview;
}

}  // namespace

Image decode_image(std::span<const std::byte> file, const ImageLimits& limits) {
  return formats::decode_preview(file, 0, limits).image;
}

Preview formats::decode_preview(Bytes file, int side, const ImageLimits& limits) {
  const ImageHeader header = probe_image(file);
  check_size(header, limits);
  if (file.size() > INT32_MAX) throw ImageError("the file is larger than 2 GiB");
  const auto too_large = [&header] {
    return ImageError("not enough memory for a picture of " + std::to_string(header.width) + "×" +
                      std::to_string(header.height) + " pixels: cut it into parts");
  };
  try {
    return decode_checked(file, header, side);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw too_large();
    throw ImageError("the " + header.format + " picture cannot be decoded (" + error.err + ")");
  } catch (const std::bad_alloc&) {
    throw too_large();
  }
}

}  // namespace imago
