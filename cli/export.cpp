// imago export: a checkpoint of any readable form, without its wrappers, in a form others read.
#include <iostream>

#include "cli/command.h"
#include "models/checkpoint/checkpoint.h"
#include "models/generator.h"
#include "models/registry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, precision = "stored", license;
  fs::path output;
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
  if (extension == ".onnx")
    throw UsageError(output.string() + ": ONNX is not supported; use .safetensors or .pth");
  if (extension != ".safetensors" && extension != ".pth")
    throw UsageError(output.string() + ": the name must end in .safetensors or .pth");

  if (!options.license.empty() && extension == ".pth")
    throw UsageError("--license: a .pth file has no place for it; use .safetensors");

  const fs::path input = resolve_model(options.model);
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored))
    throw Error(output.string() + ": is the model itself; name another file");
  load_generator(input);  // refuses, with its reasons, what is not a network we know
  StateDict tensors = unwrap(read_checkpoint(input));
  if (options.precision == "fp16") tensors = halved(tensors);
  if (!options.license.empty()) tensors.metadata["license"] = options.license;
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
  command->add_option("-o,--output", options->output, "The file to write: .safetensors or .pth")
      ->required();
  command
      ->add_option("--precision", options->precision,
                   "fp16: weights of half the size; translating with them differs little")
      ->check(CLI::IsMember({"stored", "fp16"}))
      ->capture_default_str();
  command->add_option("--license", options->license, "To be told by `imago info` and the app");
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_export(*options); }; });
}

}  // namespace imago
