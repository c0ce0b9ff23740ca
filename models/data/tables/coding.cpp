#include "models/data/tables/coding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "models/data/picture.h"
#include "models/data/random_stream.h"
#include "models/data/walk.h"

namespace imago {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kWithin = 4;  // deviations that a scalar of 1 stands for
constexpr double kMostScalar = 0.99;

/// The columns of one kind of code by their widths, as they lie in a row.
std::vector<size_t> in_order(const TableCoding& coding, bool categories) {
  std::vector<size_t> order;
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    const TableColumn& column = coding.columns[i];
    if (categories ? column.is_category() : column.is_scalar()) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return coding.columns[i].codes(); });
  return order;
}

std::string blocks_of(const TableCoding& coding, bool categories) {
  std::map<int, int> counts;
  for (const size_t i : in_order(coding, categories)) ++counts[coding.columns[i].codes()];
  std::string text;
  for (const auto& [width, count] : counts)
    text += (text.empty() ? "" : " ") + std::to_string(count) + "x" + std::to_string(width);
  return text;
}

size_t mode_of(const TableColumn& column, double value, double share) {
  std::vector<double> weights = log_densities(column.modes, value);
  const double most = *std::ranges::max_element(weights);
  for (double& weight : weights) weight = std::exp(weight - most);
  return drawn(weights, share);
}

double rounded(const TableColumn& column, double value) {
  value = std::clamp(value, column.least, column.most);
  return *number_in(text_of(column, value), column.comma);
}

double value_of_field(const std::string& text, const TableColumn& column,
                      const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(where + ": '" + text + "' in column '" + column.name + "' " + what);
  };
  if (column.is_category()) {
    const std::string& known = is_missing(text) && column.has_missing ? column.missing : text;
    const auto found = std::ranges::lower_bound(column.values, known);
    if (found == column.values.end() || *found != known) refuse("is none of its values");
    return static_cast<double>(found - column.values.begin());
  }
  if (is_missing(text)) {
    if (!column.has_missing) refuse("is missing, which no value was where this was learnt");
    return kMissing;
  }
  const std::optional<double> value = number_in(text, column.comma);
  if (!value) refuse("is no number");
  return *value;
}

}  // namespace

size_t drawn(std::span<const double> weights, double share) {
  double left = 0;
  for (const double weight : weights) left += weight;
  left *= share;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = i;
    if ((left -= weights[i]) < 0) break;
  }
  return last;
}

std::vector<ColumnPlace> TableCoding::places() const {
  std::vector<ColumnPlace> places(columns.size());
  int channel = 0, condition = 0;
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].is_scalar()) places[i].scalar = channel++;
  for (const size_t i : in_order(*this, false)) {
    places[i].code = channel;
    channel += columns[i].codes();
  }
  for (const size_t i : in_order(*this, true)) {
    places[i].code = channel;
    places[i].condition = condition;
    channel += columns[i].codes();
    condition += columns[i].codes();
  }
  return places;
}

int TableCoding::width() const {
  int width = 0;
  for (const TableColumn& column : columns)
    if (column.kind != ColumnKind::left_out) width += column.codes() + (column.is_scalar() ? 1 : 0);
  return width;
}

int TableCoding::conditions() const {
  int count = 0;
  for (const size_t i : categories()) count += columns[i].codes();
  return count;
}

std::string TableCoding::layout() const {
  const auto scalars = std::ranges::count_if(columns, &TableColumn::is_scalar);
  return std::to_string(scalars) + "; " + blocks_of(*this, false) + "; " + blocks_of(*this, true);
}

std::vector<size_t> TableCoding::categories() const { return in_order(*this, true); }

size_t TableCoding::column_named(const std::string& name) const {
  const auto found = std::ranges::find(columns, name, &TableColumn::name);
  if (found == columns.end())
    throw DataError("there is no column '" + name + "'; there are " +
                    listed(field_names(*this), 12));
  return static_cast<size_t>(found - columns.begin());
}

std::vector<std::string> described(const TableCoding& coding) {
  std::vector<std::string> lines;
  for (const TableColumn& column : coding.columns) {
    std::string text = column.name + ": ";
    if (column.kind == ColumnKind::left_out)
      text += "left out, " + column.why;
    else if (column.is_category())
      text += "category of " + std::to_string(column.values.size());
    else
      text += std::string(to_string(column.kind)) + ", " + text_of(column, column.least) + " to " +
              text_of(column, column.most) + ", " + std::to_string(column.modes.size()) +
              (column.modes.size() == 1 ? " mode" : " modes") +
              (column.has_missing ? ", some missing" : "");
    lines.push_back(text);
  }
  return lines;
}

TableValues TableValues::take(std::span<const size_t> which) const {
  TableValues taken{which.size(), {}};
  for (const std::vector<double>& column : columns) {
    std::vector<double>& values = taken.columns.emplace_back();
    if (column.empty()) continue;
    for (const size_t row : which) values.push_back(column[row]);
  }
  return taken;
}

