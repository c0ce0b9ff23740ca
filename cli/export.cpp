// imago export: a checkpoint of any readable form, without its wrappers, in a form others read.
#include <iostream>

#include "cli/command.h"
#include "models/checkpoint/checkpoint.h"
#include "models/generator.h"
#include "models/registry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

/// The tensors as PyTorch's modules expect them: wrappers stripped, stored types kept.
ExitStatus run_export(const std::string& model, const fs::path& output) {
  const std::string extension = output.extension().string();
  if (extension == ".onnx")
    throw UsageError(output.string() + ": ONNX is not supported; use .safetensors or .pth");
  if (extension != ".safetensors" && extension != ".pth")
    throw UsageError(output.string() + ": the name must end in .safetensors or .pth");

  const fs::path input = resolve_model(model);
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored))
    throw Error(output.string() + ": is the model itself; name another file");
  load_generator(input);  // refuses, with its reasons, what is not a network we know
  const StateDict tensors = unwrap(read_checkpoint(input));
  if (extension == ".pth")
    write_torch_zip(tensors, output);
  else
    write_safetensors(tensors, output);
  std::cout << output.string() << "  " << tensors.size() << " tensors\n";
  return kAllDone;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  struct Options {
    std::string model, output;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("export", "Write a checkpoint in another form");
  command->add_option("MODEL", options->model, "A checkpoint, or the name of an installed model")
      ->required();
  command->add_option("-o,--output", options->output, "The file to write: .safetensors or .pth")
      ->required();
  command->callback([&invocation, options] {
    invocation.run = [options] { return run_export(options->model, options->output); };
  });
}

}  // namespace imago
