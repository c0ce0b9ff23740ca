// Everything that decides what a run of the playground does: a GAN in two dimensions, small enough
// to be watched while it learns. Two runs with equal settings on one device are equal bit for bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace imago::playground {

/// A point of the plane; what is to be learned lies within about -1…1.
struct Point {
  float x = 0, y = 0;
  bool operator==(const Point&) const = default;
};
inline float distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// What is to be learned (points.h says exactly what each one is).
enum class Data { one_cluster, two_clusters, ring, grid, spiral, drawn };

/// What the generator draws its points from.
enum class Latent { uniform, gaussian };

enum class Activation { leaky_relu, relu, tanh };

enum class Loss {
  minimax,              // Goodfellow et al. 2014, equation 1: saturates when D wins
  non_saturating,       // the same, section 3: G maximizes log D(G(z))
  least_squares,        // Mao et al. 2017
  wasserstein,          // Arjovsky et al. 2017: D's weights are clipped
  wasserstein_penalty,  // Gulrajani et al. 2017: gradient penalty
};

/// Layers of equal width between input and output.
struct Layout {
  int layers = 2;  // 0…5
  int width = 32;  // 1…128
  bool operator==(const Layout&) const = default;
};

/// One of the two players.
struct Player {
  Layout layout;
  float rate = 0.03f;  // Adam's learning rate, 1e-6…1
  int updates = 1;     // of an iteration, 0…10
  bool operator==(const Player&) const = default;
};

struct Settings {
  Data data = Data::two_clusters;
  std::vector<Point> drawn;  // for Data::drawn: places that a person drew

  Latent latent = Latent::gaussian;
  int latent_dimensions = 2;  // 1 or 2

  Player generator, discriminator;
  Activation activation = Activation::leaky_relu;
  Loss loss = Loss::non_saturating;
  float clip = 0.1f;            // wasserstein: D's weights stay within ±clip
  float penalty_weight = 0.1f;  // wasserstein_penalty: lambda (0.1 on toys in the authors' code)
  float r1 = 0;                 // gamma of R1 (Mescheder et al. 2018), 0: off
  bool spectral_norm = false;   // of D (Miyato et al. 2018)
  float beta1 = 0.5f, beta2 = 0.99f;  // Adam's, of both

  int batch = 256;  // points of one update, 4…1024
  uint64_t seed = 1;
  bool operator==(const Settings&) const = default;
};

/// Throws Error that names the setting, what is wrong with it and what would be right.
void check(const Settings& settings);

// "two-clusters", "uniform", "leaky-relu", "wasserstein-penalty": names in files and in the app.
// The other way round throws Error, listing the names there are.
const char* to_string(Data data);
const char* to_string(Latent latent);
const char* to_string(Activation activation);
const char* to_string(Loss loss);
Data data_named(const std::string& name);
Latent latent_named(const std::string& name);
Activation activation_named(const std::string& name);
Loss loss_named(const std::string& name);

/// Whether D is a critic, whose values have no fixed boundary between real and fake.
bool has_critic(Loss loss);

}  // namespace imago::playground
