#include "models/training/methods/stylegan2.h"

#include <cmath>

#include "compute/base/error.h"
#include "compute/graph/grad.h"

namespace imago {
namespace {

constexpr float kAverageMoves = 0.005f;    // of the mean of w, a step
constexpr float kPathLengthMoves = 0.01f;  // of the mean length, a step
constexpr float kSlope = 1 << 30;          // a slope that makes a clamp a comparison

/// 1 where x < limit, else 0.
Tensor is_below(Tensor x, float limit) { return clamp(affine(x, -1, limit) * kSlope, 0, 1); }

class Stylegan2Game {
 public:
  Stylegan2Game(const Stylegan2Options& options, const Shape& a, const Shape& b)
      : options_(options), latents_(a), pictures_(b) {}

  std::vector<Phase> phases() {
    add_discriminator();
    if (options_.training.r1_gamma > 0) add_r1();
    add_generator();
    if (options_.path_weight > 0) add_path();
    if (options_.training.ema > 0) add_average();
    return std::move(phases_);
  }

 private:
  /// `every`: steps from one of it to the next.
  Phase& begin(const std::string& name, std::vector<OptimizerSlot> slots, int every = 1) {
    Phase& phase = phases_.emplace_back(name, std::move(slots));
    phase.every = every;
    phase.graph->random_streams_from(static_cast<uint32_t>(phases_.size() - 1) << 16);
    return phase;
  }

  /// Those that the optimizer of a slot is built with.
  TrainingOptions training(OptimizerSlot slot, bool regulariser = false) const {
    TrainingOptions training = options_.training;
    const bool discriminator = slot == kDiscriminatorSlot;
    const bool lazy = discriminator ? training.r1_gamma > 0 : options_.path_weight > 0;
    if (lazy)
      training.adam =
          lazily(training.adam, discriminator ? options_.r1_every : options_.path_every);
    training.r1_gamma = 0;  // in a phase of its own
    training.ema = 0;       // the same
    training.health = training.health && !regulariser;
    return training;
  }

  Tensor new_latents(Graph& graph, int64_t count) const {
    return random_normal(graph, {count, latents_.c, 1, 1});
  }

  /// {N, slots * latent, 1, 1}, a w for each slot: that of z and, in most pictures, from a random
  /// slot on that of another latent.
  Tensor styles(Graph& graph, Tensor z, bool track = false) const {
    const BuildOptions build = training_build(kG, true);
    const Stylegan2Config& config = options_.generator;
    const Tensor first = stylegan2_mapping(graph, z, config, build);
    if (track) move_average(graph, first, build);
    std::vector<Tensor> w(static_cast<size_t>(config.slots()), first);
    if (options_.style_mixing > 0) {
      const int64_t n = z.shape().n;
      const Tensor second = stylegan2_mapping(graph, new_latents(graph, n), config, build);
      const Tensor chance = random_uniform(graph, {n, 1, 1, 1});
      const Tensor place =
          random_uniform(graph, {n, 1, 1, 1}) * static_cast<float>(config.slots() - 1);
      const Tensor mixed = is_below(chance, options_.style_mixing);
      for (size_t slot = 1; slot < w.size(); ++slot)
        w[slot] = first + (second - first) * (is_below(place, static_cast<float>(slot)) * mixed);
    }
    return concat(w);
  }

  void move_average(Graph& graph, Tensor w, const BuildOptions& build) const {
    const Tensor average = graph.parameter(build.prefix + "latent_avg", {1, w.shape().c, 1, 1},
                                           {InitialValue::Kind::constant, 0});
    update_average(average, mean(w, {.n = true}), kAverageMoves);
  }

  /// `styles`: as above.
  Tensor picture(Graph& graph, Tensor styles) const {
    const Stylegan2Config& config = options_.generator;
    std::vector<Tensor> w;
    for (int slot = 0; slot < config.slots(); ++slot)
      w.push_back(slice_channels(styles, slot * config.latent, (slot + 1) * config.latent));
    return stylegan2_synthesis(graph, w, config, training_build(kG, true));
  }

  Tensor judged(Graph& graph, Tensor x) const {
    return stylegan2_judge(graph, augmented(graph, x, options_.training.augment),
                           options_.discriminator, training_build(kD, false));
  }

