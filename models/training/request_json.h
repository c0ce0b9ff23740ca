// options.json of a run: every field of a TrainingRequest under its name.
#pragma once

#include <filesystem>
#include <string>

#include "models/training/request.h"

namespace imago {

/// JSON text, one field a line. Throws Error for a path that is not UTF-8.
std::string to_json(const TrainingRequest& request);

/// The reverse. Fields that are not there have the method's defaults: an older version did not know
/// them. Throws Error, its message beginning with `source`, for text that is no such JSON and for
/// fields or words that this version does not know.
TrainingRequest request_from_json(const std::string& text, const std::string& source);

/// Writes and reads the file. Each throws Error naming it.
void write_options(const TrainingRequest& request, const std::filesystem::path& path);
TrainingRequest read_options(const std::filesystem::path& path);

}  // namespace imago
