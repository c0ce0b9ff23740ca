// What of a table is kept in other rows: distances of columns, associations, the classifier, and
// how close rows come to those that were learnt from.
#include "models/measure/tables/table_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compute/base/error.h"
#include "models/measure/tables/classifier.h"

namespace imago {
namespace {

TableColumn number_column(const std::string& name, double least, double most) {
  TableColumn column{.name = name, .least = least, .most = most, .digits = 3};
  column.modes = {{1, 0, 1}};
  return column;
}

TableColumn category_column(const std::string& name, const std::vector<std::string>& values) {
  TableColumn column{.name = name, .kind = ColumnKind::category};
  column.values = values;
  column.counts.assign(values.size(), 1);
  return column;
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TEST(TableReport, DistancesOfColumns) {
  const TableColumn x = number_column("x", 0, 10), c = category_column("c", {"a", "b", "c"});
  // scipy.stats.ks_2samp([1, 2, 3, 4], [3, 4, 5, 6, 7]).statistic
  EXPECT_NEAR(column_distance(x, {4, 1, 3, 2}, {3, 4, 5, 6, 7}), 0.6, 1e-12);
  EXPECT_EQ(column_distance(x, {1, 1, 2}, {1, 1, 2}), 0);
  EXPECT_NEAR(column_distance(x, {1, 2, kNone, kNone}, {1, 2, 1, 2}), 0.5, 1e-12);
  EXPECT_NEAR(column_distance(c, {0, 0, 1, 1}, {0, 1, 2, 2}), 0.5, 1e-12);
}

TEST(TableReport, Associations) {
  const TableCoding coding{',',
                           {number_column("x", 0, 10), number_column("y", 0, 10),
                            category_column("c", {"a", "b"}), category_column("d", {"a", "b"})}};
  const TableValues values{
      6, {{1, 2, 3, 4, 5, kNone}, {2, 1, 4, 3, 7, 5}, {0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 1, 0}}};
  // numpy.corrcoef of the first five; the chi square of [[2, 1], [1, 2]] is 2 / 3 of 6 rows.
  EXPECT_NEAR(association(coding, values, 0, 1), 0.8241633836921342, 1e-12);
  EXPECT_NEAR(association(coding, values, 2, 3), 1.0 / 3, 1e-12);
  // Groups of 1, 2, 3 and of 4, 5: 7.5 of 10.
  EXPECT_NEAR(association(coding, values, 0, 2), std::sqrt(0.75), 1e-12);
  EXPECT_NEAR(association(coding, values, 2, 0), std::sqrt(0.75), 1e-12);
}

/// Points around two centres, and which of them.
TableValues clouds(size_t count, uint32_t seed, double apart) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> noise(0, 1);
  TableValues values{count, std::vector<std::vector<double>>(3)};
  for (size_t i = 0; i < count; ++i) {
    const double side = i % 2 == 0 ? -1 : 1;
    values.columns[0].push_back(std::round(1000 * (side * apart + noise(bits))) / 1000);
    values.columns[1].push_back(std::round(1000 * (side * apart + noise(bits))) / 1000);
    values.columns[2].push_back(static_cast<double>(i % 2));
  }
  return values;
}

TableCoding cloud_coding() {
  return {',',
          {number_column("x", -8, 8), number_column("y", -8, 8),
           category_column("side", {"left", "right"})}};
}

TEST(TableReport, AClassifierTellsWhatCanBeTold) {
  const TableCoding coding = cloud_coding();
  const TableClassifier classifier(coding, clouds(400, 1, 1.5), 2);
  // The best line between such clouds tells Phi(1.5 * sqrt(2)) of them.
  EXPECT_NEAR(classifier.accuracy(clouds(2000, 2, 1.5)), 0.983, 0.01);
  EXPECT_NEAR(TableClassifier(coding, clouds(400, 1, 0), 2).accuracy(clouds(2000, 2, 0)), 0.5,
              0.05);
}

TEST(TableReport, MadeRowsBesideRealOnes) {
  const TableCoding coding = cloud_coding();
  const TableValues training = clouds(300, 1, 1.5), held_out = clouds(100, 2, 1.5);
  const TableReport like = compare_tables(coding, training, held_out, clouds(300, 3, 1.5));
  EXPECT_LT(like.marginals, 0.1);
  EXPECT_LT(like.associations, 0.05);
  ASSERT_TRUE(like.classifier);
  EXPECT_EQ(like.classifier->target, "side");
  EXPECT_NEAR(like.classifier->trained_on_made, like.classifier->trained_on_real, 0.03);
  EXPECT_NEAR(like.classifier->most_frequent, 0.5, 0.01);
  EXPECT_NEAR(like.privacy.median_made / like.privacy.median_held_out, 1, 0.3);
  EXPECT_EQ(like.privacy.copies, 0u);

  const TableReport copied = compare_tables(coding, training, held_out, training);
  EXPECT_EQ(copied.marginals, 0);
  EXPECT_EQ(copied.privacy.median_made, 0);
  EXPECT_EQ(copied.privacy.copies, 300u);

  const TableReport other = compare_tables(coding, training, held_out, clouds(300, 3, 0));
  EXPECT_GT(other.marginals, 0.1);
  EXPECT_GT(other.associations, 0.3);
  EXPECT_LT(other.classifier->trained_on_made, 0.9);

  const TableReport again = table_report_from_json(to_json(like));
  EXPECT_EQ(to_json(again), to_json(like));
  EXPECT_THROW(compare_tables(coding, training, held_out, training, {.target = "x"}), Error);
  EXPECT_THROW(compare_tables(coding, training, held_out, training, {.target = "z"}), Error);
}

}  // namespace
}  // namespace imago
