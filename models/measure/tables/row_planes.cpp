#include "models/measure/tables/row_planes.h"

namespace imago {

Planes planes_of(const std::vector<RowOrder>& orders, const TableCoding& coding, int latent) {
  const auto channels = static_cast<size_t>(latent + coding.conditions());
  Planes planes(static_cast<int>(channels), static_cast<int>(orders.size()), 1);
  std::vector<float> row;
  for (size_t i = 0; i < orders.size(); ++i) {
    row.clear();
    append_order(orders[i], coding, latent, row);
    for (size_t c = 0; c < channels; ++c) planes.values[c * orders.size() + i] = row[c];
  }
  return planes;
}

std::vector<RowOrder> orders_from(RowOrder first, size_t count) {
  std::vector<RowOrder> orders;
  for (size_t i = 0; i < count; ++i) {
    orders.push_back(first);
    ++first.seed;
  }
  return orders;
}

}  // namespace imago
