// Which settings of a data set go together. Internal to models/data.
#pragma once

#include "models/data/dataset.h"

namespace imago {

/// The kinds whose A is made from the photo that is B.
inline bool is_derived(DataKind kind) {
  return kind == DataKind::edges || kind == DataKind::grey || kind == DataKind::holes;
}

}  // namespace imago
