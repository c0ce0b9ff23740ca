#include "models/training/report/report_table.h"

#include <cmath>
#include <filesystem>

#include "compute/base/error.h"
#include "models/measure/tables/table_report.h"
#include "models/training/report/report_chart.h"
#include "models/training/run/text_file.h"
#include "models/training/validate_rows.h"

namespace imago {
namespace {

std::string row(const std::vector<std::string>& cells) {
  std::string html;
  for (const std::string& cell : cells) html += "<td>" + escaped(cell) + "</td>";
  return "<tr>" + html + "</tr>\n";
}

std::string card(const std::string& rows) {
  return "<div class=\"card\"><table>" + rows + "</table></div>\n";
}

std::string number(double value) { return std::isfinite(value) ? written(value) : "–"; }

std::string summary(const TableReport& report) {
  std::string rows = row({"", "made rows", "real rows held out"});
  rows += row(
      {"mean distance of a column", number(report.marginals), number(report.marginals_held_out)});
  rows += row({"mean distance of an association of two", number(report.associations),
               number(report.associations_held_out)});
  const RowPrivacy& privacy = report.privacy;
  rows += row({"median distance to the closest training row", number(privacy.median_made),
               number(privacy.median_held_out)});
  rows += row({"of which one in twenty is closer", number(privacy.near_made),
               number(privacy.near_held_out)});
  rows +=
      row({"rows that stand in the training table",
           std::to_string(privacy.copies) + " of " + std::to_string(privacy.made),
           std::to_string(privacy.held_out_copies) + " of " + std::to_string(privacy.held_out)});
  return card(rows);
}

std::string classifier(const ClassifierScores& scores) {
  std::string rows = row({"a classifier tells '" + scores.target + "' of the rows held out", ""});
  rows += row({"trained on real rows", number(scores.trained_on_real)});
  rows += row({"trained on made rows", number(scores.trained_on_made)});
  rows += row({"always the most frequent", number(scores.most_frequent)});
  return card(rows);
}

std::string columns(const TableReport& report) {
  std::string rows = row({"column", "kind", "distance of made rows", "of real rows held out"});
  for (const ColumnDistance& column : report.columns)
    rows +=
        row({column.column, to_string(column.kind), number(column.made), number(column.held_out)});
  return card(rows);
}

}  // namespace

std::string table_section(const RunFolder& folder) {
  const std::filesystem::path file = table_report_file(folder);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return "";
  try {
    const TableReport report = table_report_from_json(read_text_file(file));
    return summary(report) + (report.classifier ? classifier(*report.classifier) : "") +
           columns(report);
  } catch (const Error&) {
    return "";
  }
}

}  // namespace imago
