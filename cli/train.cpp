// imago train: a folder of pictures becomes checkpoints.
#include <algorithm>
#include <iostream>

#include "cli/check_data.h"
#include "cli/command.h"
#include "cli/train_options.h"
#include "cli/training.h"
#include "compute/vk/device.h"
#include "models/training/memory.h"
#include "models/training/recipe.h"
#include "models/training/train.h"

namespace imago {
namespace {

struct Options {
  TrainingRequest request;
  std::string device;
  bool check_pictures = true;
  bool fit = false;
  bool json = false;
};

/// What is wrong with the settings themselves is wrong usage; files are looked at later.
void check_usage(const TrainingRequest& request) {
  try {
    check(request);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

/// Refuses what cannot be trained on, else warns of what is doubtful.
void check_pictures(const DataOptions& data) {
  const Dataset has_its_layout(data);  // says best which folders are expected
  const DataReport report = check_data_shown(data, true);
  const auto text_of = [](const DataProblem& problem) {
    return problem.text + ". " + problem.remedy;
  };
  if (!report.usable())  // errors come first
    throw DataError(data_folders(data) + ": " + text_of(report.problems.front()));
  for (const DataProblem& problem : report.problems) print_warning(text_of(problem));
}

/// Says what training takes, and with --fit makes it take less.
void check_memory(const Device& device, Options& options) {
  const uint64_t free = device.free_memory();
  std::vector<std::string> changes;
  if (options.fit)
    options.request = fit_request(options.request, device.properties(), free, &changes);
  if (options.json) return;
  for (const std::string& change : changes) std::cout << "to fit: " << change << '\n';
  std::cout << describe(predict_memory(options.request, device.properties()), free) << '\n';
}

ExitStatus run_train(Options& options) {
  check_usage(options.request);
  options.request.data.seed = options.request.seed;
  cancel_on_interrupt();
  if (options.check_pictures) check_pictures(options.request.data);
  Device device(options.device);
  if (!options.json)
    std::cout << options.request.method << " on " << device.properties().name << "\n" << std::flush;
  check_memory(device, options);
  return run_training(options.json, [&](const TrainingCallbacks& callbacks) {
    return train(device, options.request, callbacks);
  });
}

void add_network_options(CLI::App& command, TrainingRequest& request) {
  command.add_option("--netG", request.generator, "Generator")->capture_default_str();
  command
      .add_option("--netD", request.discriminator,
                  "Discriminator: basic, n_layers, pixel, "
                  "srgan, unet")
      ->capture_default_str();
  add_number(command, "--ngf", request.generator_features, "Features of G's first layer", 1, 4096);
  add_number(command, "--ndf", request.discriminator_features, "Features of D's first layer", 1,
             4096);
  add_number(command, "--n-layers-D", request.discriminator_layers, "Layers of n_layers", 1, 8);
  const bool upscales = request.data.kind == DataKind::photos;
  add_choice(command, "--norm", request.norm, {Norm::batch, Norm::instance, Norm::none},
             upscales ? "Normalisation in D" : "Normalisation");
  if (!upscales) {
    command.add_flag_callback(
        "--dropout", [&] { request.dropout = true; }, "Dropout in G");
    command.add_flag_callback(
        "--no-dropout", [&] { request.dropout = false; }, "No dropout in G");
  }
  command.add_flag("--spectral-norm", request.spectral_norm, "Spectral norm in D");
  add_choice(command, "--init-type", request.init.type,
             {InitType::normal, InitType::xavier, InitType::kaiming, InitType::orthogonal,
              InitType::uniform},
             "How weights begin");
  add_number(command, "--init-gain", request.init.gain, "Scale of normal, xavier, orthogonal", 0.f);
  command
      .add_option("--init", request.init_model,
                  "Go on from this generator (a *_net_G file), and its discriminator beside it")
      ->check(CLI::ExistingFile);
}

/// Networks asked for by name must be found in what --init names.
void note_choices(const CLI::App& command, TrainingRequest& request) {
  const auto given = [&](const std::vector<std::string>& options) {
    return std::any_of(options.begin(), options.end(),
                       [&](const std::string& option) { return command.count(option) > 0; });
  };
  const bool norm = given({"--norm"}), upscales = request.data.kind == DataKind::photos;
  request.generator_chosen = given({"--netG", "--ngf"}) || (norm && !upscales);
  request.discriminator_chosen =
      norm || given({"--netD", "--ndf", "--n-layers-D", "--spectral-norm"});
}

void add_optimizer_options(CLI::App& command, TrainingRequest& request) {
  ScheduleOptions& schedule = request.schedule;
  add_choice(command, "--gan-mode", request.gan_mode,
             {GanMode::vanilla, GanMode::lsgan, GanMode::wgangp, GanMode::hinge},
             "The adversarial loss");
  add_number(command, "--n-epochs", schedule.epochs, "Epochs with the full learning rate", 0);
  add_number(command, "--n-epochs-decay", schedule.epochs_decay,
             "Epochs while it falls to zero (linear)", 0);
  add_number(command, "--epoch-count", schedule.first_epoch, "The first epoch's number", 1);
  add_number(command, "--lr", schedule.learning_rate, "Learning rate", 0.f);
  add_choice(command, "--lr-policy", schedule.policy,
             {LearningRatePolicy::linear, LearningRatePolicy::step, LearningRatePolicy::plateau,
              LearningRatePolicy::cosine},
             "How it falls");
  add_number(command, "--lr-decay-iters", schedule.decay_epochs,
             "Epochs between two falls to a tenth (step)", 1);
  add_number(command, "--beta1", request.adam.beta1, "Of Adam", 0.f, 0.9999999f);
  add_number(command, "--beta2", request.adam.beta2, "Of Adam", 0.f, 0.9999999f);
  add_number(command, "--weight-decay", request.adam.weight_decay, "Of Adam", 0.f);
  add_number(command, "--clip-norm", request.adam.clip_norm,
             "Largest norm of all gradients; 0: any", 0.f);
  add_number(command, "--average", request.average_decay,
             "Decay of a moving average of G's weights, as 0.999; 0: none", 0.f, 0.9999999f);
  add_number<uint64_t>(command, "--seed", request.seed, "Of everything random", 0);
  add_number<int64_t>(command, "--max-steps", request.max_steps, "End after so many; 0: do not", 0);
}

void add_pix2pix_options(CLI::App& command, TrainingRequest& request) {
  add_number(command, "--lambda-L1", request.lambda_l1, "Weight of L1", 0.f);
  command.add_flag("--keep-luma", request.keep_luma,
                   "Learn the colours only: the brightness of the result is the input's");
}

void add_cyclegan_options(CLI::App& command, TrainingRequest& request) {
  add_number(command, "--lambda-A", request.lambda_a, "Weight of the cycle A, B, A", 0.f);
  add_number(command, "--lambda-B", request.lambda_b, "Weight of the cycle B, A, B", 0.f);
  add_number(command, "--lambda-identity", request.lambda_identity,
             "Weight of the identity loss, relative to these", 0.f);
  add_number(command, "--pool-size", request.pool_size, "Earlier fakes that are remembered", 0);
}

void add_srgan_options(CLI::App& command, TrainingRequest& request) {
  add_number(command, "--scale", request.data.scale, "How many times as large", 1, 8);
  command.add_flag("--degrade", request.data.degrade,
                   "Blurred, noisy, JPEG-compressed inputs as Real-ESRGAN's");
  add_number(command, "--pixel-epochs", request.pixel_epochs,
             "Epochs with the pixel loss alone, before the discriminator joins", 0);
  add_choice(command, "--pixel-loss", request.pixel_loss, {PixelLoss::mse, PixelLoss::l1},
             "The pixel loss");
  add_number(command, "--pixel-weight", request.pixel_weight, "Its weight", 0.f);
  add_number(command, "--adversarial-weight", request.adversarial_weight,
             "Weight of the adversarial loss", 0.f);
  add_number(command, "--feature-weight", request.feature_weight, "Weight of the feature loss",
             0.f);
  add_number(command, "--tv-weight", request.total_variation_weight,
             "Weight of the total variation", 0.f);
  command.add_flag("--relativistic", request.relativistic, "ESRGAN's relativistic discriminator");
  command
      .add_option("--vgg", request.vgg,
                  "A VGG checkpoint: compare its features instead of the discriminator's")
      ->check(CLI::ExistingFile);
}

void add_run_options(CLI::App& command, Options& options) {
  TrainingRequest& request = options.request;
  CLI::Option* name =
      command.add_option("--name", request.name, "Of the run: its folder")->capture_default_str();
  if (request.name.empty()) name->required();  // a recipe gives its own
  command.add_option("--checkpoints-dir", request.checkpoints_dir, "Where runs are kept")
      ->capture_default_str();
  add_number(command, "--save-epoch-freq", request.save_epochs,
             "A numbered checkpoint every so many epochs", 1);
  add_number(command, "--save-steps", request.save_steps,
             "Save the state to resume from every so many steps", 1);
  add_number(command, "--print-freq", request.print_steps, "Losses every so many steps", 1);
  add_number(command, "--validate-epochs", request.validate_epochs,
             "Validation and samples every so many epochs; 0: never", 0);
  add_number(command, "--validation-pictures", request.validation_pictures,
             "How many pictures that takes, the first ones", 1);
  command.add_flag_callback(
      "--no-health", [&] { request.health = false; }, "Do not warn of training that goes wrong");
  command.add_flag("--recompute", request.recompute,
                   "Less memory for a little more work, and the same results");
  command.add_flag("--fit", options.fit,
                   "Recompute, lower the batch or the crop until it fits into the device's memory");
  command.add_flag_callback(
      "--no-check", [&] { options.check_pictures = false; },
      "Do not look through the pictures first");
  command.add_option("-g,--device", options.device, "Index or part of a name, see imago devices");
  command.add_flag("--json", options.json, "Progress as one JSON object a line");
}

/// All options of the request's method; their defaults are what stands in the request.
void add_options(CLI::App& command, Options& options) {
  TrainingRequest& request = options.request;
  add_data_options(command, request);
  add_network_options(command, request);
  add_optimizer_options(command, request);
  if (request.method == "pix2pix") add_pix2pix_options(command, request);
  if (request.method == "cyclegan") add_cyclegan_options(command, request);
  if (request.method == "srgan") add_srgan_options(command, request);
  add_run_options(command, options);
}

/// The rest of the command line is that of the recipe's method, with other defaults.
void parse_recipe(const std::string& recipe, std::vector<std::string> arguments,
                  Invocation& invocation) {
  auto options = std::make_shared<Options>();
  try {
    options->request = read_recipe(recipe).request;
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  CLI::App command;
  command.set_help_flag();
  add_options(command, *options);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  command.parse(arguments);
  note_choices(command, options->request);
  invocation.run = [options] { return run_train(*options); };
}

}  // namespace

void add_train(CLI::App& app, Invocation& invocation) {
  CLI::App* train = app.add_subcommand("train", "Train networks on a folder of pictures");
  const auto add_method = [&](const std::string& method, const std::string& text) {
    auto options = std::make_shared<Options>();
    options->request = default_request(method);
    CLI::App* command = train->add_subcommand(method, text);
    add_options(*command, *options);
    command->callback([&invocation, options, command] {
      note_choices(*command, options->request);
      invocation.run = [options] { return run_train(*options); };
    });
  };
  add_method("pix2pix",
             "Pairs: dataroot/train holds A|B side by side in each file, or two folders");
  add_method("cyclegan", "No pairs: dataroot/trainA and dataroot/trainB, or two folders");
  add_method("srgan", "Upscaling: dataroot is any folder of photos");

  auto recipe = std::make_shared<std::string>();
  const std::string names = CLI::detail::join(recipe_names(), ", ");
  train->add_option("--recipe", *recipe,
                    "Instead of a method: train it as a shipped model was, with the options that "
                    "follow changed (" +
                        (names.empty() ? "a file" : names + ", or a file") + ")");
  train->prefix_command();  // what follows --recipe is looked at when the method is known
  train->callback([&invocation, train, recipe] {
    if (!train->get_subcommands().empty()) return;
    const std::vector<std::string> rest = train->remaining();
    if (!recipe->empty()) return parse_recipe(*recipe, rest, invocation);
    throw UsageError((rest.empty() ? "a command is required"
                                   : "there is no command or option '" + rest.front() + "'") +
                     ": pix2pix, cyclegan, srgan, or --recipe NAME");
  });
}

}  // namespace imago
