#include "models/measure/tables/table_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_set>

#include "models/data/picture.h"
#include "models/measure/tables/classifier.h"

namespace imago {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<double> present(const std::vector<double>& values) {
  std::vector<double> there;
  for (const double value : values)
    if (!std::isnan(value)) there.push_back(value);
  return there;
}

/// The largest difference of two distribution functions.
double kolmogorov_smirnov(std::vector<double> a, std::vector<double> b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty() ? 0 : 1;
  std::ranges::sort(a);
  std::ranges::sort(b);
  double most = 0;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const double value = std::min(a[i], b[k]);
    while (i < a.size() && a[i] == value) ++i;
    while (k < b.size() && b[k] == value) ++k;
    most = std::max(most, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                   static_cast<double>(k) / static_cast<double>(b.size())));
  }
  return most;
}

/// Half the sum of the differences of shares.
double total_variation(const std::vector<double>& a, const std::vector<double>& b, size_t values) {
  std::vector<double> in_a(values), in_b(values);
  for (const double value : a) ++in_a[static_cast<size_t>(value)];
  for (const double value : b) ++in_b[static_cast<size_t>(value)];
  double sum = 0;
  for (size_t i = 0; i < values; ++i)
    sum +=
        std::abs(in_a[i] / static_cast<double>(a.size()) - in_b[i] / static_cast<double>(b.size()));
  return sum / 2;
}

double missing_share(const std::vector<double>& values) {
  return 1 - static_cast<double>(present(values).size()) / static_cast<double>(values.size());
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    ++n;
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  const double va = saa - sa * sa / n, vb = sbb - sb * sb / n;
  return n > 1 && va > 0 && vb > 0 ? (sab - sa * sb / n) / std::sqrt(va * vb) : 0;
}

double cramers_v(const std::vector<double>& a, const std::vector<double>& b) {
  std::map<std::pair<double, double>, double> both;
  std::map<double, double> of_a, of_b;
  for (size_t i = 0; i < a.size(); ++i) ++both[{a[i], b[i]}], ++of_a[a[i]], ++of_b[b[i]];
  const auto n = static_cast<double>(a.size());
  double chi = 0;
  for (const auto& [x, in_a] : of_a)
    for (const auto& [y, in_b] : of_b) {
      const auto found = both.find({x, y});
      const double expected = in_a * in_b / n, seen = found == both.end() ? 0 : found->second;
      chi += (seen - expected) * (seen - expected) / expected;
    }
  const double least = static_cast<double>(std::min(of_a.size(), of_b.size())) - 1;
  return least > 0 ? std::sqrt(chi / n / least) : 0;
}

/// The root of the share of the numbers' variance that the groups explain.
double correlation_ratio(const std::vector<double>& numbers, const std::vector<double>& groups) {
  std::map<double, std::pair<double, double>> sums;  // and counts
  double sum = 0, squares = 0, n = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (std::isnan(numbers[i])) continue;
    sums[groups[i]].first += numbers[i];
    ++sums[groups[i]].second;
    sum += numbers[i];
    squares += numbers[i] * numbers[i];
    ++n;
  }
  if (n < 2) return 0;
  double between = 0;
  for (const auto& [group, of] : sums) between += of.first * of.first / of.second;
  const double all = squares - sum * sum / n;
  return all > 0 ? std::sqrt(std::clamp((between - sum * sum / n) / all, 0.0, 1.0)) : 0;
}

std::vector<size_t> learnt(const TableCoding& coding) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < coding.columns.size(); ++i)
    if (coding.columns[i].kind != ColumnKind::left_out) columns.push_back(i);
  return columns;
}

/// Mean difference of all pairs' associations between training rows and others.
double association_difference(const TableCoding& coding, const TableValues& training,
                              const TableValues& others) {
  const std::vector<size_t> columns = learnt(coding);
  double sum = 0, pairs = 0;
  for (size_t i = 0; i < columns.size(); ++i)
    for (size_t k = i + 1; k < columns.size(); ++k, ++pairs)
      sum += std::abs(association(coding, training, columns[i], columns[k]) -
                      association(coding, others, columns[i], columns[k]));
  return pairs > 0 ? sum / pairs : kNone;
}

TableValues first_rows(const TableValues& values, size_t most) {
  std::vector<size_t> which(std::min(values.rows, most));
  std::iota(which.begin(), which.end(), size_t{0});
  return which.size() == values.rows ? values : values.take(which);
}

/// By row, what distances are measured by: numbers as shares of their range.
std::vector<float> scaled(const TableCoding& coding, const TableValues& values) {
  const std::vector<size_t> columns = learnt(coding);
  std::vector<float> result;
  for (size_t row = 0; row < values.rows; ++row)
    for (const size_t i : columns) {
      const TableColumn& column = coding.columns[i];
      const double range = std::max(column.most - column.least, 1e-300);
      const double value = values.columns[i][row];
      result.push_back(
          static_cast<float>(column.is_category() ? value : (value - column.least) / range));
    }
  return result;
}

