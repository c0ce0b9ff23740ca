// imago generate --walk, --mix, --direction and --latents.
#include <charconv>
#include <iostream>
#include <sstream>

#include "cli/generate.h"
#include "compute/vk/device.h"
#include "models/generate/latent_tools.h"
#include "models/generate/project.h"

namespace imago {
namespace {

constexpr int kMostSeeds = 64;

template <class Number>
bool read_number(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return !text.empty() && error == std::errc() && stop == end;
}

/// "10s" or "10".
double seconds_of(const std::string& text) {
  double seconds = 0;
  const bool unit = text.ends_with('s');
  if (!read_number(unit ? text.substr(0, text.size() - 1) : text, seconds) || seconds < 0.1 ||
      seconds > 3600)
    throw UsageError("--walk " + text + ": how long the film is, as in 10s, at most 3600s");
  return seconds;
}

/// "1,5,9-12".
std::vector<uint64_t> seeds_of(const std::string& text) {
  std::vector<uint64_t> seeds;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const size_t dash = part.find('-');
    uint64_t first = 0, last = 0;
    const bool one = dash == std::string::npos && read_number(part, first);
    const bool range = dash != std::string::npos && read_number(part.substr(0, dash), first) &&
                       read_number(part.substr(dash + 1), last);
    if (one) last = first;
    if ((!one && !range) || last < first || last - first >= kMostSeeds)
      throw UsageError("--mix " + text + ": seeds, as in 1,5,9-12, at most 64");
    for (uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
  }
  if (seeds.empty() || seeds.size() > kMostSeeds)
    throw UsageError("--mix " + text + ": seeds, as in 1,5,9-12, at most 64");
  return seeds;
}

MixRequest mix_of(const LatentOptions& options, float truncation) {
  MixRequest mix{seeds_of(options.mix[0]), seeds_of(options.mix[1]), truncation};
  if (options.mix_slots.empty()) return mix;
  const size_t dash = options.mix_slots.find('-');
  if (dash == std::string::npos || !read_number(options.mix_slots.substr(0, dash), mix.first) ||
      !read_number(options.mix_slots.substr(dash + 1), mix.last))
    throw UsageError("--mix-slots " + options.mix_slots + ": from which to which, as in 0-6");
  return mix;
}

LatentMove move_of(const LatentOptions& options, LatentSpace& space) {
  const bool pca =
      options.directions == "pca" || (options.directions.empty() && space.has_styles());
  return {pca ? pca_directions(space) : sefa_directions(space.generator()), options.direction,
          options.strength};
}

void check_latents(const LatentOptions& options, int64_t count) {
  const bool moves = !options.walk.empty() || options.direction > 0;
  if (!options.mix.empty() && (moves || !options.latents.empty()))
    throw UsageError("--mix makes a sheet of its own: leave out --walk, --direction and --latents");
  if (!options.latents.empty() && !moves && count > 0)
    throw UsageError("--latents is one picture: --count goes with --walk or --direction");
}

/// The stops of the film are those that `count` says, or as WalkRequest has it.
bool run_walk(const LatentOptions& options, LatentSpace& space, WalkRequest walk, int64_t count) {
  walk.seconds = seconds_of(options.walk);
  if (count > 0) walk.stops = static_cast<int>(count);
  if (options.direction > 0) walk.move = move_of(options, space);
  return write_walk(space, walk, [](double) { return !was_interrupted(); });
}

/// Rows are as many as `count` says; 0: one of what was found, or four samples.
Image sheet_of(const LatentOptions& options, LatentSpace& space, const SampleOrder& first,
               const std::vector<LatentPoint>& begin, int64_t count) {
  constexpr int kColumns = 9, kRows = 4, kMostRows = 64;
  if (!options.mix.empty()) return mixed_styles(space, mix_of(options, first.truncation));
  if (options.direction == 0) return space.picture(begin, first.label);
  const int rows = count > 0       ? static_cast<int>(std::min<int64_t>(count, kMostRows))
                   : begin.empty() ? kRows
                                   : 1;
  return moved_samples(space, move_of(options, space), first, rows, kColumns, begin);
}

}  // namespace

void add_latent_options(CLI::App& command, LatentOptions& options) {
  command
      .add_option(
          "--walk", options.walk,
          "Instead of pictures a film from sample to sample and back to the first, so long: "
          "-o walk.mp4; --count samples (8). With --direction there and back along it")
      ->type_name("TIME");
  command
      .add_option("--mix", options.mix,
                  "stylegan2, instead of pictures a sheet: samples of the second seeds with the "
                  "styles of the first in --mix-slots, as in --mix 1-6 20,21")
      ->type_name("SEEDS SEEDS")
      ->expected(2);
  command
      .add_option("--mix-slots", options.mix_slots,
                  "Which styles, as in 0-3: the first ones decide the large things; default the "
                  "first half")
      ->type_name("FIRST-LAST");
  command
      .add_option("--direction", options.direction,
                  "Instead of pictures a sheet of samples (rows: --count, 4) moved along this "
                  "direction, 1 being the one that changes most")
      ->check(CLI::Range(1, 100000));
  command.add_option("--strength", options.strength, "How far, to both sides")
      ->capture_default_str()
      ->check(CLI::Range(-1000.0, 1000.0));
  command
      .add_option("--directions", options.directions,
                  "How directions are found: sefa, of the weights, or pca, of samples (stylegan2, "
                  "whose default it is)")
      ->check(CLI::IsMember({"sefa", "pca"}));
  command
      .add_option("--latents", options.latents,
                  "What 'imago project' wrote, latents.safetensors, in place of the first sample: "
                  "its picture, -o picture.png, or where --walk begins or --direction leads from")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
}

bool wants_latents(const LatentOptions& options) {
  return !options.walk.empty() || !options.mix.empty() || options.direction > 0 ||
         !options.latents.empty();
}

ExitStatus run_latents(const LatentOptions& options, const GenerateRequest& request, int64_t count,
                       Generator generator, const std::string& which, bool json) {
  check_latents(options, count);
  const std::filesystem::path& output = request.folder;
  Device device(which);
  const SampleMaker maker(device, generator);  // says best what the network is not
  SampleOrder first{request.seed, 0, request.truncation};
  std::vector<LatentPoint> begin;
  if (!options.latents.empty()) {
    const Projection found = read_latents(options.latents, generator);
    begin = found.by_slot;
    first.label = found.label;
    generator = with_noise(std::move(generator), found);
  }
  if (!request.label.empty()) first.label = maker.label_named(request.label);
  LatentSpace space(device, std::move(generator));
  cancel_on_interrupt();
  bool finished = true;
  if (!options.walk.empty())
    finished = run_walk(options, space, {.output = output, .first = first, .begin = begin}, count);
  else
    save_image(sheet_of(options, space, first, begin, count), output,
               {.origin = Origin::trained_model,
                .creator = "Imago " IMAGO_VERSION ", " + space.generator().info.name});
  if (!finished) {
    print_error(output.string() + ": was not finished");
    return kSomethingFailed;
  }
  if (json)
    print_json({{"file", output.string()}});
  else
    std::cout << output.string() << '\n';
  return kAllDone;
}

}  // namespace imago
