#include "models/data/synth/sketch.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace imago {
namespace {

/// An edge must be at least this steep, in levels of 255 a pixel: what is weaker is noise, however
/// plain the rest of the picture.
constexpr float kFaintest = 3;
constexpr double kSobelGain = 8, kScharrGain = 32;  // of a ramp of one level a pixel

/// Pixels of this picture for one of a picture of 256.
double unit_of(const cv::Mat& photo) {
  return std::clamp(std::min(photo.cols, photo.rows) / 256.0, 0.5, 8.0);
}

cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat result;
  cv::GaussianBlur(image, result, {0, 0}, sigma, sigma, cv::BORDER_REFLECT_101);
  return result;
}

cv::Mat grey_photo(const cv::Mat& photo) {
  cv::Mat grey = photo, result;
  if (photo.channels() == 3) cv::cvtColor(photo, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(result, CV_32F);
  return result;
}

/// The largest over the channels of the length of the gradient, in levels a pixel.
cv::Mat steepness(const cv::Mat& dx, const cv::Mat& dy, double gain) {
  cv::Mat result(dx.size(), CV_32F);
  const int channels = dx.channels();
  for (int y = 0; y < dx.rows; ++y) {
    const auto *from_x = dx.ptr<int16_t>(y), *from_y = dy.ptr<int16_t>(y);
    auto* to = result.ptr<float>(y);
    for (int x = 0; x < dx.cols; ++x) {
      float longest = 0;
      for (int c = 0; c < channels; ++c, ++from_x, ++from_y)
        longest =
            std::max(longest, std::hypot(static_cast<float>(*from_x), static_cast<float>(*from_y)));
      to[x] = longest / static_cast<float>(gain);
    }
  }
  return result;
}

/// Less of what has much like it nearby: outlines stay, grass and gravel go (surround inhibition:
/// Grigorescu, Petkov, Westenberg 2003).
cv::Mat inhibited(const cv::Mat& strength, double inhibition, double unit) {
  if (inhibition <= 0) return strength;
  return cv::max(strength - inhibition * blurred(cv::max(strength, 0.0), 10 * unit), 0.0);
}

/// What this share of the values exceeds, and no less than kFaintest. In a plain picture that would
/// be next to nothing, so `broad` lines take no more than what is near their strongest.
float strongest(const cv::Mat& values, double share, bool broad) {
  std::vector<float> sorted(values.begin<float>(), values.end<float>());
  const auto rank = static_cast<ptrdiff_t>((1 - share) * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
  const float least = broad ? 0.1f * *std::max_element(sorted.begin(), sorted.end()) : 0;
  return std::max({sorted[static_cast<size_t>(rank)], kFaintest, least});
}

/// 0 below `low`, 255 above `high`.
cv::Mat ramp(const cv::Mat& values, float low, float high) {
  cv::Mat result;
  const double slope = 255.0 / static_cast<double>(std::max(high - low, 1e-3f));
  values.convertTo(result, CV_8U, slope, -static_cast<double>(low) * slope);
  return result;
}

/// Every channel times the factor of its pixel; a factor that is no number is 0.
void scale(cv::Mat& derivative, const cv::Mat& factors) {
  for (int y = 0; y < derivative.rows; ++y) {
    auto* value = derivative.ptr<int16_t>(y);
    for (int x = 0; x < derivative.cols; ++x) {
      const float factor = factors.at<float>(y, x);
      for (int c = 0; c < derivative.channels(); ++c, ++value)
        *value = factor > 0 ? cv::saturate_cast<int16_t>(static_cast<float>(*value) * factor) : 0;
    }
  }
}

// The detectors: ink, 0 or up to 255, where there is a line.

cv::Mat canny(const cv::Mat& photo, const SketchOptions& options, double unit) {
  const cv::Mat smooth = blurred(photo, options.smoothing * unit);
  cv::Mat dx, dy, lines;
  cv::Sobel(smooth, dx, CV_16S, 1, 0);
  cv::Sobel(smooth, dy, CV_16S, 0, 1);
  const cv::Mat before = steepness(dx, dy, kSobelGain);
  const cv::Mat steep = inhibited(before, options.inhibition, unit);
  scale(dx, steep / before);
  scale(dy, steep / before);
  const double high = static_cast<double>(strongest(steep, options.detail, false)) * kSobelGain;
  cv::Canny(dx, dy, lines, 0.4 * high, high, true);
  return lines;
}

cv::Mat gradient(const cv::Mat& photo, const SketchOptions& options, double unit) {
  const cv::Mat smooth = blurred(photo, options.smoothing * unit);
  cv::Mat dx, dy;
  cv::Scharr(smooth, dx, CV_16S, 1, 0);
  cv::Scharr(smooth, dy, CV_16S, 0, 1);
  const cv::Mat steep = inhibited(steepness(dx, dy, kScharrGain), options.inhibition, unit);
  const float enough = strongest(steep, options.detail, true);
  const auto half = static_cast<float>(0.05 + 0.6 * options.softness);
  return ramp(steep, enough * (1 - half), enough * (1 + half));
}

/// Ink where the picture is darker than its surroundings, `sigma` against `surround`.
cv::Mat darker(const cv::Mat& photo, const SketchOptions& options, double unit, double sigma,
               double surround) {
  const cv::Mat grey = grey_photo(photo);
  const cv::Mat difference = inhibited(blurred(grey, surround * unit) - blurred(grey, sigma * unit),
                                       options.inhibition, unit);
  const float enough = strongest(difference, options.detail, true);
  const auto half = static_cast<float>(0.05 + 0.6 * options.softness);
  return ramp(difference, enough * (1 - half), enough * (1 + half));
}

/// Short strokes from corner to corner, as a hand draws them; corners move by up to `wobble`.
cv::Mat contours(const cv::Mat& photo, const SketchOptions& options, double unit,
                 RandomStream& random) {
  std::vector<std::vector<cv::Point>> chains;
  cv::findContours(canny(photo, options, unit), chains, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
  cv::Mat lines(photo.size(), CV_8U, cv::Scalar(0));
  constexpr int kShift = 4;  // corners lie between pixels, in sixteenths
  const int thickness = std::max(1, static_cast<int>(std::lround(options.width * unit)) - 1);
  for (const auto& chain : chains) {
    // A chain runs along an open line and back again: twice its length.
    if (static_cast<double>(chain.size()) < 2 * options.shortest * unit) continue;
    std::vector<cv::Point> corners;
    cv::approxPolyDP(chain, corners, options.simplification * unit, true);
    for (cv::Point& corner : corners) {
      const auto moved = [&](int at) {
        const double by = random.uniform(-options.wobble, options.wobble) * unit;
        return static_cast<int>(std::lround((at + by) * (1 << kShift)));
      };
      corner.x = moved(corner.x);
      corner.y = moved(corner.y);
    }
    cv::polylines(lines, corners, true, cv::Scalar(255), thickness, cv::LINE_AA, kShift);
  }
  return lines;
}

cv::Mat detected(const cv::Mat& photo, const SketchOptions& options, double unit,
                 RandomStream& random) {
  const double sigma = options.smoothing;
  switch (options.detector) {
    case EdgeDetector::gradient:
      return gradient(photo, options, unit);
    case EdgeDetector::difference:
      return darker(photo, options, unit, sigma, 1.6 * sigma);
    case EdgeDetector::threshold:
      return darker(photo, options, unit, 0.5 * sigma, 2.5 * sigma);
    case EdgeDetector::contours:
      return contours(photo, options, unit, random);
    case EdgeDetector::canny:
      break;
  }
  return canny(photo, options, unit);
}

/// Without haze, the lines that are too short, and some of the shorter ones.
void drop_lines(cv::Mat& ink, const SketchOptions& options, double unit, RandomStream& random) {
  constexpr int kHaze = 32;
  cv::Mat labels, boxes, centres;
  const int count = cv::connectedComponentsWithStats(ink > kHaze, labels, boxes, centres);
  std::vector<bool> kept(static_cast<size_t>(count), false);  // 0 is what is no line
  for (int i = 1; i < count; ++i) {
    const double length =
        std::max(boxes.at<int>(i, cv::CC_STAT_WIDTH), boxes.at<int>(i, cv::CC_STAT_HEIGHT));
    const bool unlucky = length < options.long_line * unit && random.chance(options.dropped);
    kept[static_cast<size_t>(i)] = length >= options.shortest * unit && !unlucky;
  }
  for (int y = 0; y < ink.rows; ++y)
    for (int x = 0; x < ink.cols; ++x)
      if (!kept[static_cast<size_t>(labels.at<int>(y, x))]) ink.at<uint8_t>(y, x) = 0;
}

/// Without this share of its pixels, in stretches of some 8 to 40 units: where a smooth field of
/// chances is low.
void open_lines(cv::Mat& ink, double share, double unit, RandomStream& random) {
  const int columns = 2 + static_cast<int>(ink.cols / (24 * unit)),
            rows = 2 + static_cast<int>(ink.rows / (24 * unit));
  cv::Mat knots(rows, columns, CV_32F), field;
  for (float& knot : cv::Mat_<float>(knots)) knot = static_cast<float>(random.uniform());
  cv::resize(knots, field, ink.size(), 0, 0, cv::INTER_LINEAR);
  std::vector<float> chances;
  for (int y = 0; y < ink.rows; ++y)
    for (int x = 0; x < ink.cols; ++x)
      if (ink.at<uint8_t>(y, x) != 0) chances.push_back(field.at<float>(y, x));
  const auto missing = static_cast<ptrdiff_t>(share * static_cast<double>(chances.size()));
  if (missing == 0) return;
  std::nth_element(chances.begin(), chances.begin() + missing - 1, chances.end());
  ink.setTo(0, field <= chances[static_cast<size_t>(missing - 1)]);
}

/// Lines one pixel wide become `width` wide, and smooth if `soft`.
void widen(cv::Mat& ink, double width, bool soft) {
  const int size = std::max(1, static_cast<int>(std::lround(width)));
  if (size > 1)
    cv::dilate(
        ink, ink,
        cv::getStructuringElement(size > 2 ? cv::MORPH_ELLIPSE : cv::MORPH_RECT, {size, size}));
  if (soft) ramp(blurred(ink, 0.4 + 0.2 * size), 60, 150).copyTo(ink);
}

/// Moved by a smooth field of up to `most` pixels, as a hand is not sure.
cv::Mat wobbled(const cv::Mat& ink, double most, RandomStream& random) {
  constexpr int kKnots = 8;
  cv::Mat knots(kKnots, kKnots, CV_32FC2), field, result;
  for (auto& knot : cv::Mat_<cv::Vec2f>(knots))
    for (int i = 0; i < 2; ++i) knot[i] = static_cast<float>(random.uniform(-most, most));
  cv::resize(knots, field, ink.size(), 0, 0, cv::INTER_LINEAR);
  for (int y = 0; y < ink.rows; ++y)
    for (int x = 0; x < ink.cols; ++x)
      field.at<cv::Vec2f>(y, x) += cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
  cv::remap(ink, result, field, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

cv::Mat drawn_by_hand(const cv::Mat& photo, const SketchOptions& options, RandomStream& random) {
  const double unit = unit_of(photo);
  cv::Mat flat;
  if (options.flatten > 0) cv::bilateralFilter(photo, flat, 7, options.flatten, 2.5 * unit);
  cv::Mat ink = detected(flat.empty() ? photo : flat, options, unit, random);
  drop_lines(ink, options, unit, random);
  if (options.gaps > 0) open_lines(ink, options.gaps, unit, random);
  if (options.detector == EdgeDetector::canny)
    widen(ink, options.width * unit, options.softness > 0);
  if (options.wobble > 0 && options.detector != EdgeDetector::contours)
    ink = wobbled(ink, options.wobble * unit, random);
  cv::Mat paper;
  ink.convertTo(paper, CV_8U, -options.ink, 255);
  return paper;
}

}  // namespace

SketchOptions draw_sketch_options(RandomStream& random) {
  SketchOptions options;
  const double kind = random.uniform();
  options.detector = kind < 0.35   ? EdgeDetector::canny
                     : kind < 0.50 ? EdgeDetector::gradient
                     : kind < 0.65 ? EdgeDetector::difference
                     : kind < 0.75 ? EdgeDetector::threshold
                                   : EdgeDetector::contours;
  options.flatten = random.chance(0.8) ? random.uniform(20, 70) : 0;
  options.smoothing = random.uniform(0.8, 2.2);
  options.detail = random.uniform(0.05, 0.15);
  options.inhibition = random.chance(0.7) ? random.uniform(0.2, 1) : 0;
  options.softness = random.chance(0.5) ? random.uniform() : 0;
  options.width = 1 + static_cast<double>(random.below(3));
  options.shortest = random.uniform(8, 20);
  options.dropped = random.chance(0.5) ? random.uniform(0, 0.4) : 0;
  options.simplification = random.uniform(1, 2.5);
  options.wobble = random.chance(0.5) ? random.uniform(0, 1) : 0;
  options.ink = random.chance(0.5) ? random.uniform(0.6, 1) : 1;
  // A broad pen leaves out what a fine one shows, and broken lines are short ones.
  const bool one_line =
      options.detector == EdgeDetector::canny || options.detector == EdgeDetector::contours;
  if (one_line) {
    options.detail /= 1 + 0.3 * (options.width - 1);
    options.shortest += 6 * (options.width - 1);
  } else {
    options.detail += 0.03;
    options.shortest *= 0.5;
  }
  return options;
}

SketchOptions draw_hand_options(RandomStream& random) {
  SketchOptions options;
  options.detector = random.chance(0.6) ? EdgeDetector::canny : EdgeDetector::contours;
  options.flatten = random.uniform(30, 100);
  options.smoothing = random.uniform(1, 3);
  options.detail = random.uniform(0.03, 0.12);
  options.inhibition = random.uniform(0, 1);
  options.softness = random.chance(0.3) ? random.uniform() : 0;
  const double broad = random.uniform();
  options.width = 1 + 6 * broad * broad;
  options.shortest = random.uniform(8, 24) + 3 * (options.width - 1);
  options.dropped = random.chance(0.5) ? random.uniform(0, 0.5) : 0;
  options.simplification = random.uniform(1, 4);
  options.wobble = random.uniform(0, 3);
  options.gaps = random.chance(0.5) ? random.uniform(0, 0.4) : 0;
  return options;
}

Picture sketch(const Picture& photo, const SketchOptions& options, RandomStream& random) {
  try {
    const cv::Mat image(photo.height, photo.width, photo.channels == 3 ? CV_8UC3 : CV_8UC1,
                        const_cast<uint8_t*>(photo.values.data()));
    const cv::Mat paper = drawn_by_hand(image, options, random);
    Picture result(paper.cols, paper.rows, 1);
    std::copy_n(paper.ptr<uint8_t>(), result.values.size(), result.values.begin());
    return result;
  } catch (const cv::Exception& error) {
    throw DataError("edges: " + error.err);
  }
}

}  // namespace imago
