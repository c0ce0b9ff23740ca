// imago train: a folder of pictures becomes checkpoints.
#include <algorithm>
#include <iostream>

#include "cli/check_data.h"
#include "cli/command.h"
#include "cli/declared_options.h"
#include "cli/foreign_options.h"
#include "cli/training.h"
#include "compute/vk/device.h"
#include "models/data/tables/coding.h"
#include "models/training/memory.h"
#include "models/training/recipe.h"
#include "models/training/train.h"
#include "models/training/training_options.h"

namespace imago {
namespace {

struct TrainArguments {
  TrainingRequest request;
  std::string device, suffix;
  bool check_pictures = true;
  bool kind_said = false;  // --dataset-mode was given
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

/// Says what the columns of a table are taken for.
void show_columns(const TrainArguments& options) {
  const TableCoding coding = coding_from_json(options.request.data.table, "the table");
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    const std::string line = described(coding)[i];
    if (coding.columns[i].kind == ColumnKind::left_out && coding.columns[i].why != "as asked")
      print_warning(line + "; --columns " + coding.columns[i].name + "=category says otherwise");
    else if (!options.json)
      std::cout << line << '\n';
  }
}

/// Refuses what cannot be trained on, else warns of what is doubtful.
void check_pictures(const TrainArguments& options) {
  if (options.request.data.kind == DataKind::table) return show_columns(options);
  if (options.request.data.kind == DataKind::sounds) {
    for (const SoundProblem& problem : sound_problems(options.request.data)) {
      if (problem.error) throw DataError(problem.text);
      print_warning(problem.text);
    }
    return;
  }
  DataOptions data = options.request.data;
  const Dataset has_its_layout(data);  // says best which folders are expected
  if (data.kind == DataKind::samples) {
    if (has_its_layout.is_packed()) return;  // one file, which was read whole
    data = as_photos(data);
  }
  const DataReport report = check_data_shown(
      data, options.kind_said ? KindOfData::said : KindOfData::assumed, sides_of(options.request));
  const auto text_of = [](const DataProblem& problem) {
    return problem.text + ". " + problem.remedy;
  };
  if (!report.usable())  // errors come first
    throw DataError(data_folders(data) + ": " + text_of(report.problems.front()));
  for (const DataProblem& problem : report.problems) print_warning(text_of(problem));
}

/// Says what training takes, and with --fit makes it take less.
void check_memory(const Device& device, TrainArguments& options) {
  const uint64_t free = device.free_memory();
  std::vector<std::string> changes;
  if (options.fit)
    options.request = fit_request(options.request, device.properties(), free, &changes);
  if (options.json) return;
  for (const std::string& change : changes) std::cout << "to fit: " << change << '\n';
  std::cout << describe(predict_memory(options.request, device.properties()), free) << '\n';
}

ExitStatus run_train(TrainArguments& options) {
  check_usage(options.request);
  options.request.data.seed = options.request.seed;
  cancel_on_interrupt();
  if (options.request.data.kind == DataKind::table) complete(options.request.data);
  if (options.check_pictures) check_pictures(options);
  complete(options.request.data);
  Device device(options.device);
  if (!options.json)
    std::cout << options.request.method << " on " << device.properties().name << "\n" << std::flush;
  check_memory(device, options);
  return run_training(options.json, [&](const TrainingCallbacks& callbacks) {
    return train(device, options.request, callbacks);
  });
}

/// Networks asked for by name must be found in what --init names.
void note_choices(const CLI::App& command, TrainingRequest& request) {
  const auto given = [&](const std::vector<std::string>& options) {
    return std::any_of(options.begin(), options.end(), [&](const std::string& name) {
      const CLI::Option* option = command.get_option_no_throw(name);
      return option && option->count() > 0;
    });
  };
  const bool norm = given({"--norm"}), upscales = request.data.kind == DataKind::photos;
  request.generator_chosen = given({"--netG", "--ngf"}) || (norm && !upscales);
  request.discriminator_chosen =
      norm || given({"--netD", "--ndf", "--n-layers-D", "--spectral-norm"});
}

/// "pix2pix" for "pix2pix", "cyclegan" for "cycle_gan"…; throws UsageError for what is no method.
std::string method_of_model(const std::string& model) {
  if (model == "cycle_gan") return "cyclegan";
  if (model == "colorization")
    throw UsageError("--model colorization: that is pix2pix with --dataset-mode grey");
  if (model == "test") throw UsageError("--model test: 'imago test' runs a trained network");
  for (const char* method : {"pix2pix", "cyclegan", "srgan"})
    if (model == method) return method;
  throw UsageError("--model " + model + ": there are pix2pix, cycle_gan and srgan");
}

/// A run's name with a suffix of pytorch-CycleGAN-and-pix2pix, in which {netG} is the option netG.
std::string with_suffix(const TrainingRequest& request, const std::string& suffix) {
  std::string name = request.name + "_", key;
  bool in_braces = false;
  for (const char c : suffix) {
    if (c == '{') {
      in_braces = true;
      key.clear();
    } else if (c == '}' && in_braces) {
      in_braces = false;
      std::replace(key.begin(), key.end(), '_', '-');
      const Option<TrainingRequest>* option = option_named(training_options(), key);
      if (!option && key != "model") throw UsageError("--suffix: there is no option {" + key + "}");
      name += option ? text_of(*option, request) : request.method;
    } else {
      (in_braces ? key : name) += c;
    }
  }
  return name;
}

/// What other programs' options have to be turned into, beside names.
std::vector<ForeignOption> foreign_options(TrainArguments& options) {
  TrainingRequest& request = options.request;
  std::vector<ForeignOption> all = cyclegan_base_options(options.device);
  for (auto& more : {cyclegan_training_options(), tensorflow_options()})
    all.insert(all.end(), more.begin(), more.end());
  all.push_back({"--model", true, [&request](const std::string& model) {
                   if (method_of_model(model) != request.method)
                     throw UsageError("--model " + model + ": this is 'imago train " +
                                      request.method + "'");
                 }});
  all.push_back({"--no-lsgan", false,
                 [&request](const std::string&) { request.gan_mode = GanMode::vanilla; }});
  all.push_back({"--suffix", true, [&options](const std::string& s) { options.suffix = s; }});
  all.push_back({"--output-dir", true, [&request](const std::string& folder) {
                   const std::filesystem::path path =
                       std::filesystem::path(folder + "/").lexically_normal().parent_path();
                   request.name = path.filename().string();
                   request.checkpoints_dir = path.has_parent_path() ? path.parent_path() : ".";
                 }});
  return all;
}

/// Data sets of that project's other modes, by the way that there is.
void refuse_mode(const std::string& mode) {
  if (mode == "single")
    throw UsageError(
        "--dataset-mode single: one folder of pictures is translated with 'imago "
        "translate' or 'imago test --model test'");
  if (mode == "colorization")
    throw UsageError(
        "--dataset-mode colorization: photographs are coloured with --dataset-mode "
        "grey");
}

/// All options of the request's method; their defaults are what stands in the request.
void add_options(CLI::App& command, TrainArguments& options) {
  TrainingRequest& request = options.request;
  for (const Option<TrainingRequest>& option : training_options())
    if (option.applies_to(request.method)) add_declared(command, request, option);
  command.get_option("--dataroot")->required();
  command.get_option("--dataset-mode")->transform([](const std::string& mode) {
    refuse_mode(mode);
    return mode;
  });
  command.add_flag("--fit", options.fit,
                   "Gradient checkpointing, a smaller batch or a smaller crop until it fits into "
                   "the device's memory");
  command.add_flag_callback(
      "--no-check", [&] { options.check_pictures = false; },
      "Do not look through the pictures or sounds first");
  command.add_option("-g,--device", options.device, "Index or part of a name, see imago devices");
  command.add_flag("--json", options.json, "Progress as one JSON object a line");
  add_foreign(command, foreign_options(options));
}

/// What follows once the whole command line was understood.
void finish_options(const CLI::App& command, TrainArguments& options) {
  note_choices(command, options.request);
  options.kind_said = command.count("--dataset-mode") > 0;
  if (options.request.name.empty()) throw UsageError("--name is required");
  if (!options.suffix.empty()) options.request.name = with_suffix(options.request, options.suffix);
}

/// The rest of a command line that named its method or recipe by an option.
void parse_rest(const TrainingRequest& request, std::vector<std::string> arguments,
                Invocation& invocation) {
  auto options = std::make_shared<TrainArguments>();
  options->request = request;
  CLI::App command;
  command.set_help_flag();
  add_options(command, *options);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    command.parse(arguments);
  } catch (const CLI::ExtrasError&) {
    throw UsageError(not_understood(command));
  }
  finish_options(command, *options);
  invocation.run = [options] { return run_train(*options); };
}

/// Takes "--name VALUE" or "--name=VALUE" out of arguments; nothing if it is not there.
std::optional<std::string> take(std::vector<std::string>& arguments, const std::string& name) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool joined = arguments[i].starts_with(name + "=");
    if (!joined && (arguments[i] != name || i + 1 == arguments.size())) continue;
    const std::string value = joined ? arguments[i].substr(name.size() + 1) : arguments[i + 1];
    const auto begin = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(begin, begin + (joined ? 1 : 2));
    return value;
  }
  return std::nullopt;
}

