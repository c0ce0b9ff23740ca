#include "models/translate/translator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <list>
#include <optional>

#include "compute/vk/golden.h"
#include "compute/vk/program.h"
#include "models/translate/halo.h"
#include "models/translate/planes.h"
#include "models/translate/tiles.h"

namespace imago {
namespace {

constexpr int kSmallestTile = 32;      // below this a device is too small for the network
constexpr int kLargestExactHalo = 64;  // above this the halo is measured
constexpr double kMemoryShare = 0.7;   // of the free device memory that one program may take

DeviceSummary summarize(const DeviceProperties& p) {
  DeviceSummary s;
  s.index = p.index;
  s.name = p.name;
  s.kind = to_string(p.kind);
  s.driver = p.driver_name.empty() ? std::to_string(p.driver_version)
                                   : p.driver_name + " " + p.driver_info;
  s.api_version = version_string(p.api_version);
  s.memory_bytes = p.heap_bytes;
  s.limits = {{"max_allocation_bytes", p.max_allocation_bytes},
              {"max_storage_range", p.max_storage_range},
              {"max_uniform_range", p.max_uniform_range},
              {"max_texel_elements", p.max_texel_elements},
              {"max_group_invocations", p.max_group_invocations},
              {"shared_memory_bytes", p.shared_memory_bytes},
              {"subgroup_size", p.subgroup_size}};
  s.golden = remembered_golden_result(p);
  return s;
}

std::vector<Parameters::Entry> entries_of(const StateDict& weights) {
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : weights) entries.push_back({name, tensor.to_float()});
  return entries;
}

BuildOptions build_options(const TranslateOptions& options, const Generator& generator) {
  using Statistics = TranslateOptions::Statistics;
  BuildOptions build = generator.defaults;
  build.stochastic = options.stochastic;
  if (options.statistics != Statistics::automatic)
    build.batch_statistics = options.statistics == Statistics::batch;
  return build;
}

/// Tells how far along a picture is that takes several passes of several runs, and whether to stop.
class ProgressMeter {
 public:
  ProgressMeter(const ProgressCallback& callback, int passes)
      : callback_(callback), passes_(passes) {}

  /// A pass begins, perhaps once more with smaller tiles.
  void begin_pass(int pass, size_t runs) {
    pass_ = pass;
    run_ = 0;
    runs_ = static_cast<double>(runs);
    report(0);
    stop_if_cancelled();
  }

  void end_run() {
    ++run_;
    stop_if_cancelled();
  }

  /// False where the run should stop.
  bool report(double share_of_run) {
    if (!callback_ || cancelled_) return !cancelled_;
    // A pass that begins once more does not take back what was told.
    furthest_ = std::clamp((pass_ + (run_ + share_of_run) / runs_) / passes_, furthest_, 1.0);
    Progress progress{furthest_};
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    if (furthest_ > 0) progress.seconds_left = seconds / furthest_ * (1 - furthest_);
    cancelled_ = !callback_(progress);
    return !cancelled_;
  }

 private:
  void stop_if_cancelled() const {
    if (cancelled_) throw Cancelled();
  }

  const ProgressCallback& callback_;
  double passes_, pass_ = 0, runs_ = 1, run_ = 0;
  double furthest_ = 0;
  bool cancelled_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

std::vector<DeviceSummary> list_devices(bool check) {
  std::vector<DeviceSummary> result;
  for (const DeviceProperties& properties : enumerate_devices()) {
    DeviceSummary summary = summarize(properties);
    if (check && summary.golden == kGoldenNotRun) {
      try {
        Device device(std::to_string(properties.index));
        golden_check(device);
      } catch (const Error&) {
        // What went wrong is remembered and shown below.
      }
      summary.golden = remembered_golden_result(properties);
    }
    result.push_back(std::move(summary));
  }
  return result;
}

void refuse_channels(const ModelInfo& info, const TranslateOptions& options) {
  const int channels = info.out_channels;
  if (channels == 1 || channels == 3 || (channels == 2 && options.grey_alpha)) return;
  throw Error(info.architecture + " makes " + std::to_string(channels) +
              " channels, a picture has 1 (grey) or 3 (RGB)" +
              (channels == 2 ? "; if they are grey and alpha, say --grey-alpha" : ""));
}

struct Translator::Impl {
  struct Compiled {
    Shape shape;
    BuildOptions options;
    Program program;
  };

  /// What lives on the device.
  struct Opened {
    Device device;
    Parameters parameters;
    std::list<Compiled> programs;  // most recently used first

    Opened(const std::string& which, const DeviceOptions& options, const Generator& generator)
        : device(which, options), parameters(device, entries_of(generator.weights)) {
      golden_check(device);
    }
  };

  Generator generator;
  std::string which;
  DeviceOptions device_options;
  DeviceSummary summary;
  std::unique_ptr<Opened> opened;  // null after the device was lost
  std::optional<int> measured_halo;

  Impl(Generator the_generator, std::string the_device, const DeviceOptions& options)
      : generator(std::move(the_generator)), which(std::move(the_device)), device_options(options) {
    open();
  }

