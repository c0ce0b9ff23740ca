// What a network is run with: its weights, how far it sees, the tile that fits. How a picture goes
// through it stands in network_passes.cpp.
#include "models/translate/network_runner.h"

#include <algorithm>
#include <cmath>

#include "compute/base/host_memory.h"
#include "compute/plan/half.h"
#include "compute/vk/golden.h"
#include "models/translate/halo.h"

namespace imago {
namespace {

constexpr int kSmallestTile = 32;      // below this a device is too small for the network
constexpr int kLargestExactHalo = 64;  // above this the halo is measured
constexpr size_t kMostChoices = 256;   // that are remembered
// A run of more is long beside what the host does for it, and cannot be cancelled once begun.
constexpr size_t kMostSubmissions = 4;
// Of the free device memory. A processor that is the device shares it with what sweeps keep.
constexpr double kShareOfSweep = 0.35;
constexpr int64_t kKeptShare = 2;  // one of so many parts of the free host memory is kept in

/// As networks ask for it (models/networks/layers.h): one dimension is channels.
Shape shape_of(const HostTensor& tensor) {
  const std::vector<int64_t>& s = tensor.shape;
  if (s.size() == 1) return {1, s[0], 1, 1};
  Shape shape;
  for (size_t axis = 0; axis < std::min<size_t>(s.size(), 4); ++axis)
    shape[static_cast<int>(axis)] = s[axis];
  return shape;
}

std::vector<Parameters::Entry> entries_of(const StateDict& weights, NumberType storage) {
  const bool half = storage == NumberType::fp16;
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : weights)
    entries.push_back(
        {name, tensor.to_float(), half ? half_type_of(shape_of(tensor)) : NumberType::fp32});
  return entries;
}

}  // namespace

NetworkRunner::NetworkRunner(Device& device, const Generator& generator)
    : device_(device), generator_(generator), tables_(generator.info) {
  // Where a GPU may prefer them in fp16, the first picture decides.
  if (device.properties().kind == DeviceProperties::Kind::cpu) stored(NumberType::fp32);
}

NetworkRunner::NetworkRunner(Device& device, const Generator& generator,
                             const Parameters& parameters,
                             std::function<std::string(const std::string&)> parameter_names,
                             std::shared_ptr<const TuningTable> tuning)
    : device_(device),
      generator_(generator),
      trained_(&parameters),
      parameter_names_(std::move(parameter_names)),
      tuning_(std::move(tuning)),
      tables_(generator.info) {}

NetworkRunner::Stored::Stored(const NetworkRunner& runner, NumberType storage)
    : own(runner.trained_ ? std::nullopt
                          : std::make_optional<Parameters>(
                                runner.device_, entries_of(runner.generator_.weights, storage))),
      programs(runner.device_, runner.generator_, own ? *own : *runner.trained_,
               {.storage = storage,
                .fold_constants = !runner.trained_,
                .tuning = runner.tuning_,
                .parameter_names = runner.parameter_names_}) {}

NetworkRunner::Stored& NetworkRunner::stored(NumberType storage) {
  std::unique_ptr<Stored>& kept = storage == NumberType::fp16 ? half_ : full_;
  if (!kept) kept = std::make_unique<Stored>(*this, storage);
  return *kept;
}

bool NetworkRunner::forget_programs() {
  bool any = false;
  for (const auto& kept : {full_.get(), half_.get()}) {
    if (!kept) continue;
    any = any || !kept->programs.empty();
    kept->programs.clear();
  }
  return any;
}

/// Tells where it is not what was asked for.
void NetworkRunner::choose_storage(const RunOptions& options) {
  const auto tell = [&](const std::string& why) {
    if (options.tell && options.precision == Precision::fp16)
      options.tell(device_.properties().name + " " + why + ": computed in fp32");
  };
  storage_ = NumberType::fp32;
  const bool cpu = device_.properties().kind == DeviceProperties::Kind::cpu;
  if (options.precision == Precision::fp32 || trained_ ||
      (options.precision == Precision::automatic && cpu))
    return;
  if (!device_.properties().storage_16bit) return tell("stores no fp16");
  if (!half_agrees_) half_agrees_ = golden_check_half(device_);
  if (*half_agrees_)
    storage_ = NumberType::fp16;
  else
    tell("computes the golden tile wrongly in fp16");
}

