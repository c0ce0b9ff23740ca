// What `imago check-data` and `imago train` share.
#pragma once

#include "models/data/check/check_data.h"

namespace imago {

/// check_data with all threads of the machine, the share done shown on a terminal, until Ctrl-C.
DataReport check_data_shown(const DataOptions& data, bool know_kind);

}  // namespace imago
