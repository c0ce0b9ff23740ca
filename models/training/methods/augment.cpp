#include "models/training/methods/augment.h"

#include <cmath>
#include <numbers>

#include "compute/graph/optimize.h"

namespace imago {
namespace {

constexpr float kSteep = 1 << 30;        // a slope that makes a clamp a comparison
constexpr float kInteger = 0.125f;       // of a side, at most, shifts of whole pixels
constexpr float kFractional = 0.125f;    // the same, the deviation of other shifts
constexpr float kScaleDeviation = 0.2f;  // of the logarithms to base 2
constexpr float kBrightness = 0.2f, kContrast = 0.5f, kSaturation = 1;
constexpr float kSignMoves = 0.25f;  // of r_t, a step: over about four
constexpr float kLn2 = std::numbers::ln2_v<float>;

/// 1 where a < b, else 0.
Tensor is_below(Tensor a, Tensor b) { return clamp((b - a) * kSteep, 0, 1); }

/// Random numbers of N pictures, and choices by chance.
class Draw {
 public:
  Draw(Graph& graph, int64_t count) : graph_(graph), shape_{count, 1, 1, 1} {}

  Tensor uniform() const { return random_uniform(graph_, shape_); }
  Tensor normal() const { return random_normal(graph_, shape_); }
  /// 1 with probability p, else 0.
  Tensor chance(Tensor p) const { return is_below(uniform(), p); }

  /// `value` where it is chosen, else `otherwise`.
  static Tensor choose(Tensor chosen, Tensor value, float otherwise) {
    return (value - otherwise) * chosen + otherwise;
  }
  /// 2 to the power of a normal number, or 1.
  Tensor factor(Tensor p, float deviation) const {
    return exp(normal() * (deviation * kLn2) * chance(p));
  }
  /// -1 for half of those that are chosen, else 1.
  Tensor sign_change(Tensor p) const { return affine(floor(uniform() * 2) * chance(p), -2, 1); }
  /// By any angle: a direction that is evenly distributed is that of two normal numbers.
  Turn turn(Tensor p) const {
    const Tensor x = normal(), y = normal(), chosen = chance(p);
    const Tensor length = rsqrt(square(x) + square(y) + 1e-20f);
    return {choose(chosen, x * length, 1), choose(chosen, y * length, 0)};
  }
  /// By 0, 1, 2 or 3 right angles.
  Turn quarter(Tensor p) const {
    const Tensor angles = floor(uniform() * 4) * chance(p);
    return {abs(angles - 2) - 1, affine(abs(angles - 1), -1, 1)};
  }

 private:
  Graph& graph_;
  Shape shape_;
};

/// The first two rows of a matrix of homogeneous places.
struct Places {
  Tensor a, b, c, d, e, f;

