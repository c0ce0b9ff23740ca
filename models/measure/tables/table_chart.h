// A picture of how the columns of a table are distributed: real rows beside made ones.
#pragma once

#include "models/data/tables/coding.h"
#include "models/image/image.h"

namespace imago {

/// Of the first 24 columns: of numbers a histogram, of categories a bar for each of the 12 most
/// frequent values; grey real, blue made, each as shares. RGB.
Image chart_marginals(const TableCoding& coding, const TableValues& real, const TableValues& made);

}  // namespace imago
