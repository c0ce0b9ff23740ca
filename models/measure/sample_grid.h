// Contact sheets of sample pictures: input, output and target side by side.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/shape.h"
#include "models/image/image.h"

namespace imago {

/// Picture `n` of an NCHW batch with 1 or 3 channels; low…high becomes black…white, clamped.
/// Throws ImageError for other channels, for values that are not the shape's, and if one is not
/// finite.
Image image_from_batch(std::span<const float> values, const Shape& shape, int64_t n, float low,
                       float high);

/// Rows of pictures under the names of their columns ("input", "output", "target"; none: no names).
/// All pictures of a row are shown as high as the highest of them, on white; rows may be of
/// different lengths. 8 bit RGB. Throws ImageError without any picture.
Image make_sample_grid(const std::vector<std::vector<Image>>& rows,
                       const std::vector<std::string>& columns = {});

/// Writes the grid, atomically, labelled as made with a trained model. Throws ImageError or Error.
void save_sample_grid(const std::vector<std::vector<Image>>& rows,
                      const std::vector<std::string>& columns, const std::filesystem::path& path);

}  // namespace imago