TableCoding fit_coding(const CsvTable& table, std::span<const size_t> rows, int most_modes,
                       const std::vector<std::string>& forced, const std::string& source) {
  TableCoding coding{table.separator, find_columns(table, forced, source)};
  const TableValues values = values_of(table, coding, source).take(rows);
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    TableColumn& column = coding.columns[i];
    if (column.is_category()) {
      column.counts.assign(column.values.size(), 0);
      for (const double value : values.columns[i]) ++column.counts[static_cast<size_t>(value)];
    } else if (column.is_scalar()) {
      std::vector<double> there;
      for (const double value : values.columns[i])
        if (!std::isnan(value)) there.push_back(value);
      if (there.empty()) there.push_back(column.least);
      column.modes = fit_modes(there, most_modes);
    }
  }
  return coding;
}

TableValues values_of(const CsvTable& table, const TableCoding& coding, const std::string& source) {
  TableValues values{table.rows.size(), {}};
  for (const TableColumn& column : coding.columns) {
    std::vector<double>& to = values.columns.emplace_back();
    if (column.kind == ColumnKind::left_out) continue;
    const auto name = std::ranges::find(table.names, column.name);
    if (name == table.names.end())
      throw DataError(source + ": there is no column '" + column.name + "', which was learnt from");
    const auto place = static_cast<size_t>(name - table.names.begin());
    for (size_t row = 0; row < table.rows.size(); ++row)
      to.push_back(value_of_field(table.rows[row][place], column,
                                  source + ":" + std::to_string(table.lines[row])));
  }
  return values;
}

std::vector<std::string> field_names(const TableCoding& coding) {
  std::vector<std::string> names;
  for (const TableColumn& column : coding.columns)
    if (column.kind != ColumnKind::left_out) names.push_back(column.name);
  return names;
}

std::vector<std::string> fields_of(const TableValues& values, size_t row,
                                   const TableCoding& coding) {
  std::vector<std::string> fields;
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    const TableColumn& column = coding.columns[i];
    if (column.kind == ColumnKind::left_out) continue;
    const double value = values.columns[i][row];
    if (column.is_category())
      fields.push_back(column.values[static_cast<size_t>(value)]);
    else
      fields.push_back(std::isnan(value) ? column.missing : text_of(column, value));
  }
  return fields;
}

CodedRows encode(const TableValues& values, const TableCoding& coding, uint64_t seed) {
  CodedRows coded;
  coded.rows = values.rows;
  for (size_t row = 0; row < values.rows; ++row) {
    RandomStream random(seed, Purpose::mode, row);
    for (size_t i = 0; i < coding.columns.size(); ++i) {
      const TableColumn& column = coding.columns[i];
      if (column.kind == ColumnKind::left_out) continue;
      const double value = values.columns[i][row];
      size_t code = column.modes.size();  // of a missing value
      if (column.is_category()) {
        code = static_cast<size_t>(value);
      } else if (!std::isnan(value)) {
        code = mode_of(column, value, random.uniform());
        const Mode& mode = column.modes[code];
        coded.scalars.push_back(static_cast<float>(std::clamp(
            (value - mode.mean) / (kWithin * mode.deviation), -kMostScalar, kMostScalar)));
      } else {
        coded.scalars.push_back(0);
      }
      coded.codes.push_back(static_cast<uint16_t>(code));
    }
  }
  return coded;
}

void append_row(const CodedRows& rows, size_t row, const std::vector<ColumnPlace>& places,
                int width, std::vector<float>& channels) {
  const size_t begin = channels.size();
  channels.resize(begin + static_cast<size_t>(width), 0.0f);
  const size_t scalars = rows.scalars.size() / rows.rows, coded = rows.codes.size() / rows.rows;
  size_t scalar = row * scalars, code = row * coded;
  for (const ColumnPlace& place : places) {
    if (place.scalar >= 0)
      channels[begin + static_cast<size_t>(place.scalar)] = rows.scalars[scalar++];
    if (place.code >= 0) channels[begin + static_cast<size_t>(place.code) + rows.codes[code++]] = 1;
  }
}

TableValues decode(std::span<const float> channels, size_t rows, const TableCoding& coding,
                   uint64_t seed) {
  const std::vector<ColumnPlace> places = coding.places();
  TableValues values{rows, std::vector<std::vector<double>>(places.size())};
  const auto channel = [&](int place, size_t row) {
    return double{channels[static_cast<size_t>(place) * rows + row]};
  };
  for (size_t row = 0; row < rows; ++row) {
    RandomStream random(seed + row, Purpose::generation, 1);
    for (size_t i = 0; i < places.size(); ++i) {
      const TableColumn& column = coding.columns[i];
      if (column.kind == ColumnKind::left_out) continue;
      std::vector<double> weights;
      for (int k = 0; k < column.codes(); ++k) weights.push_back(channel(places[i].code + k, row));
      const size_t code = drawn(weights, random.uniform());
      double value = static_cast<double>(code);
      if (column.is_scalar() && code == column.modes.size())
        value = kMissing;
      else if (column.is_scalar())
        value = rounded(column, column.modes[code].mean + kWithin * column.modes[code].deviation *
                                                              channel(places[i].scalar, row));
      values.columns[i].push_back(value);
    }
  }
  return values;
}

}  // namespace imago
