#include "models/measure/tables/table_chart.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "models/measure/sample_grid.h"

namespace imago {
namespace {

constexpr size_t kMostColumns = 24, kAcross = 4;
constexpr size_t kBins = 20, kMostBars = 12;
constexpr int kWidth = 220, kHeight = 120, kName = 18, kMargin = 6;
const cv::Scalar kReal(0.72, 0.72, 0.72), kMade(0.16, 0.42, 0.80), kText(0.2, 0.2, 0.2);

/// Shares of equal parts of the range; missing values, where there can be any, in one more.
std::vector<double> bins_of(const TableColumn& column, const std::vector<double>& values) {
  std::vector<double> bins(kBins + (column.has_missing ? 1 : 0));
  const double range = std::max(column.most - column.least, 1e-300);
  for (const double value : values) {
    const double place = (value - column.least) / range * static_cast<double>(kBins);
    const size_t bin =
        std::isnan(value)
            ? kBins
            : static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(kBins - 1)));
    bins[bin] += 1 / static_cast<double>(values.size());
  }
  return bins;
}

/// Shares of the values of a category, those most frequent in the training rows first.
std::vector<double> bars_of(const TableColumn& column, const std::vector<double>& values) {
  std::vector<size_t> order(column.values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return column.counts[i]; });
  std::vector<double> shares(column.values.size());
  for (const double value : values)
    shares[static_cast<size_t>(value)] += 1 / static_cast<double>(values.size());
  std::vector<double> bars;
  for (size_t i = 0; i < std::min(order.size(), kMostBars); ++i) bars.push_back(shares[order[i]]);
  return bars;
}

Image chart_of(const TableColumn& column, const std::vector<double>& real,
               const std::vector<double>& made) {
  cv::Mat chart(kHeight, kWidth, CV_32FC3, cv::Scalar(0.97, 0.97, 0.97));
  const auto shares = [&](const std::vector<double>& values) {
    return column.is_category() ? bars_of(column, values) : bins_of(column, values);
  };
  const std::vector<double> of_real = shares(real), of_made = shares(made);
  const double most =
      std::max({*std::ranges::max_element(of_real), *std::ranges::max_element(of_made), 1e-9});
  const double step =
      static_cast<double>(kWidth - 2 * kMargin) / static_cast<double>(of_real.size());
  const int floor = kHeight - kMargin, room = floor - kName;
  const auto bar = [&](size_t i, double share, double from, double to, const cv::Scalar& colour) {
    const double x = kMargin + static_cast<double>(i) * step;
    const cv::Point low(static_cast<int>(x + from * step), floor);
    const cv::Point high(static_cast<int>(x + to * step),
                         floor - static_cast<int>(share / most * room));
    if (high.y < low.y) cv::rectangle(chart, low, high, colour, cv::FILLED);
  };
  for (size_t i = 0; i < of_real.size(); ++i) {
    bar(i, of_real[i], 0.08, 0.5, kReal);
    bar(i, of_made[i], 0.5, 0.92, kMade);
  }
  cv::putText(chart, column.name.substr(0, 28), {kMargin, kName - 5}, cv::FONT_HERSHEY_SIMPLEX,
              0.42, kText, 1, cv::LINE_AA);
  Image image;
  image.width = kWidth;
  image.height = kHeight;
  image.pixels.assign(chart.ptr<float>(), chart.ptr<float>() + 3 * chart.total());
  return image;
}

}  // namespace

Image chart_marginals(const TableCoding& coding, const TableValues& real, const TableValues& made) {
  std::vector<std::vector<Image>> rows;
  size_t count = 0;
  for (size_t i = 0; i < coding.columns.size() && count < kMostColumns; ++i) {
    if (coding.columns[i].kind == ColumnKind::left_out) continue;
    if (count++ % kAcross == 0) rows.emplace_back();
    rows.back().push_back(chart_of(coding.columns[i], real.columns[i], made.columns[i]));
  }
  return make_sample_grid(rows);
}

}  // namespace imago
