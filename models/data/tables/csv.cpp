#include "models/data/tables/csv.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include "models/data/picture.h"

namespace imago {
namespace {

constexpr std::string_view kSeparators = ",;\t|";
constexpr size_t kLooked = 50;  // records that the separator is found by

struct Record {
  int64_t line;
  std::vector<std::string> fields;
};

/// Takes text apart, a record at a time.
class Scanner {
 public:
  Scanner(std::string_view text, char separator, const std::string& source)
      : text_(text), separator_(separator), source_(source) {}

  /// False at the end. Records without a character are passed over.
  bool next(Record& record) {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) end_line();
    if (at_ >= text_.size()) return false;
    record = {line_, {}};
    do record.fields.push_back(field());
    while (at_ < text_.size() && text_[at_] == separator_ && ++at_);
    if (at_ < text_.size()) end_line();
    return true;
  }

 private:
  bool ends() const {
    return at_ >= text_.size() || text_[at_] == separator_ || text_[at_] == '\n' ||
           text_[at_] == '\r';
  }

  void end_line() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  std::string field() {
    while (at_ < text_.size() && text_[at_] == ' ' && separator_ != ' ') ++at_;
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    while (!ends()) value += text_[at_++];
    while (!value.empty() && value.back() == ' ') value.pop_back();
    return value;
  }

  std::string quoted() {
    const int64_t begun = line_;
    std::string value;
    ++at_;
    for (;; ++at_) {
      if (at_ >= text_.size())
        throw DataError(source_ + ":" + std::to_string(begun) +
                        ": the quote that begins in this line is never closed");
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value += text_[at_];
        continue;
      }
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      value += text_[at_++];
    }
    ++at_;
    while (!ends()) value += text_[at_++];  // what some programs leave behind a quote
    return value;
  }

  std::string_view text_;
  const char separator_;
  const std::string& source_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

/// The one that cuts the first records into the most fields, as many in each.
char separator_of(std::string_view text, const std::string& source) {
  char best = ',';
  size_t most = 1;
  for (const char separator : kSeparators) {
    Scanner scanner(text, separator, source);
    Record record;
    size_t fields = 0, alike = 0, seen = 0;
    try {
      for (; seen < kLooked && scanner.next(record); ++seen) {
        if (seen == 0) fields = record.fields.size();
        alike += record.fields.size() == fields;
      }
    } catch (const DataError&) {
      continue;  // an open quote; told when it is read
    }
    if (fields > most && 10 * alike >= 9 * seen) {
      best = separator;
      most = fields;
    }
  }
  return best;
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

/// Without the mark that says it is UTF-8. Throws DataError for what is no text.
std::string_view as_text(std::string_view text, const std::string& source) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    throw DataError(source + ": is UTF-16; save it as CSV with UTF-8");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos)
    throw DataError(source + ": is no text, so no CSV; a spreadsheet is saved as CSV first");
  return text;
}

std::vector<std::string> names_in(const Record& header, const std::string& source) {
  const std::string where = source + ":" + std::to_string(header.line);
  if (std::ranges::all_of(header.fields, is_number))
    throw DataError(where +
                    ": is a row of numbers where the columns' names should stand; put a "
                    "line with a name for each column before it");
  std::vector<std::string> names = header.fields;
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i].empty()) names[i] = "column " + std::to_string(i + 1);
  std::set<std::string> known;
  for (const std::string& name : names)
    if (!known.insert(name).second)
      throw DataError(where + ": two columns are called '" + name + "'; call one otherwise");
  return names;
}

}  // namespace

CsvTable parse_csv(std::string_view whole, const std::string& source) {
  const std::string_view text = as_text(whole, source);
  CsvTable table;
  table.separator = separator_of(text, source);
  Scanner scanner(text, table.separator, source);
  Record record;
  if (!scanner.next(record)) throw DataError(source + ": is empty");
  table.names = names_in(record, source);
  while (scanner.next(record)) {
    if (record.fields.size() == table.names.size() + 1 && record.fields.back().empty())
      record.fields.pop_back();  // a separator at the end of each line
    if (record.fields.size() != table.names.size())
      throw DataError(source + ":" + std::to_string(record.line) + ": has " +
                      std::to_string(record.fields.size()) + " fields, the first line names " +
                      std::to_string(table.names.size()) + " columns");
    table.rows.push_back(std::move(record.fields));
    table.lines.push_back(record.line);
  }
  if (table.rows.empty()) throw DataError(source + ": has no rows below the names of its columns");
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw DataError(path.string() + ": is a folder; a table is one CSV file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError(path.string() + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw DataError(path.string() + ": cannot be read to its end");
  return parse_csv(text, path.string());
}

std::string csv_line(const std::vector<std::string>& fields, char separator) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += separator;
    const std::string& text = fields[i];
    const bool spaced = !text.empty() && (text.front() == ' ' || text.back() == ' ');
    if (!spaced && text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) {
      line += text;
      continue;
    }
    line += '"';
    for (const char c : text) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

}  // namespace imago
