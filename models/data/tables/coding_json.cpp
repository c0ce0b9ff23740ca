#include <nlohmann/json.hpp>

#include "models/data/picture.h"
#include "models/data/tables/coding.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const TableColumn& column) {
  ordered_json json = {{"name", column.name}, {"kind", to_string(column.kind)}};
  if (!column.why.empty()) json["why"] = column.why;
  if (column.has_missing) json["missing"] = column.missing;
  if (column.is_category()) {
    json["values"] = column.values;
    json["counts"] = column.counts;
  } else if (column.is_scalar()) {
    json["least"] = column.least;
    json["most"] = column.most;
    json["digits"] = column.digits;
    json["comma"] = column.comma;
    json["modes"] = ordered_json::array();
    for (const Mode& mode : column.modes)
      json["modes"].push_back({mode.weight, mode.mean, mode.deviation});
  }
  return json;
}

ColumnKind kind_named(const std::string& name) {
  for (const ColumnKind kind : {ColumnKind::integer, ColumnKind::category, ColumnKind::left_out})
    if (name == to_string(kind)) return kind;
  return ColumnKind::number;
}

TableColumn column_from(const ordered_json& json) {
  TableColumn column{.name = json.at("name").get<std::string>()};
  column.kind = kind_named(json.at("kind").get<std::string>());
  column.why = json.value("why", "");
  column.has_missing = json.contains("missing");
  column.missing = json.value("missing", "");
  if (column.is_category()) {
    json.at("values").get_to(column.values);
    json.at("counts").get_to(column.counts);
    if (column.values.empty() || column.counts.size() != column.values.size())
      throw DataError("column '" + column.name + "' has no values, or others than counts");
  } else if (column.is_scalar()) {
    json.at("least").get_to(column.least);
    json.at("most").get_to(column.most);
    json.at("digits").get_to(column.digits);
    json.at("comma").get_to(column.comma);
    for (const ordered_json& mode : json.at("modes"))
      column.modes.push_back({mode.at(0), mode.at(1), mode.at(2)});
    if (column.modes.empty() || !(column.least <= column.most) || column.digits > 300 ||
        column.digits < -300)
      throw DataError("column '" + column.name + "' has no modes, or no range");
  }
  return column;
}

}  // namespace

std::string to_json(const TableCoding& coding) {
  ordered_json json = {{"separator", std::string(1, coding.separator)},
                       {"columns", ordered_json::array()}};
  for (const TableColumn& column : coding.columns) json["columns"].push_back(json_of(column));
  try {
    return json.dump();
  } catch (const nlohmann::json::exception&) {
    throw DataError("a table with names or values that are not UTF-8: save it as CSV with UTF-8");
  }
}

TableCoding coding_from_json(const std::string& text, const std::string& source) {
  try {
    const ordered_json json = ordered_json::parse(text);
    TableCoding coding;
    coding.separator = json.at("separator").get<std::string>().at(0);
    for (const ordered_json& column : json.at("columns"))
      coding.columns.push_back(column_from(column));
    if (coding.width() == 0) throw DataError("has no columns");
    return coding;
  } catch (const DataError& error) {
    throw DataError(source + ": what it says of its table cannot be used: " + error.what());
  } catch (const std::exception& error) {
    throw DataError(source + ": what it says of its table cannot be read: " + error.what());
  }
}

}  // namespace imago
