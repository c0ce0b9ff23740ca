// Between the engine's pictures and Qt's. Part of the session: the only other file here that knows
// models/.
#pragma once

#include <QImage>

#include "gui/session/types.h"
#include "models/image/image.h"

namespace imago::gui {

struct PictureDetails {
  ImageMetadata metadata;
  int channels = 3;  // 1 or 3, as Image::channels
  int bits = 8;
};

/// Quantised as a file of `image.bits` would be, so that nothing is lost on the way to one.
/// Grayscale8/16, RGB888, RGBA8888 or RGBA64 (16-bit colour, or 16-bit with alpha). Throws
/// std::bad_alloc.
QImage to_qimage(const Image& image);

/// The reverse; any QImage format. `details` says the depth, whether the picture was grey and its
/// metadata.
Image to_image(const QImage& picture, const PictureDetails& details);

}  // namespace imago::gui
