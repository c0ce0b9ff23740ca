// imago info: what a checkpoint is.
#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "models/generator.h"
#include "models/registry.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const ModelInfo& info, const std::filesystem::path& path) {
  return {{"name", info.name},
          {"path", path.string()},
          {"architecture", info.architecture},
          {"paper", info.paper},
          {"scale", info.scale},
          {"in_channels", info.in_channels},
          {"out_channels", info.out_channels},
          {"features", info.features},
          {"blocks", info.blocks},
          {"parameters", info.parameters},
          {"norm", info.norm},
          {"dropout", info.dropout},
          {"input_range", {info.input_low, info.input_high}},
          {"precision", info.precision},
          {"license", info.license},
          {"multiple", info.multiple},
          {"minimum", info.minimum},
          {"tiles", !info.global_statistics}};
}

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

ExitStatus run_info(const std::string& model, bool json) {
  const std::filesystem::path path = resolve_model(model);
  const ordered_json info = to_json(load_generator(path).info, path);
  if (json) {
    print_json(info);
    return kAllDone;
  }
  for (const auto& [name, value] : info.items()) {
    const std::string text = text_of(value);
    std::cout << std::left << std::setw(14) << name << (text.empty() ? "unknown" : text) << '\n';
  }
  return kAllDone;
}

}  // namespace

void add_info(CLI::App& app, Invocation& invocation) {
  struct Options {
    std::string model;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Show what a checkpoint is");
  command->add_option("MODEL", options->model, "A checkpoint, or the name of an installed model")
      ->required();
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) invocation.json_if_thrown = ordered_json::object();
    invocation.run = [options] { return run_info(options->model, options->json); };
  });
}

}  // namespace imago
