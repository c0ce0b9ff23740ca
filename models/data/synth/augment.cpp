#include "models/data/synth/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "models/data/data_options.h"
#include "models/data/resample.h"

namespace imago {
namespace {

/// Keeps the proportions, however low it becomes; whoever crops refuses what is too low.
Picture resized_to_width(const Picture& picture, int width) {
  const auto height = static_cast<int>(int64_t{width} * picture.height / picture.width);
  return resize_bicubic(picture, width, std::max(height, 1));
}

/// The shorter side becomes `side`; the other one keeps the proportions.
Picture resized_to_short_side(const Picture& picture, int side) {
  const int shorter = std::min(picture.width, picture.height);
  const auto scaled = [&](int length) {
    return static_cast<int>(std::lround(static_cast<double>(length) * side / shorter));
  };
  return resize_bicubic(picture, scaled(picture.width), scaled(picture.height));
}

/// Networks that halve and double need sides that are multiples of 4. Halves go to the even
/// multiple, as Python rounds.
Picture resized_to_multiple(const Picture& picture) {
  const auto nearest = [](int side) {
    return std::max(4, 4 * static_cast<int>(std::nearbyint(side / 4.0)));
  };
  return resize_bicubic(picture, nearest(picture.width), nearest(picture.height));
}

/// Photographs come in all proportions and sizes; the files of the other kinds are made for their
/// networks and are treated as pytorch-CycleGAN-and-pix2pix treats them.
bool keeps_proportions(DataKind kind) {
  return is_derived(kind) || kind == DataKind::cameras || kind == DataKind::samples;
}

Picture resized(const Picture& picture, const DataOptions& options, bool training) {
  const int size = options.crop_size, side = training ? options.load_size : size;
  const bool proportions = keeps_proportions(options.kind);
  switch (options.preprocess) {
    case Preprocess::resize_and_crop:
      return proportions ? resized_to_short_side(picture, side)
                         : resize_bicubic(picture, side, side);
    case Preprocess::scale_width:
    case Preprocess::scale_width_and_crop:
      return resized_to_width(picture, options.load_size);
    case Preprocess::none:
      return resized_to_multiple(picture);
    case Preprocess::crop:
      break;
  }
  const bool small = std::min(picture.width, picture.height) < size;
  return small && proportions ? resized_to_short_side(picture, size) : picture;
}

struct Window {
  int x, y, width, height;
};

Window all_of(const Picture& picture) { return {0, 0, picture.width, picture.height}; }

/// A square, in the middle without an augmentation.
Window crop_of(const Picture& picture, int size, const std::optional<Augmentation>& augmentation) {
  const auto offset = [size](int side, double share) {
    return std::min(side - size, static_cast<int>(share * (side - size + 1)));
  };
  return {offset(picture.width, augmentation ? augmentation->x : 0.5),
          offset(picture.height, augmentation ? augmentation->y : 0.5), size, size};
}

int opencv_type(const Picture& picture) { return picture.channels == 3 ? CV_8UC3 : CV_8UC1; }

Picture warped(const Picture& picture, const Window& window, const Warp& warp) {
  const double cosine = std::cos(warp.angle) / warp.scale, sine = std::sin(warp.angle) / warp.scale;
  const double middle_x = (window.width - 1) / 2.0, middle_y = (window.height - 1) / 2.0;
  const double from_x = window.x + middle_x - warp.dx * window.width,
               from_y = window.y + middle_y - warp.dy * window.height;
  // From a pixel of the result to the place in `picture` that it shows.
  const cv::Matx23d place(cosine, -sine, from_x - cosine * middle_x + sine * middle_y,  //
                          sine, cosine, from_y - sine * middle_x - cosine * middle_y);
  Picture result(window.width, window.height, picture.channels);
  const cv::Mat from(picture.height, picture.width, opencv_type(picture),
                     const_cast<uint8_t*>(picture.values.data()));
  cv::Mat to(result.height, result.width, opencv_type(picture), result.values.data());
  cv::warpAffine(from, to, place, to.size(), cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REFLECT_101);
  return result;
}

/// Everything that ColorJitter does to R, G, B (0…255), and 1.
cv::Matx34d matrix_of(const ColorJitter& color) {
  const cv::Matx33d grey(0.299, 0.587, 0.114, 0.299, 0.587, 0.114, 0.299, 0.587, 0.114);
  const cv::Matx33d colour = cv::Matx33d::eye() - grey;
  // A turn about the axis of the greys.
  const double cosine = std::cos(color.hue), along = (1 - cosine) / 3,
               across = std::sin(color.hue) / std::numbers::sqrt3;
  const cv::Matx33d turn(cosine + along, along - across, along + across,  //
                         along + across, cosine + along, along - across,  //
                         along - across, along + across, cosine + along);
  const cv::Matx33d linear =
      color.contrast * color.brightness * (grey + color.saturation * (colour * turn * colour));
  const double offset = 127.5 * (1 - color.contrast);
  cv::Matx34d result;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) result(row, column) = linear(row, column);
    result(row, 3) = offset;
  }
  return result;
}