TrainingRequest request_of(const std::string& recipe) {
  try {
    return read_recipe(recipe).request;
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

void add_train(CLI::App& app, Invocation& invocation) {
  CLI::App* train = app.add_subcommand(
      "train", "Train networks on a folder of pictures or sounds, or on a table");
  const auto add_method = [&](const std::string& method, const std::string& text) {
    auto options = std::make_shared<TrainArguments>();
    options->request = default_request(method);
    CLI::App* command = train->add_subcommand(method, text);
    add_options(*command, *options);
    command->callback([&invocation, options, command] {
      finish_options(*command, *options);
      invocation.run = [options] { return run_train(*options); };
    });
  };
  add_method("pix2pix",
             "Pairs: dataroot/train holds A|B side by side in each file, or two folders");
  add_method("cyclegan", "No pairs: dataroot/trainA and dataroot/trainB, or two folders");
  add_method("srgan", "Upscaling: dataroot is any folder of photos");
  add_method("gan", "New pictures of random numbers, as those in dataroot: the first GAN");
  add_method("dcgan", "The same with convolutional networks");
  add_method("cgan", "The same by labels: names of folders, an index.csv, or IDX files");
  add_method("wgan-gp", "The same with a Wasserstein critic and a gradient penalty");
  add_method("sngan", "The same with spectral norm in the discriminator");
  add_method("tabular", "New rows as those of a table: --data is a CSV file");
  add_method("wavegan", "New sounds as those in dataroot, short WAV files");
  add_method("stylegan2", "The same with styles for every size of detail, for the best pictures");

  add_method("classifier", "A network that tells labels apart, to measure generated pictures by");

  auto recipe = std::make_shared<std::string>();
  auto model = std::make_shared<std::string>();
  const std::string names = CLI::detail::join(recipe_names(), ", ");
  train->add_option("--recipe", *recipe,
                    "Instead of a method: train it as a shipped model was, with the options that "
                    "follow changed (" +
                        (names.empty() ? "a file" : names + ", or a file") + ")");
  train->add_option("--model", *model,
                    "Instead of a method, as pytorch-CycleGAN-and-pix2pix has it: pix2pix or "
                    "cycle_gan, with the options of that method");
  train->prefix_command();  // what follows is looked at when the method is known
  train->callback([&invocation, train, recipe, model] {
    if (!train->get_subcommands().empty()) return;
    std::vector<std::string> rest = train->remaining();
    if (recipe->empty()) *recipe = take(rest, "--recipe").value_or("");
    if (!recipe->empty()) return parse_rest(request_of(*recipe), rest, invocation);
    if (model->empty()) *model = take(rest, "--model").value_or("");
    if (!model->empty())
      return parse_rest(default_request(method_of_model(*model)), rest, invocation);
    throw UsageError((rest.empty() ? "a command is required"
                                   : "there is no command or option '" + rest.front() + "'") +
                     ": pix2pix, cyclegan, srgan, gan, dcgan, cgan, wgan-gp, sngan, "
                     "stylegan2, tabular, wavegan, classifier, --model NAME, or --recipe NAME");
  });
}

}  // namespace imago
