// imago evaluate: how close a network's pictures come to their targets.
#include <cstdio>
#include <iostream>

#include "cli/command.h"
#include "cli/evaluate_features.h"
#include "cli/train_options.h"
#include "compute/vk/device.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/library/registry.h"
#include "models/measure/evaluate.h"
#include "models/networks/classifier.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct EvaluateArguments {
  std::string model, device, direction = "AtoB";
  EvaluationOptions evaluation;
  std::filesystem::path features, results, lpips, lpips_network;
  bool json = false;
};

ordered_json json_of(const Score& score, bool as_sets) {
  ordered_json json = {{"l1", score.absolute_error}, {"psnr", score.psnr}, {"ssim", score.ssim}};
  if (as_sets) json["swd"] = score.swd;
  return json;
}

void print_score(const char* name, const Score& score, bool as_sets) {
  char line[128];
  std::snprintf(line, sizeof(line), "%-14s %8.4f %8.2f %8.4f", name, score.absolute_error,
                score.psnr, score.ssim);
  std::cout << line;
  std::snprintf(line, sizeof(line), " %8.4f", score.swd);
  std::cout << (as_sets ? line : "") << '\n';
}

ExitStatus status_after(const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) print_error(failure);
  return failures.empty() ? kAllDone : kSomethingFailed;
}

bool is_classifier(const std::filesystem::path& path) {
  return find_classifier(unwrap(read_checkpoint(path))).has_value();
}

/// A classifier's own accuracy on labelled pictures.
ExitStatus run_classifier(const EvaluateArguments& options, const std::filesystem::path& path) {
  Device device(options.device);
  FeatureNetwork classifier(device, path);
  std::vector<std::string> failures;
  const Confusion confusion = confusion_of(classifier, options.evaluation.data, failures);
  if (options.json)
    print_json(json_of(confusion));
  else
    print(confusion);
  return status_after(failures);
}

/// Pictures that lie in a folder already.
ExitStatus run_folders(const EvaluateArguments& options) {
  if (options.features.empty())
    throw UsageError(
        "--results: is compared by the features of a network, so --features is "
        "needed");
  Device device(options.device);
  FeatureNetwork network(device, options.features);
  DataOptions results = options.evaluation.data;
  results.dataroot = options.results;
  results.held_out = 0;
  std::vector<std::string> failures;
  const FeatureComparison comparison =
      compare_folders(network, results, options.evaluation.data, failures);
  if (options.json)
    print_json(json_of(comparison));
  else
    print(comparison);
  return status_after(failures);
}

ExitStatus run_generator(EvaluateArguments& options, const std::filesystem::path& path) {
  const Generator generator = load_generator(path);
  DataOptions& data = options.evaluation.data;
  if (generator.info.scale > 1 && data.kind != DataKind::aligned && data.kind != DataKind::photos)
    throw UsageError("this network makes pictures " + std::to_string(generator.info.scale) +
                     " times as large: it is evaluated with --dataset-mode photos");
  if (generator.info.scale > 1) {
    data.kind = DataKind::photos;
    data.scale = generator.info.scale;
    data.preprocess = Preprocess::none;
  }
  data.load_size = data.crop_size;
  data.b_to_a = options.direction == "BtoA";
  data.input_channels = generator.info.in_channels;
  data.output_channels = generator.info.out_channels;
  if (!options.evaluation.sheet.empty() && options.evaluation.samples == 0)
    options.evaluation.samples = 8;
  Device device(options.device);
  std::optional<FeatureNetwork> features;
  if (!options.features.empty())
    options.evaluation.features = &features.emplace(device, options.features);
  std::optional<PerceptualDistance> lpips;
  if (!options.lpips.empty())
    options.evaluation.lpips = &lpips.emplace(device, options.lpips, options.lpips_network);
  const Evaluation result = evaluate_generator(device, generator, options.evaluation);
  const ExitStatus status = status_after(result.failures);
  const bool photos = data.kind == DataKind::photos;
  if (options.json) {
    ordered_json json = {{"device", device.properties().name},
                         {"pictures", result.pictures},
                         {"model", json_of(result.model, !photos)},
                         {"identity", json_of(result.identity, !photos)},
                         {"mean_colour", json_of(result.mean_colour, !photos)}};
    json["failed"] = result.failures;
    if (result.perceived) json["lpips"] = json_of(*result.perceived);
    if (result.features) json["features"] = json_of(*result.features);
    if (result.fitted) json["fitted"] = json_of(*result.fitted, true);
    if (result.mean_picture) json["mean_picture"] = json_of(*result.mean_picture, true);
    print_json(json);
    return status;
  }
  std::cout << result.pictures << (result.pictures == 1 ? " picture\n" : " pictures\n")
            << "                     L1     PSNR     SSIM" << (photos ? "\n" : "      SWD\n");
  print_score("network", result.model, !photos);
  print_score(photos ? "bicubic" : "input itself", result.identity, !photos);
  if (result.fitted) print_score("input, fitted", *result.fitted, true);
  print_score("mean colour", result.mean_colour, !photos);
  if (result.mean_picture) print_score("mean picture", *result.mean_picture, true);
  if (result.perceived) print(*result.perceived);
  if (result.features) print(*result.features);
  return status;
}

