#include "models/training/validate_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <system_error>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/data/tables/table_data.h"
#include "models/measure/tables/row_planes.h"
#include "models/measure/tables/table_chart.h"
#include "models/measure/tables/table_report.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRows = 5000;

}  // namespace

fs::path table_report_file(const RunFolder& folder) { return folder.path / "table.json"; }

RowValidation::RowValidation(const TrainingRequest& request)
    : coding_(coding_from_json(read_table_coding(request.data), request.data.dataroot.string())),
      latent_(request.data.latent),
      target_(request.target) {
  const std::string source = request.data.dataroot.string();
  const CsvTable table = read_csv(request.data.dataroot);
  const RowSplit split = split_rows(table.rows.size(), request.data.held_out);
  const TableValues values = values_of(table, coding_, source);
  training_ = values.take(split.training);
  held_out_ = values.take(split.held_out);
  source_ = std::to_string(std::min(training_.rows, kMostRows)) + " rows made, compared with " +
            std::to_string(training_.rows) + " learnt from and " + std::to_string(held_out_.rows) +
            " held out";
}

TableValues RowValidation::make(Trainer& trainer, size_t rows) const {
  const TrainedGenerator& generator = trainer.method().generators[0];
  TableValues made{0, std::vector<std::vector<double>>(coding_.columns.size())};
  while (made.rows < rows) {
    const size_t count = std::min(size_t{kAtOnce}, rows - made.rows);
    const Planes result = trainer.translate(
        generator, planes_of(orders_from({made.rows}, count), coding_, latent_), trainer.has_ema());
    const TableValues more = decode(result.values, count, coding_, made.rows);
    for (size_t i = 0; i < made.columns.size(); ++i)
      made.columns[i].insert(made.columns[i].end(), more.columns[i].begin(), more.columns[i].end());
    made.rows += count;
  }
  return made;
}

ValidationRecord RowValidation::run(Trainer& trainer, int64_t step, int epoch,
                                    const RunFolder& folder) const {
  const TableValues made = make(trainer, std::min(training_.rows, kMostRows));
  const TableReport report =
      compare_tables(coding_, training_, held_out_, made, {.target = target_});
  const std::string json = to_json(report);
  write_file_atomically(table_report_file(folder), std::as_bytes(std::span(json)));

  char name[32];
  std::snprintf(name, sizeof(name), "step_%08lld.png", static_cast<long long>(step));
  std::error_code error;
  fs::create_directories(folder.samples(), error);
  if (error) throw Error(folder.samples().string() + ": cannot be made: " + error.message());
  save_image(chart_marginals(coding_, training_, made), folder.samples() / name,
             {.origin = Origin::composite_with_trained_model, .creator = "Imago " IMAGO_VERSION});

  ValidationRecord record;
  record.step = step;
  record.epoch = epoch;
  record.sample = folder.samples().filename() / name;
  record.metrics = {{"marginals", report.marginals}};
  if (std::isfinite(report.associations))
    record.metrics.emplace_back("associations", report.associations);
  if (report.classifier && report.classifier->trained_on_real > 0)
    record.metrics.emplace_back(
        "classifier", report.classifier->trained_on_made / report.classifier->trained_on_real);
  const RowPrivacy& privacy = report.privacy;
  if (privacy.median_held_out > 0)
    record.metrics.emplace_back("privacy", privacy.median_made / privacy.median_held_out);
  record.metrics.emplace_back(
      "copies", 1000 * static_cast<double>(privacy.copies) / static_cast<double>(privacy.made));
  return record;
}

}  // namespace imago
