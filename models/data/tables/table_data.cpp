#include "models/data/tables/table_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/data/random_stream.h"

namespace imago {
namespace {

constexpr size_t kHeldOutShare = 5;  // one row of so many

void shuffle(std::vector<size_t>& order, RandomStream& random) {
  for (size_t i = order.size(); i-- > 1;)
    std::swap(order[i], order[static_cast<size_t>(random.below(static_cast<int64_t>(i) + 1))]);
}

uint32_t checksum(const CsvTable& table) {
  uint32_t sum = 2166136261u;  // FNV-1a, 32 bits
  const auto add = [&sum](const std::string& text) {
    for (const char c : text) sum = (sum ^ static_cast<uint8_t>(c)) * 16777619u;
    sum = (sum ^ 0xff) * 16777619u;
  };
  for (const std::string& name : table.names) add(name);
  for (const auto& row : table.rows)
    for (const std::string& field : row) add(field);
  return sum;
}

TableCoding coding_of(const DataOptions& options, const CsvTable& table, const RowSplit& split) {
  const std::string source = options.dataroot.string();
  if (!options.table.empty()) return coding_from_json(options.table, "options.json");
  return fit_coding(table, split.training, options.modes, options.columns, source);
}

}  // namespace

RowSplit split_rows(size_t rows, int64_t held_out) {
  const size_t kept_back = held_out > 0 ? static_cast<size_t>(held_out) : rows / kHeldOutShare;
  if (rows < kept_back + 2)
    throw DataError("a table of " + std::to_string(rows) + " rows of which " +
                    std::to_string(kept_back) +
                    " are held out (--held-out) leaves too few to "
                    "learn from");
  std::vector<size_t> order(rows);
  std::iota(order.begin(), order.end(), size_t{0});
  RandomStream random(0, Purpose::permutation, 0);
  shuffle(order, random);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(kept_back);
  RowSplit split{{middle, order.end()}, {order.begin(), middle}};
  std::ranges::sort(split.training);
  std::ranges::sort(split.held_out);
  return split;
}

std::string read_table_coding(const DataOptions& options) {
  if (options.kind != DataKind::table) return "";
  if (!options.table.empty()) return options.table;
  const CsvTable table = read_csv(options.dataroot);
  return to_json(coding_of(options, table, split_rows(table.rows.size(), options.held_out)));
}

void append_order(const RowOrder& order, const TableCoding& coding, int latent,
                  std::vector<float>& channels) {
  RandomStream random(order.seed, Purpose::generation, 0);
  for (int i = 0; i < latent; ++i) channels.push_back(static_cast<float>(random.normal()));
  const size_t begin = channels.size();
  channels.resize(begin + static_cast<size_t>(coding.conditions()), 0.0f);
  const std::vector<size_t> categories = coding.categories();
  if (categories.empty()) return;
  size_t column = 0, value = 0;
  if (order.column >= 0) {
    column = static_cast<size_t>(order.column);
    value = static_cast<size_t>(order.value);
  } else {
    column = categories[static_cast<size_t>(random.below(static_cast<int64_t>(categories.size())))];
    const std::vector<int64_t>& counts = coding.columns[column].counts;
    value = drawn(std::vector<double>(counts.begin(), counts.end()), random.uniform());
  }
  channels[begin + static_cast<size_t>(coding.places()[column].condition) + value] = 1;
}

TableData::TableData(const DataOptions& options) : options_(options) {
  const CsvTable table = read_csv(options.dataroot);
  const RowSplit split = split_rows(table.rows.size(), options.held_out);
  coding_ = coding_of(options, table, split);
  places_ = coding_.places();
  width_ = coding_.width();
  conditions_ = coding_.conditions();
  fingerprint_ = checksum(table);
  const TableValues values =
      values_of(table, coding_, options.dataroot.string()).take(split.training);
  rows_ = encode(values, coding_, options.seed);
  categories_ = coding_.categories();
  for (const size_t column : categories_) {
    const TableColumn& of = coding_.columns[column];
    std::vector<double>& likely = likely_.emplace_back();
    for (const int64_t count : of.counts)
      likely.push_back(count > 0 ? std::log(static_cast<double>(count) + 1) : 0.0);
    having_.emplace_back(of.values.size());
    for (size_t row = 0; row < values.rows; ++row)
      having_.back()[static_cast<size_t>(values.columns[column][row])].push_back(
          static_cast<uint32_t>(row));
  }
}

Batch TableData::empty_batch(int64_t count) const {
  Batch batch;
  batch.a_shape = {count, options_.latent + conditions_, 1, 1};
  batch.b_shape = {count, width_ + conditions_, 1, 1};
  batch.files = batch.b_files = {options_.dataroot.filename().string()};
  return batch;
}

/// `asked.column`: which of the categories.
void TableData::append_condition(const RowOrder& asked, std::vector<float>& channels) const {
  const size_t begin = channels.size();
  channels.resize(begin + static_cast<size_t>(conditions_), 0.0f);
  if (asked.column < 0) return;
  const size_t column = categories_[static_cast<size_t>(asked.column)];
  channels[begin + static_cast<size_t>(places_[column].condition + asked.value)] = 1;
}

void TableData::append_real(size_t row, const RowOrder& asked, Batch& batch) const {
  append_row(rows_, row, places_, width_, batch.b);
  append_condition(asked, batch.b);
}

Batch TableData::batch(int64_t step) const {
  const int64_t count = options_.batch_size;
  Batch batch = empty_batch(count);
  RandomStream random(options_.seed, Purpose::example, static_cast<uint64_t>(step));
  RandomStream latents(options_.seed, Purpose::latent, static_cast<uint64_t>(step));
  std::vector<RowOrder> asked(static_cast<size_t>(count));
  for (RowOrder& order : asked) {
    if (!categories_.empty()) {
      order.column = static_cast<int>(random.below(static_cast<int64_t>(categories_.size())));
      order.value =
          static_cast<int>(drawn(likely_[static_cast<size_t>(order.column)], random.uniform()));
    }
    for (int i = 0; i < options_.latent; ++i)
      batch.a.push_back(static_cast<float>(latents.normal()));
    append_condition(order, batch.a);
  }
  std::vector<size_t> others(asked.size());
  std::iota(others.begin(), others.end(), size_t{0});
  shuffle(others, random);
  for (const size_t other : others) {
    const RowOrder& order = asked[other];
    size_t row = 0;
    if (order.column < 0) {
      row = static_cast<size_t>(random.below(rows()));
    } else {
      const std::vector<uint32_t>& having =
          having_[static_cast<size_t>(order.column)][static_cast<size_t>(order.value)];
      row = having[static_cast<size_t>(random.below(static_cast<int64_t>(having.size())))];
    }
    append_real(row, order, batch);
  }
  return batch;
}

Batch TableData::example(int64_t index) const {
  Batch batch = empty_batch(1);
  append_order({static_cast<uint64_t>(index)}, coding_, options_.latent, batch.a);
  append_real(static_cast<size_t>(index), {}, batch);
  return batch;
}

}  // namespace imago
