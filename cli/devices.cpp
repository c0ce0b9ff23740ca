// imago devices: every Vulkan device, its limits that matter, whether it passed the golden tile.
#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "models/translate/translator.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const DeviceSummary& device) {
  ordered_json limits = ordered_json::object();
  for (const auto& [name, value] : device.limits) limits[name] = value;
  return {{"index", device.index},
          {"name", device.name},
          {"kind", device.kind},
          {"driver", device.driver},
          {"api_version", device.api_version},
          {"memory_bytes", device.memory_bytes},
          {"limits", limits},
          {"golden", device.golden},
          {"golden_fp16", device.golden_fp16}};
}

template <class Value>
void print_line(const std::string& name, const Value& value) {
  std::cout << "   " << std::left << std::setw(22) << name << "  " << value << '\n';
}

void print(const DeviceSummary& device) {
  std::cout << device.index << "  " << device.name << '\n';
  print_line("kind", device.kind);
  print_line("driver", device.driver + ", Vulkan " + device.api_version);
  print_line("memory", human_bytes(device.memory_bytes));
  print_line("golden tile", device.golden);
  print_line("in fp16", device.golden_fp16);
  for (const auto& [name, value] : device.limits) print_line(name, value);
}

ExitStatus run_devices(bool json, bool check) {
  const std::vector<DeviceSummary> devices =
      list_devices(check ? GoldenCheck::anew : GoldenCheck::where_missing);
  if (json) {
    ordered_json list = ordered_json::array();
    for (const DeviceSummary& device : devices) list.push_back(to_json(device));
    print_json({{"devices", list}});
  } else {
    for (const DeviceSummary& device : devices) print(device);
  }
  if (!devices.empty()) return kAllDone;
  print_error(
      "no Vulkan device: install your GPU's driver, or mesa-vulkan-drivers to compute on the CPU");
  return kSomethingFailed;
}

}  // namespace

void add_devices(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("devices", "Show the Vulkan devices of this machine");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object on stdout");
  auto check = std::make_shared<bool>(false);
  command->add_flag("--check", *check, "Compute the golden tile anew, also where it once failed");
  command->callback([&invocation, json, check] {
    if (*json) invocation.json_if_thrown = {{"devices", ordered_json::array()}};
    invocation.run = [json, check] { return run_devices(*json, *check); };
  });
}

}  // namespace imago
