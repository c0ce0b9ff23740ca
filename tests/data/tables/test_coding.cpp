// What columns are taken for, mixtures, and rows as numbers and back.
#include "models/data/tables/coding.h"

#include <map>
#include <random>

#include "models/data/tables/table_data.h"
#include "tests/data/support.h"

namespace imago {
namespace {

TEST(Mixture, FindsTheModesThatThereAre) {
  std::mt19937 bits(1);
  std::normal_distribution<double> low(-10, 0.5), high(100, 3);
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) values.push_back(i % 3 == 0 ? high(bits) : low(bits));
  const std::vector<Mode> modes = fit_modes(values, 10);
  // Heavy parts tell; what is left over are slivers of the same two.
  double near_low = 0, near_high = 0;
  for (const Mode& mode : modes) {
    (mode.mean < 40 ? near_low : near_high) += mode.weight;
    EXPECT_TRUE(std::abs(mode.mean + 10) < 1.5 || std::abs(mode.mean - 100) < 8) << mode.mean;
  }
  EXPECT_NEAR(near_low, 2.0 / 3, 0.01);
  EXPECT_NEAR(near_high, 1.0 / 3, 0.01);
  EXPECT_LE(modes.size(), 6u);
}

TEST(Mixture, OneValueAndFewValuesHaveModesToo) {
  EXPECT_EQ(fit_modes(std::vector<double>{5, 5, 5}, 10), (std::vector<Mode>{{1, 5, 1}}));
  const std::vector<Mode> two = fit_modes(std::vector<double>{1, 2}, 10);
  ASSERT_FALSE(two.empty());
  for (const Mode& mode : two) EXPECT_GT(mode.deviation, 0);
}

/// Forty rows of every kind of column.
CsvTable people() {
  std::string text = "id,name,age,height,sex,city,one,blood\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(100 + i) + ",person " + std::to_string(i) + "," +
            std::to_string(20 + i * 7 % 45) + "," +
            (i % 10 == 3 ? "NA" : "1." + std::to_string(50 + i)) + "," + (i % 3 == 0 ? "f" : "m") +
            "," + (i % 2 ? "\"Bern, BE\"" : "Oslo") + ",x," + std::to_string(i % 4) + "\n";
  return parse_csv(text, "people.csv");
}

std::vector<size_t> all(const CsvTable& table) {
  std::vector<size_t> rows(table.rows.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return rows;
}

std::map<std::string, std::string> kinds(const std::vector<TableColumn>& columns) {
  std::map<std::string, std::string> result;
  for (const TableColumn& column : columns) result[column.name] = to_string(column.kind);
  return result;
}

TEST(Columns, KindsAreFoundByLooking) {
  EXPECT_EQ(kinds(find_columns(people(), {}, "people.csv")),
            (std::map<std::string, std::string>{{"id", "skip"},
                                                {"name", "skip"},
                                                {"age", "integer"},
                                                {"height", "number"},
                                                {"sex", "category"},
                                                {"city", "category"},
                                                {"one", "skip"},
                                                {"blood", "category"}}));
  const auto forced = kinds(find_columns(people(), {"blood=integer", "sex=skip"}, "people.csv"));
  EXPECT_EQ(forced.at("blood"), "integer");
  EXPECT_EQ(forced.at("sex"), "skip");
}

TEST(Columns, WhatCannotBeForcedIsToldWithItsLine) {
  const auto error = [](const std::string& wish) {
    return test::error_of([&] { find_columns(people(), {wish}, "people.csv"); });
  };
  EXPECT_NE(error("sex=number").find("people.csv:2 has 'f'"), std::string::npos);
  EXPECT_NE(error("weight=number").find("no column 'weight'"), std::string::npos);
  EXPECT_NE(error("age=word").find("number, integer, category or skip"), std::string::npos);
  EXPECT_NE(error("height=integer").find("not all of it is whole"), std::string::npos);
  EXPECT_NE(error("age").find("name=kind"), std::string::npos);
}

TEST(Columns, NumbersAsPeopleWriteThem) {
  EXPECT_EQ(number_in("-1.5", false), -1.5);
  EXPECT_EQ(number_in("+2", false), 2);
  EXPECT_EQ(number_in("1,5", true), 1.5);
  EXPECT_EQ(number_in("1e3", false), 1000);
  for (const char* text : {"", "007", "1.5x", "inf", "nan", "1,5", "--1"})
    EXPECT_FALSE(number_in(text, false)) << text;
  EXPECT_EQ(number_in("0.5", false), 0.5);
  const CsvTable german = parse_csv("a;b\n1,5;x\n2,25;y\n3;x\n1,5;y\n", "t");
  const std::vector<TableColumn> columns = find_columns(german, {}, "t");
  EXPECT_EQ(columns[0].kind, ColumnKind::number);
  EXPECT_EQ(text_of(columns[0], 2.25), "2,25");
}

TEST(Coding, RowsComeBackAsTheyWere) {
  const CsvTable table = people();
  const TableCoding coding = fit_coding(table, all(table), 10, {}, "people.csv");
  const TableValues values = values_of(table, coding, "people.csv");
  const CodedRows coded = encode(values, coding, 7);
  std::vector<float> rows;
  for (size_t row = 0; row < coded.rows; ++row)
    append_row(coded, row, coding.places(), coding.width(), rows);
  ASSERT_EQ(rows.size(), coded.rows * static_cast<size_t>(coding.width()));
  // As a generator gives them: by channel.
  std::vector<float> channels(rows.size());
  const auto width = static_cast<size_t>(coding.width());
  for (size_t row = 0; row < coded.rows; ++row)
    for (size_t c = 0; c < width; ++c) channels[c * coded.rows + row] = rows[row * width + c];
  const TableValues back = decode(channels, coded.rows, coding, 3);
  for (size_t row = 0; row < coded.rows; ++row) {
    // All but what lies beyond 0.99 of four deviations, of which there is none here.
    EXPECT_EQ(fields_of(back, row, coding), fields_of(values, row, coding)) << row;
    const std::vector<std::string> fields = fields_of(values, row, coding);
    EXPECT_EQ(fields[0], table.rows[row][2]);
    EXPECT_EQ(fields[3], table.rows[row][5]);
  }
  EXPECT_EQ(field_names(coding),
            (std::vector<std::string>{"age", "height", "sex", "city", "blood"}));
}

TEST(Coding, JsonKeepsEverything) {
  const CsvTable table = people();
  const TableCoding coding = fit_coding(table, all(table), 5, {}, "people.csv");
  const std::string json = to_json(coding);
  EXPECT_EQ(to_json(coding_from_json(json, "x")), json);
  EXPECT_NE(test::error_of([] { coding_from_json("{}", "x.pth"); }).find("x.pth: what it says"),
            std::string::npos);
  EXPECT_NE(test::error_of([&] {
              coding_from_json(json.substr(0, json.size() / 2), "x.pth");
            }).find("x.pth"),
            std::string::npos);
}

TEST(Coding, FieldsThatAColumnCannotBeAreTold) {
  const CsvTable table = people();
  const TableCoding coding = fit_coding(table, all(table), 5, {}, "people.csv");
  const auto error = [&](const std::string& text) {
    return test::error_of([&] { values_of(parse_csv(text, "u.csv"), coding, "u.csv"); });
  };
  EXPECT_NE(error("blood,city,sex,height,age\n1,Rome,f,1.7,30\n")
                .find("u.csv:2: 'Rome' in column 'city'"),
            std::string::npos);
  EXPECT_NE(error("blood,city,sex,height,age\n1,Oslo,f,1.7,old\n").find("is no number"),
            std::string::npos);
  EXPECT_NE(error("age\n30\n").find("no column 'height'"), std::string::npos);
}

TEST(TableData, BatchesAskForWhatTheirRealRowsAre) {
  const TemporaryFolder folder;
  const test::fs::path path = folder.path() / "people.csv";
  {
    std::ofstream file(path);
    const CsvTable table = people();
    file << csv_line(table.names);
    for (const auto& row : table.rows) file << csv_line(row);
  }
  DataOptions options;
  options.kind = DataKind::table;
  options.dataroot = path;
  options.batch_size = 20;
  options.latent = 3;
  options.held_out = 8;
  complete(options);
  const Dataset dataset(options);
  EXPECT_EQ(dataset.size(), 32);
  const TableCoding coding = coding_from_json(options.table, "x");
  const Batch batch = dataset.batch(5), again = dataset.batch(5);
  EXPECT_EQ(batch.a, again.a);
  EXPECT_EQ(batch.b, again.b);
  const auto conditions = static_cast<size_t>(coding.conditions()),
             width = static_cast<size_t>(coding.width());
  EXPECT_EQ(batch.a_shape.c, static_cast<int64_t>(3 + conditions));
  EXPECT_EQ(batch.b_shape.c, static_cast<int64_t>(width + conditions));
  std::multiset<size_t> of_a, of_b;
  for (size_t row = 0; row < 20; ++row) {
    const float* asked = batch.a.data() + row * (3 + conditions) + 3;
    const float* real = batch.b.data() + row * (width + conditions);
    for (size_t c = 0; c < conditions; ++c) {
      if (asked[c] == 1) of_a.insert(c);
      if (real[width + c] != 1) continue;
      of_b.insert(c);
      // The codes of categories are the last ones of a row, in the order of the conditions.
      EXPECT_EQ(real[width - conditions + c], 1);
    }
  }
  EXPECT_EQ(of_a.size(), 20u);
  EXPECT_EQ(of_a, of_b);
  EXPECT_NE(dataset.batch(6).b, batch.b);
}

TEST(TableData, AFifthOfTheRowsIsHeldOut) {
  const RowSplit split = split_rows(100, 0);
  EXPECT_EQ(split.held_out.size(), 20u);
  EXPECT_EQ(split.training.size(), 80u);
  EXPECT_EQ(split_rows(100, 30).held_out.size(), 30u);
  EXPECT_NE(test::error_of([] { split_rows(3, 2); }).find("--held-out"), std::string::npos);
}

}  // namespace
}  // namespace imago