  void scale(Tensor x, Tensor y) { a = a * x, d = d * x, b = b * y, e = e * y; }
  void shift(Tensor x, Tensor y) {
    c = c + a * x + b * y;
    f = f + d * x + e * y;
  }
  /// Multiplied by (cosine, sine; -sine, cosine): the inverse of a turn.
  void turn_back(const Turn& turn) {
    const Tensor first = a * turn.cosine - b * turn.sine, third = d * turn.cosine - e * turn.sine;
    b = a * turn.sine + b * turn.cosine;
    e = d * turn.sine + e * turn.cosine;
    a = first;
    d = third;
  }
};

Tensor reciprocal(Tensor x) { return constant(x.graph(), x.shape(), 1) / x; }

}  // namespace

PictureChanges draw_changes(Graph& graph, const Shape& pictures, Tensor p) {
  const Draw draw(graph, pictures.n);
  const auto height = static_cast<float>(pictures.h), width = static_cast<float>(pictures.w);
  const auto whole = [&](float side, Tensor chosen) {
    const Tensor share = affine(draw.uniform(), 2 * kInteger * side, -kInteger * side);
    return floor(share + 0.5f) * chosen;
  };
  // Two turns by chance, so that with probability p there is at least one of them.
  const Tensor p_turn = affine(sqrt(clamp(affine(p, -1, 1), 1e-12f, 1)), -1, 1);
  PictureChanges c;
  c.flip = draw.sign_change(p);
  c.quarter = draw.quarter(p);
  const Tensor shifted = draw.chance(p), moved = draw.chance(p);
  c.shift_x = whole(width, shifted);
  c.shift_y = whole(height, shifted);
  c.scale = draw.factor(p, kScaleDeviation);
  c.before = draw.turn(p_turn);
  c.stretch = draw.factor(p, kScaleDeviation);
  c.after = draw.turn(p_turn);
  c.fraction_x = draw.normal() * (kFractional * width) * moved;
  c.fraction_y = draw.normal() * (kFractional * height) * moved;
  c.brightness = draw.normal() * kBrightness * draw.chance(p);
  c.contrast = draw.factor(p, kContrast);
  c.luma_flip = draw.sign_change(p);
  c.hue = draw.turn(p);
  c.saturation = draw.factor(p, kSaturation);
  return c;
}

// The authors multiply the inverses in this order (augment.py): each acts on what those after it
// gave.
Tensor places_of(const PictureChanges& changes) {
  const PictureChanges& c = changes;
  Graph& graph = c.flip.graph();
  const Shape shape = c.flip.shape();
  const Tensor one = constant(graph, shape, 1), zero = constant(graph, shape, 0);
  Places places{c.flip, zero, zero, zero, one, zero};
  places.turn_back(c.quarter);
  places.shift(c.shift_x * -1, c.shift_y * -1);
  const Tensor smaller = reciprocal(c.scale);
  places.scale(smaller, smaller);
  places.turn_back(c.before);
  places.scale(reciprocal(c.stretch), c.stretch);
  places.turn_back(c.after);
  places.shift(c.fraction_x * -1, c.fraction_y * -1);
  return concat({places.a, places.b, places.c, places.d, places.e, places.f});
}

// The authors' matrices all keep the grey axis and the plane across it: grey gets brighter, gains
// contrast and changes its sign; what is left of a colour turns in its plane and gets longer.
Tensor recoloured(Tensor x, const PictureChanges& changes) {
  const PictureChanges& c = changes;
  const Tensor grey = mean(x, {.c = true});
  const Tensor lighter = (grey + c.brightness) * (c.contrast * c.luma_flip);
  if (x.shape().c == 1) return lighter;
  const Tensor colour = x - grey;
  const auto channel = [&](int i) { return slice_channels(x, i, i + 1); };
  const Tensor across =
      concat({channel(2) - channel(1), channel(0) - channel(2), channel(1) - channel(0)}) *
      (1 / std::numbers::sqrt3_v<float>);
  const Tensor strength = c.contrast * c.saturation;
  return lighter + colour * (strength * c.hue.cosine) + across * (strength * c.hue.sine);
}

Tensor augmented(Graph& graph, Tensor pictures, const AugmentOptions& options) {
  if (!options.adaptive) return pictures;
  const Tensor p =
      graph.parameter(kAugmentProbability, {1, 1, 1, 1}, {InitialValue::Kind::constant, 0});
  const PictureChanges changes = draw_changes(graph, pictures.shape(), p);
  return recoloured(affine_sample(pictures, places_of(changes)), changes);
}

Tensor adapt_augmentation(Graph& graph, Tensor real_logits, float threshold,
                          const AugmentOptions& options) {
  const InitialValue zero{InitialValue::Kind::constant, 0};
  const Tensor p = graph.parameter(kAugmentProbability, {1, 1, 1, 1}, zero);
  const Tensor known = graph.parameter("augment.sign", {1, 1, 1, 1}, zero);
  const Tensor now = mean(sign(real_logits - threshold), {true, true, true, true});
  const Tensor r = known + (now - known) * kSignMoves;
  const float step = static_cast<float>(real_logits.shape().n) / options.pictures;
  const Tensor next = clamp(p + sign(r - options.target) * step, 0, 1);
  assign(known, r);
  assign(p, next);
  return next;
}

}  // namespace imago
