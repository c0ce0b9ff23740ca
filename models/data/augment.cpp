#include "models/data/augment.h"

#include <algorithm>
#include <cmath>

#include "models/data/resample.h"

namespace imago {
namespace {

Picture resized_to_width(const Picture& picture, const DataOptions& options) {
  const int width = options.load_size;
  if (picture.width == width && picture.height >= options.crop_size) return picture;
  const auto height = static_cast<int>(int64_t{width} * picture.height / picture.width);
  return resize_bicubic(picture, width, std::max(height, options.crop_size));
}

/// Networks that halve and double need sides that are multiples of 4. Halves go to the even
/// multiple, as Python rounds.
Picture resized_to_multiple(const Picture& picture) {
  const auto nearest = [](int side) {
    return std::max(4, 4 * static_cast<int>(std::nearbyint(side / 4.0)));
  };
  return resize_bicubic(picture, nearest(picture.width), nearest(picture.height));
}

Picture cropped(const Picture& picture, int size, const std::optional<Augmentation>& augmentation) {
  const Augmentation where = augmentation.value_or(Augmentation{0.5, 0.5, false});
  const auto offset = [size](int side, double share) {
    return std::min(side - size, static_cast<int>(share * (side - size + 1)));
  };
  return part(picture, offset(picture.width, where.x), offset(picture.height, where.y), size, size);
}

}  // namespace

Augmentation draw_augmentation(RandomStream& random, bool may_flip) {
  Augmentation drawn;
  drawn.x = random.uniform();
  drawn.y = random.uniform();
  drawn.flip = random.chance(0.5) && may_flip;
  return drawn;
}

Picture prepare(const Picture& picture, const DataOptions& options,
                const std::optional<Augmentation>& augmentation, const std::string& name) {
  const int size = options.crop_size;
  const auto sized = [&] {
    switch (options.preprocess) {
      case Preprocess::resize_and_crop: {
        const int side = augmentation ? options.load_size : size;
        return resize_bicubic(picture, side, side);
      }
      case Preprocess::scale_width:
      case Preprocess::scale_width_and_crop:
        return resized_to_width(picture, options);
      case Preprocess::none:
        return resized_to_multiple(picture);
      case Preprocess::crop:
        break;
    }
    return picture;
  };
  Picture result = sized();
  if (options.preprocess != Preprocess::scale_width && options.preprocess != Preprocess::none) {
    if (result.width < size || result.height < size)
      throw DataError(name + ": " + size_of(result) + " pixels, smaller than the crop of " +
                      std::to_string(size) +
                      " (--crop-size): choose a smaller one, or --preprocess resize_and_crop");
    result = cropped(result, size, augmentation);
  }
  return augmentation && augmentation->flip ? mirrored(result) : result;
}

Picture prepare_photo(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name) {
  const auto flipped = [&](Picture result) {
    return augmentation && augmentation->flip ? mirrored(result) : result;
  };
  if (options.preprocess == Preprocess::none) {
    const auto trimmed = [&](int side) { return side - side % options.scale; };
    if (trimmed(picture.width) == 0 || trimmed(picture.height) == 0)
      throw DataError(name + ": " + size_of(picture) + " pixels, too small to be reduced by " +
                      std::to_string(options.scale) + ": take it out of the data set");
    return flipped(part(picture, 0, 0, trimmed(picture.width), trimmed(picture.height)));
  }
  const int size = options.crop_size;
  if (picture.width < size || picture.height < size)
    return flipped(cropped(grown(picture, size, size), size, augmentation));
  return flipped(cropped(picture, size, augmentation));
}

}  // namespace imago
