// What a step of training tells, by type. `name` gives the words that stand in files and on the
// screen: histories, loss_log.txt, checkpoints' names; the `…_named` functions read them again.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imago {

/// Of CycleGAN, with two networks of a kind: which. G_A turns A into B, D_A judges B.
enum class Side { none, a, b };

enum class Role { generator, discriminator, classifier };

/// One network of a method.
struct Network {
  Role role = Role::generator;
  Side side = Side::none;

  bool is_generator() const { return role == Role::generator; }
  /// "G", "D_A", "C": as in the files of its checkpoints and before the keys of its parameters.
  std::string name() const;
  /// Whether a parameter, or an optimizer's moment of it, is this network's: "G_A.model.1.weight".
  bool owns(std::string_view parameter) const;
  auto operator<=>(const Network&) const = default;
};
std::optional<Network> network_named(std::string_view name);

inline constexpr Network kG{Role::generator}, kD{Role::discriminator};
inline constexpr Network kG_A{Role::generator, Side::a}, kG_B{Role::generator, Side::b};
inline constexpr Network kC{Role::classifier};
inline constexpr Network kD_A{Role::discriminator, Side::a}, kD_B{Role::discriminator, Side::b};

/// The parts that losses are made of; outputs.cpp has the name of each.
enum class LossTerm {
  gan,              // what G learns from its discriminator: of pix2pix,
  adversarial,      //   of SRGAN,
  generator,        //   of CycleGAN
  l1,               // G's images compared with their targets, pixel by pixel: of pix2pix,
  pixel,            //   of SRGAN
  cycle,            // an image there and back compared with itself
  identity,         // what a generator makes of an image that is already as it should be
  feature,          // compared by a network's features
  total_variation,  // how rough an image is
  real,             // a discriminator's, on real images
  fake,             //   on generated ones
  discriminator,    //   all together
  penalty,          // WGAN-GP's gradient penalty
  r1,               // the penalty on a discriminator's gradient at real images
  cross_entropy,    // of a classifier's answers
  path,             // on generators whose steps differ in length (StyleGAN2)
  condition,        // how far what G makes is from the category that it was asked for (CTGAN)
};

struct Loss {
  LossTerm term = LossTerm::gan;
  Side side = Side::none;

  std::string name() const;  // "G_L1", "cycle_A"
  /// True of what falls when a network learns, whatever a discriminator does.
  bool is_content() const;
  /// True of the game between generator and discriminator; all others compare images.
  bool is_adversarial() const;
  auto operator<=>(const Loss&) const = default;
};
std::optional<Loss> loss_named(std::string_view name);

/// What tells of a network's health (health.h).
/// loss_scale and skipped, a count of steps, are those of training in fp16 (run/loss_scale.h).
enum class HealthKind { gradient, weights, accuracy, augmentation, loss_scale, skipped };

struct HealthNumber {
  HealthKind kind = HealthKind::gradient;
  Network network;

  std::string name() const;  // "gradient_G", "accuracy_D_A"
  auto operator<=>(const HealthNumber&) const = default;
};
std::optional<HealthNumber> health_named(std::string_view name);

/// What generators make in a step: fake_b of a, rec_a (back again) of fake_b…
enum class TrainingImage { fake_a, fake_b, rec_a, rec_b };
const char* to_string(TrainingImage image);

/// What a step told.
template <class What>
struct Told {
  What what;
  float value = 0;
  bool operator==(const Told&) const = default;
};
using Losses = std::vector<Told<Loss>>;
using HealthNumbers = std::vector<Told<HealthNumber>>;

/// By their names, as files hold them.
template <class What>
std::vector<std::pair<std::string, double>> named(const std::vector<Told<What>>& numbers) {
  std::vector<std::pair<std::string, double>> result;
  for (const Told<What>& number : numbers)
    result.emplace_back(number.what.name(), double{number.value});
  return result;
}

}  // namespace imago
