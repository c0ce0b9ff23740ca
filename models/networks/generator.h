// A generator network: a picture in, a picture out.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/graph/graph.h"
#include "models/checkpoint/state_dict.h"

namespace imago {

/// What a checkpoint turned out to be; printed by `imago info`, shown in the app.
struct ModelInfo {
  std::string name;  // file stem or registry name
  std::string
      architecture;   // "srresnet", "rrdbnet", "srvggnet_compact", "unet_256", "resnet_9blocks"…
  std::string paper;  // "Ledig et al. 2017", …
  int scale = 1;      // output side / input side
  int in_channels = 3, out_channels = 3;
  int features = 64;          // ngf / nf: channels of the first layer
  int blocks = 0;             // residual blocks, or depth of the U-Net
  std::string norm = "none";  // "batch", "instance", "instance_affine", "none"
  bool dropout = false;       // has dropout layers (active with --stochastic only)
  int64_t parameters = 0;
  std::string precision;                // stored type: "F32", "F16", …
  std::string license;                  // from metadata; empty if unknown
  float input_low = 0, input_high = 1;  // the network's range; pictures are [0, 1] outside it
  int multiple = 1;                     // input sides must be a multiple of this
  int minimum = 1;                      // and at least this
  bool global_statistics = false;       // the whole picture at once: cannot be tiled
  // What the file's metadata says of how the network is meant to be used (imago export):
  int side = 0;             // "imago_side": it knows pictures of this shorter side; 0: of any
  int shifts = 1;           // "imago_shifts": results of so many shifts are averaged, 1…8
  bool keeps_luma = false;  // "imago_luma": "input": only the colours of its result are meant
  bool running_statistics = false;  // "imago_statistics": "running": see using_running_statistics
  // Sentences about the file that a person may want to know: what was left out, what was chosen.
  std::vector<std::string> notes;
};

struct BuildOptions {
  bool stochastic = false;  // dropout on
  bool batch_statistics =
      false;  // batch norm of the picture's own statistics, not the running ones
  bool track_statistics = false;  // and then the running ones follow them, as training wants
  bool power_iteration = false;   // spectral norm's vectors take a step, as training wants
  bool unclamped = false;         // to be trained: beyond a clamp no gradient flows
  std::string prefix = {};        // before every parameter's name: several networks, one graph
  bool operator==(const BuildOptions&) const = default;
};

/// An architecture with its weights, independent of any picture size.
struct Generator {
  ModelInfo info;
  StateDict weights;      // fp32, the keys that `build` asks for
  BuildOptions defaults;  // as the paper says (pix2pix: batch statistics)
  /// Appends the network to the graph. x {N, in_channels, H, W} in the network's range ->
  /// {N, out_channels, scale*H, scale*W} in the network's range, clamped to it.
  std::function<Tensor(Graph&, Tensor x, const BuildOptions&)> build;
};

/// The generator whose result has the BT.601 luma of its input, so that only the colours are the
/// network's, and these at a quarter of the resolution: means of 4 x 4 pixels, interpolated. Sides
/// become multiples of 4. For out_channels 3 and scale 1; else it throws Error.
Generator keeping_luma(Generator generator);

/// The generator whose batch norm divides by the statistics learnt in training whatever its paper
/// says: for one that was trained on several pictures at a time, whose statistics are not those of
/// the one picture it translates. Without batch norm it stays as it is.
Generator using_running_statistics(Generator generator);

/// What a file must say beside the tensors for `identify` to give a generator that is used like
/// this one: "imago_statistics", "imago_luma", "imago_side", "imago_shifts", "license",
/// "imago_onnx".
std::map<std::string, std::string> metadata_of(const Generator& generator);

/// Recognises the network that these (unwrapped) tensors belong to: architecture, norm, width,
/// blocks, scale and channels come from the keys and shapes. Throws Error explaining which keys of
/// the nearest architecture were expected and which were found.
Generator identify(const StateDict& tensors);

/// The tensors of the one generator in a checkpoint, without prefixes: what `unwrap` gives if that
/// is one, else the one group of names ("netG", "state_dict.generator") that is. `key` names the
/// group, by its last part or parts, and is needed where several fit: else Error lists them. Where
/// none fits, what `unwrap` gives, for `identify` to explain.
StateDict choose_generator(const StateDict& checkpoint, const std::string& key = "");

struct LoadOptions {
  std::string key = {};  // see choose_generator
  /// Of a network that does not tell (ONNX): what its numbers for black and white are.
  std::optional<std::pair<float, float>> range = {};
};

/// read_checkpoint, choose_generator, identify; errors name the file. Of a training run that keeps
/// luma or saw several pictures at a time, as the file's metadata or the options.json beside it
/// tells, the generator keeps it too and uses running statistics.
Generator load_generator(const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace imago
