#include "models/playground/settings.h"

#include <array>
#include <cmath>

#include "compute/base/error.h"

namespace imago::playground {
namespace {

template <class Kind>
struct Name {
  Kind kind;
  const char* name;
};

constexpr std::array<Name<Data>, 6> kData = {{{Data::one_cluster, "one-cluster"},
                                              {Data::two_clusters, "two-clusters"},
                                              {Data::ring, "ring"},
                                              {Data::grid, "grid"},
                                              {Data::spiral, "spiral"},
                                              {Data::drawn, "drawn"}}};
constexpr std::array<Name<Latent>, 2> kLatents = {
    {{Latent::uniform, "uniform"}, {Latent::gaussian, "gaussian"}}};
constexpr std::array<Name<Activation>, 3> kActivations = {{{Activation::leaky_relu, "leaky-relu"},
                                                           {Activation::relu, "relu"},
                                                           {Activation::tanh, "tanh"}}};
constexpr std::array<Name<Loss>, 5> kLosses = {
    {{Loss::minimax, "minimax"},
     {Loss::non_saturating, "non-saturating"},
     {Loss::least_squares, "least-squares"},
     {Loss::wasserstein, "wasserstein"},
     {Loss::wasserstein_penalty, "wasserstein-penalty"}}};

template <class Kind, size_t n>
const char* name_of(const std::array<Name<Kind>, n>& names, Kind kind) {
  for (const auto& known : names)
    if (known.kind == kind) return known.name;
  return "?";
}

template <class Kind, size_t n>
Kind named(const std::array<Name<Kind>, n>& names, const std::string& what,
           const std::string& name) {
  std::string all;
  for (const auto& known : names) {
    if (name == known.name) return known.kind;
    all += (all.empty() ? "" : ", ") + std::string(known.name);
  }
  throw Error(what + ": there is no '" + name + "'; there are: " + all);
}

template <class Number>
void check_range(const char* what, Number value, Number low, Number high) {
  if (value >= low && value <= high) return;  // never true of a NaN
  throw Error(std::string(what) + " is " + std::to_string(value) + "; it must be between " +
              std::to_string(low) + " and " + std::to_string(high));
}

void check(const std::string& who, const Player& player) {
  check_range((who + "'s number of layers").c_str(), player.layout.layers, 0, 5);
  check_range((who + "'s width").c_str(), player.layout.width, 1, 128);
  check_range((who + "'s learning rate").c_str(), player.rate, 1e-6f, 1.0f);
  check_range((who + "'s updates").c_str(), player.updates, 0, 10);
}

}  // namespace

void check(const Settings& s) {
  check("the generator", s.generator);
  check("the discriminator", s.discriminator);
  check_range("the latent space's dimension", s.latent_dimensions, 1, 2);
  check_range("the batch", s.batch, 4, 1024);
  if (s.batch % 4 != 0)
    throw Error("the batch is " + std::to_string(s.batch) + "; it must be a multiple of 4");
  check_range("the clipping range", s.clip, 1e-4f, 10.0f);
  check_range("the penalty's weight", s.penalty_weight, 0.0f, 1000.0f);
  check_range("R1's gamma", s.r1, 0.0f, 1000.0f);
  check_range("beta1", s.beta1, 0.0f, 0.999f);
  check_range("beta2", s.beta2, 0.0f, 0.9999f);
  if (s.data == Data::drawn && s.drawn.empty())
    throw Error("nothing is drawn yet: draw a few points to be learned");
  for (const Point& p : s.drawn)
    if (!(std::abs(p.x) <= 2 && std::abs(p.y) <= 2))
      throw Error("a drawn point lies outside of -2…2");
}

const char* to_string(Data data) { return name_of(kData, data); }
const char* to_string(Latent latent) { return name_of(kLatents, latent); }
const char* to_string(Activation activation) { return name_of(kActivations, activation); }
const char* to_string(Loss loss) { return name_of(kLosses, loss); }
Data data_named(const std::string& name) { return named(kData, "data", name); }
Latent latent_named(const std::string& name) { return named(kLatents, "latent", name); }
Activation activation_named(const std::string& name) {
  return named(kActivations, "activation", name);
}
Loss loss_named(const std::string& name) { return named(kLosses, "loss", name); }

bool has_critic(Loss loss) {
  return loss == Loss::wasserstein || loss == Loss::wasserstein_penalty;
}

}  // namespace imago::playground
