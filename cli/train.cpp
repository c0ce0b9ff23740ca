// imago train: a folder of pictures becomes checkpoints.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/command.h"
#include "models/training/train.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct Options {
  TrainingRequest request;
  std::string device;
  bool json = false;
};

ordered_json json_of(const TrainingProgress& progress) {
  ordered_json losses = ordered_json::object();
  for (const auto& [name, value] : progress.losses) losses[name] = value;
  return {{"step", progress.step},
          {"epoch", progress.epoch},
          {"losses", losses},
          {"milliseconds", progress.milliseconds},
          {"data_milliseconds", progress.data_milliseconds},
          {"learning_rate", progress.learning_rate},
          {"seconds_left", progress.seconds_left}};
}

void print_progress(const TrainingProgress& progress) {
  char text[64];
  std::cout << "epoch " << progress.epoch << "/" << progress.epochs << "  step " << progress.step
            << "/" << progress.steps << " ";
  for (const auto& [name, value] : progress.losses) {
    std::snprintf(text, sizeof(text), " %s %.4g", name.c_str(), static_cast<double>(value));
    std::cout << text;
  }
  std::snprintf(text, sizeof(text), "  %.0f ms", progress.milliseconds);
  std::cout << text << "  " << human_time(progress.seconds_left) << " left\n" << std::flush;
}

/// What is wrong with the settings themselves is wrong usage; files are looked at later.
void check_usage(const TrainingRequest& request) {
  try {
    check(request);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

ExitStatus run_train(Options& options) {
  check_usage(options.request);
  Device device(options.device);
  if (!options.json)
    std::cout << options.request.method << " on " << device.properties().name << "\n" << std::flush;
  cancel_on_interrupt();
  TrainingCallbacks callbacks;
  callbacks.should_stop = [] { return was_interrupted(); };
  callbacks.report = [&](const TrainingProgress& progress) {
    if (options.json)
      std::cout << json_of(progress).dump() << '\n' << std::flush;
    else
      print_progress(progress);
  };
  const TrainingResult result = train(device, options.request, callbacks);
  if (!options.json)
    for (const std::filesystem::path& file : result.checkpoints) std::cout << file.string() << '\n';
  if (result.finished) return kAllDone;
  print_error("stopped after " + std::to_string(result.steps) + " steps; the networks are in " +
              result.folder.string());
  return kSomethingFailed;
}

template <class Enum>
CLI::Option* add_choice(CLI::App& command, const std::string& name, Enum& value,
                        const std::vector<Enum>& choices, const std::string& text) {
  std::map<std::string, Enum> named;
  std::string list;
  for (const Enum choice : choices) {
    named[to_string(choice)] = choice;
    list += (list.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  return command
      .add_option_function<std::string>(
          name, [&value, named](const std::string& chosen) { value = named.at(chosen); },
          text + ": " + list + "; default " + to_string(value))
      ->check(CLI::IsMember(named))
      ->type_name("NAME");
}

/// "text; default value".
template <class T>
CLI::Option* add_number(CLI::App& command, const std::string& name, T& value,
                        const std::string& text, T least, T most = std::numeric_limits<T>::max()) {
  return command.add_option(name, value, text)
      ->check([least, most](const std::string& given) -> std::string {
        T number = {};
        const bool good =
            CLI::detail::lexical_cast(given, number) && number >= least && number <= most;
        return good ? "" : "'" + given + "' is not a number that can be used here";
      })
      ->capture_default_str();
}

void add_data_options(CLI::App& command, TrainingRequest& request) {
  DataOptions& data = request.data;
  const bool photos = data.kind == DataKind::photos;
  command.add_option("--dataroot", data.dataroot, "The folder of pictures")->required();
  command.add_option("--phase", data.phase, "Which part of it")->capture_default_str();
  if (!photos) {
    command
        .add_option_function<std::string>(
            "--direction", [&](const std::string& d) { data.b_to_a = d == "BtoA"; },
            "AtoB (default) or BtoA")
        ->check(CLI::IsMember({"AtoB", "BtoA"}));
    add_number(command, "--input-nc", data.input_channels, "Channels of the input, 1 or 3", 1, 3);
    add_number(command, "--output-nc", data.output_channels, "Channels of the output, 1 or 3", 1,
               3);
    add_number(command, "--load-size", data.load_size, "Side pictures are resized to", 1, 65536);
    command.add_flag("--serial-batches", data.in_order, "In the order of the files");
  }
  add_choice(command, "--preprocess", data.preprocess,
             {Preprocess::resize_and_crop, Preprocess::crop, Preprocess::scale_width,
              Preprocess::scale_width_and_crop, Preprocess::none},
             "What is cut from a picture");
  add_number(command, "--crop-size", data.crop_size, "Side of what the networks see", 1, 65536);
  command.add_flag_callback(
      "--no-flip", [&] { data.flip = false; }, "Never mirror pictures");
  add_number(command, "--batch-size", data.batch_size, "Pictures in a step", 1, 65536);
  add_number<int64_t>(command, "--max-dataset-size", data.max_dataset_size,
                      "Use so many files only; 0: all", 0);
  add_number(command, "--num-threads", request.threads, "Threads that decode pictures", 1, 1024);
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
  command.add_option("--name", request.name, "Of the run: its folder")->required();
  command.add_option("--checkpoints-dir", request.checkpoints_dir, "Where runs are kept")
      ->capture_default_str();
  add_number(command, "--save-epoch-freq", request.save_epochs,
             "A numbered checkpoint every so many epochs", 1);
  add_number(command, "--print-freq", request.print_steps, "Losses every so many steps", 1);
  command.add_option("-g,--device", options.device, "Index or part of a name, see imago devices");
  command.add_flag("--json", options.json, "Progress as one JSON object a line");
}

}  // namespace

void add_train(CLI::App& app, Invocation& invocation) {
  CLI::App* train = app.add_subcommand("train", "Train networks on a folder of pictures");
  train->require_subcommand(1);
  const auto add_method = [&](const std::string& method, const std::string& text,
                              void (*add_own)(CLI::App&, TrainingRequest&)) {
    auto options = std::make_shared<Options>();
    options->request = default_request(method);
    CLI::App* command = train->add_subcommand(method, text);
    add_data_options(*command, options->request);
    add_network_options(*command, options->request);
    add_optimizer_options(*command, options->request);
    add_own(*command, options->request);
    add_run_options(*command, *options);
    command->callback([&invocation, options, command] {
      note_choices(*command, options->request);
      invocation.run = [options] { return run_train(*options); };
    });
  };
  add_method("pix2pix", "Pairs: dataroot/train holds A|B side by side in each file",
             &add_pix2pix_options);
  add_method("cyclegan", "No pairs: dataroot/trainA and dataroot/trainB", &add_cyclegan_options);
  add_method("srgan", "Upscaling: dataroot is any folder of photos", &add_srgan_options);
}

}  // namespace imago
