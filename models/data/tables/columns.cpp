#include "models/data/tables/columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "models/data/picture.h"
#include "models/data/walk.h"

namespace imago {
namespace {

constexpr size_t kFewValues = 10;         // integers of so many are categories,
constexpr size_t kComesBack = 5;          // where each comes back so often on average
constexpr size_t kMostCategories = 1000;  // of a category
constexpr size_t kEnoughToTell = 20;      // rows by which names of rows are told
constexpr int kMostDigits = 12;
constexpr int kSignificant = 7;

/// All that the fields of a column say.
struct Seen {
  std::set<std::string> values;  // missing ones not among them
  size_t there = 0;
  bool numbers = true, integers = true, comma = false;
  bool exponents = false;
  int digits = 0;
  double least = 0, most = 0;
  bool has_missing = false;
  std::string missing;
  std::optional<size_t> no_number;  // the first row of which it is none
};

void look_at_number(Seen& seen, const std::string& text, double value) {
  seen.least = seen.there == 1 ? value : std::min(seen.least, value);
  seen.most = seen.there == 1 ? value : std::max(seen.most, value);
  if (text.find_first_of("eE") != std::string::npos) seen.exponents = true;
  const size_t point = text.find_first_of(".,");
  const int digits = point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
  seen.digits = std::max(seen.digits, digits);
  seen.integers = seen.integers && value == std::floor(value);
}

/// A comma in the point's place can be where it separates no fields.
bool has_decimal_commas(const CsvTable& table, size_t column) {
  if (table.separator == ',') return false;
  bool any = false;
  for (const auto& row : table.rows) {
    if (is_missing(row[column])) continue;
    if (!number_in(row[column], true)) return false;
    any = any || row[column].find(',') != std::string::npos;
  }
  return any;
}

Seen look(const CsvTable& table, size_t column) {
  Seen seen;
  seen.comma = has_decimal_commas(table, column);
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::string& text = table.rows[i][column];
    if (is_missing(text)) {
      if (!seen.has_missing) seen.missing = text;
      seen.has_missing = true;
      continue;
    }
    ++seen.there;
    seen.values.insert(text);
    const std::optional<double> value = number_in(text, seen.comma);
    if (value) {
      look_at_number(seen, text, *value);
    } else if (seen.numbers) {
      seen.numbers = false;
      seen.no_number = i;
    }
  }
  return seen;
}

ColumnKind kind_of(const Seen& seen, size_t rows, std::string& why) {
  using enum ColumnKind;
  const size_t different = seen.values.size();
  if (different + (seen.has_missing ? 1 : 0) < 2) {
    why = different == 0 ? "has no value in any row" : "has one value in all rows";
    return left_out;
  }
  const bool enough = rows >= kEnoughToTell;
  if (!seen.numbers) {
    if (different <= kMostCategories && !(enough && 2 * different > seen.there)) return category;
    why = "has " + std::to_string(different) + " different texts, as names have";
    return left_out;
  }
  if (!seen.integers) return number;
  if (enough && different == rows && seen.most - seen.least == static_cast<double>(rows - 1)) {
    why = "numbers the rows";
    return left_out;
  }
  return different <= kFewValues && different * kComesBack <= seen.there ? category : integer;
}

/// By column, what "name=kind" asks for.
std::map<std::string, ColumnKind> wishes(const std::vector<std::string>& forced,
                                         const CsvTable& table) {
  std::map<std::string, ColumnKind> result;
  for (const std::string& wish : forced) {
    const size_t equals = wish.rfind('=');
    const std::string name = wish.substr(0, equals);
    if (equals == std::string::npos)
      throw DataError("--columns " + wish + ": is written as name=kind, as in age=integer");
    if (std::ranges::find(table.names, name) == table.names.end())
      throw DataError("--columns: there is no column '" + name + "'; there are " +
                      listed(table.names, 12));
    bool known = false;
    for (const ColumnKind kind :
         {ColumnKind::number, ColumnKind::integer, ColumnKind::category, ColumnKind::left_out})
      if (wish.substr(equals + 1) == to_string(kind)) {
        result[name] = kind;
        known = true;
      }
    if (!known)
      throw DataError("--columns " + wish + ": a column is number, integer, category or skip");
  }
  return result;
}

void require_possible(const TableColumn& column, const Seen& seen, const CsvTable& table,
                      size_t index, const std::string& source) {
  const auto refuse = [&](const std::string& what) {
    throw DataError("--columns " + column.name + "=" + to_string(column.kind) + ": " + what);
  };
  if (column.is_scalar() && seen.no_number)
    refuse(source + ":" + std::to_string(table.lines[*seen.no_number]) + " has '" +
           table.rows[*seen.no_number][index] + "', which is no number");
  if (column.is_scalar() && seen.there == 0) refuse("has no value in any row");
  if (column.kind == ColumnKind::integer && !seen.integers) refuse("not all of it is whole");
  if (column.is_category() && seen.values.size() > kMostCategories)
    refuse("has " + std::to_string(seen.values.size()) + " different values, at most " +
           std::to_string(kMostCategories) + " can be learnt");
}

}  // namespace

