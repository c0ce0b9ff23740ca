#include "models/playground/game.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "compute/base/error.h"
#include "compute/graph/optimize.h"
#include "compute/vk/program.h"
#include "models/checkpoint/tensor_match.h"
#include "models/data/random_stream.h"
#include "models/playground/graphs.h"
#include "models/training/methods/initialize.h"

namespace imago::playground {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr float kExtent = 1.25f;
/// Nothing stays the same from one iteration to the next.
const PlanOptions kEveryIteration{.fold_constants = false};
/// Indices of random streams that no update has: those of what is shown, from the end down.
constexpr uint64_t kShownIndex = ~uint64_t{0}, kMeasuredIndex = kShownIndex - 1;
/// The grid of the latent space covers this much of a Gaussian: two sigma.
constexpr float kGaussianGrid = 2;

std::vector<float> latent_points(const Settings& s, uint64_t index, int64_t count) {
  RandomStream random(s.seed, Purpose::latent, index);
  std::vector<float> points(static_cast<size_t>(s.latent_dimensions * count));
  for (float& value : points)
    value =
        static_cast<float>(s.latent == Latent::gaussian ? random.normal() : random.uniform(-1, 1));
  return points;
}

/// Coordinates of a square grid, {2, side * side}, rows from the lowest up.
std::vector<float> square_grid(int64_t side, float extent) {
  std::vector<float> points(static_cast<size_t>(2 * side * side));
  const auto at = [&](int64_t i) {
    return extent * (2 * static_cast<float>(i) / static_cast<float>(side - 1) - 1);
  };
  for (int64_t row = 0; row < side; ++row)
    for (int64_t column = 0; column < side; ++column) {
      const auto i = static_cast<size_t>(row * side + column);
      points[i] = at(column);
      points[i + points.size() / 2] = at(row);
    }
  return points;
}

void put(std::span<float> to, const std::vector<float>& values) {
  std::ranges::copy(values, to.begin());
}

/// What a network of other settings may call the same array: with spectral norm its weights are
/// called weight_orig.
std::string other_name(const std::string& name) {
  const std::string plain = "weight", normed = "weight_orig";
  if (name.ends_with("." + normed)) return name.substr(0, name.size() - normed.size()) + plain;
  return name.ends_with("." + plain) ? name + "_orig" : name;
}

/// Arrays by their names, found under either name.
class Known {
 public:
  explicit Known(const std::vector<Snapshot::Array>& arrays) {
    for (const Snapshot::Array& array : arrays) values_[array.name] = &array.values;
  }
  /// nullptr: there is none of that size.
  const std::vector<float>* find(const std::string& name, int64_t elements) const {
    for (const std::string& each : {name, other_name(name)}) {
      const auto found = values_.find(each);
      if (found != values_.end() && static_cast<int64_t>(found->second->size()) == elements)
        return found->second;
    }
    return nullptr;
  }

 private:
  std::map<std::string, const std::vector<float>*> values_;
};

/// `count` points from the `first` of {rows, n}.
std::vector<float> part_of(std::span<const float> points, int64_t n, int64_t first, int64_t count) {
  std::vector<float> result;
  for (int64_t row = 0; row * n < static_cast<int64_t>(points.size()); ++row) {
    const auto begin = points.begin() + row * n + first;
    result.insert(result.end(), begin, begin + count);
  }
  return result;
}

float mean(std::span<const float> values) {
  double total = 0;
  for (const float value : values) total += value;
  return static_cast<float>(total / static_cast<double>(std::max<size_t>(values.size(), 1)));
}

float share_above(std::span<const float> values, float threshold) {
  const auto above = std::ranges::count_if(values, [&](float value) { return value > threshold; });
  return static_cast<float>(above) / static_cast<float>(std::max<size_t>(values.size(), 1));
}

}  // namespace

struct Game::Impl {
  Device& given;
  Device* device = nullptr;  // it, or the one for short work: where the networks are
  Settings settings;
  Distribution target;
  std::map<std::string, Shape> shapes;  // of the parameters, in the device's order
  std::optional<Parameters> parameters;
  std::optional<Program> discriminator, generator, looker, measurer;  // made when they are needed

  Progress progress;
  int64_t generator_updates = 0, discriminator_updates = 0;
  int64_t generator_steps = 0, discriminator_steps = 0;
  int64_t real_points = 0;
  Numbers numbers{kNone, kNone, kNone, kNone, 0, 0, kNone};

