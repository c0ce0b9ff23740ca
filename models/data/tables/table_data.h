// A table as a data set: which rows are learnt from and which are held back, and batches of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/tables/coding.h"

namespace imago {

/// Numbers of rows, from 0 on, in ascending order.
struct RowSplit {
  std::vector<size_t> training, held_out;
};
/// `held_out` rows by chance, always the same ones; 0: a fifth. Throws DataError where less than
/// two are left to learn from.
RowSplit split_rows(size_t rows, int64_t held_out);

/// The table's coding as options.json keeps it: `options.table` where there is one, else that of
/// the training rows. Empty where the data are no table. Throws DataError.
std::string read_table_coding(const DataOptions& options);

/// One row to be made: what its generator is given.
struct RowOrder {
  uint64_t seed = 0;  // of its random numbers
  /// The category that it is asked for; column -1: one by chance, as often as in the training rows.
  int column = -1, value = 0;
};
/// Appends `latent` random numbers and the conditions.
void append_order(const RowOrder& order, const TableCoding& coding, int latent,
                  std::vector<float>& channels);

/// Batches of training rows with training-by-sampling (Xu et al. 2019, section 4.3): for each row
/// of random numbers a category column by chance, of it a value with the logarithm of how often it
/// is there, and a real row with that value, in another order. `a` {N, latent + conditions, 1, 1},
/// `b` {N, width + conditions, 1, 1}, coded rows with what they were asked for.
class TableData {
 public:
  explicit TableData(const DataOptions& options);

  const TableCoding& coding() const { return coding_; }
  int64_t rows() const { return static_cast<int64_t>(rows_.rows); }
  uint32_t fingerprint() const { return fingerprint_; }
  Batch batch(int64_t step) const;
  /// Of one row; `a` does not belong to `b`.
  Batch example(int64_t index) const;

 private:
  Batch empty_batch(int64_t count) const;
  void append_real(size_t row, const RowOrder& asked, Batch& batch) const;
  void append_condition(const RowOrder& asked, std::vector<float>& channels) const;

  const DataOptions options_;
  TableCoding coding_;
  std::vector<ColumnPlace> places_;
  int width_ = 0, conditions_ = 0;
  CodedRows rows_;  // training
  uint32_t fingerprint_ = 0;
  std::vector<size_t> categories_;  // columns
  /// By category column and value: how likely it is asked for, and the rows that have it.
  std::vector<std::vector<double>> likely_;
  std::vector<std::vector<std::vector<uint32_t>>> having_;
};

}  // namespace imago
