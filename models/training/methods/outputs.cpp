#include "models/training/methods/outputs.h"

#include <algorithm>
#include <array>

namespace imago {
namespace {

struct TermName {
  LossTerm term;
  const char* name;
};
constexpr std::array<TermName, 17> kTerms = {{{LossTerm::gan, "G_GAN"},
                                              {LossTerm::adversarial, "adversarial"},
                                              {LossTerm::generator, "G"},
                                              {LossTerm::l1, "G_L1"},
                                              {LossTerm::pixel, "pixel"},
                                              {LossTerm::cycle, "cycle"},
                                              {LossTerm::identity, "idt"},
                                              {LossTerm::feature, "feature"},
                                              {LossTerm::total_variation, "tv"},
                                              {LossTerm::real, "D_real"},
                                              {LossTerm::fake, "D_fake"},
                                              {LossTerm::discriminator, "D"},
                                              {LossTerm::penalty, "penalty"},
                                              {LossTerm::r1, "r1"},
                                              {LossTerm::cross_entropy, "cross_entropy"},
                                              {LossTerm::path, "path"},
                                              {LossTerm::condition, "condition"}}};

struct KindName {
  HealthKind kind;
  const char* name;
};
constexpr std::array<KindName, 6> kKinds = {{{HealthKind::gradient, "gradient"},
                                             {HealthKind::weights, "weights"},
                                             {HealthKind::accuracy, "accuracy"},
                                             {HealthKind::augmentation, "augmentation"},
                                             {HealthKind::loss_scale, "loss_scale"},
                                             {HealthKind::skipped, "skipped"}}};

std::string with_side(const std::string& name, Side side) {
  return side == Side::none ? name : name + (side == Side::a ? "_A" : "_B");
}

/// "cycle_A" without its side, which `side` gets.
std::string_view without_side(std::string_view name, Side& side) {
  side = name.ends_with("_A") ? Side::a : name.ends_with("_B") ? Side::b : Side::none;
  return side == Side::none ? name : name.substr(0, name.size() - 2);
}

}  // namespace

std::string Network::name() const {
  const char* letter = role == Role::generator ? "G" : role == Role::discriminator ? "D" : "C";
  return with_side(letter, side);
}

bool Network::owns(std::string_view parameter) const { return parameter.starts_with(name() + "."); }

std::optional<Network> network_named(std::string_view name) {
  Network network;
  const std::string_view role = without_side(name, network.side);
  if (role != "G" && role != "D" && role != "C") return std::nullopt;
  network.role = role == "G"   ? Role::generator
                 : role == "D" ? Role::discriminator
                               : Role::classifier;
  return network;
}

std::string Loss::name() const {
  const auto found = std::ranges::find(kTerms, term, &TermName::term);
  return with_side(found->name, side);
}

bool Loss::is_content() const {
  return term == LossTerm::l1 || term == LossTerm::pixel || term == LossTerm::cycle ||
         term == LossTerm::identity || term == LossTerm::cross_entropy;
}

bool Loss::is_adversarial() const {
  return !is_content() && term != LossTerm::feature && term != LossTerm::total_variation &&
         term != LossTerm::condition;
}

std::optional<Loss> loss_named(std::string_view name) {
  Loss loss;
  const std::string_view term = without_side(name, loss.side);
  const auto found =
      std::ranges::find_if(kTerms, [&](const TermName& known) { return term == known.name; });
  if (found == kTerms.end()) return std::nullopt;
  loss.term = found->term;
  return loss;
}

std::string HealthNumber::name() const {
  const auto found = std::ranges::find(kKinds, kind, &KindName::kind);
  return std::string(found->name) + "_" + network.name();
}

std::optional<HealthNumber> health_named(std::string_view name) {
  for (const KindName& known : kKinds) {
    const std::string start = std::string(known.name) + "_";
    if (!name.starts_with(start)) continue;
    const std::optional<Network> network = network_named(name.substr(start.size()));
    if (network) return HealthNumber{known.kind, *network};
  }
  return std::nullopt;
}

const char* to_string(TrainingImage image) {
  switch (image) {
    case TrainingImage::fake_a:
      return "fake_a";
    case TrainingImage::rec_a:
      return "rec_a";
    case TrainingImage::rec_b:
      return "rec_b";
    case TrainingImage::fake_b:
      break;
  }
  return "fake_b";
}

}  // namespace imago
