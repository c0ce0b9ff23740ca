// Between the engine's pictures and Qt's. Part of the session: the only other file here that knows
// models/.
#pragma once

#include <QImage>

#include "gui/session/types.h"
#include "models/image/image.h"

namespace imago::gui {

struct PictureDetails {
  ImageMetadata metadata;
  int channels = 3;  // 1 or 3, as Raster::channels
  int bits = 8;
};

/// Grayscale8/16, RGB888, RGBA8888, RGBX64 (16-bit colour) or RGBA64 (16-bit, or grey, with alpha),
/// every sample as it was. Throws std::bad_alloc.
QImage to_qimage(const Raster& raster);
/// Quantised as a file of `image.bits` would be.
QImage to_qimage(const Image& image);

/// The reverse; any QImage format. `details` says the depth, whether the picture was grey and its
/// metadata. Throws std::bad_alloc.
Raster to_raster(const QImage& picture, const PictureDetails& details);

}  // namespace imago::gui