  Impl(Device& the_device, const Settings& s) : given(the_device), settings(s), target(s) {}

  void make_networks(const Settings& s, const std::vector<Snapshot::Array>& arrays);
  Program& program(std::optional<Program>& kept, void (*build)(Graph&, const Settings&));
  StepParams step_params(float rate, int64_t steps) const;
  void update_discriminator();
  void update_generator();
  float threshold() const;
  std::vector<Snapshot::Array> arrays() const;
  std::vector<float> looked_latent() const;
  std::vector<float> belief(std::span<const float> values) const;
};

/// Where the dispatches of an update are shorter than waking threads, on average: with two threads
/// some 100 µs, with more of them less, at about 30 GFLOP/s.
Device& device_for(const Graph& update, Device& given) {
  constexpr double kShortFlops = 3e6;
  const Plan plan = make_plan(update, given.properties(), kEveryIteration);
  const bool is_short = plan.flops < kShortFlops * static_cast<double>(plan.dispatches.size());
  return is_short ? given.for_short_work() : given;
}

/// Parameters as the graphs of `s` ask for them: those in `arrays` that have the right size, others
/// new. Where it throws, all is as before.
void Game::Impl::make_networks(const Settings& s, const std::vector<Snapshot::Array>& arrays) {
  const Known known(arrays);
  std::vector<const Node*> nodes;
  std::map<std::string, Shape> asked;
  std::set<std::string> renewed;  // networks of which a layer is new, "G." or "D."
  Graph graphs[2];
  discriminator_update(graphs[0], s);
  generator_update(graphs[1], s);
  for (const Graph& graph : graphs)
    for (const Node& node : graph.nodes()) {
      if (node.op != &kParameter || !asked.emplace(node.name, node.shape).second) continue;
      nodes.push_back(&node);
      const std::string network = node.name.substr(0, 2);
      if ((network == "G." || network == "D.") && !is_tracked(node.name) &&
          !known.find(node.name, node.shape.elements()))
        renewed.insert(network);
    }
  std::vector<Parameters::Entry> entries;
  for (const Node* node : nodes) {
    const auto is_moment_of = [&](const std::string& network) {
      return node->name.starts_with(first_moment_name(network)) ||
             node->name.starts_with(second_moment_name(network));
    };
    const std::vector<float>* found = known.find(node->name, node->shape.elements());
    if (found && std::ranges::none_of(renewed, is_moment_of))
      entries.push_back({node->name, *found});
    else
      entries.push_back(
          {node->name, initial_values(node->name, node->shape, node->attributes.as<InitialValue>(),
                                      {.type = InitType::kaiming}, s.seed)});
  }
  Device& chosen = device_for(graphs[0], given);
  Parameters made(chosen, entries);
  discriminator.reset();
  generator.reset();
  looker.reset();
  measurer.reset();
  device = &chosen;
  parameters = std::move(made);
  shapes = std::move(asked);
  settings = s;
  if (renewed.contains("G.")) generator_steps = 0;
  if (renewed.contains("D.")) discriminator_steps = 0;
}

Program& Game::Impl::program(std::optional<Program>& kept, void (*build)(Graph&, const Settings&)) {
  if (!kept) {
    Graph graph;
    build(graph, settings);
    kept.emplace(*device, make_plan(graph, device->properties(), kEveryIteration), *parameters);
  }
  return *kept;
}

StepParams Game::Impl::step_params(float rate, int64_t steps) const {
  StepParams params;
  const Adam adam{.beta1 = settings.beta1, .beta2 = settings.beta2};
  params.optimizers[kGeneratorSlot] = params.optimizers[kDiscriminatorSlot] =
      adam_step(adam, rate, steps + 1);
  return params;
}

