// imago export: a checkpoint of any readable form, without its wrappers, in a form others read.
#include <iostream>

#include "cli/command.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/library/registry.h"
#include "models/networks/generator.h"
#include "models/networks/onnx_export.h"
#include "models/translate/planes.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, precision = "stored", license;
  LoadOptions load;
  fs::path output;
  int side = 0, shifts = 0;
  bool keep_luma = false;
};

/// fp32 tensors in half precision; others, such as counts, as they are.
StateDict halved(const StateDict& tensors) {
  StateDict result;
  result.metadata = tensors.metadata;
  for (const auto& [name, tensor] : tensors)
    result.insert(name, tensor.type == DType::f32 ? tensor.to_half() : tensor);
  return result;
}

/// The tensors as PyTorch's modules expect them: wrappers stripped, stored types kept.
ExitStatus run_export(const Options& options) {
  const fs::path& output = options.output;
  const std::string extension = output.extension().string();
  if (extension != ".safetensors" && extension != ".pth" && extension != ".onnx")
    throw UsageError(output.string() + ": the name must end in .safetensors, .pth or .onnx");
  if (extension == ".onnx" && options.precision != "stored")
    throw UsageError("--precision: an .onnx file is written in single precision");

  const fs::path input = resolve_model(options.model);
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored))
    throw Error(output.string() + ": is the model itself; name another file");
  // Refuses, with its reasons, what is not a network we know.
  Generator generator = load_generator(input, options.load);
  ModelInfo& info = generator.info;
  const bool keep_luma = options.keep_luma || info.keeps_luma;
  if (keep_luma && (info.scale != 1 || info.out_channels != 3))
    throw UsageError("--keep-luma: is for networks that make colours of pictures of one size");
  if (!options.license.empty()) info.license = options.license;
  if (options.side > 0) info.side = options.side;
  if (options.shifts > 0) info.shifts = options.shifts;
  if (extension == ".onnx") {
    if (keep_luma) generator = keeping_luma(std::move(generator));
    const OnnxModel model = onnx_model_of(generator);
    write_onnx(model, output);
    std::cout << output.string() << "  " << model.nodes.size() << " nodes\n";
    return kAllDone;
  }
  StateDict tensors = choose_generator(read_checkpoint(input), options.load.key);
  tensors.metadata = metadata_of(generator);
  if (options.precision == "fp16") tensors = halved(tensors);
  if (keep_luma) tensors.metadata["imago_luma"] = "input";
  if (extension == ".pth")
    write_torch_zip(tensors, output);
  else
    write_safetensors(tensors, output);
  std::cout << output.string() << "  " << tensors.size() << " tensors\n";
  return kAllDone;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("export", "Write a checkpoint in another form");
  command->add_option("MODEL", options->model, "A checkpoint, or the name of an installed model")
      ->required();
  add_load_options(*command, options->load);
  command
      ->add_option("-o,--output", options->output, "The file to write: .safetensors, .pth or .onnx")
      ->required();
  command
      ->add_option("--precision", options->precision,
                   "fp16: weights of half the size; translating with them differs little")
      ->check(CLI::IsMember({"stored", "fp16"}))
      ->capture_default_str();
  command->add_option("--license", options->license, "To be told by `imago info` and the app");
  command
      ->add_option("--side", options->side,
                   "Shorter side of the pictures the network knows: larger ones will be reduced to "
                   "it and the result enlarged")
      ->check(CLI::Range(1, 65536));
  command
      ->add_option("--shifts", options->shifts,
                   "The average over so many shifts of a picture will be its result")
      ->check(CLI::Range(1, kMostShifts));
  command->add_flag("--keep-luma", options->keep_luma,
                    "Only the colours will be taken from the network, the brightness from the "
                    "picture: for colouring at full sharpness");
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_export(*options); }; });
}

}  // namespace imago
