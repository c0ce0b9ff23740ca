// imago export: a checkpoint of any readable form, without its wrappers, in a form others read.
#include <iostream>

#include "cli/command.h"
#include "models/library/model_files.h"
#include "models/library/registry.h"
#include "models/translate/planes.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct ExportArguments {
  std::string model, precision = "stored", license, blend;
  double blend_share = 0.5;
  LoadOptions load;
  fs::path output;
  int side = 0, shifts = 0;
  int margin = -1;
  bool keep_luma = false;
};

ExitStatus run_export(const ExportArguments& options) {
  const fs::path& output = options.output;
  const std::string extension = output.extension().string();
  if (extension != ".safetensors" && extension != ".pth" && extension != ".onnx")
    throw UsageError(output.string() + ": the name must end in .safetensors, .pth or .onnx");
  if (extension == ".onnx" && options.precision != "stored")
    throw UsageError("--precision: an .onnx file is written in single precision");

  const fs::path input = resolve_model(options.model);
  if (options.keep_luma) {
    const ModelInfo info = load_generator(input, options.load).info;
    if (info.scale != 1 || info.out_channels != 3)
      throw UsageError("--keep-luma: is for networks that make colours of pictures of one size");
  }
  const size_t count =
      export_model(input, output,
                   {.load = options.load,
                    .half = options.precision == "fp16",
                    .license = options.license,
                    .side = options.side,
                    .shifts = options.shifts,
                    .margin = options.margin,
                    .keep_luma = options.keep_luma,
                    .blend = options.blend.empty() ? fs::path() : resolve_model(options.blend),
                    .blend_share = options.blend_share});
  std::cout << output.string() << "  " << count
            << (extension == ".onnx" ? " nodes\n" : " tensors\n");
  return kAllDone;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExportArguments>();
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
  command
      ->add_option(
          "--margin", options->margin,
          "Pictures will be mirrored so many pixels beyond their borders and the result cut "
          "out: for networks that leave a frame along them, as zero padding does")
      ->check(CLI::Range(0, kMostMargin));
  command->add_flag("--keep-luma", options->keep_luma,
                    "Only the colours will be taken from the network, the brightness from the "
                    "picture: for colouring at full sharpness");
  command->add_option(
      "--blend", options->blend,
      "Mix the weights with those of another model of the same network, such as one "
      "that was trained on from this one: the result has something of both");
  command->add_option("--blend-share", options->blend_share, "The other model's share")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_export(*options); }; });
}

}  // namespace imago
