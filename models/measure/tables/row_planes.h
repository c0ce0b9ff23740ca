// What a generator of rows is given, as a picture of which every pixel is a row.
#pragma once

#include <vector>

#include "models/data/tables/table_data.h"
#include "models/translate/planes.h"

namespace imago {

/// {latent + conditions, rows, 1}: the orders one below the other.
Planes planes_of(const std::vector<RowOrder>& orders, const TableCoding& coding, int latent);

/// `count` orders of seeds that follow each other.
std::vector<RowOrder> orders_from(RowOrder first, size_t count);

}  // namespace imago
