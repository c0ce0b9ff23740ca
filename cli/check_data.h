// What `imago check-data` and `imago train` share.
#pragma once

#include "models/data/check/check_data.h"

namespace imago {

/// Whether a data set's kind is to be found out, was said, or is what a method takes by default.
enum class KindOfData { open, said, assumed };

/// check_data with all threads of the machine, the share done shown on a terminal, until Ctrl-C.
/// `sides`: as in CheckDataOptions.
DataReport check_data_shown(const DataOptions& data, KindOfData kind,
                            const NetworkSides& sides = {});

}  // namespace imago
