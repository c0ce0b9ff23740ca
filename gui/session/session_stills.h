// The one picture that stands for a photo or a film. Part of the session.
#pragma once

#include "gui/session/types.h"
#include "models/image/image.h"

namespace imago::gui {

/// Size, thumbnail and, of a film, how long it is. Throws ImageError, FilmError, std::bad_alloc.
PhotoHead read_head(const PhotoSource& source);

/// The picture, or a film's first frame. Throws as read_head.
Raster load_still(const PhotoSource& source);
/// The same of a file that was written here, however large it is.
Raster load_own_still(const QString& path);

}  // namespace imago::gui