NetworkRunner::Reach& NetworkRunner::reach(const BuildOptions& build) {
  const auto known = std::ranges::find(reaches_, build, &Reach::build);
  if (known != reaches_.end()) return *known;
  Reach& made = reaches_.emplace_back(Reach{build, -1, {}});
  const ModelInfo& info = generator_.info;
  if (info.global_statistics) return made;
  const int side = round_up(std::max(info.minimum, 64), info.multiple);
  Graph graph;
  const Tensor x = graph.input("x", {1, info.in_channels, side, side});
  const int radius = receptive_radius(graph, x, generator_.build(graph, x, build), info.multiple);
  if (radius >= 0) made.exact = round_up(radius, info.multiple);
  return made;
}

/// What tiles must see around them: all that can matter if that is little, else what does matter.
int NetworkRunner::halo(const BuildOptions& build) {
  Reach& known = reach(build);
  if (known.exact <= kLargestExactHalo) return known.exact;
  if (!known.measured)
    known.measured = measure_halo(generator_.info, known.exact,
                                  [&](const Planes& strip) { return run_small(strip, build); });
  return *known.measured;
}

/// The whole of a small picture, as it comes; in fp32, so that what is measured with it is no
/// matter of rounding.
Planes NetworkRunner::run_small(const Planes& picture, const BuildOptions& build) {
  Program& program = stored(NumberType::fp32)
                         .programs.get({1, picture.channels, picture.height, picture.width}, build);
  std::ranges::copy(picture.values, program.input("x").begin());
  program.run();
  Planes result = result_of(picture);
  std::ranges::copy(program.output("y"), result.values.begin());
  return result;
}

int NetworkRunner::smallest_tile() const {
  return round_up(kSmallestTile, generator_.info.multiple);
}

const NetworkRunner::Choice* NetworkRunner::known_choice(int width, int height,
                                                         const BuildOptions& build) const {
  for (const Choice& known : choices_)
    if (known.build == build && known.width == width && known.height == height &&
        known.storage == storage_)
      return &known;
  return nullptr;
}

/// 0: the picture whole. Remembered, as pictures of one size often come one after the other.
int NetworkRunner::choose_tile(int width, int height, const RunOptions& options) {
  const ModelInfo& info = generator_.info;
  if (options.tile > 0) {
    const int tile = round_up(std::max(options.tile, info.minimum), info.multiple);
    if (reach(options.build).exact >= 0) return tile;
    const bool whole = tile >= std::max(width, height);
    return whole || sweeps_of(width, height, options.build)->list().empty() ? 0 : tile;
  }
  if (const Choice* known = known_choice(width, height, options.build)) return known->tile;
  make_room_();
  const int tile = programs().fits({1, info.in_channels, height, width}, options.build)
                       ? 0
                       : largest_fitting_tile(width, height, options.build);
  if (choices_.size() == kMostChoices) choices_.erase(choices_.begin());
  choices_.push_back({options.build, width, height, tile, storage_});
  return tile;
}

std::unique_ptr<Sweeps> NetworkRunner::sweeps_of(int width, int height,
                                                 const BuildOptions& build) const {
  return std::make_unique<Sweeps>(generator_, width, height, build,
                                  free_host_memory() / kKeptShare);
}

/// Whether tiles of this size fit, in `sweeps` if there are any.
bool NetworkRunner::fits(int tile, int width, int height, const BuildOptions& build,
                         const Sweeps* sweeps) {
  const auto side = [&](int whole, int border) { return std::min(whole, tile + 2 * border); };
  if (!sweeps) {
    const int border = halo(build);
    forget_programs();  // what that left there
    return programs().fits(
        {1, generator_.info.in_channels, side(height, border), side(width, border)}, build);
  }
  return std::ranges::all_of(sweeps->list(), [&](const Sweep& sweep) {
    const int border = sweeps->halo(sweep);
    Graph graph;
    sweeps->build(graph, sweep, side(width, border), side(height, border));
    return programs().fits(graph, kShareOfSweep);
  });
}

