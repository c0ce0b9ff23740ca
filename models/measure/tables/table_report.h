// How much of a table is kept in rows that were made after it, and how much of its rows they give
// away.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/data/tables/coding.h"

namespace imago {

/// How one column is distributed, from 0 (alike) to 1: of categories and missing values the total
/// variation distance, of numbers the Kolmogorov-Smirnov statistic of the values that are there.
struct ColumnDistance {
  std::string column;
  ColumnKind kind = ColumnKind::number;
  double made = 0, held_out = 0;  // from the training rows: of made rows; of real ones not seen
};

/// A classifier (classifier.h) is trained and asked for the target of the rows held out.
struct ClassifierScores {
  std::string target;
  double trained_on_real = 0, trained_on_made = 0;  // shares told rightly
  double most_frequent = 0;                         // by always saying what is there most
};

/// Distances to the closest training row (Gower 1971: the mean over the columns of a number's
/// difference as a share of its range, of 0 or 1 for categories). Made rows that lie much closer
/// than real ones that were not trained on tell more of the training rows than they should.
struct RowPrivacy {
  double median_made = 0, median_held_out = 0;
  double near_made = 0, near_held_out = 0;   // of which one in twenty is closer
  size_t copies = 0, made = 0;               // made rows that a training row equals, of so many
  size_t held_out_copies = 0, held_out = 0;  // the same of the rows held out
};

struct TableReport {
  std::vector<ColumnDistance> columns;
  double marginals = 0, marginals_held_out = 0;  // means over the columns
  /// Mean difference of the pairs' associations: Pearson's r of two numbers, Cramér's V of two
  /// categories, the correlation ratio of a number by a category. NaN: fewer than two columns.
  double associations = 0, associations_held_out = 0;
  std::optional<ClassifierScores> classifier;  // where a category with two values can be told
  RowPrivacy privacy;
};

struct TableReportOptions {
  std::string target = {};     // a category; empty: the last one
  size_t most_rows = 10000;    // training rows looked at, and
  size_t most_queries = 1000;  // rows whose distances are measured
};

/// All of one coding; of no table without rows. Throws DataError for a target that is none.
TableReport compare_tables(const TableCoding& coding, const TableValues& training,
                           const TableValues& held_out, const TableValues& made,
                           const TableReportOptions& options = {});

std::string to_json(const TableReport& report);
/// Throws Error for what to_json did not write.
TableReport table_report_from_json(const std::string& json);

/// The association of two columns, as above; `a` and `b` by row.
double association(const TableCoding& coding, const TableValues& values, size_t a, size_t b);
/// As above.
double column_distance(const TableColumn& column, const std::vector<double>& a,
                       const std::vector<double>& b);

}  // namespace imago
