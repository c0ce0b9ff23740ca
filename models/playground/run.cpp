#include "models/playground/run.h"

#include <algorithm>

#include "models/data/random_stream.h"

namespace imago::playground {
namespace {

constexpr int64_t kMomentEvery = 100;  // iterations, at first
constexpr size_t kMoments = 120;       // beyond it, every other one is dropped
constexpr int64_t kSpreadPoints = 1000;

Spread real_spread(const Settings& settings) {
  RandomStream random(settings.seed, Purpose::points, ~uint64_t{0});
  return spread_of(Distribution(settings).sample(random, kSpreadPoints));
}

}  // namespace

Run::Run(Device& device, const Settings& settings) : game_(device, settings) {
  recipe_.settings = settings;
  begin();
}

Run::Run(Device& device, const Recipe& recipe, const std::function<bool(double)>& progress)
    : game_(device, recipe.settings) {
  recipe_.settings = recipe.settings;
  begin();
  auto change_at = recipe.changes.begin();
  const auto apply = [&] {
    for (; change_at != recipe.changes.end() && change_at->at <= game_.progress(); ++change_at)
      change(change_at->settings);
  };
  const double all = static_cast<double>(std::max<int64_t>(recipe.end.iterations, 1));
  for (apply(); game_.progress() < recipe.end; apply()) {
    part();
    if (progress && !progress(static_cast<double>(game_.progress().iterations) / all)) return;
  }
}

void Run::begin() {
  real_ = real_spread(game_.settings());
  moment_every_ = kMomentEvery;
  keep_moment();
}

void Run::part() {
  forget_future();
  game_.part();
  if (!game_.progress().between) remember();
}

void Run::iterate() {
  part();
  if (game_.progress().between) part();
}

void Run::change(const Settings& settings) {
  if (settings == game_.settings()) return;
  playground::check(settings);  // before anything is forgotten
  forget_future();
  game_.change(settings);
  real_ = real_spread(settings);
  std::erase_if(recipe_.changes, [&](const auto& c) { return c.at == game_.progress(); });
  if (game_.progress() == Progress{}) {
    recipe_.settings = settings;
    moments_.clear();
    keep_moment();
  } else {
    recipe_.changes.push_back({game_.progress(), settings});
  }
}

Check Run::check() {
  const std::vector<float> points = game_.measured();
  return {game_.progress().iterations, game_.numbers(), coverage_of(game_.target(), points),
          spread_of(points)};
}

void Run::remember() {
  const int64_t now = game_.progress().iterations;
  if (now % kCheckEvery == 0) checks_.push_back(check());
  if (now % moment_every_ != 0) return;
  keep_moment();
  if (moments_.size() <= kMoments) return;
  moment_every_ *= 2;
  std::erase_if(moments_, [&](const Moment& m) {
    return m.snapshot.progress.iterations % moment_every_ != 0;
  });
}

void Run::keep_moment() {
  const Progress now = game_.progress();
  if (moments_.empty() || moments_.back().snapshot.progress < now)
    moments_.push_back({game_.snapshot(), game_.settings()});
}

void Run::forget_future() {
  if (!back_) return;
  back_ = false;
  const Progress now = game_.progress();
  std::erase_if(moments_, [&](const Moment& m) { return now < m.snapshot.progress; });
  std::erase_if(checks_, [&](const Check& c) { return c.iteration > now.iterations; });
  std::erase_if(recipe_.changes, [&](const auto& c) { return is_ahead(c); });
}

/// Whether it came after the present, or at the present moment and after what one has gone back to.
bool Run::is_ahead(const Recipe::Change& change) const {
  const Progress now = game_.progress();
  return now < change.at || (now == change.at && change.settings != game_.settings());
}

std::span<const Check> Run::checks() const {
  const auto end =
      std::ranges::upper_bound(checks_, game_.progress().iterations, {}, &Check::iteration);
  return {checks_.begin(), end};
}

std::vector<Trouble> Run::troubles() const { return playground::troubles(checks(), real_); }

std::vector<Progress> Run::moments() {
  std::vector<Progress> result;
  for (const Moment& moment : moments_) result.push_back(moment.snapshot.progress);
  const Progress now = game_.progress();
  if (result.back() < now) result.push_back(now);
  return result;
}

void Run::go_to(size_t index) {
  keep_moment();  // of where the run is, if that is the furthest
  const Moment& moment = moments_.at(index);
  game_.change(moment.settings);
  game_.restore(moment.snapshot);
  real_ = real_spread(moment.settings);
  back_ = true;
}

Recipe Run::recipe() const {
  Recipe recipe = recipe_;
  std::erase_if(recipe.changes, [&](const auto& c) { return is_ahead(c); });
  recipe.end = game_.progress();
  return recipe;
}

}  // namespace imago::playground
