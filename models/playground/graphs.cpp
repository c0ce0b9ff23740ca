#include "models/playground/graphs.h"

#include "compute/graph/grad.h"
#include "compute/graph/optimize.h"
#include "compute/ops/ops.h"
#include "models/checkpoint/tensor_match.h"
#include "models/networks/layers.h"

namespace imago::playground {
namespace {

constexpr Axes kAll = {true, true, true, true};

Tensor activated(Tensor x, Activation activation) {
  switch (activation) {
    case Activation::relu:
      return relu(x);
    case Activation::tanh:
      return tanh(x);
    case Activation::leaky_relu:
      break;
  }
  return leaky_relu(x, 0.2f);
}

Tensor network(Graph& graph, Tensor x, const Player& player, Activation activation, int outputs,
               bool spectral_norm, const BuildOptions& options) {
  Layers layers(graph, options);
  const auto linear = [&](int index, int width) {
    return layers.conv2d(std::to_string(index), x, width,
                         {.kernel = 1, .spectral_norm = spectral_norm});
  };
  for (int i = 0; i < player.layout.layers; ++i)
    x = activated(linear(i, player.layout.width), activation);
  return linear(player.layout.layers, outputs);
}

/// {1, L, 1, N} -> {1, 2, 1, N}
Tensor G(Graph& graph, Tensor latent, const Settings& s) {
  return network(graph, latent, s.generator, s.activation, 2, false, {.prefix = "G."});
}

/// {n, 2, 1, N} -> {n, 1, 1, N}
Tensor D(Graph& graph, Tensor points, const Settings& s, bool learns = false) {
  return network(graph, points, s.discriminator, s.activation, 1, s.spectral_norm,
                 {.power_iteration = learns, .prefix = "D."});
}

Tensor latent_input(Graph& graph, const Settings& s, int64_t count) {
  return graph.input("latent", {1, s.latent_dimensions, 1, count});
}

std::vector<Tensor> learned(Graph& graph, const std::string& prefix) {
  std::vector<Tensor> result;
  for (const auto& [name, node] : graph.parameters())
    if (name.starts_with(prefix) && !is_tracked(name)) result.push_back({&graph, node});
  return result;
}

/// What D minimizes, of each point: `signs` are -1 where it is real and 1 where it is fake.
Tensor discriminator_loss(Loss loss, Tensor logits, Tensor signs) {
  switch (loss) {
    case Loss::least_squares:
      return square(logits - affine(signs, -0.5f, 0.5f));  // to 1 where real, to 0 where fake
    case Loss::wasserstein:
    case Loss::wasserstein_penalty:
      return logits * signs;
    case Loss::minimax:
    case Loss::non_saturating:
      break;
  }
  return softplus(logits * signs);  // -log D(x), -log(1 - D(G(z)))
}

/// What G minimizes, of each of its points.
Tensor generator_loss(Loss loss, Tensor logits) {
  switch (loss) {
    case Loss::minimax:
      return softplus(logits) * -1.0f;  // log(1 - D(G(z)))
    case Loss::least_squares:
      return square(logits - 1.0f);
    case Loss::wasserstein:
    case Loss::wasserstein_penalty:
      return logits * -1.0f;
    case Loss::non_saturating:
      break;
  }
  return softplus(logits * -1.0f);  // -log D(G(z))
}

Tensor mean_of_batch(Tensor x, int batch) { return sum(x, kAll) * (1 / static_cast<float>(batch)); }

/// Gulrajani et al. 2017, Algorithm 1, lines 5 to 7, without lambda.
Tensor gradient_penalty(Graph& graph, const Settings& s, Tensor real, Tensor fake) {
  const Tensor share = graph.input("share", {1, 1, 1, s.batch});
  const Tensor between = share * real + affine(share, -1, 1) * fake;
  const Tensor slope = grad(D(graph, between, s), between);
  // The root has no slope at zero; what is added is far below any gradient that matters.
  const Tensor length = sqrt(sum(square(slope), {.c = true}) + 1e-12f);
  return mean_of_batch(square(length - 1.0f), s.batch);
}

void clip(Graph& graph, float limit) {
  for (const Tensor& weight : learned(graph, "D.")) assign(weight, clamp(weight, -limit, limit));
}

}  // namespace

void discriminator_update(Graph& graph, const Settings& s) {
  const Shape points{1, 2, 1, s.batch};
  const Tensor latent = latent_input(graph, s, s.batch), real = graph.input("real", points);
  const Tensor signs = graph.input("signs", {2, 1, 1, 1});
  const Tensor fake = G(graph, latent, s);
  const Tensor both = reshape(concat({real, fake}), {2, 2, 1, s.batch});
  const Tensor logits = D(graph, both, s, true);
  Tensor loss = mean_of_batch(discriminator_loss(s.loss, logits, signs), s.batch);
  if (s.loss == Loss::wasserstein_penalty)
    loss = loss + gradient_penalty(graph, s, real, fake) * s.penalty_weight;
  if (s.r1 > 0) {
    // Mescheder et al. 2018, equation 9: gamma / 2 times the mean of |gradient of D at real|^2.
    const Tensor slope = grad(D(graph, real, s), real);
    loss = loss + mean_of_batch(square(slope), s.batch) * (s.r1 / 2);
  }
  graph.output("logits", logits);
  graph.output("loss", loss);
  minimize(loss, learned(graph, "D."), Adam{.beta1 = s.beta1, .beta2 = s.beta2},
           kDiscriminatorSlot);
  if (s.loss == Loss::wasserstein) clip(graph, s.clip);
}

void generator_update(Graph& graph, const Settings& s) {
  const Tensor fake = G(graph, latent_input(graph, s, s.batch), s);
  const Tensor logits = D(graph, fake, s);
  const Tensor loss = mean_of_batch(generator_loss(s.loss, logits), s.batch);
  graph.output("logits", logits);
  graph.output("loss", loss);
  const Tensor gradient = grad(loss, fake);
  graph.output("gradient", gradient);
  // The chain rule by hand: going back through D once is enough.
  const Tensor along = sum(fake * detach(gradient), kAll);
  minimize(along, learned(graph, "G."), Adam{.beta1 = s.beta1, .beta2 = s.beta2}, kGeneratorSlot);
}

void look(Graph& graph, const Settings& s) {
  const Tensor points = G(graph, latent_input(graph, s, kLooked), s);
  const Tensor places = graph.input("places", {1, 2, 1, kField});
  graph.output("points", points);
  graph.output("field", D(graph, places, s));
  graph.output("gradient", grad(generator_loss(s.loss, D(graph, points, s)), points));
}

void measure(Graph& graph, const Settings& s) {
  graph.output("points", G(graph, latent_input(graph, s, kMeasured), s));
}

}  // namespace imago::playground
