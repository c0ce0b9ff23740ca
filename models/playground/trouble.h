// What goes wrong with GANs, noticed while it happens, and what helps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/playground/game.h"

namespace imago::playground {

/// A look at a run's numbers; one every kCheckEvery iterations.
struct Check {
  int64_t iteration = 0;
  Numbers numbers;
  Coverage coverage;
  Spread fake;
};
constexpr int64_t kCheckEvery = 10;

enum class Trouble { collapse, vanishing_gradient, oscillation };

/// What is the case at the end of `checks`, which are in order and kCheckEvery iterations apart.
/// Only the last kChecks count: what is not so in four fifths of them is not told, so a network
/// that has only begun is not blamed.
///
/// collapse            G's points are good ones but of a third of the modes at most, or lie within
///                     a third of the real ones' radius
/// vanishing_gradient  D is right about 95 % and more, and the slope of G's loss by most of its
///                     points, which is all that G learns from, is below kFlat
/// oscillation         in either half of the time the fake points' centre has gone forth and back:
///                     kTurns times as far as the places it was at are apart, and these by kSwing
///                     real radii; not told of a run's first 2 kChecks, in which it only searches
std::vector<Trouble> troubles(std::span<const Check> checks, const Spread& real);
constexpr size_t kChecks = 24;
constexpr float kFlat = 0.05f, kTurns = 1.8f, kSwing = 1.5f;

/// In words: what is seen, and what the remedy does.
struct TroubleWords {
  std::string title, text, remedy;
};
TroubleWords words_of(Trouble trouble);

/// The settings that help against it.
Settings remedy(Trouble trouble, Settings settings);

const char* to_string(Trouble trouble);

}  // namespace imago::playground