/// Of each row the distance to the closest of `to`.
std::vector<double> closest(const TableCoding& coding, const TableValues& rows,
                            const std::vector<float>& to) {
  const std::vector<size_t> columns = learnt(coding);
  const size_t width = columns.size();
  std::vector<bool> category;
  for (const size_t i : columns) category.push_back(coding.columns[i].is_category());
  const std::vector<float> from = scaled(coding, rows);
  std::vector<double> result;
  for (size_t row = 0; row < rows.rows; ++row) {
    float best = std::numeric_limits<float>::infinity();
    for (size_t other = 0; other < to.size() / width; ++other) {
      float sum = 0;
      for (size_t i = 0; i < width && sum < best; ++i) {
        const float a = from[row * width + i], b = to[other * width + i];
        if (category[i] || std::isnan(a) || std::isnan(b))
          sum += a == b || (std::isnan(a) && std::isnan(b)) ? 0.0f : 1.0f;
        else
          sum += std::min(std::abs(a - b), 1.0f);
      }
      best = std::min(best, sum);
    }
    result.push_back(double{best} / static_cast<double>(width));
  }
  std::ranges::sort(result);
  return result;
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return kNone;
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

size_t copies_in(const TableCoding& coding, const TableValues& rows,
                 const std::unordered_set<std::string>& known) {
  size_t count = 0;
  for (size_t row = 0; row < rows.rows; ++row)
    count += known.contains(csv_line(fields_of(rows, row, coding)));
  return count;
}

RowPrivacy privacy_of(const TableCoding& coding, const TableValues& training,
                      const TableValues& held_out, const TableValues& made,
                      const TableReportOptions& options) {
  RowPrivacy privacy;
  const std::vector<float> to = scaled(coding, first_rows(training, options.most_rows));
  const std::vector<double> of_made = closest(coding, first_rows(made, options.most_queries), to);
  const std::vector<double> of_held_out =
      closest(coding, first_rows(held_out, options.most_queries), to);
  privacy.median_made = quantile(of_made, 0.5);
  privacy.median_held_out = quantile(of_held_out, 0.5);
  privacy.near_made = quantile(of_made, 0.05);
  privacy.near_held_out = quantile(of_held_out, 0.05);
  std::unordered_set<std::string> known;
  for (size_t row = 0; row < training.rows; ++row)
    known.insert(csv_line(fields_of(training, row, coding)));
  privacy.copies = copies_in(coding, made, known);
  privacy.made = made.rows;
  privacy.held_out_copies = copies_in(coding, held_out, known);
  privacy.held_out = held_out.rows;
  return privacy;
}

/// The column to be told; nothing where there is none to tell it by.
std::optional<size_t> target_of(const TableCoding& coding, const std::string& wanted) {
  if (!wanted.empty()) {
    const size_t column = coding.column_named(wanted);
    if (!coding.columns[column].is_category())
      throw DataError("--target " + wanted + ": is no category, so that no classifier can tell it");
    return column;
  }
  std::optional<size_t> last;
  for (const size_t column : learnt(coding))
    if (coding.columns[column].is_category()) last = column;
  return learnt(coding).size() > 1 ? last : std::nullopt;
}

std::optional<ClassifierScores> classified(const TableCoding& coding, const TableValues& training,
                                           const TableValues& held_out, const TableValues& made,
                                           const TableReportOptions& options) {
  const std::optional<size_t> target = target_of(coding, options.target);
  if (!target || held_out.rows == 0) return std::nullopt;
  const TableValues rows = first_rows(training, options.most_rows);
  ClassifierScores scores{.target = coding.columns[*target].name};
  scores.trained_on_real = TableClassifier(coding, rows, *target).accuracy(held_out);
  scores.trained_on_made =
      TableClassifier(coding, first_rows(made, options.most_rows), *target).accuracy(held_out);
  const std::vector<int64_t>& counts = coding.columns[*target].counts;
  const double most = static_cast<double>(std::ranges::max_element(counts) - counts.begin());
  scores.most_frequent = static_cast<double>(std::ranges::count(held_out.columns[*target], most)) /
                         static_cast<double>(held_out.rows);
  return scores;
}

}  // namespace

double association(const TableCoding& coding, const TableValues& values, size_t a, size_t b) {
  const bool a_words = coding.columns[a].is_category(), b_words = coding.columns[b].is_category();
  const std::vector<double>&x = values.columns[a], &y = values.columns[b];
  if (a_words && b_words) return cramers_v(x, y);
  if (a_words) return correlation_ratio(y, x);
  if (b_words) return correlation_ratio(x, y);
  return pearson(x, y);
}

double column_distance(const TableColumn& column, const std::vector<double>& a,
                       const std::vector<double>& b) {
  if (a.empty() || b.empty()) return 0;
  if (column.is_category()) return total_variation(a, b, column.values.size());
  return std::max(kolmogorov_smirnov(present(a), present(b)),
                  std::abs(missing_share(a) - missing_share(b)));
}

TableReport compare_tables(const TableCoding& coding, const TableValues& training,
                           const TableValues& held_out, const TableValues& made,
                           const TableReportOptions& options) {
  TableReport report;
  for (const size_t i : learnt(coding)) {
    const TableColumn& column = coding.columns[i];
    report.columns.push_back({column.name, column.kind,
                              column_distance(column, training.columns[i], made.columns[i]),
                              column_distance(column, training.columns[i], held_out.columns[i])});
    report.marginals += report.columns.back().made;
    report.marginals_held_out += report.columns.back().held_out;
  }
  report.marginals /= static_cast<double>(report.columns.size());
  report.marginals_held_out /= static_cast<double>(report.columns.size());
  report.associations = association_difference(coding, training, made);
  report.associations_held_out = association_difference(coding, training, held_out);
  report.classifier = classified(coding, training, held_out, made, options);
  report.privacy = privacy_of(coding, training, held_out, made, options);
  return report;
}

}  // namespace imago
