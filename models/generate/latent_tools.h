// What can be made of a latent space: films through it, sheets of mixed styles, pictures moved in
// one direction.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/generate/directions.h"
#include "models/generate/latent_space.h"

namespace imago {

/// So far along one of the directions, counted from 1, in its units.
struct LatentMove {
  Directions directions;
  int direction = 1;
  double strength = 3;

  /// `share` of the strength. Throws Error where there is no such direction.
  LatentPoint apply(const LatentPoint& point, double share) const;
};

struct WalkRequest {
  std::filesystem::path output;  // a film by its name: mp4, webm, gif…
  double seconds = 10;
  int frames_a_second = 25;
  int stops = 8;  // samples it passes, from `first` on, before it comes back to the first
  SampleOrder first = {};
  /// In place of the first of the stops: a point for each slot. The samples follow it.
  std::vector<LatentPoint> begin = {};
  /// In place of the stops: there and back along one direction from the first of them.
  std::optional<LatentMove> move = {};
};

/// Writes the film, which ends where it begins. `progress` gets the share done; returning false
/// ends it without a film, and false is returned. Throws FilmError, Error, and what LatentSpace
/// throws.
bool write_walk(LatentSpace& space, const WalkRequest& request,
                const std::function<bool(double)>& progress = {});

struct MixRequest {
  std::vector<uint64_t> columns, rows;  // seeds
  float truncation = 0;
  /// Of the slots those that a column's style replaces, from `first` to `last`, both included; the
  /// first ones decide the large things. last below 0: half of them.
  int first = 0, last = -1;
};

/// A sheet: above the pictures of `columns`, to the left those of `rows`, in each place the row's
/// picture with the column's styles in these slots (Karras et al. 2019, figure 3). Throws Error
/// without styles or for slots that there are not.
Image mixed_styles(LatentSpace& space, const MixRequest& request);

/// A sheet of which each row is one sample, moved from -strength to strength in `columns` steps.
/// `begin`: of WalkRequest; then the first row is its.
Image moved_samples(LatentSpace& space, const LatentMove& move, const SampleOrder& first, int rows,
                    int columns, const std::vector<LatentPoint>& begin = {});

}  // namespace imago