/// 0: the network cannot be cut into tiles.
int NetworkRunner::largest_fitting_tile(int width, int height, const BuildOptions& build) {
  const ModelInfo& info = generator_.info;
  std::unique_ptr<Sweeps> sweeps;
  if (reach(build).exact < 0) {
    sweeps = sweeps_of(width, height, build);
    if (sweeps->list().empty()) return 0;
  }
  const auto fit = [&](int tile) { return fits(tile, width, height, build, sweeps.get()); };
  int tile = std::max(width, height);
  do tile = std::max(round_up(tile / 2, info.multiple), smallest_tile());
  while (tile > smallest_tile() && !fit(tile));
  // Halving may have gone far below what fits, and the halo is paid for every tile.
  const int step =
      sweeps ? round_up(std::max(tile / 8, smallest_tile()), info.multiple) : smallest_tile();
  while (tile < std::max(width, height) && fit(tile + step)) tile += step;
  return tile;
}

/// What to try after `failed`; throws where there is nothing left.
int NetworkRunner::smaller_tile(int failed, const PlaneReader& picture, const BuildOptions& build,
                                const OutOfMemory& error) {
  const std::string what = error.what();
  if (reach(build).exact < 0 && sweeps_of(picture.width, picture.height, build)->list().empty())
    throw OutOfMemory(what + "; " + generator_.info.architecture +
                      " looks at the whole picture and cannot be cut into tiles: make the picture "
                      "smaller");
  if (failed <= smallest_tile())
    throw OutOfMemory(what + "; not even tiles of " + std::to_string(failed) +
                      " pixels fit: close other programs or choose another device with -g");
  return std::max(round_up(failed / 2, generator_.info.multiple), smallest_tile());
}

/// Nothing where it takes more than `begin` does.
std::optional<PictureRun::Way> NetworkRunner::way_of(const PlaneReader& picture,
                                                     const RunOptions& options, bool wants_bytes) {
  if (options.self_ensemble) return std::nullopt;
  choose_storage(options);
  const int shifts = info().scale == 1 ? std::clamp(options.shifts, 1, kMostShifts) : 1;
  const Sides sides = sides_for_shifts(picture, shifts, info());
  // What is begun may not lose its program to one of another size.
  if (begun_ > 0 && options.tile == 0 && !known_choice(sides.width, sides.height, options.build))
    return std::nullopt;
  const int tile = choose_tile(sides.width, sides.height, options);
  if (tile > 0 && reach(options.build).exact < 0) return std::nullopt;
  PictureRun::Way way = way_for(padded(picture, sides.width, sides.height), options, tile,
                                wants_bytes && !is_moved(shifts, info()));
  way.shifts = shifts;
  if (begun_ > 0 && !programs().holds_newest(way.shape, options.build, way.ports))
    return std::nullopt;
  way.program = &programs().get(way.shape, options.build, way.ports);
  return way;
}

bool NetworkRunner::can_begin(const PlaneReader& picture, const RunOptions& options,
                              bool wants_bytes) {
  const auto way = way_of(picture, options, wants_bytes);
  return way && way->program->submissions() <= kMostSubmissions;
}

std::unique_ptr<PictureRun> NetworkRunner::begin(const PlaneReader& picture,
                                                 const RunOptions& options, bool wants_bytes) {
  auto way = way_of(picture, options, wants_bytes);
  if (!way) throw Error("a picture was begun that takes more than windows at once");
  return std::make_unique<PictureRun>(*this, std::move(*way), picture);
}

Planes NetworkRunner::result_of(const PlaneReader& picture) const {
  return {info().out_channels, picture.height * info().scale, picture.width * info().scale};
}

Planes NetworkRunner::run(const PlaneReader& picture, const RunOptions& options) {
  Planes result = result_of(picture);
  run(picture, options, into(result));
  return result;
}

}  // namespace imago
