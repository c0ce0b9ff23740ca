// Every option of translating, declared once (models/options/option.h).
#pragma once

#include <vector>

#include "models/options/option.h"
#include "models/translate/translator.h"

namespace imago {

/// In the order of help.
const std::vector<Option<TranslateOptions>>& translate_options();

/// "automatic", "batch", "running".
const char* to_string(TranslateOptions::Statistics statistics);

}  // namespace imago
