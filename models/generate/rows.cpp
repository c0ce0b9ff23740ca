#include "models/generate/rows.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/data/tables/table_data.h"
#include "models/measure/tables/row_planes.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace {

constexpr size_t kAtOnce = 500;
constexpr int64_t kMostTries = 20;  // rows made for each one written

TableCoding coding_of(const Generator& generator) {
  const ModelInfo& info = generator.info;
  if (!info.rows) throw Error(info.name + " (" + info.architecture + "): makes no rows of a table");
  const auto found = generator.weights.metadata.find("imago_table");
  if (found == generator.weights.metadata.end())
    throw Error(info.name + ": its file does not say what its table's columns are");
  const TableCoding coding = coding_from_json(found->second, info.name);
  if (coding.width() != info.out_channels || info.latent + coding.conditions() != info.in_channels)
    throw Error(info.name + ": its file tells of another table than its network makes");
  return coding;
}

/// What "column=value" asks for.
RowOrder order_of(const RowsRequest& request, const TableCoding& coding) {
  RowOrder order{request.seed};
  if (request.where.empty()) return order;
  const size_t equals = request.where.find('=');
  if (equals == std::string::npos)
    throw DataError("--where " + request.where + ": is written as column=value");
  const size_t column = coding.column_named(request.where.substr(0, equals));
  const TableColumn& of = coding.columns[column];
  const std::string value = request.where.substr(equals + 1);
  const auto found = std::ranges::find(of.values, value);
  if (!of.is_category())
    throw DataError("--where " + request.where + ": '" + of.name + "' is no category");
  if (found == of.values.end())
    throw DataError("--where " + request.where + ": '" + of.name + "' has no value '" + value +
                    "'");
  order.column = static_cast<int>(column);
  order.value = static_cast<int>(found - of.values.begin());
  return order;
}

std::unordered_set<std::string> lines_of(const std::filesystem::path& table,
                                         const TableCoding& coding) {
  std::unordered_set<std::string> lines;
  if (table.empty()) return lines;
  const TableValues values = values_of(read_csv(table), coding, table.string());
  for (size_t row = 0; row < values.rows; ++row)
    lines.insert(csv_line(fields_of(values, row, coding), coding.separator));
  return lines;
}

[[noreturn]] void give_up(const RowsResult& result) {
  throw Error("of " + std::to_string(result.written + result.copies + result.others) +
              " rows that were made, " + std::to_string(result.copies) +
              " stand in the real table and " + std::to_string(result.others) +
              " have another value than the one asked for: so few are left that this leads to no "
              "end. A table of few different rows cannot be made without copies");
}

}  // namespace

RowMaker::RowMaker(Device& device, Generator generator)
    : generator_(std::move(generator)), coding_(coding_of(generator_)) {
  runner_ = std::make_unique<NetworkRunner>(device, generator_);
}

RowMaker::~RowMaker() = default;

TableValues RowMaker::make(const RowOrder& first, size_t count) {
  const Planes made = runner_->run(planes_of(orders_from(first, count), coding_, info().latent),
                                   {.build = generator_.defaults});
  return decode(made.values, count, coding_, first.seed);
}

RowsResult generate_rows(RowMaker& maker, const RowsRequest& request,
                         const std::function<bool(int64_t)>& progress) {
  const TableCoding& coding = maker.coding();
  RowOrder order = order_of(request, coding);
  const std::unordered_set<std::string> real = lines_of(request.real, coding);
  AtomicFile file(request.output);
  const auto write = [&](const std::string& line) { file.write(std::as_bytes(std::span(line))); };
  write(csv_line(field_names(coding), coding.separator));
  RowsResult result;
  int64_t tries = 0;
  while (result.written < request.rows) {
    if (progress && !progress(result.written)) break;
    // Always as many, so that no program is made for what is left.
    const TableValues made = maker.make(order, kAtOnce);
    order.seed += kAtOnce;
    for (size_t row = 0; row < made.rows && result.written < request.rows; ++row, ++tries) {
      const std::string line = csv_line(fields_of(made, row, coding), coding.separator);
      const bool other =
          order.column >= 0 &&
          made.columns[static_cast<size_t>(order.column)][row] != static_cast<double>(order.value);
      if (other) {
        ++result.others;
      } else if (real.contains(line)) {
        ++result.copies;
      } else {
        write(line);
        ++result.written;
      }
    }
    if (tries > kMostTries * (result.written + static_cast<int64_t>(kAtOnce))) give_up(result);
  }
  result.finished = result.written == request.rows;
  file.commit();
  return result;
}

}  // namespace imago
