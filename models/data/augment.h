// One picture on its way from the file to the network. Internal to models/data.
#pragma once

#include <optional>
#include <string>

#include "models/data/dataset.h"
#include "models/data/random_stream.h"

namespace imago {

/// Where a crop lies, as shares of the room there is for it, and whether it is mirrored.
struct Augmentation {
  double x = 0, y = 0;
  bool flip = false;
};

Augmentation draw_augmentation(RandomStream& random, bool may_flip);

/// Resized, cropped and mirrored as options.preprocess says; without an augmentation as for
/// validation. `name` for messages. Throws DataError for a picture smaller than the crop.
Picture prepare(const Picture& picture, const DataOptions& options,
                const std::optional<Augmentation>& augmentation, const std::string& name);

/// The large picture of super-resolution: a crop (or, with Preprocess::none, all) whose sides are
/// multiples of options.scale. A picture smaller than the crop is grown by mirroring.
Picture prepare_photo(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name);

}  // namespace imago
