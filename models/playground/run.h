// A game with its past: curves, places in time one can go back to, and the recipe by which it can
// be repeated.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/playground/game.h"
#include "models/playground/trouble.h"

namespace imago::playground {

/// All that a run depends on: small enough for a text file.
struct Recipe {
  struct Change {
    Progress at;  // before the next part
    Settings settings;
    bool operator==(const Change&) const = default;
  };
  Settings settings;            // at the start
  std::vector<Change> changes;  // in order
  Progress end;
  bool operator==(const Recipe&) const = default;
};

/// JSON. Reading throws Error that names the file and what is wrong in it.
void save_recipe(const Recipe& recipe, const std::filesystem::path& file);
Recipe load_recipe(const std::filesystem::path& file);
std::string to_json(const Recipe& recipe);
/// As few digits as give the same float again, so that 0.03f is 0.03.
double short_number(float value);
Recipe recipe_from_json(const std::string& text);

class Run {
 public:
  /// A new run. `device` must outlive it.
  Run(Device& device, const Settings& settings);
  /// Repeats a run. `progress` gets the share done; returning false ends the repeating early.
  Run(Device& device, const Recipe& recipe, const std::function<bool(double)>& progress = {});

  Game& game() { return game_; }
  const Game& game() const { return game_; }

  /// As Game's, remembering. What came after the present, if one has gone back, is forgotten.
  void part();
  void iterate();
  void change(const Settings& settings);

  /// What was looked at since the start, up to the present.
  std::span<const Check> checks() const;
  /// Looks now.
  Check check();
  std::vector<Trouble> troubles() const;

  /// The moments that one can go back to (and forth again), in order; the newest one is the
  /// furthest that the run has come to.
  std::vector<Progress> moments();
  /// `index` into moments(). Settings are what they were then.
  void go_to(size_t index);

  Recipe recipe() const;

 private:
  struct Moment {
    Snapshot snapshot;
    Settings settings;
  };

  void begin();
  bool is_ahead(const Recipe::Change& change) const;
  void forget_future();
  void remember();
  void keep_moment();

  Game game_;
  Spread real_;
  Recipe recipe_;
  std::vector<Check> checks_;
  std::vector<Moment> moments_;
  int64_t moment_every_ = 0;
  bool back_ = false;  // has gone to a moment and not played on since
};

}  // namespace imago::playground
