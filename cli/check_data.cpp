// imago check-data: what a data set is, what is wrong with it, how to mend it.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "cli/check_data.h"
#include "cli/command.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

struct CheckDataArguments {
  DataOptions data;
  bool know_kind = false;
  bool json = false;
};

const char* severity_of(const DataProblem& problem) {
  return problem.severity == DataProblem::Severity::error ? "error" : "warning";
}

ordered_json json_of(const DataProblem& problem) {
  ordered_json files = ordered_json::array();
  for (const std::filesystem::path& file : problem.files) files.push_back(file.string());
  return {{"severity", severity_of(problem)}, {"kind", problem.kind},   {"text", problem.text},
          {"remedy", problem.remedy},         {"count", problem.count}, {"files", files}};
}

ordered_json folders_json(const DataOptions& data) {
  ordered_json json;
  json["dir"] = data.dataroot.string();
  if (!data.dataroot_b.empty()) json["dir_b"] = data.dataroot_b.string();
  return json;
}

ordered_json json_of(const DataReport& report) {
  ordered_json problems = ordered_json::array();
  for (const DataProblem& problem : report.problems) problems.push_back(json_of(problem));
  ordered_json json = folders_json(report.data);
  json.update({{"kind", report.recognised ? to_string(report.data.kind) : "unknown"},
               {"what", report.what},
               {"pictures", report.pictures},
               {"usable", report.usable()},
               {"problems", problems}});
  return json;
}

void print_report(const DataReport& report) {
  std::cout << data_folders(report.data) << ": " << report.what << '\n';
  for (const DataProblem& problem : report.problems)
    std::cout << severity_of(problem) << ": " << problem.text << "\n  " << problem.remedy << '\n';
  if (report.problems.empty()) std::cout << "nothing wrong was found\n";
}

/// On a terminal, and not beside JSON's reader.
bool show_progress(double share) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) {
    std::fprintf(stderr, "\r%3.0f %%", 100 * share);
    std::fflush(stderr);
  }
  return !was_interrupted();
}

ExitStatus run_check_data(CheckDataArguments& options) {
  cancel_on_interrupt();
  options.data.load_size = std::max(options.data.load_size, options.data.crop_size);
  const DataReport report =
      check_data_shown(options.data, options.know_kind ? KindOfData::said : KindOfData::open);
  if (options.json)
    print_json(json_of(report));
  else
    print_report(report);
  if (report.usable()) return kAllDone;
  print_error(data_folders(report.data) + ": cannot be trained on as it is");
  return kSomethingFailed;
}

}  // namespace

DataReport check_data_shown(const DataOptions& data, KindOfData kind, const NetworkSides& sides) {
  CheckDataOptions options;
  options.sides = sides;
  options.know_kind = kind != KindOfData::open;
  options.kind_is_assumed = kind == KindOfData::assumed;
  options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  DataReport report = check_data(data, options, show_progress);
  if (isatty(STDERR_FILENO)) std::cerr << "\r     \r";
  return report;
}

void add_check_data(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<CheckDataArguments>();
  DataOptions& data = options->data;
  data.crop_size = 0;
  CLI::App* command = app.add_subcommand(
      "check-data", "Say what a data set is, what is wrong with it and how to mend it");
  command->add_option("DIR", data.dataroot, "The folder of the data set")->required();
  command
      ->add_option("--dataroot-b", data.dataroot_b,
                   "B's pictures where they are in a folder of their own; DIR is then A's alone")
      ->type_name("DIR");
  std::map<std::string, DataKind> kinds;
  for (const DataKind kind :
       {DataKind::aligned, DataKind::unaligned, DataKind::photos, DataKind::paired, DataKind::edges,
        DataKind::grey, DataKind::holes, DataKind::cameras})
    kinds[to_string(kind)] = kind;
  command
      ->add_option_function<std::string>(
          "--dataset-mode",
          [options, kinds](const std::string& kind) {
            options->data.kind = kinds.at(kind);
            options->know_kind = true;
          },
          "What it is meant to be: aligned, paired, unaligned, photos, edges, grey, holes, "
          "cameras; "
          "found out if not given")
      ->check(CLI::IsMember(kinds))
      ->type_name("NAME");
  command->add_option("--phase", data.phase, "Which part is for training")->capture_default_str();
  command
      ->add_option("--crop-size", data.crop_size,
                   "Side of what the networks will see; default 256, of photos 96")
      ->check(CLI::Range(1, 65536));
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([&invocation, options] {
    if (options->json) {
      invocation.json_if_thrown = folders_json(options->data);
      invocation.json_if_thrown["usable"] = false;
    }
    invocation.run = [options] { return run_check_data(*options); };
  });
}

}  // namespace imago
