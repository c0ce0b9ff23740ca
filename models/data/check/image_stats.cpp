#include "models/data/check/image_stats.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace imago {
namespace {

cv::Mat mat_of(const Picture& picture) {
  return {picture.height, picture.width, CV_8UC3, const_cast<uint8_t*>(picture.values.data())};
}

Picture shrunk(const Picture& picture, int width, int height) {
  Picture result(width, height, 3);
  cv::Mat to = mat_of(result);
  cv::resize(mat_of(picture), to, to.size(), 0, 0, cv::INTER_AREA);
  return result;
}

Picture view_of(const Preview& preview) {
  const Picture picture = with_channels(to_picture(preview.image), 3);
  const int longer = std::max(picture.width, picture.height);
  if (longer <= kViewSide) return picture;
  const double factor = static_cast<double>(kViewSide) / longer;
  const auto scaled = [factor](double side) {
    return std::max(1, static_cast<int>(std::lround(side * factor)));
  };
  const bool even = preview.width % 2 == 0;
  return shrunk(picture, even ? 2 * scaled(picture.width / 2.0) : scaled(picture.width),
                scaled(picture.height));
}

/// The left or right half, or all of it.
cv::Mat half_of(const cv::Mat& picture, int which) {
  const int width = picture.cols / 2;
  return picture(cv::Rect(which * width, 0, width, picture.rows));
}

/// The share of the commonest colour, of 16 steps of red, green and blue each.
double share_of_one_colour(const cv::Mat& rgb) {
  std::array<int, 4096> counts{};
  for (int y = 0; y < rgb.rows; ++y) {
    const uint8_t* row = rgb.ptr(y);
    for (int x = 0; x < rgb.cols; ++x, row += 3)
      ++counts[static_cast<size_t>((row[0] >> 4) * 256 + (row[1] >> 4) * 16 + (row[2] >> 4))];
  }
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
         static_cast<double>(rgb.total());
}

Features features_of(const cv::Mat& rgb) {
  Features features{};
  if (rgb.rows < 2 || rgb.cols < 2) return features;
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  double colour = 0, steps = 0;
  int flat = 0;
  for (int y = 0; y + 1 < rgb.rows; ++y) {
    const uint8_t *pixel = rgb.ptr(y), *value = grey.ptr(y), *below = grey.ptr(y + 1);
    for (int x = 0; x + 1 < rgb.cols; ++x, pixel += 3, ++value, ++below) {
      const auto [low, high] = std::minmax({pixel[0], pixel[1], pixel[2]});
      colour += high - low;
      const int across = std::abs(value[1] - value[0]), down = std::abs(below[0] - value[0]);
      steps += across + down;
      flat += across < 2 && down < 2;
    }
  }
  const double count = static_cast<double>(rgb.rows - 1) * (rgb.cols - 1);
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  const cv::Scalar means = cv::mean(rgb);
  features[kRed] = means[0];
  features[kGreen] = means[1];
  features[kBlue] = means[2];
  features[kContrast] = deviation[0];
  features[kColour] = std::log1p(colour / count);
  features[kDetail] = std::log1p(steps / count);
  features[kFlatness] = flat / count;
  features[kOneColour] = share_of_one_colour(rgb);
  return features;
}

/// How much larger the step from the left to the right half is than the largest one near it.
double seam_of(const cv::Mat& rgb) {
  constexpr int kNear = 24;
  const int middle = rgb.cols / 2;
  if (middle < 4) return 0;
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  const auto step = [&](int x) {  // to the column x
    return cv::norm(grey.col(x), grey.col(x - 1), cv::NORM_L1) / grey.rows;
  };
  double largest = 0;
  for (int x = std::max(1, middle - kNear); x < std::min(rgb.cols, middle + kNear + 1); ++x)
    if (std::abs(x - middle) > 1) largest = std::max(largest, step(x));
  return step(middle) / (largest + 1);  // a step of one is none
}

ImageStats stats_of_view(const Picture& view, const Preview& preview) {
  ImageStats stats;
  stats.width = preview.width;
  stats.height = preview.height;
  const Picture thumbnail = shrunk(view, kThumbnailSide, kThumbnailSide);
  std::copy(thumbnail.values.begin(), thumbnail.values.end(), stats.thumbnail.begin());
  const cv::Mat rgb = mat_of(view);
  stats.brightness = cv::mean(mat_of(thumbnail).reshape(1))[0];
  stats.whole = features_of(rgb);
  if (preview.width < 2) return stats;
  for (int which : {0, 1})
    stats.halves[static_cast<size_t>(which)] = features_of(half_of(rgb, which));
  stats.halves_differ = cv::norm(half_of(rgb, 0), half_of(rgb, 1), cv::NORM_L2) /
                        std::sqrt(3.0 * half_of(rgb, 0).total());
  stats.seam = seam_of(rgb);
  return stats;
}

}  // namespace

Picture read_view(const std::filesystem::path& file) {
  try {
    return view_of(load_preview(file, kViewSide));
  } catch (const ImageError& error) {
    throw DataError(file.string() + ": " + error.what());
  }
}

ImageStats image_stats(const std::filesystem::path& file) {
  ImageStats stats;
  try {
    const Preview preview = load_preview(file, kViewSide);
    return stats_of_view(view_of(preview), preview);
  } catch (const UnknownFormat& error) {
    stats.error = error.what();
    stats.unknown_format = true;
  } catch (const ImageError& error) {
    stats.error = error.what();
  } catch (const std::bad_alloc&) {
    stats.error = "not enough memory to read it";
  }
  return stats;
}

double difference(const Picture& one, const Picture& other) {
  const auto same_size = [&] {
    if (one.width == other.width && one.height == other.height) return other;
    Picture result(one.width, one.height, 3);
    cv::Mat to = mat_of(result);
    const bool larger = one.width > other.width;
    cv::resize(mat_of(other), to, to.size(), 0, 0, larger ? cv::INTER_CUBIC : cv::INTER_AREA);
    return result;
  };
  const Picture second = same_size();
  return cv::norm(mat_of(one), mat_of(second), cv::NORM_L2) /
         std::sqrt(static_cast<double>(one.values.size()));
}

}  // namespace imago
