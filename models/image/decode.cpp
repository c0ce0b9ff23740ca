#include <algorithm>
#include <new>
#include <opencv2/core.hpp>

#include "models/image/codecs/formats.h"
#include "models/image/metadata.h"

namespace imago {
namespace {

// A picture beyond these has sides or sizes that an int cannot count.
constexpr int64_t kMaxSide = int64_t{1} << 20;
constexpr int64_t kMaxPixels = int64_t{1} << 30;

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

/// As apply_orientation.
void turn_upright(Raster& raster, int orientation) {
  if (orientation < 2 || orientation > 8) return;
  const int type =
      CV_MAKETYPE(raster.bits == 16 ? CV_16U : CV_8U, raster.channels + (raster.alpha ? 1 : 0));
  const cv::Mat stored(raster.height, raster.width, type, raster.samples.data());
  const cv::Mat upright = apply_orientation(stored, orientation);
  raster.width = upright.cols;
  raster.height = upright.rows;
  std::vector<std::byte> samples(raster.samples.size());
  const size_t row = raster.row_bytes();
  for (int y = 0; y < raster.height; ++y)
    std::copy_n(upright.ptr<std::byte>(y), row, samples.begin() + y * static_cast<ptrdiff_t>(row));
  raster.samples = std::move(samples);
}

/// Of a JPEG's sides, so that the longer one stays at least `side`; 0: all of it is wanted.
int divisor_for(const ImageHeader& header, int side) {
  int divisor = 1;
  if (header.format == "jpg" && side > 0)
    while (divisor < 8 && std::max(header.width, header.height) / (2 * divisor) >= side)
      divisor *= 2;
  return divisor;
}

formats::Decoded decode_stored(formats::Bytes file, const ImageHeader& header, int divisor,
                               const ImageReadOptions& options) {
  const std::string& format = header.format;
  const int page = options.page_taken();
  if (format == "png") return formats::decode_png(file, page);
  if (format == "webp") return formats::decode_webp(file, page);
  if (format == "tif") return formats::decode_tif(file, options);
  if (format == "gif") return formats::decode_gif(file, page);
  if (format == "heif") return formats::decode_heif(file, options);
  formats::require_page(page, 1, "pages");
  if (format == "jpg") return formats::decode_jpg(file, divisor);
  if (format == "jxl") return formats::decode_jxl(file);
  return formats::decode_bmp(file);
}

/// What the decoder has found goes before what the EXIF says.
void add_metadata(formats::Decoded& decoded, FileMetadata found) {
  ImageMetadata& metadata = decoded.raster.metadata;
  found.metadata.colour = metadata.colour;
  if (metadata.resolution) found.metadata.resolution = metadata.resolution;
  if (found.metadata.icc.empty()) found.metadata.icc = std::move(metadata.icc);
  if (found.metadata.exif.empty()) found.metadata.exif = std::move(metadata.exif);
  if (found.metadata.xmp.empty()) found.metadata.xmp = std::move(metadata.xmp);
  metadata = std::move(found.metadata);
}

struct Whole {
  Raster raster;
  int width = 0, height = 0;  // of the picture in the file, upright
};

Whole decode_upright(formats::Bytes file, const ImageHeader& header, int divisor,
                     const ImageReadOptions& options) {
  formats::Decoded decoded = decode_stored(file, header, divisor, options);
  FileMetadata found = read_metadata(file, header.format);
  const int orientation = decoded.orientation != 0 ? decoded.orientation : found.orientation;
  add_metadata(decoded, std::move(found));
  Whole whole{std::move(decoded.raster), static_cast<int>(header.width),
              static_cast<int>(header.height)};
  if (divisor == 1) whole.width = whole.raster.width, whole.height = whole.raster.height;
  const bool turned = orientation >= 5 && orientation <= 8;
  if (turned) std::swap(whole.width, whole.height);
  if (auto& resolution = whole.raster.metadata.resolution; turned && resolution)
    std::swap(resolution->x, resolution->y);
  turn_upright(whole.raster, orientation);
  if (decoded.pages > 1 && options.page == 0)
    whole.raster.note = "has " + std::to_string(decoded.pages) + " " + decoded.pages_are +
                        ", of which number 1 was taken; --page N takes another";
  return whole;
}

/// Probes the file, checks its size and hands it to `decode`, whose failures are put in words.
template <typename Decode>
auto decode_checked(formats::Bytes file, const ImageReadOptions& options, const Decode& decode) {
  const ImageHeader header = probe_image(file);
  formats::check_size(header, options);
  if (file.size() > INT32_MAX) throw ImageError("the file is larger than 2 GiB");
  const auto too_large = [&header] {
    return ImageError("not enough memory for a picture of " + std::to_string(header.width) + "×" +
                      std::to_string(header.height) + " pixels: cut it into parts");
  };
  try {
    return decode(header);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw too_large();
    throw ImageError("the " + header.format + " picture cannot be decoded (" + error.err + ")");
  } catch (const std::bad_alloc&) {
    throw too_large();
  }
}

}  // namespace

void formats::check_size(const ImageHeader& header, const ImageReadOptions& limits) {
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

Image decode_image(std::span<const std::byte> file, const ImageReadOptions& options) {
  return formats::decode_preview(file, 0, options).image;
}

Raster formats::decode_raster(Bytes file, const ImageReadOptions& options) {
  return decode_checked(file, options, [&](const ImageHeader& header) {
    if (header.format != "ppm") return decode_upright(file, header, 1, options).raster;
    require_page(options.page_taken(), 1, "pages");
    return to_raster(decode_pnm(file));
  });
}

Preview formats::decode_preview(Bytes file, int side, const ImageReadOptions& options) {
  return decode_checked(file, options, [&](const ImageHeader& header) {
    if (header.format == "ppm") {
      require_page(options.page_taken(), 1, "pages");
      return Preview{decode_pnm(file), static_cast<int>(header.width),
                     static_cast<int>(header.height)};
    }
    const Whole whole = decode_upright(file, header, divisor_for(header, side), options);
    return Preview{to_image(whole.raster), whole.width, whole.height};
  });
}

}  // namespace imago
