#include "models/data/synth/colour_strokes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "models/data/synth/points.h"

namespace imago {
namespace {

/// How far colours may differ, in levels of the most different channel, and still be one colour.
constexpr int kOneColour = 48;
/// Nearer to white paper than this a colour would not be seen.
constexpr int kUnseen = 16;
constexpr int kTries = 8;  // for a place whose colour is seen

cv::Mat view(const Picture& picture) {
  return cv::Mat(picture.height, picture.width, picture.channels == 3 ? CV_8UC3 : CV_8UC1,
                 const_cast<uint8_t*>(picture.values.data()));
}

int difference(const cv::Vec3b& a, const cv::Vec3b& b) {
  int most = 0;
  for (int c = 0; c < 3; ++c) most = std::max(most, std::abs(a[c] - b[c]));
  return most;
}

bool inside(const cv::Mat& photo, const cv::Point& at) {
  return at.x >= 0 && at.y >= 0 && at.x < photo.cols && at.y < photo.rows;
}

/// Where somebody would put colour: not on what stays white paper, if there is anything else.
cv::Point draw_place(const cv::Mat& photo, RandomStream& random) {
  cv::Point at;
  for (int i = 0; i < kTries; ++i) {
    at.x = static_cast<int>(random.below(photo.cols));
    at.y = static_cast<int>(random.below(photo.rows));
    if (difference(photo.at<cv::Vec3b>(at), {255, 255, 255}) > kUnseen) break;
  }
  return at;
}

/// A brush a fiftieth to a twelfth of the side broad, in short pieces, as long as what lies under
/// it is of one colour.
void paint_line(cv::Mat& mask, const cv::Mat& photo, const cv::Point& from, RandomStream& random) {
  const double side = std::min(photo.cols, photo.rows);
  const int thickness = std::max(1, static_cast<int>(side * random.uniform(0.02, 0.08)));
  const cv::Vec3b colour = photo.at<cv::Vec3b>(from);
  Point at = {static_cast<double>(from.x), static_cast<double>(from.y)};
  double angle = random.uniform(0, 2 * CV_PI);
  const double piece = side / 32;
  cv::line(mask, from, from, cv::Scalar(1), thickness);
  for (int64_t pieces = 2 + random.below(24); pieces > 0; --pieces) {
    angle += random.uniform(-0.5, 0.5);
    const Point next = {at.x + piece * std::cos(angle), at.y + piece * std::sin(angle)};
    const cv::Point end = rounded(next);
    if (!inside(photo, end) || difference(photo.at<cv::Vec3b>(end), colour) > kOneColour) break;
    cv::line(mask, rounded(at), end, cv::Scalar(1), thickness);
    at = next;
  }
}

void paint_blot(cv::Mat& mask, const cv::Mat& photo, const cv::Point& at, RandomStream& random) {
  const double side = std::min(photo.cols, photo.rows);
  const auto radius = [&] { return std::max(1, static_cast<int>(side * random.uniform(.02, .1))); };
  const int across = radius(), along = radius();
  cv::ellipse(mask, at, {across, along}, random.uniform(0, 180), 0, 360, cv::Scalar(1), cv::FILLED);
}

/// The connected area of about this colour, with the raggedness of its edge taken away.
void paint_fill(cv::Mat& mask, const cv::Mat& photo, const cv::Point& at) {
  cv::Mat smooth;
  cv::medianBlur(photo, smooth, 5);
  cv::Mat framed(photo.rows + 2, photo.cols + 2, CV_8U, cv::Scalar(0));
  const cv::Scalar near = cv::Scalar::all(kOneColour / 2.0);
  cv::floodFill(smooth, framed, at, cv::Scalar(), nullptr, near, near,
                8 | cv::FLOODFILL_FIXED_RANGE | cv::FLOODFILL_MASK_ONLY | (1 << 8));
  framed(cv::Rect(1, 1, photo.cols, photo.rows)).copyTo(mask);
  cv::Mat opened;
  cv::morphologyEx(mask, opened, cv::MORPH_OPEN,
                   cv::getStructuringElement(cv::MORPH_ELLIPSE, {3, 3}));
  if (cv::countNonZero(opened) > 0) mask = opened;
}

}  // namespace

ColourStroke draw_colour_stroke(const Picture& photo, RandomStream& random) {
  const cv::Mat image = view(photo);
  cv::Mat mask(image.size(), CV_8U, cv::Scalar(0));
  const cv::Point at = draw_place(image, random);
  ColourStroke stroke;
  const double kind = random.uniform();
  if (kind < 0.6) {
    paint_line(mask, image, at, random);
  } else if (kind < 0.8) {
    stroke.kind = ColourStroke::Kind::blot;
    paint_blot(mask, image, at, random);
  } else {
    stroke.kind = ColourStroke::Kind::fill;
    paint_fill(mask, image, at);
  }
  const cv::Scalar mean = cv::mean(image, mask);
  for (int c = 0; c < 3; ++c) stroke.colour[c] = cv::saturate_cast<uint8_t>(mean[c]);
  stroke.coverage.assign(mask.begin<uint8_t>(), mask.end<uint8_t>());
  return stroke;
}

int draw_stroke_count(int most, RandomStream& random) {
  if (most <= 0 || random.chance(1.0 / 3)) return 0;
  const double share = random.uniform();
  return 1 + static_cast<int>(share * share * most);
}

Picture coloured(const Picture& drawing, const Picture& photo, int count, bool white_on_black,
                 RandomStream& random) {
  try {
    const uint8_t paper = white_on_black ? 0 : 255;
    const int line = 255 - paper;
    Picture result(photo.width, photo.height, 3);
    std::fill(result.values.begin(), result.values.end(), paper);
    for (int i = 0; i < count; ++i) {
      const ColourStroke stroke = draw_colour_stroke(photo, random);
      for (size_t pixel = 0; pixel < stroke.coverage.size(); ++pixel)
        if (stroke.coverage[pixel] != 0)
          std::copy_n(stroke.colour, 3, result.values.begin() + static_cast<ptrdiff_t>(3 * pixel));
    }
    for (size_t i = 0; i < result.values.size(); ++i) {
      const int ink = 255 - drawing.values[i / 3];
      result.values[i] = static_cast<uint8_t>(((255 - ink) * result.values[i] + ink * line) / 255);
    }
    return result;
  } catch (const cv::Exception& error) {
    throw DataError("colours of a drawing: " + error.err);
  }
}

}  // namespace imago
