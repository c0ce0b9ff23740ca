#include "models/measure/sample_grid.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace imago {
namespace {

constexpr int kGap = 4, kNameHeight = 20;

/// RGB of this size.
cv::Mat cell_of(const Image& image, int width, int height) {
  const std::vector<float> resized =
      resize_plane(image.pixels, image.width, image.height, width, height);
  cv::Mat cell(height, width, CV_32FC3);
  auto* to = cell.ptr<float>();
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t i = 0; i < cell.total(); ++i)
    for (size_t c = 0; c < 3; ++c) to[3 * i + c] = resized[i * channels + (channels == 3 ? c : 0)];
  return cell;
}

struct Layout {
  std::vector<int> widths, heights;  // of columns and rows
  static int total(const std::vector<int>& sides) {
    int sum = kGap;
    for (const int side : sides) sum += side + kGap;
    return sum;
  }
};

/// As wide as it gets when it is as high as its row.
int width_in_row(const Image& image, int row_height) {
  return std::max(1, static_cast<int>(std::lround(static_cast<double>(image.width) * row_height /
                                                  image.height)));
}

Layout layout_of(const std::vector<std::vector<Image>>& rows) {
  Layout layout;
  for (const auto& row : rows) {
    int height = 0;
    for (const Image& image : row) height = std::max(height, image.height);
    layout.heights.push_back(height);
    layout.widths.resize(std::max(layout.widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      layout.widths[i] = std::max(layout.widths[i], width_in_row(row[i], height));
  }
  return layout;
}

/// In the middle of the column, as small as it must be to fit.
void write_name(cv::Mat& sheet, const std::string& name, int x, int width) {
  constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
  double size = 0.5;
  int baseline = 0;
  const int needed = cv::getTextSize(name, kFont, size, 1, &baseline).width;
  if (needed > width) size *= static_cast<double>(width) / needed;
  const int used = cv::getTextSize(name, kFont, size, 1, &baseline).width;
  cv::putText(sheet, name, {x + (width - used) / 2, kNameHeight - 3}, kFont, size,
              cv::Scalar(0.2, 0.2, 0.2), 1, cv::LINE_AA);
}

}  // namespace

Image image_from_batch(std::span<const float> values, const Shape& shape, int64_t n, float low,
                       float high) {
  if ((shape.c != 1 && shape.c != 3) || n < 0 || n >= shape.n || shape.h < 1 || shape.w < 1 ||
      static_cast<int64_t>(values.size()) != shape.elements())
    throw ImageError("there is no picture " + std::to_string(n) + " in a batch of " +
                     to_string(shape) + " (" + std::to_string(values.size()) + " values)");
  Image image;
  image.width = static_cast<int>(shape.w);
  image.height = static_cast<int>(shape.h);
  image.channels = static_cast<int>(shape.c);
  const auto channels = static_cast<size_t>(shape.c);
  const auto count = static_cast<size_t>(shape.h) * static_cast<size_t>(shape.w);
  image.pixels.resize(count * channels);
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < count; ++i) {
      const float value = values[(static_cast<size_t>(n) * channels + c) * count + i];
      if (!std::isfinite(value)) throw ImageError("the picture has values that are not finite");
      image.pixels[i * channels + c] = std::clamp((value - low) / (high - low), 0.0f, 1.0f);
    }
  return image;
}

Image make_sample_grid(const std::vector<std::vector<Image>>& rows,
                       const std::vector<std::string>& columns) {
  const Layout layout = layout_of(rows);
  if (layout.widths.empty()) throw ImageError("a sheet of samples needs at least one picture");
  const int top = columns.empty() ? 0 : kNameHeight;
  cv::Mat sheet(Layout::total(layout.heights) + top, Layout::total(layout.widths), CV_32FC3,
                cv::Scalar(1, 1, 1));
  int y = top + kGap;
  for (size_t r = 0; r < rows.size(); ++r) {
    int x = kGap;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const Image& image = rows[r][i];
      const int width = width_in_row(image, layout.heights[r]);
      cell_of(image, width, layout.heights[r])
          .copyTo(sheet(cv::Rect(x + (layout.widths[i] - width) / 2, y, width, layout.heights[r])));
      x += layout.widths[i] + kGap;
    }
    y += layout.heights[r] + kGap;
  }
  int x = kGap;
  for (size_t i = 0; i < std::min(columns.size(), layout.widths.size()); ++i) {
    write_name(sheet, columns[i], x, layout.widths[i]);
    x += layout.widths[i] + kGap;
  }
  Image result;
  result.width = sheet.cols;
  result.height = sheet.rows;
  result.pixels.assign(sheet.ptr<float>(), sheet.ptr<float>() + 3 * sheet.total());
  return result;
}

void save_sample_grid(const std::vector<std::vector<Image>>& rows,
                      const std::vector<std::string>& columns, const std::filesystem::path& path) {
  SaveOptions options;
  options.origin = Origin::composite_with_trained_model;
  options.creator = "Imago " IMAGO_VERSION;
  save_image(make_sample_grid(rows, columns), path, options);
}

}  // namespace imago
