// Short sounds that a sampler learns from. Internal to models/data.
#pragma once

#include <filesystem>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/random_stream.h"

namespace imago {

/// The WAV files of the phase: those in dataroot/phase if there is such a folder, else in dataroot,
/// relative to it. Throws DataError where there are none.
std::vector<std::filesystem::path> list_sounds(const DataOptions& options);

/// Of the square whose rows the samples of a sound are.
int sound_side(int length);

/// `options.length` samples of a file, of one channel at `options.rate`: by chance where it is
/// longer, else from its beginning (`random` null: always so); what is shorter ends in silence.
/// Throws DataError naming the file.
std::vector<float> sound_part(const std::filesystem::path& path, const DataOptions& options,
                              RandomStream* random);

}  // namespace imago
