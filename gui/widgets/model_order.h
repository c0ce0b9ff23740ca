// The order in which models are listed, on every page.
#pragma once

#include <tuple>

#include "gui/session/types.h"

namespace imago::gui {

/// Upscaling first, then the other tasks of models that come with Imago, then those of others; what
/// cannot be used comes last. Of upscaling what enlarges most comes first.
std::tuple<bool, qsizetype, QString, int, QString, QString> modelOrder(const ModelCard& card);

}  // namespace imago::gui
