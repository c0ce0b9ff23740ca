// imago info: what a checkpoint is.
#include <algorithm>
#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/tensor_match.h"
#include "models/library/identify.h"
#include "models/library/model_card.h"
#include "models/library/registry.h"
#include "models/networks/classifier.h"
#include "models/networks/discriminators.h"
#include "models/networks/generator.h"
#include "models/networks/judges.h"
#include "models/networks/stylegan2_discriminator.h"
#include "models/translate/translator.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const Generator& generator, const std::filesystem::path& path) {
  const ModelInfo& info = generator.info;
  ordered_json json = {{"name", info.name},
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
                       {"tiles", can_be_cut(generator)},
                       {"side", info.side},
                       {"shifts", info.shifts},
                       {"margin", info.margin},
                       {"keeps_luma", info.keeps_luma},
                       {"takes_drawings", info.takes_drawings},
                       {"running_statistics", info.running_statistics},
                       {"notes", info.notes}};
  if (info.latent > 0) {
    json["latent"] = info.latent;
    json["labels"] = info.labels;
    if (info.rate > 0) {
      json["samples"] = info.scale * info.scale;
      json["rate"] = info.rate;
    } else if (!info.rows) {
      json["side"] = info.scale;
    }
  }
  return json;
}

// A discriminator makes no pictures, so it has no scale, no range and no tiles.
ordered_json to_json(const DiscriminatorConfig& config, const StateDict& tensors,
                     const std::filesystem::path& path) {
  int64_t parameters = 0;
  for (const WantedTensor& wanted : wanted_tensors(config))
    if (!is_tracked(wanted.key)) parameters += wanted.shape.elements();
  return {{"name", path.stem().string()},
          {"path", path.string()},
          {"architecture", to_string(config)},
          {"paper", paper_of(config)},
          {"in_channels", config.in_channels},
          {"features", config.features},
          {"parameters", parameters},
          {"norm", to_string(config.norm)},
          {"precision", to_string(tensors.begin()->second.type)}};
}

ordered_json to_json(const JudgeConfig& config, const StateDict& tensors,
                     const std::filesystem::path& path) {
  int64_t parameters = 0;
  for (const WantedTensor& wanted : wanted_tensors(config))
    if (!is_tracked(wanted.key)) parameters += wanted.shape.elements();
  return {{"name", path.stem().string()},
          {"path", path.string()},
          {"architecture", std::string(to_string(config.kind)) + "_discriminator"},
          {"paper", paper_of(config)},
          {"in_channels", config.in_channels},
          {"side", config.side},
          {"labels", config.classes},
          {"features", config.features},
          {"parameters", parameters},
          {"norm", to_string(config.norm)},
          {"precision", to_string(tensors.begin()->second.type)}};
}

ordered_json to_json(const Stylegan2Judge& config, const StateDict& tensors,
                     const std::filesystem::path& path) {
  int64_t parameters = 0;
  for (const WantedTensor& wanted : wanted_tensors(config)) parameters += wanted.shape.elements();
  return {{"name", path.stem().string()},
          {"path", path.string()},
          {"architecture", "stylegan2_discriminator"},
          {"paper", "Karras et al. 2020"},
          {"in_channels", config.colours},
          {"side", config.side()},
          {"features", config.channels.back()},
          {"parameters", parameters},
          {"precision", to_string(tensors.begin()->second.type)}};
}

ordered_json to_json(const ClassifierConfig& config, const StateDict& tensors,
                     const std::filesystem::path& path) {
  const ClassifierFacts facts = facts_of(tensors, config);
  int64_t parameters = 0;
  for (const WantedTensor& wanted : wanted_tensors(config))
    if (!is_tracked(wanted.key)) parameters += wanted.shape.elements();
  return {{"name", path.stem().string()},
          {"path", path.string()},
          {"architecture", "classifier"},
          {"paper", "Krizhevsky et al. 2012"},
          {"in_channels", config.in_channels},
          {"side", facts.side},
          {"labels", facts.labels},
          {"features", config.features},
          {"parameters", parameters},
          {"precision", to_string(tensors.begin()->second.type)}};
}

/// What its card says, where it has one.
void add_card(ordered_json& info, const std::filesystem::path& path) {
  const std::optional<ModelCard> card = read_model_card(path);
  if (!card) return;
  info["title"] = card->title;
  info["task"] = card->task;
  info["description"] = card->description;
  info["limits"] = card->limits;
  if (!card->license.empty()) info["license"] = card->license;
}

ordered_json describe(const std::filesystem::path& path, const LoadOptions& load) {
  try {
    ordered_json info = to_json(load_generator(path, load), path);
    add_card(info, path);
    return info;
  } catch (const CheckpointError&) {
    throw;
  } catch (const Error&) {
    const StateDict tensors = unwrap(read_checkpoint(path));
    if (const auto config = find_discriminator(tensors)) return to_json(*config, tensors, path);
    if (const auto config = find_judge(tensors)) return to_json(*config, tensors, path);
    if (const auto config = find_stylegan2_judge(tensors)) return to_json(*config, tensors, path);
    if (const auto config = find_classifier(tensors)) return to_json(*config, tensors, path);
    throw;
  }
}

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

ExitStatus run_info(const std::string& model, const LoadOptions& load, bool json) {
  const std::filesystem::path path = resolve_model(model);
  const ordered_json info = describe(path, load);
  if (json) {
    print_json(info);
    return kAllDone;
  }
  size_t width = 0;
  for (const auto& [name, value] : info.items()) width = std::max(width, name.size() + 2);
  for (const auto& [name, value] : info.items()) {
    if (name == "notes") continue;
    const std::string text = text_of(value);
    std::cout << std::left << std::setw(static_cast<int>(width)) << name
              << (text.empty() ? "unknown" : text) << '\n';
  }
  for (const ordered_json& note : info.value("notes", ordered_json::array()))
    std::cout << "note: " << note.get<std::string>() << '\n';
  return kAllDone;
}

}  // namespace

void add_info(CLI::App& app, Invocation& invocation) {
  struct Options {
    std::string model;
    LoadOptions load;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Show what a checkpoint is");
  command->add_option("MODEL", options->model, "A checkpoint, or the name of an installed model")
      ->required();
  add_load_options(*command, options->load);
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) invocation.json_if_thrown = ordered_json::object();
    invocation.run = [options] { return run_info(options->model, options->load, options->json); };
  });
}

}  // namespace imago
