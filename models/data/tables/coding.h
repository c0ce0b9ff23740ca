// Rows of a table as numbers that networks learn, and back: mode-specific normalisation and one-hot
// codes (Xu et al. 2019, CTGAN, section 4.2).
//
// A row is `width` channels: the scalars of all numbers and integers, each (value - mean) / (4
// deviations) of the mode that the value was drawn to, within ±0.99; then the one-hot codes of
// their modes (of missing values one mode more); then those of the categories. Codes of one width
// lie together, narrow ones first, so that networks treat them as blocks. What a row is asked for
// is `conditions` channels: the codes of the categories in the same order, one of them 1, or all 0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/data/tables/columns.h"

namespace imago {

/// Where a column lies among a row's channels; -1: nowhere.
struct ColumnPlace {
  int scalar = -1, code = -1;
  int condition = -1;  // among the conditions
};

struct TableCoding {
  char separator = ',';
  std::vector<TableColumn> columns;

  std::vector<ColumnPlace> places() const;
  int width() const;
  int conditions() const;
  /// The blocks, for networks/tabular.h: "2; 1x3 1x10; 4x2" are two scalars, modes of which one has
  /// 3 and one 10, four categories of two values each.
  std::string layout() const;
  /// The numbers of the categories' columns.
  std::vector<size_t> categories() const;
  size_t column_named(const std::string& name) const;  // throws DataError naming those there are
};

std::string to_json(const TableCoding& coding);
/// Throws DataError that begins with `source` for a text that to_json did not write.
TableCoding coding_from_json(const std::string& json, const std::string& source);

/// A line for each column, to be read by people: "age: integer, 18 to 90, 4 modes".
std::vector<std::string> described(const TableCoding& coding);

/// Rows as values: of a category the number of its value, of what is missing NaN. By column; those
/// that are left out are empty.
struct TableValues {
  size_t rows = 0;
  std::vector<std::vector<double>> columns;

  /// Some of the rows, in this order.
  TableValues take(std::span<const size_t> which) const;
};

/// Finds the columns, fits the modes of `rows`, and counts the categories in them.
TableCoding fit_coding(const CsvTable& table, std::span<const size_t> rows, int most_modes,
                       const std::vector<std::string>& forced, const std::string& source);

/// Columns are found by their names. Throws DataError for one that is missing and for a field that
/// its column cannot be, with its line.
TableValues values_of(const CsvTable& table, const TableCoding& coding, const std::string& source);

/// The fields of a row, as its file would have them; without the columns that are left out.
std::vector<std::string> fields_of(const TableValues& values, size_t row,
                                   const TableCoding& coding);
/// Their names.
std::vector<std::string> field_names(const TableCoding& coding);

/// Coded rows, small enough to be kept.
struct CodedRows {
  std::vector<float> scalars;   // by row
  std::vector<uint16_t> codes;  // by row, those of all columns that are not left out
  size_t rows = 0;
};

/// Which of them, with probabilities as their weights; `share` in [0, 1) is the chance.
size_t drawn(std::span<const double> weights, double share);

/// Modes are drawn by how likely each made the value, from (seed, row).
CodedRows encode(const TableValues& values, const TableCoding& coding, uint64_t seed);

/// Appends the channels of a row: `width` of them, the columns at these places.
void append_row(const CodedRows& rows, size_t row, const std::vector<ColumnPlace>& places,
                int width, std::vector<float>& channels);

/// Takes what a generator made: `channels` {width, rows}, scalars in [-1, 1] and the probabilities
/// of all codes. Codes are drawn by them from (seed + row), numbers kept between the least and the
/// most of their column and rounded as it is.
TableValues decode(std::span<const float> channels, size_t rows, const TableCoding& coding,
                   uint64_t seed);

}  // namespace imago
