// What the papers' files (pix2pix.h, cyclegan.h, srgan.h, gan.h) hand to whoever runs training:
// graphs.
//
// A step of training is one or several phases, each one graph that is compiled and recorded once.
// The graphs take the batch as inputs "a" and "b"; what they tell is listed, by type, in the phase:
// losses and health numbers (health.h), each {1,1,1,1}, and images. Parameters are called
// "<network>.<key>", where the keys are those of the checkpoints ("G_A.model.1.weight"); their
// moving averages (EMA) "average.<network>.<key>".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/optimize.h"
#include "models/networks/discriminators.h"
#include "models/networks/generator.h"
#include "models/training/methods/augment.h"
#include "models/training/methods/losses.h"
#include "models/training/methods/outputs.h"

namespace imago {

/// The slots of StepParams::optimizers.
/// kAverageSlot: its learning rate is the share by which moving averages move, see ema_share.
enum OptimizerSlot : int { kGeneratorSlot = 0, kDiscriminatorSlot = 1, kAverageSlot = 2 };

/// One output of a phase's graph: what it is, and the name to read it back by (Program::output).
template <class What>
struct PhaseOutput {
  What what;
  std::string port;
};

/// A weight and the one that follows it as its moving average (EMA), by their names in the graph.
struct EmaPair {
  std::string parameter, average;
};

struct Phase {
  explicit Phase(std::string the_name, std::vector<OptimizerSlot> the_optimizers)
      : name(std::move(the_name)), optimizers(std::move(the_optimizers)) {}

  std::string name;
  std::unique_ptr<Graph> graph = std::make_unique<Graph>();
  std::vector<OptimizerSlot> optimizers;  // those that take a step in it
  /// It is run for so many batches one after another before the next phase; with 1 for the last
  /// batch of the step alone.
  int batches = 1;
  int every = 1;  // it is left out of all steps but each so many'th, the first of all among them
  std::vector<PhaseOutput<Loss>> losses;
  std::vector<PhaseOutput<HealthNumber>> health;
  std::vector<PhaseOutput<TrainingImage>> images;
  /// With TrainingOptions::precision fp16, of each optimizer that takes a step: a number that is
  /// not finite where its gradients are not and the step was left out.
  std::vector<PhaseOutput<OptimizerSlot>> guards;
  std::vector<EmaPair> ema;
  float ema_decay = 0;  // of these
};

/// Steps of one kind: SRGAN first learns without a discriminator, then with one.
struct Stage {
  std::string name;
  std::vector<Phase> phases;
};

/// Between two phases: what the first made, passed through an image pool to the second.
struct PooledImage {
  TrainingImage output;  // of an earlier phase
  std::string input;     // of a later one: "pooled_b"
};

/// A generator being trained.
struct TrainedGenerator {
  Network network;
  Generator architecture;  // without weights
  Side input = Side::a;    // what it translates: the batch's a or b, into the other
};

struct Method {
  std::string name;               // "pix2pix"
  std::vector<Network> networks;  // in the order checkpoints are listed
  std::vector<TrainedGenerator> generators;
  std::vector<Stage> stages;
  std::vector<PooledImage> pools;
  Adam adam;                          // of all networks; the learning rate is told at each step
  std::map<OptimizerSlot, int> lazy;  // slots with a regulariser every so many steps: `lazily`
  /// What the files of networks that are no generators say beside their tensors.
  std::map<Network, std::map<std::string, std::string>> metadata;
  StateDict frozen;  // parameters that never change, under their names in the graphs

  /// Batches that a step takes: those of the phase that takes most.
  int batches_per_step() const;
};

/// What all papers have in common.
struct TrainingOptions {
  Adam adam = {.beta1 = 0.5f};
  GanMode gan_mode = GanMode::vanilla;
  float penalty_weight = 10;  // of the gradient penalty, GanMode::wgangp only
  float r1_gamma = 0;         // > 0: R1 with this gamma, of every GanMode
  float weight_clip = 0.01f;  // GanMode::wgan: discriminators' weights lie within this of 0
  /// > 0: a second copy of each generator follows the first as a moving average with this decay.
  float ema = 0;
  AugmentOptions augment = {};  // of what discriminators of samplers see
  /// fp16: losses are multiplied by each slot's loss scale (run/loss_scale.h), and a step whose
  /// gradients are not finite changes nothing. Whoever plans the graphs stores them so.
  NumberType precision = NumberType::fp32;
  bool health = true;  // false leaves the health numbers out, to measure what they cost
};

/// Of networks that a regulariser moves in a phase of its own every so many steps, Adam's settings
/// for both: with c = every / (every + 1) rates are `lazy_share`, c, of what they were and betas
/// are raised to c, so that as much time passes in all steps as in those without it (Karras et al.
/// 2020, appendix B). 0: none, and the settings as they are.
Adam lazily(Adam adam, int every);
float lazy_share(int every);

/// The share of the present weights that goes into their moving average after so many earlier
/// steps: 1 - min(decay, (1 + steps) / (10 + steps)), so that what the weights were at first does
/// not stay in averages of few steps.
float ema_share(float decay, int64_t steps_before);

/// How a network is built while it is trained.
BuildOptions training_build(const Network& network, bool stochastic);

/// The parameters of a network that training changes, as they are now: all but running statistics
/// and spectral norm's vectors.
std::vector<Tensor> trainable(Graph& graph, const Network& network);

/// Appends a step of the optimizer for one or several networks, moves their averages, and marks the
/// health numbers gradient and weights of each.
void minimize_networks(Phase& phase, Tensor loss, const std::vector<Network>& networks,
                       const TrainingOptions& options, OptimizerSlot slot);

/// Appends the step of the averages alone: average.<parameter> follows each parameter that training
/// changes, as `network` has them in `of`.
void average_network(Phase& phase, const Graph& of, const Network& network, float decay);

/// D's losses on real and fake and, for wgangp, the penalty; each is marked as an output. `weight`
/// is that of real and fake. Marks the accuracy where there is one.
struct AdversarialGame {
  Phase& phase;
  std::function<Tensor(Tensor)> discriminator;
  const TrainingOptions& options;
  Side side = Side::none;
  bool real_first = false;  // with running statistics the order shows
};
Tensor discriminator_loss(const AdversarialGame& game, Tensor real, Tensor fake, float weight);
/// `loss` plus what holds the discriminator's slope down, marked as outputs: for wgangp the
/// gradient penalty, with r1_gamma R1. `of_real`: the logits of `real`.
Tensor with_penalty(const AdversarialGame& game, Tensor real, Tensor of_real, Tensor fake,
                    Tensor loss);

/// Mark what a step tells. The first returns its loss; of a phase that is left out of steps the
/// last one is kept as the parameter `told_name`, so that every step tells the same losses.
Tensor output_loss(Phase& phase, const Loss& what, Tensor loss);
std::string told_name(const Loss& loss);
void output_image(Phase& phase, TrainingImage what, Tensor image);
/// The accuracy of a discriminator, from its logits (losses.h); none of wgangp.
void output_accuracy(Phase& phase, const Network& network, const TrainingOptions& options,
                     Tensor real, Tensor fake);

/// Of augmented pictures: moves the probability by the logits of real ones (augment.h), and marks
/// it. Otherwise it does nothing.
void adapt_augmentation(Phase& phase, const Network& network, const TrainingOptions& options,
                        Tensor real_logits);
/// The accuracy of a classifier, which has it without a discriminator to tell it from.
void output_recognised(Phase& phase, const Network& network, const TrainingOptions& options,
                       Tensor share);

}  // namespace imago
