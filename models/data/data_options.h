// Which settings of a data set go together. Internal to models/data.
#pragma once

#include "models/data/dataset.h"

namespace imago {

/// The kinds whose A is made from the photo that is B.
inline bool is_derived(DataKind kind) {
  return kind == DataKind::edges || kind == DataKind::grey || kind == DataKind::holes;
}

/// The kinds that have A in one folder and B in another.
inline bool has_two_folders(DataKind kind) {
  return kind == DataKind::unaligned || kind == DataKind::paired;
}

/// The part of `check` about dataroot_b. Throws DataError as that does.
void check_folders(const DataOptions& options);

}  // namespace imago
