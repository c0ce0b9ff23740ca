// One picture on its way from the file to the network. Internal to models/data.
#pragma once

#include <optional>
#include <string>

#include "models/data/dataset.h"
#include "models/data/random_stream.h"

namespace imago {

/// What is cut out lies turned, enlarged and moved in the picture it is cut from, which is
/// continued by mirroring.
struct Warp {
  double angle = 0;       // radians
  double scale = 1;       // above 1 things get larger
  double dx = 0, dy = 0;  // shares of the sides
};

/// In this order: hue turned and colours made stronger at the same BT.601 grey, values made
/// brighter, differences from the middle grey made larger.
struct ColorJitter {
  double hue = 0;  // radians
  double saturation = 1, brightness = 1, contrast = 1;
};

/// Where a crop lies, as shares of the room there is for it, and what else is done to it.
struct Augmentation {
  double x = 0, y = 0;
  bool flip = false;
  std::optional<Warp> warp = {};
  std::optional<ColorJitter> color = {};
  std::optional<ColorJitter> input_color = {};  // of the input of a pair, after `color`
};

Augmentation draw_augmentation(RandomStream& random, const DataOptions& options);

/// Resized, cropped, warped, mirrored and coloured as options.preprocess and the augmentation say;
/// without one as for validation. `name` for messages. Throws DataError for a picture smaller than
/// the crop.
Picture prepare(const Picture& picture, const DataOptions& options,
                const std::optional<Augmentation>& augmentation, const std::string& name);

/// The input of a pair: prepared, and with the colours of its own that the augmentation says.
Picture prepare_input(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name);

/// The large picture of super-resolution: a crop (or, with Preprocess::none, all) whose sides are
/// multiples of options.scale. A picture smaller than the crop is grown by mirroring.
Picture prepare_photo(const Picture& picture, const DataOptions& options,
                      const std::optional<Augmentation>& augmentation, const std::string& name);

}  // namespace imago
