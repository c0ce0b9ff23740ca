// Two networks that learn against each other, point by point of the plane, on one device.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/playground/points.h"
#include "models/playground/settings.h"

namespace imago {
class Device;
}

namespace imago::playground {

/// Opens a device for games, for those who know no engine. `which` as in Device; throws
/// DeviceError.
std::shared_ptr<Device> open_device(const std::string& which);

/// How far a run is: whole iterations, and whether D's part of the next one is done already.
struct Progress {
  int64_t iterations = 0;
  bool between = false;
  auto operator<=>(const Progress&) const = default;
};

/// What the newest updates told. NaN before the first.
struct Numbers {
  float d_loss = 0, g_loss = 0;
  float real_accuracy = 0, fake_accuracy = 0;  // shares that D told rightly, 0…1
  float real_value = 0, fake_value = 0;        // means of what D gave them
  float gradient = 0;  // median length of the gradient of G's loss of a fake point by that point
  /// D's aim is to be right always, the game's that it is no better than chance.
  float accuracy() const { return (real_accuracy + fake_accuracy) / 2; }
};

/// What can be seen of the two networks as they are.
struct Look {
  std::vector<float> real, fake;  // {2, n} (points.h), the same places in every look
  std::vector<float> arrows;      // where G's loss of each fake point falls: minus its gradient
  /// D's belief that a point is real, 0…1, 1/2 where it is undecided; {side, side} from the lowest
  /// row up, over -extent…extent. Of a critic: halfway between its means of real and fake is 1/2.
  std::vector<float> field;
  int field_side = 0;
  float extent = 0;
  /// Where G brings a square grid of its latent space: {2, side * side}; one-dimensional: a line of
  /// `grid_side` points.
  std::vector<float> grid;
  int grid_side = 0;
};

/// Everything that a game's future depends on, beside its settings.
struct Snapshot {
  struct Array {
    std::string name;
    std::vector<float> values;
    bool operator==(const Array&) const = default;
  };
  Progress progress;
  int64_t generator_updates = 0, discriminator_updates = 0;  // what they are shown follows from it
  int64_t generator_steps = 0, discriminator_steps = 0;      // of Adam since its moments were zero
  int64_t real_points = 0;                                   // shown to D
  Numbers numbers;
  std::vector<Array> arrays;
};

class Game {
 public:
  /// New networks. `device` must outlive the game. Throws Error for settings that make no sense.
  Game(Device& device, const Settings& settings);
  ~Game();
  Game(Game&&) noexcept;
  Game& operator=(Game&&) noexcept;

  const Settings& settings() const;
  /// Goes on with other settings. Networks keep their weights as far as the shapes are the same,
  /// and Adam begins anew for a network that got new layers; with another seed, only what is drawn
  /// from now on is another. Throws as the constructor, and then nothing has changed.
  void change(const Settings& settings);

  Progress progress() const;
  /// How many real points D has been shown.
  int64_t real_points() const;
  /// D's part of an iteration, then G's: whichever is next.
  void part();
  /// To the end of the iteration.
  void iterate();

  const Numbers& numbers() const;
  const Distribution& target() const;
  Look look();
  /// Points {2, 2500} of the generator, from the same latent points every time.
  std::vector<float> measured();

  Snapshot snapshot() const;
  /// `snapshot` is of a game with networks of the same layout; what it lacks begins anew.
  void restore(const Snapshot& snapshot);

  /// Launches that one iteration takes; for the bench.
  int64_t launches() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago::playground
