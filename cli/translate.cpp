// imago translate: pictures and films through a network, one by one.
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <sstream>

#include "cli/command.h"
#include "cli/declared_options.h"
#include "cli/foreign_options.h"
#include "models/library/identify.h"
#include "models/library/registry.h"
#include "models/translate/batch.h"
#include "models/translate/translate_options.h"
#include "models/video/film.h"

namespace imago {
namespace {

using nlohmann::ordered_json;
using Status = BatchResult::Status;

/// Which program's conventions hold for what is not said.
enum class Manner { imago, realesrgan, realesrgan_ncnn };

struct TranslateArguments {
  Manner manner = Manner::imago;
  std::string input, output = "results", model, device;
  std::string models_folder, suffix;
  LoadOptions load;
  BatchRequest request;
  BatchOptions batch;
  bool json = false;
};

/// One line on stderr that is written over and over; where stderr is no terminal only what a person
/// should know.
class ProgressLine {
 public:
  void show(const BatchProgress& progress) {
    if (!progress.note.empty() && progress.note != told_) {
      clear();
      print_note(progress.input.string() + ": " + progress.note);
      told_ = progress.note;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    std::string text = std::to_string(static_cast<int>(100 * progress.fraction)) + " %";
    if (progress.total > 1)
      text += "  " + std::to_string(progress.index + 1) + " of " + std::to_string(progress.total);
    if (progress.frame > 0) text += "  frame " + std::to_string(progress.frame);
    if (progress.frames > 0) text += " of " + std::to_string(progress.frames);
    if (progress.frames_per_second > 0) text += "  " + rate(progress.frames_per_second) + "/s";
    if (progress.seconds_left >= 0) text += "  " + human_time(progress.seconds_left) + " left";
    std::cerr << "\r\033[K" << text << "  " << progress.input.filename().string() << std::flush;
  }
  void clear() {
    if (terminal_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  static std::string rate(double frames_per_second) {
    char text[32];
    std::snprintf(text, sizeof(text), frames_per_second < 10 ? "%.1f" : "%.0f", frames_per_second);
    return text;
  }

  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point shown_;
  std::string told_;
};

/// Tells of every result as it comes, and collects the JSON object.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  /// Files of the input folders that are no pictures.
  void add_left_out(const std::vector<std::filesystem::path>& files) {
    for (const auto& file : files) left_out_.push_back(file.string());
    if (files.empty()) return;
    constexpr size_t kNamed = 3;
    std::string text = std::to_string(files.size()) +
                       (files.size() == 1 ? " file is no picture and was left out: "
                                          : " files are no pictures and were left out: ");
    for (size_t i = 0; i < std::min(files.size(), kNamed); ++i)
      text += (i > 0 ? ", " : "") + files[i].string();
    if (files.size() > kNamed) text += " and " + std::to_string(files.size() - kNamed) + " more";
    print_warning(text);
  }

  void add(const BatchResult& result) {
    const std::string input = result.job.input.string(), output = result.job.output.string();
    ++counts_[static_cast<size_t>(result.status)];
    if (!result.note.empty()) print_warning(input + ": " + result.note);
    switch (result.status) {
      case Status::done:
        outputs_.push_back({{"input", input},
                            {"output", output},
                            {"width", result.width},
                            {"height", result.height},
                            {"milliseconds", result.milliseconds}});
        if (result.frames > 0) {
          outputs_.back()["frames"] = result.frames;
          outputs_.back()["whole_milliseconds"] = result.whole_milliseconds;
          if (result.idle_share) outputs_.back()["idle_share"] = *result.idle_share;
        }
        if (!result.note.empty()) outputs_.back()["note"] = result.note;
        if (!json_)
          std::cout << output << "  " << result.width << "x" << result.height << "  "
                    << (result.frames > 0 ? std::to_string(result.frames) + " frames  " : "")
                    << static_cast<int64_t>(result.milliseconds + 0.5) << " ms\n"
                    << std::flush;
        break;
      case Status::skipped:
        skipped_.push_back({{"input", input}, {"output", output}});
        break;
      case Status::failed:
        failed_.push_back({{"input", input}, {"reason", result.reason}});
        print_error(input + ": " + result.reason);
        tell_of_parts(result);
        break;
      case Status::cancelled:
        failed_.push_back({{"input", input}, {"reason", "cancelled"}});
        tell_of_parts(result);
        break;
    }
  }

  ExitStatus finish(const ordered_json& device) const {
    if (count(Status::cancelled) > 0)
      print_error("cancelled; " + std::to_string(count(Status::cancelled)) + " not translated, " +
                  std::to_string(count(Status::done)) + " done");
    if (json_)
      print_json({{"device", device},
                  {"outputs", outputs_},
                  {"skipped", skipped_},
                  {"failed", failed_},
                  {"left_out", left_out_}});
    else if (counts_[0] + counts_[1] + counts_[2] + counts_[3] > 1)
      std::cout << count(Status::done) << " done, " << count(Status::skipped) << " skipped, "
                << failed_.size() << " failed\n";
    return failed_.empty() ? kAllDone : kSomethingFailed;
  }

 private:
  size_t count(Status status) const { return counts_[static_cast<size_t>(status)]; }

  /// What is left of a film that is not whole.
  static void tell_of_parts(const BatchResult& result) {
    const std::filesystem::path parts = parts_folder(result.job.output);
    if (result.job.output.empty() || !std::filesystem::exists(parts)) return;
    print_note(result.job.output.string() + ": what is done is kept in " + parts.string() +
               "; the same command goes on from there");
  }

  const bool json_;
  size_t counts_[4] = {};
  ordered_json outputs_ = ordered_json::array(), skipped_ = ordered_json::array(),
               failed_ = ordered_json::array(), left_out_ = ordered_json::array();
};

/// The file of a model in one of the folders that its own program would look in; else as
/// everywhere.
std::filesystem::path find_model(const TranslateArguments& options, const std::string& name) {
  std::vector<std::filesystem::path> folders;
  if (!options.models_folder.empty()) folders.push_back(options.models_folder);
  if (options.manner == Manner::realesrgan)
    folders.insert(folders.end(), {"weights", "experiments/pretrained_models"});
  if (options.manner == Manner::realesrgan_ncnn) folders.push_back("models");
  for (const std::filesystem::path& folder : folders)
    for (const char* extension : {".safetensors", ".pth", ".pt", ".param", ".onnx", ""}) {
      const std::filesystem::path file = folder / (name + extension);
      if (std::filesystem::is_regular_file(file)) return file;
    }
  if (std::filesystem::is_regular_file(options.models_folder)) return options.models_folder;
  return resolve_model(name);
}

/// The files of the networks that -n names, one or several with commas between.
std::vector<std::filesystem::path> find_models(const TranslateArguments& options) {
  if (std::filesystem::exists(options.model)) return {options.model};  // its name may have a comma
  std::vector<std::filesystem::path> files;
  std::istringstream names(options.model + ',');
  for (std::string name; std::getline(names, name, ',');) {
    CLI::detail::trim(name);
    if (name.empty())
      throw UsageError("--model '" + options.model + "': " +
                       (options.model.find(',') == std::string::npos
                            ? "it has no name"
                            : "a name is missing beside one of its commas"));
    files.push_back(find_model(options, name));
  }
  return files;
}

/// inference_realesrgan.py writes into a folder whatever it is called.
std::string output_of(const TranslateArguments& options) {
  const std::filesystem::path output = options.output;
  const bool folder = !output.has_extension() && output.has_filename();
  return folder && options.manner != Manner::imago ? options.output + "/" : options.output;
}

ExitStatus run_translate(TranslateArguments& options) {
  options.request.inputs = {options.input};
  options.request.output = output_of(options);
  if (options.output == "results") options.request.output = "results/";
  if (!options.suffix.empty()) options.request.suffix = "_" + options.suffix;
  if (options.request.format == "auto") options.request.format.clear();
  const BatchPlan plan = plan_batch(options.request);
  // Before the work, so that a wrong name is told at once even where nothing is left to do.
  const std::vector<std::filesystem::path> models = find_models(options);

  Report report(options.json);
  report.add_left_out(plan.left_out);
  for (const BatchResult& result : plan.settled) report.add(result);
  if (plan.jobs.empty()) return report.finish(nullptr);

  std::vector<Generator> networks;
  for (const std::filesystem::path& model : models) {
    networks.push_back(load_generator(model, options.load));
    refuse_channels(networks.back().info, options.batch.translate);
  }
  Translator translator(std::move(networks), options.device);
  cancel_on_interrupt();
  ProgressLine line;
  options.batch.progress = [&](const BatchProgress& progress) {
    line.show(progress);
    return !was_interrupted();
  };
  options.batch.finished = [&](const BatchResult& result) {
    line.clear();
    report.add(result);
  };
  run_batch(plan.jobs, translator, options.batch);
  line.clear();
  return report.finish(translator.device().name);
}

constexpr const char* kFooter =
    "A folder is translated with the folders in it, which OUTPUT then mirrors. There a picture "
    "keeps\n"
    "its name and its format (png where that cannot be written) unless -f says another. Pictures "
    "that\n"
    "would become one file keep their whole names: a.jpg.png and a.webp.png. An output that would\n"
    "overwrite a picture of the input is refused; one that is there from before is replaced.\n"
    "Films keep their frames' times, sound and subtitles. What is done of one is kept in\n"
    "OUTPUT.imago until it is whole: after a stop, the same command goes on from there.\n"
    "Models are looked for in $IMAGO_MODELS and in ~/.local/share/imago/models.";

void add_statistics(CLI::App& command, TranslateOptions& translate) {
  using Statistics = TranslateOptions::Statistics;
  const auto add = [&](const std::string& name, Statistics value, const std::string& text) {
    return command
        .add_flag_callback(
            name, [&translate, value] { translate.statistics = value; }, text)
        ->group(title_of(OptionGroup::quality));
  };
  CLI::Option* batch =
      add("--batch-statistics", Statistics::batch, "Batch norm uses the picture's own statistics");
  add("--running-statistics", Statistics::running,
      "Batch norm uses those of the training; default: as the network's paper says")
      ->excludes(batch);
}

void add_options(CLI::App& command, TranslateArguments& options) {
  const bool own = options.manner == Manner::imago;
  CLI::Option* input =
      command.add_option("-i,--input", options.input, "A picture or a film, or a folder of them");
  command
      .add_option(
          "-o,--output", options.output,
          own ? "A picture, a film, or a folder (made if need be)" : "A folder, or a picture")
      ->capture_default_str();
  CLI::Option* model =
      command.add_option("-n,--model,--model-name", options.model,
                         "A checkpoint, or the name of an installed model; several with commas "
                         "between work one after another: colourize,upscale-x4");
  if (own) input->required(), model->required();
  if (!own) input->capture_default_str(), model->capture_default_str();
  add_load_options(command, options.load);
  command.add_flag("--grey-alpha", options.batch.translate.grey_alpha,
                   "The two channels that the network makes are brightness and opacity");
  command.add_option("-m,--model-path", options.models_folder,
                     "A folder of models that is looked in first, or a checkpoint");
  command.add_option("-f,--format,--ext", options.request.format, "Format of the output")
      ->check(CLI::IsMember(
          {"png", "jpg", "webp", "tif", "mp4", "mov", "mkv", "webm", "gif", "apng", "auto"}));
  command.add_option("--suffix", options.suffix,
                     "Added to the names of pictures in an output folder, after an underscore");
  command.add_flag("--skip-existing", options.request.skip_existing,
                   "Translate only what has no output yet");
  for (const Option<TranslateOptions>& option : translate_options())
    add_declared(command, options.batch.translate, option);
  for (const Option<VideoOptions>& option : video_options())
    add_declared(command, options.batch.video, option);
  if (own) command.get_option("--width")->excludes(command.get_option("--scale"));
  add_statistics(command, options.batch.translate);
  command.add_flag("--scale-resolution", options.batch.scale_resolution,
                   "Pixels per inch grow with the picture, so that a print keeps its size");
  command
      .add_option("--page", options.batch.limits.page,
                  "Which page of a TIFF or frame of an animation, from 1; default 1")
      ->check(CLI::Range(1, 65535));
  command
      .add_option("--max-pixels", options.batch.limits.max_pixels,
                  "Refuse pictures that are larger; default 268435456")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  command.add_option("-g,--device,--gpu-id", options.device,
                     "Index or part of a name, see imago devices");
  command.add_flag("--json", options.json, "One JSON object on stdout");
  add_foreign(command, upscaler_options());
}

void add_command(CLI::App& app, Invocation& invocation, const std::string& name,
                 const std::string& text, Manner manner) {
  auto options = std::make_shared<TranslateArguments>();
  options->manner = manner;
  if (manner != Manner::imago) {
    options->input = "inputs";
    options->batch.translate.scale = 4;
    options->model = manner == Manner::realesrgan ? "RealESRGAN_x4plus" : "realesrgan-x4plus";
    if (manner == Manner::realesrgan) options->suffix = "out";
  }
  CLI::App* command = app.add_subcommand(name, text);
  add_options(*command, *options);
  command->footer(kFooter);
  command->callback([&invocation, options, command] {
    options->batch.one_page = command->get_option("--page")->count() > 0;
    options->request.stills = options->batch.one_page;
    if (options->json)
      invocation.json_if_thrown = {{"device", nullptr},
                                   {"outputs", ordered_json::array()},
                                   {"failed", ordered_json::array()}};
    invocation.run = [options] { return run_translate(*options); };
  });
}

}  // namespace

void add_translate(CLI::App& app, Invocation& invocation) {
  add_command(app, invocation, "translate", "Translate a picture or a folder of them",
              Manner::imago);
}

void add_realesrgan(CLI::App& app, Invocation& invocation) {
  add_command(app, invocation, "realesrgan",
              "translate with the defaults of inference_realesrgan.py", Manner::realesrgan);
  add_command(app, invocation, "realesrgan-ncnn-vulkan",
              "translate with the defaults of realesrgan-ncnn-vulkan", Manner::realesrgan_ncnn);
}

}  // namespace imago