void Game::Impl::update_discriminator() {
  const bool fresh = !discriminator;
  Program& update = program(discriminator, discriminator_update);
  if (fresh) put(update.input("signs"), {-1, 1});
  const auto number = static_cast<uint64_t>(discriminator_updates);
  RandomStream points(settings.seed, Purpose::points, number);
  put(update.input("real"), target.sample(points, settings.batch));
  put(update.input("latent"), latent_points(settings, 2 * number, settings.batch));
  if (settings.loss == Loss::wasserstein_penalty) {
    RandomStream shares(settings.seed, Purpose::share, number);
    for (float& share : update.input("share")) share = static_cast<float>(shares.uniform());
  }
  update.run(step_params(settings.discriminator.rate, discriminator_steps));
  ++discriminator_updates;
  ++discriminator_steps;
  real_points += settings.batch;
  const std::span<const float> logits = update.output("logits");
  const auto real = logits.first(logits.size() / 2), fake = logits.last(logits.size() / 2);
  numbers.real_value = mean(real);
  numbers.fake_value = mean(fake);
  numbers.d_loss = update.output("loss")[0];
  numbers.real_accuracy = share_above(real, threshold());
  numbers.fake_accuracy = 1 - share_above(fake, threshold());
}

void Game::Impl::update_generator() {
  Program& update = program(generator, generator_update);
  const auto number = static_cast<uint64_t>(generator_updates);
  put(update.input("latent"), latent_points(settings, 2 * number + 1, settings.batch));
  update.run(step_params(settings.generator.rate, generator_steps));
  ++generator_updates;
  ++generator_steps;
  numbers.g_loss = update.output("loss")[0];
  const std::span<const float> gradient = update.output("gradient");
  const size_t n = gradient.size() / 2;
  std::vector<float> lengths;
  for (size_t i = 0; i < n; ++i) lengths.push_back(std::hypot(gradient[i], gradient[n + i]));
  std::ranges::nth_element(lengths, lengths.begin() + static_cast<std::ptrdiff_t>(n / 2));
  // The loss is a mean: each gradient is one n-th of the point's own.
  numbers.gradient = lengths[n / 2] * static_cast<float>(n);
}

/// Above it D takes a point for real.
float Game::Impl::threshold() const {
  if (has_critic(settings.loss)) return (numbers.real_value + numbers.fake_value) / 2;
  return settings.loss == Loss::least_squares ? 0.5f : 0.0f;
}

std::vector<Snapshot::Array> Game::Impl::arrays() const {
  std::vector<Snapshot::Array> result;
  for (const auto& [name, shape] : shapes) result.push_back({name, parameters->read(name)});
  return result;
}

/// {L, kLooked}: the shown points, then the grid; what is left over stays in the middle.
std::vector<float> Game::Impl::looked_latent() const {
  const auto dimensions = static_cast<size_t>(settings.latent_dimensions);
  const std::vector<float> shown = latent_points(settings, kShownIndex, kShown);
  const float extent = settings.latent == Latent::gaussian ? kGaussianGrid : 1;
  const std::vector<float> grid = square_grid(kGridSide, extent);
  const size_t corners = grid.size() / 2;
  std::vector<float> latent(dimensions * kLooked, 0.0f);
  for (size_t d = 0; d < dimensions; ++d) {
    float* row = latent.data() + d * kLooked;
    std::copy_n(shown.data() + d * kShown, kShown, row);
    std::copy_n(grid.data() + d * corners, corners, row + kShown);
  }
  return latent;
}

std::vector<float> Game::Impl::belief(std::span<const float> values) const {
  const auto logistic = [](float x) { return 1 / (1 + std::exp(-x)); };
  // Two logits on either side for a critic: the means of real and fake are told apart well.
  const float scale = std::max(std::abs(numbers.real_value - numbers.fake_value) / 4, 1e-6f);
  std::vector<float> result;
  result.reserve(values.size());
  for (const float value : values)
    result.push_back(has_critic(settings.loss) ? logistic((value - threshold()) / scale)
                     : settings.loss == Loss::least_squares ? std::clamp(value, 0.0f, 1.0f)
                                                            : logistic(value));
  return result;
}

std::shared_ptr<Device> open_device(const std::string& which) {
  return std::make_shared<Device>(which);
}

Game::Game(Device& device, const Settings& settings) {
  check(settings);
  impl_ = std::make_unique<Impl>(device, settings);
  impl_->make_networks(settings, {});
}

Game::~Game() = default;
Game::Game(Game&&) noexcept = default;
Game& Game::operator=(Game&&) noexcept = default;

const Settings& Game::settings() const { return impl_->settings; }
Progress Game::progress() const { return impl_->progress; }
int64_t Game::real_points() const { return impl_->real_points; }
const Numbers& Game::numbers() const { return impl_->numbers; }
const Distribution& Game::target() const { return impl_->target; }

