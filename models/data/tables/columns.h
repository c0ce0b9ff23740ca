// What the columns of a table are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/data/tables/csv.h"
#include "models/data/tables/mixture.h"

namespace imago {

enum class ColumnKind {
  number,    // measured: any value between the least and the largest
  integer,   // counted: whole ones of these
  category,  // one of several words
  left_out,  // not learnt and not made: one value throughout, or another one in each row
};

/// "number", "integer", "category", "skip".
const char* to_string(ColumnKind kind);

struct TableColumn {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::string why = {};  // left_out, or changed: what was seen, for messages

  // Numbers and integers.
  double least = 0, most = 0;
  int digits = 0;                // behind the point; below 0: so many that count (1.2e-7)
  bool comma = false;            // in the point's place
  bool has_missing = false;      // some rows have none
  std::string missing = {};      // what is written there then
  std::vector<Mode> modes = {};  // of the values that are there (mixture.h)

  // Categories.
  std::vector<std::string> values = {};  // sorted; missing ones are a value too
  std::vector<int64_t> counts = {};      // of training rows, by value

  bool is_scalar() const { return kind == ColumnKind::number || kind == ColumnKind::integer; }
  bool is_category() const { return kind == ColumnKind::category; }
  /// Of its one-hot code: modes, with one more for missing values, or values.
  int codes() const {
    return is_category() ? static_cast<int>(values.size())
                         : static_cast<int>(modes.size()) + (has_missing ? 1 : 0);
  }
};

/// Whether a field says that there is no value: "", "?", NA, N/A, NaN, null, none, in any case.
bool is_missing(std::string_view text);

/// A whole field as a number; "007" is none. `comma`: in the point's place.
std::optional<double> number_in(std::string_view text, bool comma);

/// As fields of the column have it.
std::string text_of(const TableColumn& column, double value);

/// Looks at all fields of each column:
///   number, integer  what reads as numbers throughout, but for missing ones
///   category         all else, and integers of at most ten different values that come back
///   left out         one value throughout; texts of which more than half are different, and
///                    integers that are all different and follow each other: names and numbers of
///                    rows, which are no property of anything
/// `forced`: "name=kind" for those that are to be something else. Modes, values and counts are left
/// empty. Throws DataError for a name that there is not, a kind that there is not, or one that a
/// field of the column cannot be (with its line); and where no column is left.
std::vector<TableColumn> find_columns(const CsvTable& table, const std::vector<std::string>& forced,
                                      const std::string& source);

}  // namespace imago
