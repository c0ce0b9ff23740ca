#include "gui/session/session_pixels.h"

#include <algorithm>
#include <new>

namespace imago::gui {

namespace {

/// Samples of a pixel in rows of this format.
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

QImage::Format format_for(int channels, bool alpha, int bits) {
  if (channels == 1 && !alpha) {
    return bits == 16 ? QImage::Format_Grayscale16 : QImage::Format_Grayscale8;
  }
  if (bits == 16) return alpha ? QImage::Format_RGBA64 : QImage::Format_RGBX64;
  return alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888;
}

/// A row of the raster as `stored` samples a pixel: grey repeated, opaque where it has no alpha.
template <typename Sample>
void fill_row(const Raster& raster, int y, int stored, Sample* out) {
  const auto* in = reinterpret_cast<const Sample*>(raster.row(y));
  for (int x = 0; x < raster.width; ++x, out += stored) {
    for (int c = 0; c < std::min(stored, 3); ++c) out[c] = in[raster.channels == 1 ? 0 : c];
    if (stored == 4) {
      out[3] = raster.alpha ? in[raster.channels] : std::numeric_limits<Sample>::max();
    }
    in += raster.channels + (raster.alpha ? 1 : 0);
  }
}

template <typename Sample>
void read_row(const Sample* in, int stored, Raster& raster, int y) {
  auto* out = reinterpret_cast<Sample*>(raster.row(y));
  for (int x = 0; x < raster.width; ++x, in += stored) {
    for (int c = 0; c < raster.channels; ++c) *out++ = in[c];
    if (raster.alpha) *out++ = in[3];
  }
}

}  // namespace

QImage to_qimage(const Raster& raster) {
  const QImage::Format format = format_for(raster.channels, raster.alpha, raster.bits);
  QImage picture(raster.width, raster.height, format);
  if (picture.isNull()) throw std::bad_alloc();
  const int stored = stored_channels(format);
  for (int y = 0; y < raster.height; ++y) {
    if (raster.bits == 16) {
      fill_row(raster, y, stored, reinterpret_cast<quint16*>(picture.scanLine(y)));
    } else {
      fill_row(raster, y, stored, picture.scanLine(y));
    }
  }
  return picture;
}

QImage to_qimage(const Image& image) { return to_qimage(imago::to_raster(image)); }

Raster to_raster(const QImage& picture, const PictureDetails& details) {
  const bool alpha = picture.hasAlphaChannel();
  const QImage::Format format = format_for(details.channels, alpha, details.bits);
  const QImage rows = picture.convertToFormat(format);
  if (rows.isNull()) throw std::bad_alloc();
  const int stored = stored_channels(format);
  Raster raster;
  raster.width = rows.width();
  raster.height = rows.height();
  raster.channels = details.channels;
  raster.alpha = alpha;
  raster.bits = details.bits;
  raster.metadata = details.metadata;
  raster.samples.resize(raster.row_bytes() * static_cast<size_t>(raster.height));
  for (int y = 0; y < raster.height; ++y) {
    if (details.bits == 16) {
      read_row(reinterpret_cast<const quint16*>(rows.constScanLine(y)), stored, raster, y);
    } else {
      read_row(rows.constScanLine(y), stored, raster, y);
    }
  }
  return raster;
}

}  // namespace imago::gui