const char* to_string(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::integer:
      return "integer";
    case ColumnKind::category:
      return "category";
    case ColumnKind::left_out:
      return "skip";
    case ColumnKind::number:
      break;
  }
  return "number";
}

bool is_missing(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  for (const char* word : {"", "?", "na", "n/a", "nan", "null", "none", "#n/a"})
    if (lower == word) return true;
  return false;
}

std::optional<double> number_in(std::string_view text, bool comma) {
  std::string plain(text);
  if (comma) std::ranges::replace(plain, ',', '.');
  const char* begin = plain.data();
  const char* end = begin + plain.size();
  if (begin != end && *begin == '+') ++begin;
  const char* digits = begin != end && *begin == '-' ? begin + 1 : begin;
  if (end - digits > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
    return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (begin == end || error != std::errc() || stop != end || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string text_of(const TableColumn& column, double value) {
  char text[400];
  if (column.digits >= 0)
    std::snprintf(text, sizeof(text), "%.*f", column.digits, value);
  else
    std::snprintf(text, sizeof(text), "%.*g", -column.digits, value);
  std::string result = text;
  if (result.find_first_not_of("-0.") == std::string::npos && result.starts_with('-'))
    result.erase(0, 1);  // -0
  if (column.comma) std::ranges::replace(result, '.', ',');
  return result;
}

std::vector<TableColumn> find_columns(const CsvTable& table, const std::vector<std::string>& forced,
                                      const std::string& source) {
  const std::map<std::string, ColumnKind> wished = wishes(forced, table);
  std::vector<TableColumn> columns;
  for (size_t i = 0; i < table.names.size(); ++i) {
    const Seen seen = look(table, i);
    TableColumn column{.name = table.names[i]};
    column.kind = kind_of(seen, table.rows.size(), column.why);
    if (const auto found = wished.find(column.name); found != wished.end()) {
      column.kind = found->second;
      column.why = column.kind == ColumnKind::left_out ? "as asked" : "";
      require_possible(column, seen, table, i, source);
    }
    column.least = seen.least;
    column.most = seen.most;
    column.comma = seen.comma;
    column.digits = seen.exponents || seen.digits > kMostDigits ? -kSignificant
                    : seen.integers                             ? 0
                                                                : seen.digits;
    column.has_missing = seen.has_missing;
    column.missing = seen.missing;
    if (column.is_category()) {
      column.values.assign(seen.values.begin(), seen.values.end());
      if (seen.has_missing) column.values.push_back(seen.missing);
      std::ranges::sort(column.values);
    }
    columns.push_back(std::move(column));
  }
  if (std::ranges::all_of(columns,
                          [](const TableColumn& c) { return c.kind == ColumnKind::left_out; }))
    throw DataError(source + ": no column is left to learn: '" + columns[0].name + "' " +
                    columns[0].why + "; --columns name=kind says otherwise");
  return columns;
}

}  // namespace imago
