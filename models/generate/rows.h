// Rows of a table made of random numbers (networks/tabular.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "models/data/tables/coding.h"
#include "models/networks/generator.h"

namespace imago {

class Device;         // compute/vk/device.h
class NetworkRunner;  // models/translate/network_runner.h

struct RowOrder;  // models/data/tables/table_data.h

class RowMaker {
 public:
  /// Throws Error where the network makes no rows, or its file does not say of which table;
  /// OutOfMemory, DeviceError.
  RowMaker(Device& device, Generator generator);
  ~RowMaker();

  const ModelInfo& info() const { return generator_.info; }
  const TableCoding& coding() const { return coding_; }
  /// So many rows, the first as ordered, the others of the seeds that follow: each a function of
  /// its order and the network alone. Throws NotFinite, OutOfMemory, DeviceError.
  TableValues make(const RowOrder& first, size_t count);

 private:
  const Generator generator_;
  const TableCoding coding_;
  std::unique_ptr<NetworkRunner> runner_;
};

struct RowsRequest {
  std::filesystem::path output;  // a CSV file, replaced if it is there
  int64_t rows = 1000;
  uint64_t seed = 0;  // of the first
  /// "column=value", of a category: rows are asked for it, and those with another are passed over.
  std::string where = {};
  /// The table that was learnt from: rows that stand in it are passed over. Empty: not known.
  std::filesystem::path real = {};
};

struct RowsResult {
  int64_t written = 0;
  int64_t copies = 0;  // rows that were made, but not written, as they stand in `real`
  int64_t others = 0;  // the same with another value than the one asked for
  bool finished = false;
};

/// Writes the columns that were learnt, in their order, with the separator of their table.
/// `progress` gets how many rows are done; returning false ends it, with the rows that are. Throws
/// Error, DataError for a `where` that there is not and a `real` that does not fit, and where
/// nearly all rows would have to be passed over; and what RowMaker throws.
RowsResult generate_rows(RowMaker& maker, const RowsRequest& request,
                         const std::function<bool(int64_t done)>& progress = {});

}  // namespace imago
