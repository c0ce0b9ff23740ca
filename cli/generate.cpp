// imago generate: new pictures, as many as are wanted, of a network that learnt to make them.
#include <charconv>
#include <iostream>

#include "cli/command.h"
#include "compute/vk/device.h"
#include "models/generate/generate.h"
#include "models/library/identify.h"
#include "models/library/registry.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct GenerateArguments {
  std::string model, device, grid;
  GenerateRequest request;
  std::optional<int64_t> count;
  LoadOptions load;
  bool json = false;
};

/// "8x6": 8 across and 6 down.
GenerateRequest::Grid grid_of(const std::string& text) {
  GenerateRequest::Grid grid;
  const char* end = text.data() + text.size();
  const auto [middle, error] = std::from_chars(text.data(), end, grid.columns);
  const bool first = error == std::errc() && middle != end && *middle == 'x';
  const auto [rest, other] =
      first ? std::from_chars(middle + 1, end, grid.rows) : std::from_chars_result{end, error};
  if (!first || other != std::errc() || rest != end || grid.columns < 1 || grid.rows < 1 ||
      grid.columns > 64 || grid.rows > 64)
    throw UsageError("--grid " + text +
                     ": so many pictures across and down, as in 8x8, at most 64");
  return grid;
}

void print(const GenerateResult& result, const GenerateArguments& options) {
  if (options.json) {
    ordered_json json = {{"folder", options.request.folder.string()},
                         {"written", result.written},
                         {"index", result.index.string()}};
    if (!result.grid.empty()) json["grid"] = result.grid.string();
    return print_json(json);
  }
  std::cout << result.written << (result.written == 1 ? " picture" : " pictures") << " in "
            << options.request.folder.string() << ", listed in " << result.index.string() << '\n';
  if (!result.grid.empty()) std::cout << "the first of them in " << result.grid.string() << '\n';
}

ExitStatus run_generate(GenerateArguments& options) {
  GenerateRequest& request = options.request;
  if (!options.grid.empty()) request.grid = grid_of(options.grid);
  if (options.count)
    request.count = *options.count;
  else if (request.grid)
    request.count = int64_t{request.grid->columns} * request.grid->rows;
  Generator generator = load_generator(resolve_model(options.model), options.load);
  Device device(options.device);
  SampleMaker maker(device, std::move(generator));
  cancel_on_interrupt();
  const GenerateResult result =
      generate(maker, request, [](int64_t) { return !was_interrupted(); });
  print(result, options);
  return result.finished ? kAllDone : kSomethingFailed;
}

}  // namespace

void add_generate(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<GenerateArguments>();
  GenerateRequest& request = options->request;
  CLI::App* command = app.add_subcommand(
      "generate",
      "Make new pictures with a network that was trained to (train gan, dcgan and so on)");
  command
      ->add_option("-n,--model", options->model,
                   "A checkpoint of a generator, or the name of an installed model")
      ->required();
  command
      ->add_option("-o,--output", request.folder,
                   "A folder for 000000.png, 000001.png and so on, and index.csv, empty or made")
      ->required();
  command
      ->add_option("--count", options->count, "How many; default as many as --grid shows, else 64")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000}));
  command
      ->add_option("--seed", request.seed,
                   "Of the first; the next ones have the numbers that follow")
      ->capture_default_str();
  command->add_option("--label", request.label,
                      "What all are to show; default: the labels take turns");
  command
      ->add_option(
          "--truncation", request.truncation,
          "Draw random numbers beyond this again: more usual pictures, fewer kinds; 0: any")
      ->capture_default_str()
      ->check(CLI::Range(0.0f, 100.0f));
  command
      ->add_option("--grid", options->grid,
                   "Also a sheet of the first, as 8x8, beside the folder: <folder>-grid.png")
      ->type_name("WxH");
  add_load_options(*command, options->load);
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) invocation.json_if_thrown = ordered_json::object();
    invocation.run = [options] { return run_generate(*options); };
  });
}

}  // namespace imago
