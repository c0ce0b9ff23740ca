// Tables as they are found: separators, quotes, line ends, what is wrong with them.
#include "models/data/tables/csv.h"

#include "tests/data/support.h"

namespace imago {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(Csv, QuotesHoldSeparatorsLineEndsAndQuotes) {
  const CsvTable table =
      parse_csv("name, note ,n\r\n\"Doe, Jane\",\"said \"\"no\"\"\r\ntwice\", 3 \r\n", "t");
  EXPECT_EQ(table.names, (std::vector<std::string>{"name", "note", "n"}));
  EXPECT_EQ(table.rows, (Rows{{"Doe, Jane", "said \"no\"\r\ntwice", "3"}}));
}

TEST(Csv, SeparatorsAreFoundByLooking) {
  for (const char separator : {',', ';', '\t', '|'}) {
    const std::string s(1, separator);
    const std::string other = separator == ',' ? ";" : ",";
    const CsvTable table = parse_csv("a" + s + "b\n1" + other + "5" + s + "2\n3" + s + "4\n", "t");
    EXPECT_EQ(table.separator, separator);
    EXPECT_EQ(table.rows, (Rows{{"1" + other + "5", "2"}, {"3", "4"}}));
  }
  EXPECT_EQ(parse_csv("only\n1\n2\n", "t").rows, (Rows{{"1"}, {"2"}}));
}

TEST(Csv, MarksBlankLinesAndOldLineEndsArePassedOver) {
  const CsvTable table = parse_csv(
      "\xef\xbb\xbf"
      "a,b\r\r1,\r2,3,\r",
      "t");
  EXPECT_EQ(table.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(table.rows, (Rows{{"1", ""}, {"2", "3"}}));
  EXPECT_EQ(table.lines, (std::vector<int64_t>{3, 4}));
}

TEST(Csv, WhatIsWrongIsNamedWithItsLine) {
  const auto error = [](const std::string& text) {
    return test::error_of([&] { parse_csv(text, "t.csv"); });
  };
  EXPECT_EQ(error("a,b\n1,2\n1,2,3\n"), "t.csv:3: has 3 fields, the first line names 2 columns");
  EXPECT_NE(error("a,b\n1,2\n\"1,2\n").find("t.csv:3: the quote"), std::string::npos);
  EXPECT_NE(error("a,a\n1,2\n").find("two columns are called 'a'"), std::string::npos);
  EXPECT_NE(error("1,2\n3,4\n").find("t.csv:1: is a row of numbers"), std::string::npos);
  EXPECT_NE(error("a,b\n").find("has no rows"), std::string::npos);
  EXPECT_NE(error("").find("is empty"), std::string::npos);
  EXPECT_NE(error(std::string("PK\0\3", 4)).find("is no text"), std::string::npos);
  EXPECT_NE(error("\xff\xfe"
                  "a")
                .find("UTF-16"),
            std::string::npos);
}

TEST(Csv, WhatIsWrittenIsReadAgain) {
  const Rows rows = {{"a", "b c", "d"}, {"x,y", " \"z\" ", "1\n2"}, {"", ";", "é"}};
  std::string text;
  for (const auto& row : rows) text += csv_line(row, ',');
  const CsvTable table = parse_csv(text, "t");
  EXPECT_EQ(table.names, rows[0]);
  EXPECT_EQ(table.rows, (Rows{rows[1], rows[2]}));
}

}  // namespace
}  // namespace imago
