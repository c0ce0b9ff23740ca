// imago project: the random numbers, or styles, of which a network makes a picture like a given
// one.
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/generate.h"
#include "compute/vk/device.h"
#include "models/generate/project.h"
#include "models/measure/sample_grid.h"

namespace imago {
namespace {

struct ProjectArguments {
  std::string model, device, label;
  std::filesystem::path input, output;
  ProjectRequest request;
  LoadOptions load;
  bool json = false;
};

void save_picture(const Image& image, const std::filesystem::path& path, Origin origin,
                  const std::string& model) {
  save_image(image, path, {.origin = origin, .creator = "Imago " IMAGO_VERSION ", " + model});
}

ExitStatus run_project(ProjectArguments& options) {
  Generator generator = load_generator(generator_file(options.model), options.load);
  const Image picture = load_image(options.input);
  Device device(options.device);
  if (!options.label.empty())
    options.request.label = SampleMaker(device, generator).label_named(options.label);
  cancel_on_interrupt();
  const Projection found =
      project(device, generator, picture, options.request, [&](double share, double difference) {
        if (!options.json) {
          std::printf("\r%3.0f %%  mean difference %.4f ", 100 * share, difference);
          std::fflush(stdout);
        }
        return !was_interrupted();
      });
  if (!options.json) std::cout << '\n';
  const std::string name = generator.info.name;
  const Image target = as_target(picture, generator.info);
  LatentSpace space(device, with_noise(std::move(generator), found));
  const Image made = space.picture(found.by_slot, found.label);
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) throw Error(options.output.string() + ": cannot be made: " + error.message());
  save_picture(made, options.output / "projected.png", Origin::trained_model, name);
  save_picture(make_sample_grid({{target, made}}, {"picture", "projected"}),
               options.output / "compared.png", Origin::composite_with_trained_model, name);
  write_latents(found, options.output / "latents.safetensors");
  if (options.json)
    print_json({{"folder", options.output.string()},
                {"difference_at_first", found.begun},
                {"difference", found.error}});
  else
    std::cout << (options.output / "projected.png").string() << "\nmean difference " << found.begun
              << " at first, " << found.error << " at last, in [-1, 1]\n";
  return was_interrupted() ? kSomethingFailed : kAllDone;
}

}  // namespace

void add_project(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ProjectArguments>();
  ProjectRequest& request = options->request;
  CLI::App* command = app.add_subcommand(
      "project",
      "Find what a network of random numbers makes a picture of that looks like a photo");
  command
      ->add_option("-n,--model", options->model,
                   "A checkpoint of a generator, the name of an installed model, or of a run")
      ->required();
  command->add_option("-i,--input", options->input, "The photo; its middle square is taken")
      ->required()
      ->check(CLI::ExistingFile);
  command
      ->add_option("-o,--output", options->output,
                   "A folder for projected.png, compared.png and latents.safetensors")
      ->required();
  command->add_option("--steps", request.steps, "Of gradient descent")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--rate", request.rate, "Its learning rate at the highest")
      ->capture_default_str()
      ->check(CLI::Range(1e-6f, 100.0f));
  command->add_flag("--by-slot", request.by_slot,
                    "stylegan2: a style of its own for each size of detail: nearer, less like what "
                    "the network makes");
  command->add_flag("!--no-noise", request.noise, "stylegan2: leave its noise as it is");
  command->add_option("--label", options->label, "Of networks with labels, which");
  command->add_option("--seed", request.seed, "Of what is left to chance")->capture_default_str();
  add_load_options(*command, options->load);
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) invocation.json_if_thrown = nlohmann::ordered_json::object();
    invocation.run = [options] { return run_project(*options); };
  });
}

}  // namespace imago