void Game::change(const Settings& settings) {
  check(settings);
  if (settings == impl_->settings) return;
  // What is read in every update needs no new programs.
  Settings recorded = settings;
  recorded.data = impl_->settings.data;
  recorded.drawn = impl_->settings.drawn;
  recorded.seed = impl_->settings.seed;
  recorded.latent = impl_->settings.latent;
  for (auto player : {&Settings::generator, &Settings::discriminator}) {
    (recorded.*player).rate = (impl_->settings.*player).rate;
    (recorded.*player).updates = (impl_->settings.*player).updates;
  }
  if (recorded != impl_->settings) {
    impl_->make_networks(settings, impl_->arrays());
  } else {
    if (settings.seed != impl_->settings.seed || settings.latent != impl_->settings.latent) {
      impl_->looker.reset();  // its inputs, which are written once
      impl_->measurer.reset();
    }
    impl_->settings = settings;
  }
  impl_->target = Distribution(settings);
}

void Game::part() {
  Impl& game = *impl_;
  if (!game.progress.between) {
    for (int i = 0; i < game.settings.discriminator.updates; ++i) game.update_discriminator();
    game.progress.between = true;
  } else {
    for (int i = 0; i < game.settings.generator.updates; ++i) game.update_generator();
    game.progress = {game.progress.iterations + 1, false};
  }
}

void Game::iterate() {
  part();
  if (impl_->progress.between) part();
}

Look Game::look() {
  Impl& game = *impl_;
  const bool fresh = !game.looker;
  Program& looker = game.program(game.looker, playground::look);
  if (fresh) {
    put(looker.input("latent"), game.looked_latent());
    put(looker.input("places"), square_grid(kFieldSide, kExtent));
  }
  looker.run();
  Look look;
  RandomStream random(game.settings.seed, Purpose::points, kShownIndex);
  look.real = game.target.sample(random, kShown);
  look.fake = part_of(looker.output("points"), kLooked, 0, kShown);
  look.arrows = part_of(looker.output("gradient"), kLooked, 0, kShown);
  for (float& value : look.arrows) value = -value;
  look.field = game.belief(looker.output("field"));
  look.field_side = kFieldSide;
  look.extent = kExtent;
  look.grid_side = kGridSide;
  // One-dimensional: the first row of the grid is the whole of the latent space.
  look.grid = part_of(looker.output("points"), kLooked, kShown,
                      game.settings.latent_dimensions == 1 ? kGridSide : kGridSide * kGridSide);
  return look;
}

std::vector<float> Game::measured() {
  const bool fresh = !impl_->measurer;
  Program& measurer = impl_->program(impl_->measurer, measure);
  if (fresh)
    put(measurer.input("latent"), latent_points(impl_->settings, kMeasuredIndex, kMeasured));
  measurer.run();
  const std::span<const float> points = measurer.output("points");
  return {points.begin(), points.end()};
}

Snapshot Game::snapshot() const {
  const Impl& game = *impl_;
  return {game.progress,
          game.generator_updates,
          game.discriminator_updates,
          game.generator_steps,
          game.discriminator_steps,
          game.real_points,
          game.numbers,
          game.arrays()};
}

void Game::restore(const Snapshot& snapshot) {
  const Known known(snapshot.arrays);
  const bool fits = std::ranges::all_of(impl_->shapes, [&](const auto& wanted) {
    return known.find(wanted.first, wanted.second.elements()) != nullptr;
  });
  impl_->generator_steps = snapshot.generator_steps;
  impl_->discriminator_steps = snapshot.discriminator_steps;
  if (fits)
    for (const auto& [name, shape] : impl_->shapes)
      impl_->parameters->write(name, *known.find(name, shape.elements()));
  else
    impl_->make_networks(impl_->settings, snapshot.arrays);
  impl_->progress = snapshot.progress;
  impl_->generator_updates = snapshot.generator_updates;
  impl_->discriminator_updates = snapshot.discriminator_updates;
  impl_->real_points = snapshot.real_points;
  impl_->numbers = snapshot.numbers;
}

int64_t Game::launches() const {
  Game copy(impl_->given, impl_->settings);
  Impl& game = *copy.impl_;
  const auto count = [](const Program& program) {
    return static_cast<int64_t>(program.plan().dispatches.size());
  };
  return count(game.program(game.discriminator, discriminator_update)) *
             game.settings.discriminator.updates +
         count(game.program(game.generator, generator_update)) * game.settings.generator.updates;
}

}  // namespace imago::playground
