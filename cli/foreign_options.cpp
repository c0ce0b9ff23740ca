#include "cli/foreign_options.h"

#include "cli/command.h"
#include "models/translate/translator.h"

namespace imago {
namespace {

std::string last_name(const std::string& names) {
  const size_t comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

const char* const kShown = "losses and samples are on the app's Train page and in index.html";

}  // namespace

ForeignOption ignored(const std::string& names, bool takes_value, const std::string& why) {
  return {names, takes_value, [names, why](const std::string&) {
            print_note(last_name(names) + " has no meaning here: " + why);
          }};
}

ForeignOption refused(const std::string& names, bool takes_value, const std::string& way,
                      const std::string& harmless) {
  return {names, takes_value, [names, way, harmless](const std::string& value) {
            if (harmless.empty() || value != harmless)
              throw UsageError(last_name(names) + ": " + way);
          }};
}

void add_foreign(CLI::App& command, const std::vector<ForeignOption>& options) {
  for (const ForeignOption& option : options) {
    const std::string name = last_name(option.names);
    if (command.get_option_no_throw(name) != nullptr) continue;
    CLI::Option* added = nullptr;
    if (option.takes_value)
      added = command.add_option_function<std::string>(option.names, option.given);
    else
      added = command.add_flag_callback(option.names, [given = option.given] { given(""); });
    added->group("");  // not in help
  }
}

std::string device_of_gpu_ids(const std::string& ids) {
  if (ids.find(',') != std::string::npos)
    throw UsageError("--gpu-ids " + ids + ": Imago computes on one device; name it with -g");
  if (ids != "-1") return ids;
  for (const DeviceSummary& device : list_devices())
    if (device.kind == "cpu") return std::to_string(device.index);
  throw UsageError("--gpu-ids -1: no Vulkan driver for the CPU is installed, see imago devices");
}

std::vector<ForeignOption> cyclegan_base_options(std::string& device) {
  std::vector<ForeignOption> options = {
      {"--gpu-ids", true, [&device](const std::string& ids) { device = device_of_gpu_ids(ids); }},
      ignored("--verbose", false, "'imago info' describes the networks of a run"),
      ignored("--use-wandb", false, kShown),
      ignored("--wandb-project-name", true, kShown),
      ignored("--display-winsize", true, kShown),
      refused("--load-iter", true, "checkpoints are numbered by epoch: --epoch", "0"),
  };
  return options;
}

std::vector<ForeignOption> cyclegan_training_options() {
  std::vector<ForeignOption> options;
  for (const char* name : {"--display-freq", "--display-ncols", "--display-id", "--display-server",
                           "--display-env", "--display-port", "--update-html-freq"})
    options.push_back(ignored(name, true, kShown));
  options.push_back(ignored("--no-html", false, "the run's index.html is small"));
  options.push_back(refused("--save-by-iter", false,
                            "checkpoints are numbered by epoch (--save-epoch-freq); --save-steps "
                            "is how often the state to resume from is saved"));
  options.push_back(refused("--continue-train", false, "go on with 'imago resume NAME'"));
  for (const char* name : {"--epoch", "--which-epoch"})
    options.push_back(refused(
        name, true, "'imago resume NAME' goes on with a run, --init N_net_G.pth begins from a file",
        "latest"));
  for (const char* name : {"--results-dir", "--num-test", "--ntest", "--how-many"})
    options.push_back(refused(name, true, "is of test.py: 'imago test'"));
  options.push_back(refused("--eval", false, "is of test.py: 'imago test'"));
  options.push_back(refused("--aspect-ratio", true, "is of test.py: 'imago test'", "1.0"));
  options.push_back(refused("--model-suffix", true, "is of test.py: 'imago test'"));
  options.push_back(refused("--pool-size", true, "pix2pix has no pool of earlier images", "0"));
  return options;
}

std::vector<ForeignOption> tensorflow_options() {
  return {
      refused("--mode", true, "'imago test' runs a trained network", "train"),
      refused("--gan-weight", true, "the adversarial loss has the weight 1; change --lambda-L1",
              "1.0"),
      ignored("--summary-freq", true, kShown),
      ignored("--trace-freq", true, kShown),
      refused("--lab-colorization", false, "colour photographs with --dataset-mode grey"),
      refused("--separable-conv", false, "Imago's networks have no separable convolutions"),
      refused("--checkpoint", true,
              "checkpoints of TensorFlow are not read; --init goes on from a *_net_G.pth"),
  };
}

std::vector<ForeignOption> upscaler_options() {
  const char* const kOneSize = "Imago computes how far tiles must overlap";
  return {
      ignored("--tile-pad", true, kOneSize),
      ignored("--pre-pad", true, kOneSize),
      ignored("--fp32", false, "Imago chooses the precision that the device computes exactly"),
      ignored("--half", false, "Imago chooses the precision that the device computes exactly"),
      ignored("--face-enhance", false,
              "faces are translated by the chosen model, as all else; no second network repairs "
              "them"),
      ignored("--alpha-upsampler", true, "transparency is scaled as the picture is"),
      ignored("-j", true, "pictures are read and written while others are translated"),
      ignored("-v,--verbose", false, "failures are told in any case, see --json"),
      refused("--denoise-strength", true,
              "mixes two models; choose one of them with -n, as realesr-general-x4v3 or "
              "realesr-general-wdn-x4v3",
              "0.5"),
      refused("-z", true,
              "the model says itself how large it makes pictures; -s scales the output"),
      refused("-r", true, "-w says how wide the output is; the height follows"),
      refused("-c", true, "the output's quality cannot be chosen; -f chooses its format"),
      refused("--dataroot", true, "is of test.py: 'imago test', or -i for the pictures"),
      refused("--name", true, "is of test.py: 'imago test', or -n for the model"),
      refused("--results-dir", true, "-o names where pictures are written"),
      refused("--num-test", true, "all pictures of -i are translated"),
      refused("--how-many", true, "all pictures of -i are translated"),
      refused("--eval", false, "--running-statistics does what it does to batch norm"),
  };
}

}  // namespace imago
