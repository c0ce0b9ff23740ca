#include "gui/session/session_pixels.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace imago::gui {

namespace {

template <typename Value>
Value quantise(float value) {
  constexpr float kTop = std::numeric_limits<Value>::max();
  return static_cast<Value>(std::lround(std::clamp(value, 0.0f, 1.0f) * kTop));
}

/// One row of `stored` channels (1, 3 or 4) from the image's own.
template <typename Value>
void fill_row(const Image& image, int y, int stored, Value* out) {
  const size_t first = static_cast<size_t>(y) * image.width;
  for (int x = 0; x < image.width; ++x, out += stored) {
    const float* in = &image.pixels[(first + x) * image.channels];
    for (int c = 0; c < std::min(stored, 3); ++c) {
      out[c] = quantise<Value>(in[image.channels == 1 ? 0 : c]);
    }
    if (stored == 4) out[3] = quantise<Value>(image.alpha.empty() ? 1 : image.alpha[first + x]);
  }
}

template <typename Value>
void read_row(const Value* in, int y, int stored, bool has_alpha, Image& image) {
  constexpr float kTop = std::numeric_limits<Value>::max();
  const size_t first = static_cast<size_t>(y) * image.width;
  for (int x = 0; x < image.width; ++x, in += stored) {
    float* out = &image.pixels[(first + x) * image.channels];
    for (int c = 0; c < image.channels; ++c) out[c] = in[c] / kTop;
    if (has_alpha) image.alpha[first + x] = in[3] / kTop;
  }
}

QImage::Format format_for(const Image& image) {
  const bool alpha = !image.alpha.empty();
  if (image.channels == 1 && !alpha) {
    return image.bits == 16 ? QImage::Format_Grayscale16 : QImage::Format_Grayscale8;
  }
  if (image.bits == 16) return alpha ? QImage::Format_RGBA64 : QImage::Format_RGBX64;
  return alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888;
}

/// A format whose rows read_row understands, with what `details` wants kept.
QImage::Format readable_format(const QImage& picture, const PictureDetails& details) {
  const bool alpha = picture.hasAlphaChannel();
  if (details.bits == 16) {
    if (details.channels == 1 && !alpha) return QImage::Format_Grayscale16;
    return alpha ? QImage::Format_RGBA64 : QImage::Format_RGBX64;
  }
  if (details.channels == 1 && !alpha) return QImage::Format_Grayscale8;
  return alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888;
}

int stored_channels(QImage::Format format) {
  switch (format) {
    case QImage::Format_Grayscale8:
    case QImage::Format_Grayscale16:
      return 1;
    case QImage::Format_RGB888:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

QImage to_qimage(const Image& image) {
  const QImage::Format format = format_for(image);
  QImage picture(image.width, image.height, format);
  if (picture.isNull()) throw std::bad_alloc();
  const int stored = stored_channels(format);
  for (int y = 0; y < image.height; ++y) {
    if (image.bits == 16) {
      fill_row(image, y, stored, reinterpret_cast<quint16*>(picture.scanLine(y)));
    } else {
      fill_row(image, y, stored, picture.scanLine(y));
    }
  }
  return picture;
}

Image to_image(const QImage& picture, const PictureDetails& details) {
  const QImage::Format format = readable_format(picture, details);
  const QImage rows = picture.convertToFormat(format);
  if (rows.isNull()) throw std::bad_alloc();
  const bool has_alpha = rows.hasAlphaChannel();
  const int stored = stored_channels(format);
  Image image;
  image.width = rows.width();
  image.height = rows.height();
  image.channels = details.channels;
  image.bits = details.bits;
  image.metadata = details.metadata;
  const size_t count = static_cast<size_t>(image.width) * image.height;
  image.pixels.resize(count * image.channels);
  if (has_alpha) image.alpha.resize(count);
  for (int y = 0; y < image.height; ++y) {
    if (image.bits == 16) {
      read_row(reinterpret_cast<const quint16*>(rows.constScanLine(y)), y, stored, has_alpha,
               image);
    } else {
      read_row(rows.constScanLine(y), y, stored, has_alpha, image);
    }
  }
  return image;
}

}  // namespace imago::gui
