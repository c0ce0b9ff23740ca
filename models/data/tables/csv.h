// Tables in text files: CSV (RFC 4180) as it is found.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace imago {

struct CsvTable {
  char separator = ',';
  std::vector<std::string> names;              // of the columns, all different and not empty
  std::vector<std::vector<std::string>> rows;  // of as many fields as there are names
  std::vector<int64_t> lines;                  // of the file, where each row begins; 1 is the first
};

/// Reads a table whose first line names its columns. The separator is a comma, semicolon, tab or
/// bar, whichever the first lines have; fields may stand in quotes, with separators, line ends and
/// doubled quotes in them; lines end with LF, CRLF or CR; empty ones are passed over, as is the
/// byte order mark of UTF-8. Fields outside quotes lose the spaces around them. Throws DataError
/// naming file and line for a row of another length, an open quote, two columns of one name, a
/// first line without names, bytes that are no text, and a file that cannot be read or has no rows.
CsvTable read_csv(const std::filesystem::path& path);

/// The same of text; `source` stands in messages.
CsvTable parse_csv(std::string_view text, const std::string& source);

/// A line with its end; fields that need quotes are in some.
std::string csv_line(const std::vector<std::string>& fields, char separator = ',');

}  // namespace imago
