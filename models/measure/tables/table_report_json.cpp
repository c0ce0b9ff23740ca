#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "compute/base/error.h"
#include "models/measure/tables/table_report.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

/// JSON has no word for what is none.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

double number_at(const ordered_json& json, const char* key) {
  const ordered_json& value = json.at(key);
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

ColumnKind kind_named(const std::string& name) {
  for (const ColumnKind kind : {ColumnKind::integer, ColumnKind::category})
    if (name == to_string(kind)) return kind;
  return ColumnKind::number;
}

}  // namespace

std::string to_json(const TableReport& report) {
  const RowPrivacy& privacy = report.privacy;
  ordered_json json = {{"marginals", number(report.marginals)},
                       {"marginals_held_out", number(report.marginals_held_out)},
                       {"associations", number(report.associations)},
                       {"associations_held_out", number(report.associations_held_out)},
                       {"columns", ordered_json::array()}};
  for (const ColumnDistance& column : report.columns)
    json["columns"].push_back({{"name", column.column},
                               {"kind", to_string(column.kind)},
                               {"distance", number(column.made)},
                               {"held_out", number(column.held_out)}});
  if (report.classifier)
    json["classifier"] = {{"target", report.classifier->target},
                          {"trained_on_real", number(report.classifier->trained_on_real)},
                          {"trained_on_made", number(report.classifier->trained_on_made)},
                          {"most_frequent", number(report.classifier->most_frequent)}};
  json["privacy"] = {{"median_distance", number(privacy.median_made)},
                     {"median_distance_held_out", number(privacy.median_held_out)},
                     {"near_distance", number(privacy.near_made)},
                     {"near_distance_held_out", number(privacy.near_held_out)},
                     {"copies", privacy.copies},
                     {"rows", privacy.made},
                     {"copies_held_out", privacy.held_out_copies},
                     {"rows_held_out", privacy.held_out}};
  return json.dump(2) + "\n";
}

TableReport table_report_from_json(const std::string& text) {
  try {
    const ordered_json json = ordered_json::parse(text);
    TableReport report;
    report.marginals = number_at(json, "marginals");
    report.marginals_held_out = number_at(json, "marginals_held_out");
    report.associations = number_at(json, "associations");
    report.associations_held_out = number_at(json, "associations_held_out");
    for (const ordered_json& column : json.at("columns"))
      report.columns.push_back({column.at("name"), kind_named(column.at("kind")),
                                number_at(column, "distance"), number_at(column, "held_out")});
    if (json.contains("classifier")) {
      const ordered_json& scores = json.at("classifier");
      report.classifier = {scores.at("target"), number_at(scores, "trained_on_real"),
                           number_at(scores, "trained_on_made"),
                           number_at(scores, "most_frequent")};
    }
    const ordered_json& privacy = json.at("privacy");
    report.privacy = {number_at(privacy, "median_distance"),
                      number_at(privacy, "median_distance_held_out"),
                      number_at(privacy, "near_distance"),
                      number_at(privacy, "near_distance_held_out"),
                      privacy.at("copies"),
                      privacy.at("rows"),
                      privacy.at("copies_held_out"),
                      privacy.at("rows_held_out")};
    return report;
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("a table's report cannot be read: ") + error.what());
  }
}

}  // namespace imago
