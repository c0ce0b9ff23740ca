// Validation of a table: rows are made, and compared with the real ones.
#pragma once

#include <filesystem>
#include <string>

#include "models/data/tables/coding.h"
#include "models/training/request.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "models/training/trainer.h"

namespace imago {

/// The report of the newest validation, in the folder of its run: <run>/table.json
/// (measure/tables/table_report.h).
std::filesystem::path table_report_file(const RunFolder& folder);

/// Metrics: marginals and associations (table_report.h; 0 is best), classifier (trained on made
/// rows, as a share of what one trained on real rows tells), privacy (the median distance to the
/// closest training row as a share of that of the rows held out; 1 gives nothing away) and copies
/// (of a thousand rows those that are training rows).
class RowValidation {
 public:
  /// Rows that are made at a time.
  static constexpr int kAtOnce = 500;

  /// Reads the table. Throws DataError.
  explicit RowValidation(const TrainingRequest& request);

  const std::string& source() const { return source_; }

  /// Makes as many rows as there are to learn from, at most 5,000, always of the same random
  /// numbers; writes the report and samples/step_….png, the columns' distributions. Training goes
  /// on as if this had not happened. Throws as Validator::run.
  ValidationRecord run(Trainer& trainer, int64_t step, int epoch, const RunFolder& folder) const;

 private:
  TableValues make(Trainer& trainer, size_t rows) const;

  const TableCoding coding_;
  TableValues training_, held_out_;
  const int latent_;
  const std::string target_;
  std::string source_;
};

}  // namespace imago