  void add_discriminator() {
    Phase& phase = begin("discriminator", {kDiscriminatorSlot});
    Graph& graph = *phase.graph;
    const Tensor z = graph.input("a", latents_), real = graph.input("b", pictures_);
    const Tensor fake = picture(graph, styles(graph, z));
    const TrainingOptions training = this->training(kDiscriminatorSlot);
    std::vector<Tensor> logits;  // real first
    const auto judge = [&](Tensor x) { return logits.emplace_back(judged(graph, x)); };
    const AdversarialGame game{phase, judge, training, Side::none, true};
    minimize_networks(phase, discriminator_loss(game, real, fake, 1), {kD}, training,
                      kDiscriminatorSlot);
    adapt_augmentation(phase, kD, training, logits.front());
  }

  void add_r1() {
    Phase& phase = begin("r1", {kDiscriminatorSlot}, options_.r1_every);
    const Tensor real = phase.graph->input("b", pictures_);
    const Tensor loss = output_loss(
        phase, {LossTerm::r1},
        real_slope_penalty(judged(*phase.graph, real), real) * (options_.training.r1_gamma / 2));
    minimize_networks(phase, loss * static_cast<float>(options_.r1_every), {kD},
                      training(kDiscriminatorSlot, true), kDiscriminatorSlot);
  }

  void add_generator() {
    generator_ = phases_.size();
    Phase& phase = begin("generator", {kGeneratorSlot});
    Graph& graph = *phase.graph;
    const Tensor fake = picture(graph, styles(graph, new_latents(graph, latents_.n), true));
    output_image(phase, TrainingImage::fake_b, fake);
    const Tensor loss = generator_loss(options_.training.gan_mode, judged(graph, fake));
    minimize_networks(phase, output_loss(phase, {LossTerm::gan}, loss), {kG},
                      training(kGeneratorSlot), kGeneratorSlot);
  }

  void add_path() {
    Phase& phase = begin("path", {kGeneratorSlot}, options_.path_every);
    Graph& graph = *phase.graph;
    const int64_t n = std::max<int64_t>(latents_.n / 2, 1);
    const Tensor w = styles(graph, new_latents(graph, n));
    const Tensor fake = picture(graph, w);
    const float pixels = static_cast<float>(pictures_.h * pictures_.w);
    const Tensor y = random_normal(graph, fake.shape()) * (1 / std::sqrt(pixels));
    const Tensor slope = grad(fake * y, w);
    const float slots = static_cast<float>(options_.generator.slots());
    const Tensor lengths = sqrt(sum(square(slope), {.c = true}) * (1 / slots));
    const Tensor known =
        graph.parameter("path_length", {1, 1, 1, 1}, {InitialValue::Kind::constant, 0});
    const Tensor average = known + (mean(lengths, {.n = true}) - known) * kPathLengthMoves;
    const Tensor loss = output_loss(phase, {LossTerm::path},
                                    mean_of(square(lengths - average)) * options_.path_weight);
    minimize_networks(phase, loss * static_cast<float>(options_.path_every), {kG},
                      training(kGeneratorSlot, true), kGeneratorSlot);
    assign(known, average);
  }

  void add_average() {
    const Graph& trained = *phases_[generator_].graph;
    average_network(begin("average", {}), trained, kG, options_.training.ema);
  }

  const Stylegan2Options& options_;
  const Shape latents_, pictures_;
  std::vector<Phase> phases_;
  size_t generator_ = 0;  // of the phases
};

void check_sizes(const Stylegan2Options& options, const Shape& a, const Shape& b) {
  const Stylegan2Config& g = options.generator;
  const Stylegan2Judge& d = options.discriminator;
  if (a.c != g.latent || b.h != g.side() || b.w != g.side() || b.c != g.colours)
    throw Error("stylegan2 makes " + std::to_string(g.colours) + "x" + std::to_string(g.side()) +
                "x" + std::to_string(g.side()) + " of " + std::to_string(g.latent) +
                " numbers; the data set has " + to_string(b) + " and " + to_string(a) +
                ": see --crop-size, --output-nc and --latent");
  if (d.side() != g.side() || d.colours != g.colours)
    throw Error("stylegan2: generator and discriminator are of different sizes");
}

}  // namespace

Method stylegan2(const Stylegan2Options& options, const Shape& a, const Shape& b) {
  check_sizes(options, a, b);
  Method method;
  method.name = "stylegan2";
  method.networks = {kG, kD};
  Generator generator = stylegan2_generator(options.generator);
  generator.info.in_channels = options.generator.latent;  // samples of the run are not truncated
  method.generators = {{kG, generator, Side::a}};
  method.adam = options.training.adam;
  if (options.training.r1_gamma > 0) method.lazy[kDiscriminatorSlot] = options.r1_every;
  if (options.path_weight > 0) method.lazy[kGeneratorSlot] = options.path_every;
  method.stages.push_back({"adversarial", Stylegan2Game(options, a, b).phases()});
  return method;
}

}  // namespace imago