Picture recoloured(const Picture& picture, const ColorJitter& color) {
  Picture result(picture.width, picture.height, picture.channels);
  const cv::Mat from(picture.height, picture.width, opencv_type(picture),
                     const_cast<uint8_t*>(picture.values.data()));
  cv::Mat to(picture.height, picture.width, opencv_type(picture), result.values.data());
  if (picture.channels == 3)
    cv::transform(from, to, matrix_of(color));
  else
    from.convertTo(to, -1, color.contrast * color.brightness, 127.5 * (1 - color.contrast));
  return result;
}

Picture cut(const Picture& picture, const Window& window,
            const std::optional<Augmentation>& augmentation) {
  const bool warps = augmentation && augmentation->warp;
  Picture result = warps ? warped(picture, window, *augmentation->warp)
                         : part(picture, window.x, window.y, window.width, window.height);
  if (augmentation && augmentation->flip) result = mirrored(result);
  if (augmentation && augmentation->color) result = recoloured(result, *augmentation->color);
  return result;
}

/// Each of the three with this probability; none where none is.
std::optional<Warp> draw_warp(RandomStream& random, double probability) {
  const bool turns = random.chance(probability), scales = random.chance(probability),
             moves = random.chance(probability);
  if (!turns && !scales && !moves) return std::nullopt;
  Warp warp;
  if (turns) warp.angle = random.uniform(-std::numbers::pi / 12, std::numbers::pi / 12);
  if (scales) warp.scale = random.uniform(0.8, 1.2);
  if (moves) {
    warp.dx = random.uniform(-0.1, 0.1);
    warp.dy = random.uniform(-0.1, 0.1);
  }
  return warp;
}

ColorJitter draw_color(RandomStream& random, double amount) {
  ColorJitter color;
  color.hue = random.uniform(-amount, amount) * std::numbers::pi / 2;
  color.saturation = random.uniform(1 - amount, 1 + amount);
  color.brightness = random.uniform(1 - amount, 1 + amount);
  color.contrast = random.uniform(1 - amount, 1 + amount);
  return color;
}

}  // namespace

Augmentation draw_augmentation(RandomStream& random, const DataOptions& options) {
  Augmentation drawn;
  drawn.x = random.uniform();
  drawn.y = random.uniform();
  drawn.flip = random.chance(0.5) && options.flip;
  if (options.augment > 0) drawn.warp = draw_warp(random, options.augment);
  if (options.color_jitter > 0) drawn.color = draw_color(random, options.color_jitter);
  if (options.input_jitter > 0) drawn.input_color = draw_color(random, options.input_jitter);
  return drawn;
}

Picture prepare(const Picture& picture, const DataOptions& options,
                const std::optional<Augmentation>& augmentation, const std::string& name) {
  const int size = options.crop_size;
  const Picture sized = resized(picture, options, augmentation.has_value());
  if (options.preprocess == Preprocess::scale_width || options.preprocess == Preprocess::none)
    return cut(sized, all_of(sized), augmentation);
  if (sized.width < size || sized.height < size)
    throw DataError(name + ": " + size_of(sized) + " pixels, smaller than the crop of " +
                    std::to_string(size) + " (--crop-size): choose a smaller one, or " +
                    (options.preprocess == Preprocess::scale_width_and_crop
                         ? "a larger --load-size, for pictures are not stretched to be high enough"
                         : "--preprocess resize_and_crop"));
  return cut(sized, crop_of(sized, size, augmentation), augmentation);
}

Picture prepare_input(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name) {
  Picture result = prepare(picture, options, augmentation, name);
  if (augmentation && augmentation->input_color)
    result = recoloured(result, *augmentation->input_color);
  return result;
}

Picture prepare_photo(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name) {
  if (options.preprocess == Preprocess::none) {
    const auto trimmed = [&](int side) { return side - side % options.scale; };
    const Window window = {0, 0, trimmed(picture.width), trimmed(picture.height)};
    if (window.width == 0 || window.height == 0)
      throw DataError(name + ": " + size_of(picture) + " pixels, too small to be reduced by " +
                      std::to_string(options.scale) + ": take it out of the data set");
    return cut(picture, window, augmentation);
  }
  const int size = options.crop_size;
  if (picture.width >= size && picture.height >= size)
    return cut(picture, crop_of(picture, size, augmentation), augmentation);
  const Picture large = grown(picture, size, size);
  return cut(large, crop_of(large, size, augmentation), augmentation);
}

}  // namespace imago
