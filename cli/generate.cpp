// imago generate: new pictures, as many as are wanted, of a network that learnt to make them.
#include <charconv>
#include <iostream>

#include "cli/generate.h"
#include "compute/vk/device.h"
#include "models/generate/rows.h"
#include "models/library/registry.h"
#include "models/training/request_json.h"
#include "models/training/run/run.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct GenerateArguments {
  std::string model, device, grid;
  GenerateRequest request;
  RowsRequest rows;
  LatentOptions latents;
  bool wants_rows = false;
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

void print(const GenerateResult& result, const ModelInfo& info, const GenerateArguments& options) {
  if (options.json) {
    ordered_json json = {{"folder", options.request.folder.string()},
                         {"written", result.written},
                         {"index", result.index.string()}};
    if (!result.grid.empty()) json["grid"] = result.grid.string();
    return print_json(json);
  }
  std::cout << counted(result.written, info) << " in " << options.request.folder.string()
            << ", listed in " << result.index.string() << '\n';
  if (!result.grid.empty()) std::cout << "the first of them in " << result.grid.string() << '\n';
}

/// The table that a run's generator learnt from, where it is still there.
std::filesystem::path real_table(const std::filesystem::path& model) {
  const std::filesystem::path options = RunFolder{model.parent_path()}.options();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(options, ignored)) return {};
  const std::filesystem::path table = read_options(options).data.dataroot;
  return std::filesystem::is_regular_file(table, ignored) ? table : std::filesystem::path();
}

void print(const RowsResult& result, const GenerateArguments& options) {
  const std::string file = options.rows.output.string();
  if (options.json)
    return print_json({{"file", file},
                       {"written", result.written},
                       {"copies_left_out", result.copies},
                       {"others_left_out", result.others},
                       {"copies_looked_for", !options.rows.real.empty()}});
  std::cout << result.written << (result.written == 1 ? " row" : " rows") << " in " << file << '\n';
  if (result.copies > 0)
    std::cout << result.copies << " more stand in " << options.rows.real.string()
              << " and were left out\n";
  if (result.others > 0)
    std::cout << result.others << " more were not " << options.rows.where << " and were left out\n";
}

ExitStatus run_rows(GenerateArguments& options) {
  RowsRequest& request = options.rows;
  const std::filesystem::path model = generator_file(options.model);
  request.output = options.request.folder;
  request.seed = options.request.seed;
  if (request.real.empty()) request.real = real_table(model);
  if (request.real.empty())
    print_warning(model.string() +
                  ": the table it learnt from is not there, so that copies of its rows cannot be "
                  "left out; --real names it");
  Device device(options.device);
  RowMaker maker(device, load_generator(model, options.load));
  cancel_on_interrupt();
  const RowsResult result =
      generate_rows(maker, request, [](int64_t) { return !was_interrupted(); });
  print(result, options);
  return result.finished ? kAllDone : kSomethingFailed;
}

ExitStatus run_generate(GenerateArguments& options) {
  if (options.wants_rows) return run_rows(options);
  GenerateRequest& request = options.request;
  if (!options.grid.empty()) request.grid = grid_of(options.grid);
  if (options.count)
    request.count = *options.count;
  else if (request.grid)
    request.count = int64_t{request.grid->columns} * request.grid->rows;
  Generator generator = load_generator(generator_file(options.model), options.load);
  if (wants_latents(options.latents))
    return run_latents(options.latents, request, options.count.value_or(0), std::move(generator),
                       options.device, options.json);
  Device device(options.device);
  SampleMaker maker(device, std::move(generator));
  cancel_on_interrupt();
  const GenerateResult result =
      generate(maker, request, [](int64_t) { return !was_interrupted(); });
  print(result, maker.info(), options);
  return result.finished ? kAllDone : kSomethingFailed;
}

}  // namespace

std::filesystem::path generator_file(const std::string& model) {
  for (const std::filesystem::path& folder :
       {std::filesystem::path("checkpoints") / model, std::filesystem::path(model)})
    for (const char* file : {"latest_net_G_average.pth", "latest_net_G.pth"})
      if (std::error_code ignored; std::filesystem::is_regular_file(folder / file, ignored))
        return folder / file;
  return resolve_model(model);
}

void add_generate(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<GenerateArguments>();
  GenerateRequest& request = options->request;
  CLI::App* command = app.add_subcommand(
      "generate",
      "Make new pictures, sounds or rows of a table with a network that was trained to (train gan, "
      "dcgan and so on)");
  command
      ->add_option("-n,--model", options->model,
                   "A checkpoint of a generator, the name of an installed model, or of a run")
      ->required();
  command
      ->add_option("-o,--output", request.folder,
                   "A folder for 000000.png (of sounds 000000.wav) and so on, and index.csv, empty "
                   "or made; of rows a CSV file")
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
      ->add_option("--truncation", request.truncation,
                   "Draw random numbers beyond this again: more usual results, fewer kinds; 0: any")
      ->capture_default_str()
      ->check(CLI::Range(0.0f, 100.0f));
  command
      ->add_option("--grid", options->grid,
                   "Also a sheet of the first, as 8x8, beside the folder: <folder>-grid.png")
      ->type_name("WxH");
  command
      ->add_option("--rows", options->rows.rows,
                   "Of a network that was trained on a table: so many rows")
      ->check(CLI::Range(int64_t{1}, int64_t{100000000}))
      ->each([options](const std::string&) { options->wants_rows = true; });
  command->add_option("--where", options->rows.where,
                      "Rows with this value of a category alone, as sex=female");
  command
      ->add_option("--real", options->rows.real,
                   "The table that was learnt from, whose rows are not to be made again; default "
                   "that of the run")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  add_latent_options(*command, options->latents);
  add_load_options(*command, options->load);
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) invocation.json_if_thrown = ordered_json::object();
    invocation.run = [options] { return run_generate(*options); };
  });
}

}  // namespace imago