  void open();
  Plan plan_for(const Shape& shape, const BuildOptions& options) const;
  Program& program_for(const Shape& shape, const BuildOptions& options);
  bool fits(const Shape& shape, const BuildOptions& options) const;
  int smallest_tile() const { return round_up(kSmallestTile, generator.info.multiple); }
  int halo(const BuildOptions& options) const;
  int tile_halo(const Planes& picture, const BuildOptions& options);
  int choose_tile(const Planes& picture, const TranslateOptions& options);
  Planes run_once(const Planes& input, const BuildOptions& options);
  Planes run_tiled(const Planes& input, int tile, int border, const TranslateOptions& options,
                   int pass, ProgressMeter& meter);
  Planes run(const Planes& input, const TranslateOptions& options, int pass, ProgressMeter& meter,
             int& tile);
  Image translate(const Image& image, const TranslateOptions& options,
                  const ProgressCallback& progress);
};

void Translator::Impl::open() {
  opened = std::make_unique<Opened>(which, device_options, generator);
  summary = summarize(opened->device.properties());
  summary.golden = "passed";  // also where no cache folder can remember it
}

Plan Translator::Impl::plan_for(const Shape& shape, const BuildOptions& options) const {
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", shape), options));
  return make_plan(graph, opened->device.properties());
}

Program& Translator::Impl::program_for(const Shape& shape, const BuildOptions& options) {
  std::list<Compiled>& programs = opened->programs;
  const auto found = std::find_if(programs.begin(), programs.end(), [&](const Compiled& compiled) {
    return compiled.shape == shape && compiled.options == options;
  });
  if (found != programs.end()) {
    programs.splice(programs.begin(), programs, found);
    return programs.front().program;
  }
  // One program at a time: two would share the memory that tiles were chosen for.
  programs.clear();
  programs.push_front(
      {shape, options, Program(opened->device, plan_for(shape, options), opened->parameters)});
  return programs.front().program;
}

bool Translator::Impl::fits(const Shape& shape, const BuildOptions& options) const {
  try {
    const Plan plan = plan_for(shape, options);
    const Device& device = opened->device;
    int64_t needed = plan.arena_bytes + plan.constant_bytes;
    for (const Plan::Port& port : plan.inputs) needed += port.shape.bytes();
    for (const Plan::Port& port : plan.outputs) needed += port.shape.bytes();
    return static_cast<double>(needed) <=
               kMemoryShare * static_cast<double>(device.free_memory()) &&
           static_cast<uint64_t>(plan.arena_bytes) <= device.properties().max_allocation_bytes;
  } catch (const OutOfMemory&) {
    return false;
  }
}

/// -1 for networks that cannot be cut into tiles.
int Translator::Impl::halo(const BuildOptions& options) const {
  const ModelInfo& info = generator.info;
  if (info.global_statistics) return -1;
  const int side = round_up(std::max(info.minimum, 64), info.multiple);
  Graph graph;
  const Tensor x = graph.input("x", {1, info.in_channels, side, side});
  const int radius = receptive_radius(graph, x, generator.build(graph, x, options), info.multiple);
  return radius < 0 ? -1 : round_up(radius, info.multiple);
}

/// The whole of a small picture, without progress.
Planes Translator::Impl::run_once(const Planes& input, const BuildOptions& options) {
  const ModelInfo& info = generator.info;
  Program& program = program_for({1, input.channels, input.height, input.width}, options);
  std::copy(input.values.begin(), input.values.end(), program.input("x").begin());
  program.run();
  Planes output(info.out_channels, input.height * info.scale, input.width * info.scale);
  const std::span<const float> result = program.output("y");
  std::copy(result.begin(), result.end(), output.values.begin());
  return output;
}

/// What tiles of this picture must see around them: all that can matter if that is little, else
/// what does matter; measured on the first picture that is cut into tiles.
int Translator::Impl::tile_halo(const Planes& picture, const BuildOptions& options) {
  const int exact = halo(options);
  if (exact <= kLargestExactHalo) return exact;
  const ModelInfo& info = generator.info;
  if (!measured_halo)
    measured_halo =
        measure_halo(picture, exact, info.multiple, info.scale, info.input_high - info.input_low,
                     [&](const Planes& strip) { return run_once(strip, options); });
  return *measured_halo;
}

int Translator::Impl::choose_tile(const Planes& picture, const TranslateOptions& options) {
  const BuildOptions build = build_options(options, generator);
  const ModelInfo& info = generator.info;
  if (halo(build) < 0) return 0;
  if (options.tile > 0) return round_up(std::max(options.tile, info.minimum), info.multiple);
  if (fits({1, info.in_channels, picture.height, picture.width}, build)) return 0;
  const int border = tile_halo(picture, build);
  const auto window = [&](int t) {
    return Shape{1, info.in_channels, std::min(picture.height, t + 2 * border),
                 std::min(picture.width, t + 2 * border)};
  };
  int tile = std::max(picture.width, picture.height);
  do tile = std::max(round_up(tile / 2, info.multiple), smallest_tile());
  while (tile > smallest_tile() && !fits(window(tile), build));
  // Halving may have gone far below what fits, and the halo is paid for every tile.
  while (fits(window(tile + smallest_tile()), build)) tile += smallest_tile();
  return tile;
}

Planes Translator::Impl::run_tiled(const Planes& input, int tile, int border,
                                   const TranslateOptions& options, int pass,
                                   ProgressMeter& meter) {
  const ModelInfo& info = generator.info;
  const BuildOptions build = build_options(options, generator);
  const TileGrid grid = make_tile_grid(input.width, input.height, tile, tile > 0 ? border : 0);
  meter.begin_pass(pass, grid.tiles.size());
  const Shape shape{1, info.in_channels, grid.window_height, grid.window_width};
  Program& program = program_for(shape, build);
  Planes output(info.out_channels, input.height * info.scale, input.width * info.scale);
  for (const Tile& t : grid.tiles) {
    copy_window(input, t, grid, program.input("x"));
    const StepParams step{static_cast<uint32_t>(options.seed),
                          static_cast<uint32_t>(options.seed >> 32), t.index, 0};
    program.run(step, [&](double share) { return meter.report(share); });
    meter.end_run();
    copy_core(program.output("y"), t, grid, info.scale, output);
  }
  return output;
}

/// One pass over the picture; halves the tile while the device runs out of memory.
Planes Translator::Impl::run(const Planes& input, const TranslateOptions& options, int pass,
                             ProgressMeter& meter, int& tile) {
  const ModelInfo& info = generator.info;
  const BuildOptions build = build_options(options, generator);
  const bool tileable = halo(build) >= 0;
  while (true) {
    try {
      const int border = tile > 0 ? tile_halo(input, build) : 0;
      return run_tiled(input, tile, border, options, pass, meter);
    } catch (const OutOfMemory& error) {
      opened->programs.clear();
      if (!tileable)
        throw OutOfMemory(std::string(error.what()) + "; " + info.architecture +
                          " looks at the whole picture and cannot be cut into tiles: make the "
                          "picture smaller");
      const int failed = tile > 0 ? tile : std::max(input.width, input.height);
      if (failed <= smallest_tile())
        throw OutOfMemory(std::string(error.what()) + "; not even tiles of " +
                          std::to_string(failed) +
                          " pixels fit: close other programs or choose another device with -g");
      tile = std::max(round_up(failed / 2, info.multiple), smallest_tile());
    }
  }
}

Image Translator::Impl::translate(const Image& given, const TranslateOptions& options,
                                  const ProgressCallback& progress) {
  const ModelInfo& info = generator.info;
  refuse_channels(info, options);
  const bool drawing = info.in_channels == 1 && info.out_channels == 3 && !given.alpha.empty();
  const std::optional<Image> on_paper = drawing ? std::optional(on_white(given)) : std::nullopt;
  const Image& opaque = on_paper ? *on_paper : given;
  const int most = options.side.value_or(info.scale == 1 ? info.side : 0);
  const bool reduced = most > 0 && std::min(given.width, given.height) > most;
  const std::optional<Image> small =
      reduced ? std::optional(reduced_to(opaque, most)) : std::nullopt;
  const Image& image = small ? *small : opaque;
  const Planes picture = to_planes(image, info);
  const int shifts =
      info.scale == 1 ? std::clamp(options.shifts.value_or(info.shifts), 1, kMostShifts) : 1;
  const Sides sides = sides_for_shifts(picture, shifts, info);
  int tile = choose_tile(pad_to(picture, sides.width, sides.height), options);
  const int transforms = options.self_ensemble ? 8 : 1;
  ProgressMeter meter(progress, transforms * shifts);
  int pass = 0;
  const Planes result = cycle_spinning(picture, shifts, info, [&](const Planes& padded) {
    if (transforms == 1) return run(padded, options, pass++, meter, tile);
    Planes mean(info.out_channels, padded.height * info.scale, padded.width * info.scale);
    for (int transform = 0; transform < transforms; ++transform, ++pass)
      accumulate(mean,
                 inverse_transformed(
                     run(transformed(padded, transform), options, pass, meter, tile), transform),
                 1.0f / static_cast<float>(transforms));
    return mean;
  });
  Image made =
      to_image(result, opaque, info, options.scale > 0 || !reduced ? options.scale : info.scale);
  if (info.keeps_luma && reduced) take_luma(made, opaque);  // else the network has done it
  return made;
}

Translator::Translator(Generator generator, const std::string& device)
    : Translator(std::move(generator), device, DeviceOptions{}) {}
Translator::Translator(Generator generator, const std::string& device, const DeviceOptions& options)
    : impl_(std::make_unique<Impl>(std::move(generator), device, options)) {}
Translator::~Translator() = default;
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
const ModelInfo& Translator::info() const { return impl_->generator.info; }
const DeviceSummary& Translator::device() const { return impl_->summary; }

Image Translator::translate(const Image& image, const TranslateOptions& options,
                            const ProgressCallback& progress) {
  if (!impl_->opened) impl_->open();
  try {
    return impl_->translate(image, options, progress);
  } catch (const DeviceError&) {
    impl_->opened.reset();  // nothing on it can be trusted any more
    throw;
  }
}

}  // namespace imago
