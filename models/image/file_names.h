// The names that picture files and formats go by. Internal to models/image.
#pragma once

#include <filesystem>
#include <string>

namespace imago {

/// "png", "jpg", "webp", "tif", "bmp" or "ppm" for any of their usual extensions, with or without
/// the dot, in any case. Throws ImageError that lists them for anything else.
std::string canonical_format(const std::string& name);

}  // namespace imago
