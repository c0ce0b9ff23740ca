// The options of commands that load a network: --key and --range.
#include <array>

#include "cli/command.h"
#include "models/library/identify.h"

namespace imago {
namespace {

struct NamedRange {
  const char* name;
  float low, high;
};
constexpr std::array kRanges = {NamedRange{"0:1", 0, 1}, NamedRange{"0:255", 0, 255},
                                NamedRange{"-1:1", -1, 1}};

}  // namespace

void add_load_options(CLI::App& command, LoadOptions& options) {
  command.add_option("--key", options.key,
                     "Of a file that holds several networks: the name of the one to take (netG_A)");
  command
      .add_option_function<std::string>(
          "--range",
          [&options](const std::string& name) {
            for (const NamedRange& range : kRanges)
              if (name == range.name) options.range = {range.low, range.high};
          },
          "Of an ONNX or ncnn network: its numbers for black and white, 0:1, 0:255 or -1:1; "
          "default: what the network looks like")
      ->check(CLI::IsMember({"0:1", "0:255", "-1:1"}));
}

}  // namespace imago
