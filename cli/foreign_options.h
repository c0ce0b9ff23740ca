// Options of the programs that people come from, where Imago has no option of that meaning: they
// are accepted with a note, or refused with the way that there is. Those that mean the same as one
// of ours are its aliases (training_options.cpp, translate_options.cpp).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace imago {

/// An option that help does not show. Its text begins with "--" or is a letter of the form "-j".
struct ForeignOption {
  std::string names;  // "--display-id", "-v,--verbose"
  bool takes_value = false;
  /// What happens when it is given; throws UsageError to refuse it.
  std::function<void(const std::string& value)> given;
};

/// Accepted; a note says why it has no meaning here.
ForeignOption ignored(const std::string& names, bool takes_value, const std::string& why);
/// Refused with the way that exists, unless the value is `harmless`, the other program's default.
ForeignOption refused(const std::string& names, bool takes_value, const std::string& way,
                      const std::string& harmless = "");

/// Adds those that the command has not already.
void add_foreign(CLI::App& command, const std::vector<ForeignOption>& options);

/// Of pytorch-CycleGAN-and-pix2pix: those of both train.py and test.py, and of train.py alone.
/// `device` gets what --gpu-ids names.
std::vector<ForeignOption> cyclegan_base_options(std::string& device);
std::vector<ForeignOption> cyclegan_training_options();
/// Of pix2pix-tensorflow (affinelayer).
std::vector<ForeignOption> tensorflow_options();
/// Of inference_realesrgan.py, realesrgan-ncnn-vulkan and Upscayl, and those of test.py that people
/// try with `translate`.
std::vector<ForeignOption> upscaler_options();

/// The index of the first CPU device for "-1", else the number that was given. Throws UsageError
/// for several.
std::string device_of_gpu_ids(const std::string& ids);

}  // namespace imago
