#include "models/playground/presets.h"

namespace imago::playground {
namespace {

Settings base(Data data, float rate) {
  Settings s;
  s.data = data;
  s.generator.rate = s.discriminator.rate = rate;
  return s;
}

Preset two_clusters() {
  Settings s = base(Data::two_clusters, 0.03f);
  s.r1 = 0.1f;
  return {"Two clusters", "The fake points find both clusters within seconds, even slowly.", s, 4};
}

Preset one_cluster() {
  Settings s = base(Data::one_cluster, 0.03f);
  s.r1 = 0.1f;
  return {"One cluster", "The easiest game: one place to find.", s, 4};
}

Preset ring() {
  Settings s = base(Data::ring, 0.002f);
  s.discriminator.rate = 0.004f;
  s.r1 = 0.003f;
  return {"Ring of eight", "R1 keeps the discriminator smooth, and all eight places are found.", s};
}

Preset grid() {
  Settings s = base(Data::grid, 0.003f);
  s.generator.layout = s.discriminator.layout = {3, 64};
  s.discriminator.updates = 2;
  s.r1 = 0.02f;
  return {"Grid of 25", "The usual test of how many modes a GAN finds; takes a few thousand steps.",
          s};
}

Preset spiral() {
  Settings s = base(Data::spiral, 0.003f);
  s.generator.layout = s.discriminator.layout = {3, 48};
  s.loss = Loss::wasserstein_penalty;
  s.discriminator.updates = 3;
  return {"Spiral", "A curve to be wound up, by a critic with gradient penalty.", s};
}

Preset collapse() {
  Settings s = base(Data::ring, 0.01f);
  s.beta1 = 0.9f;
  s.generator.updates = 3;
  return {"Mode collapse",
          "The generator learns three times as often: its points crowd where the discriminator is "
          "fooled just now, and jump on.",
          s, 0, Trouble::collapse};
}

Preset vanishing() {
  Settings s = base(Data::ring, 0.0002f);
  s.latent_dimensions = 1;
  s.loss = Loss::minimax;
  s.discriminator.rate = 0.01f;
  s.discriminator.updates = 5;
  return {"Vanishing gradient",
          "The minimax loss and a discriminator that is far ahead: it is right about everything, "
          "and the generator learns nothing.",
          s, 0, Trouble::vanishing_gradient};
}

Preset oscillation() {
  Settings s = base(Data::one_cluster, 0.004f);
  s.loss = Loss::wasserstein;
  s.beta1 = 0.9f;
  return {"Oscillation", "Momentum and large steps: the fake points circle around the real ones.",
          s, 0, Trouble::oscillation};
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {two_clusters(), one_cluster(), ring(),
                                          grid(),         spiral(),      collapse(),
                                          vanishing(),    oscillation()};
  return all;
}

}  // namespace imago::playground