ExitStatus run_evaluate(EvaluateArguments& options) {
  if (options.model.empty() == options.results.empty())
    throw UsageError(
        "evaluate: either -n names what makes the pictures, or --results the folder "
        "they are in");
  if (!options.results.empty()) return run_folders(options);
  const std::filesystem::path path = resolve_model(options.model);
  return is_classifier(path) ? run_classifier(options, path) : run_generator(options, path);
}

}  // namespace

void add_evaluate(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<EvaluateArguments>();
  options->evaluation.data.phase = "val";
  CLI::App* command =
      app.add_subcommand("evaluate", "Compare a network's pictures with what they should be");
  DataOptions& data = options->evaluation.data;
  command->add_option("-n,--model", options->model,
                      "A checkpoint, or the name of an installed model; of a classifier the "
                      "accuracy is told");
  command
      ->add_option("--results", options->results,
                   "Instead of a model: a folder of pictures that were made, compared with those "
                   "of dataroot by --features")
      ->check(CLI::ExistingDirectory);
  command
      ->add_option("--features", options->features,
                   "Also compare the pictures as sets by what this network sees in them: a "
                   "classifier of imago train classifier, or torchvision's VGG16 or VGG19")
      ->check(CLI::ExistingFile);
  CLI::Option* lpips =
      command
          ->add_option("--lpips", options->lpips,
                       "Also LPIPS of each result and its target, with these weights (lpips 0.1): "
                       "LPIPS's own state_dict, or those of its channels")
          ->check(CLI::ExistingFile);
  command
      ->add_option("--lpips-network", options->lpips_network,
                   "The network that --lpips's weights are for, where they are of channels alone: "
                   "torchvision's VGG16 or AlexNet")
      ->check(CLI::ExistingFile)
      ->needs(lpips);
  command
      ->add_option("--dataroot", data.dataroot,
                   "Pairs A|B in a folder named by --phase, or as --dataset-mode says; for "
                   "upscaling, photos")
      ->required();
  add_second_folder(*command, data);
  command->add_option("--phase", data.phase, "Which part of it")->capture_default_str();
  using enum DataKind;
  add_choice(*command, "--dataset-mode", data.kind,
             {aligned, paired, edges, grey, holes, cameras, photos},
             "How dataroot is laid out; photos is for upscaling networks and goes without saying");
  add_split_options(*command, data);
  command->add_option(
      "--baseline-phase", options->evaluation.baseline_phase,
      "Part that mean colour, mean picture and fitted input are taken from, such as "
      "train; else the measured pictures themselves");
  command->add_option("--direction", options->direction, "AtoB (default) or BtoA")
      ->check(CLI::IsMember({"AtoB", "BtoA"}));
  command->add_option("--crop-size", data.crop_size, "Side that pairs are resized to")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_flag_callback(
      "--white-on-black", [&data] { data.white_on_black = 1; }, "edges: draw white lines on black");
  command->add_option("--line-width", data.line_width, "edges: how wide the lines are drawn; 0: 2")
      ->check(CLI::Range(0.0, 64.0));
  command
      ->add_option("--colour-strokes,--color-strokes", data.colour_strokes,
                   "edges: how many strokes of the photo's colours a drawing has")
      ->check(CLI::Range(0, 1000));
  command->add_flag("--degrade", data.degrade,
                    "photos: small ones are not only shrunk but blurred, noisy and JPEG, as "
                    "--degrade of imago train srgan has them; the same ones each time");
  command->add_option("--samples", options->evaluation.sheet,
                      "Write a sheet of input, output and target here");
  command->add_option("--max-dataset-size", data.max_dataset_size, "Use so many files only; 0: all")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_evaluate(*options); }; });
}

}  // namespace imago
