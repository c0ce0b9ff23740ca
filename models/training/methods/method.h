// What the papers' files (pix2pix.h, cyclegan.h, srgan.h) hand to whoever runs training: graphs.
//
// A step of training is one or several phases, each one graph that is compiled and recorded once.
// The graphs take the batch as inputs "a" and "b", and mark outputs "loss.<name>" and
// "health.<name>" (health.h), each {1,1,1,1}, and "image.<name>". Parameters are called
// "<network>.<key>", where the keys are those of the checkpoints ("G_A.model.1.weight").
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/optimize.h"
#include "models/networks/discriminators.h"
#include "models/networks/generator.h"
#include "models/training/methods/losses.h"

namespace imago {

/// The slots of StepParams::optimizers.
enum OptimizerSlot : int { kGeneratorSlot = 0, kDiscriminatorSlot = 1 };

struct Phase {
  std::string name;
  std::unique_ptr<Graph> graph;
  std::vector<OptimizerSlot> optimizers;  // those that take a step in it
};

/// Steps of one kind: SRGAN first learns without a discriminator, then with one.
struct Stage {
  std::string name;
  std::vector<Phase> phases;
};

/// Between two phases: what the first made, passed through an image pool to the second.
struct PooledImage {
  std::string output;  // of an earlier phase: "image.fake_b"
  std::string input;   // of a later one: "pooled_b"
};

/// A generator being trained.
struct TrainedGenerator {
  std::string network;     // "G", "G_A"
  Generator architecture;  // without weights
  std::string input;       // what it translates: "a" or "b"
  std::string target;      // what it should make of each, the other one; empty: nobody knows
};

struct Method {
  std::string name;                   // "pix2pix"
  std::vector<std::string> networks;  // "G", "D": in the order checkpoints are listed
  std::vector<TrainedGenerator> generators;
  std::vector<Stage> stages;
  std::vector<PooledImage> pools;
  Adam adam;         // of all networks; the learning rate is told at each step
  StateDict frozen;  // parameters that never change, under their names in the graphs
};

/// What all papers have in common.
struct TrainingOptions {
  Adam adam = {.beta1 = 0.5f};
  GanMode gan_mode = GanMode::vanilla;
  float penalty_weight = 10;  // of the gradient penalty, GanMode::wgangp only
  /// > 0: a second copy of each generator follows the first as a moving average with this decay.
  float average_decay = 0;
  bool health = true;  // false leaves the "health." outputs out, to measure what they cost
};

/// How a network is built while it is trained.
BuildOptions training_build(const std::string& network, bool stochastic);

/// The parameters of a network that training changes, as they are now: all but running statistics
/// and spectral norm's vectors.
std::vector<Tensor> trainable(Graph& graph, const std::string& network);

/// The name of a generator's moving average: "average." + parameter.
std::string average_name(const std::string& parameter);

/// Appends a step of the optimizer for one or several networks, moves the averages, and marks the
/// outputs health.gradient_<network> and health.weights_<network>.
void minimize_networks(Tensor loss, const std::vector<std::string>& networks,
                       const TrainingOptions& options, OptimizerSlot slot);

/// D's losses on real and fake and, for wgangp, the penalty. The names of the losses end in
/// `suffix`; each is marked as an output. `weight` is that of real and fake. Marks the output
/// health.accuracy_D<suffix> where there is an accuracy.
struct AdversarialGame {
  std::function<Tensor(Tensor)> discriminator;
  const TrainingOptions& options;
  std::string suffix;
  bool real_first = false;  // with running statistics the order shows
};
Tensor discriminator_loss(const AdversarialGame& game, Tensor real, Tensor fake, float weight);
/// `loss`, for wgangp plus the gradient penalty, which is marked as an output.
Tensor with_penalty(const AdversarialGame& game, Tensor real, Tensor fake, Tensor loss);

/// Marks a loss as an output and returns it.
Tensor output_loss(const std::string& name, Tensor loss);

/// Marks the output health.accuracy_<network>, from a discriminator's logits (losses.h).
void output_accuracy(const std::string& network, const TrainingOptions& options, Tensor real,
                     Tensor fake);

}  // namespace imago
