// What a run's report says of a table.
#pragma once

#include <string>

#include "models/training/run/run.h"

namespace imago {

/// HTML of the newest comparison of made rows with real ones (validate_rows.h); empty where there
/// is none. One that cannot be read is left out.
std::string table_section(const RunFolder& folder);

}  // namespace imago
