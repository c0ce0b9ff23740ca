#include "models/training/health.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "compute/base/error.h"
#include "models/training/request.h"

namespace imago {
namespace {

using Means = HealthMonitor::Means;

// A discriminator that is always right…
constexpr double kAlwaysRight = 0.995, kSometimesWrong = 0.95;
// …and whose losses are such a share of what guessing would cost has nothing left to learn.
constexpr double kNothingToLearn = 0.02, kSomethingToLearn = 0.1;
// Its generator's gradients, as a share of those of the first window.
constexpr double kNothingTold = 1e-3;
constexpr double kFarFromGuessing = 10;  // times what guessing would cost it
constexpr int kPatience = 5;  // windows until losses must have fallen and results may not be alike
constexpr double kNotFallen = 0.98;  // of where it began
constexpr double kGrown = 2;         // times its best
constexpr size_t kKeptWindows = 6;
constexpr int kTurns = 4;          // of the latest windows' direction: swinging,
constexpr double kSwing = 1;       // when their range is as large as their mean
constexpr double kInflated = 100;  // of a network's weights, times those after the first step
constexpr double kAlike = 0.1;     // of the targets' diversity
constexpr double kVaried = 0.2;    // the same, when the alarm has passed

/// The losses that fall when a generator learns, whatever its discriminator does.
bool is_content_loss(const std::string& name) {
  const std::optional<Loss> loss = loss_named(name);
  return loss && loss->is_content();
}

/// What a discriminator that tells nothing has of each of its two losses.
double loss_of_guessing(GanMode mode) {
  switch (mode) {
    case GanMode::lsgan:
      return 0.25;
    case GanMode::hinge:
      return 1;
    default:
      return std::log(2.0);
  }
}

double value_of(const Means& means, const std::string& name) {
  const auto found = means.find(name);
  return found == means.end() ? NAN : found->second;
}
double value_of(const Means& means, const Loss& loss) { return value_of(means, loss.name()); }
double value_of(const Means& means, const HealthNumber& number) {
  return value_of(means, number.name());
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.*f %%", share > 0.01 && share < 0.99 ? 0 : 2, 100 * share);
  return text;
}

void add(Means& sums, const NamedNumbers& numbers) {
  for (const auto& [name, value] : numbers) sums[name] += value;
}

Means divided(Means sums, double count) {
  for (auto& [name, sum] : sums) sum /= count;
  return sums;
}

std::vector<std::string> names_of(const NamedNumbers& numbers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : numbers) names.push_back(name);
  return names;
}

std::string advice_against_winner(GanMode mode) {
  std::string advice = "To give the generator a chance: ";
  if (mode == GanMode::vanilla) advice += "--gan-mode lsgan, ";
  return advice +
         "--spectral-norm, a smaller discriminator (--ndf, --n-layers-D), a lower --lr. With few "
         "training pictures the discriminator learns them by heart: more pictures help, and "
         "mirroring (no --no-flip) and a --load-size above --crop-size make more of those there "
         "are.";
}

const char* const kAdviceToConverge =
    "A learning rate that is too high is the usual cause: try a tenth of --lr. If it is not that, "
    "imago check-data tells whether the pictures belong together; a larger weight of this loss "
    "(--lambda-L1, --lambda-A and --lambda-B, --pixel-weight) lets it count for more.";

const char* const kAdviceAgainstCollapse =
    "The generator has found one picture that its discriminator takes for real. Begin again from "
    "an earlier checkpoint (--init) and try --gan-mode lsgan, a lower --lr, --spectral-norm, a "
    "larger weight of the other losses (--lambda-L1, --lambda-A and --lambda-B, --pixel-weight), "
    "for cyclegan a larger --pool-size, or more and more varied pictures.";

const char* const kAdviceAgainstCollapseOfSamples =
    "The generator has found a few pictures that its discriminator takes for real, and makes these "
    "of all random numbers. Begin again from an earlier checkpoint (--init), or try --gan-mode "
    "hinge with --spectral-norm, wgan-gp with a --n-critic of 5, --r1-gamma 1, or a lower --lr.";

std::string advice_against_winner_of_samples() {
  return "To give the generator a chance: --spectral-norm, --r1-gamma 1, --gan-mode hinge, a "
         "smaller discriminator (--ndf), a lower --lr. With few training pictures the "
         "discriminator "
         "learns them by heart: more pictures help, and --flip makes more of those there are.";
}

}  // namespace

HealthOptions health_options(const TrainingRequest& request) {
  return {.enabled = request.health,
          .gan_mode = request.gan_mode,
          .from_nothing = request.init_model.empty(),
          .samples = request.data.kind == DataKind::samples};
}

HealthMonitor::HealthMonitor(const HealthOptions& options) : options_(options) {}

bool HealthMonitor::broken(const NamedNumbers& losses, const NamedNumbers& health,
                           std::string* culprit) {
  const auto report = [&](const std::string& name) {
    if (culprit) *culprit = name;
    return true;
  };
  for (const auto& [name, value] : losses)
    if (!std::isfinite(value)) return report("loss " + name);
  // A gradient that is not finite spoils the weights in the same step.
  for (const HealthKind kind : {HealthKind::gradient, HealthKind::weights})
    for (const auto& [name, value] : health) {
      const std::optional<HealthNumber> number = health_named(name);
      if (std::isfinite(value) || !number || number->kind != kind) continue;
      return report((kind == HealthKind::gradient ? "gradient of " : "weights of ") +
                    number->network.name());
    }
  for (const auto& [name, value] : health)
    if (!std::isfinite(value)) return report(name);
  return false;
}

AlarmRecord broken_alarm(int64_t step, const std::string& culprit) {
  return {.step = step,
          .alarm = "nan",
          .text = culprit +
                  " is not a finite number any more: what this step made of the networks "
                  "is of no use",
          .advice =
              "The learning rate is probably too high: try a tenth of --lr, or --clip-norm 1. "
              "Losses with logarithms or penalties are easier upset than --gan-mode lsgan; "
              "--spectral-norm holds the discriminator down. If it comes at once, the checkpoint "
              "it began from (--init) may be damaged."};
}

void HealthMonitor::tell(bool wrong, bool passed, const std::string& subject,
                         const AlarmRecord& alarm, std::vector<AlarmRecord>& alarms) {
  const std::string key = alarm.alarm + " " + subject;
  if (wrong && state_.raised.insert(key).second) alarms.push_back(alarm);
  if (passed) state_.raised.erase(key);
}

void HealthMonitor::begin_stage(const NamedNumbers& losses) {
  const int stages = state_.stages + 1;
  state_ = {};
  state_.stages = stages;
  state_.losses = names_of(losses);
}

std::vector<AlarmRecord> HealthMonitor::watch(int64_t step, const NamedNumbers& losses,
                                              const NamedNumbers& health) {
  if (!options_.enabled || broken(losses, health, nullptr)) return {};
  if (names_of(losses) != state_.losses) begin_stage(losses);
  add(state_.sums, losses);
  add(state_.sums, health);
  if (++state_.steps == 1) state_.start = state_.sums;
  const int tenth = std::max(1, options_.window / 10);
  if (state_.steps == tenth) state_.begin = divided(state_.sums, tenth);
  return state_.steps % options_.window == 0 ? end_window(step) : std::vector<AlarmRecord>();
}

std::vector<AlarmRecord> HealthMonitor::end_window(int64_t step) {
  const Means means = divided(state_.sums, options_.window);
  state_.sums.clear();
  if (state_.first.empty()) state_.first = state_.best = means;
  state_.windows.push_back(means);
  if (state_.windows.size() > kKeptWindows) state_.windows.erase(state_.windows.begin());
  for (auto& [name, best] : state_.best) best = std::min(best, value_of(means, name));
  std::vector<AlarmRecord> alarms;
  judge_discriminators(step, alarms);
  judge_generators(step, alarms);
  judge_weights(step, alarms);
  return alarms;
}

void HealthMonitor::judge_discriminators(int64_t step, std::vector<AlarmRecord>& alarms) {
  const Means& now = state_.windows.back();
  for (const auto& [name, accuracy] : now) {
    const std::optional<HealthNumber> told_of = health_named(name);
    if (!told_of || told_of->kind != HealthKind::accuracy ||
        told_of->network.role != Role::discriminator)
      continue;
    const Side side = told_of->network.side;
    const std::string network = told_of->network.name();
    // Relativistic ones have one loss, half the sum of two.
    const Loss real{LossTerm::real, side}, fake{LossTerm::fake, side},
        whole{LossTerm::discriminator, side};
    const double loss = now.contains(real.name()) ? (value_of(now, real) + value_of(now, fake)) / 2
                                                  : value_of(now, whole);
    const double left = loss / loss_of_guessing(options_.gan_mode);
    const HealthNumber gradient{HealthKind::gradient, {Role::generator, side}};
    const double told = value_of(now, gradient) / value_of(state_.first, gradient);
    const bool always_right = accuracy >= kAlwaysRight;
    tell(always_right && (left <= kNothingToLearn || told <= kNothingTold),
         accuracy < kSometimesWrong || left > kSomethingToLearn, network,
         {.step = step,
          .alarm = "discriminator_wins",
          .text = "The discriminator " + network +
                  " wins outright: it tells real from generated pictures " + percent(accuracy) +
                  " of the time, and its loss is " + percent(left) +
                  " of what guessing would cost. The generator has little left to learn from it",
          .advice = options_.samples ? advice_against_winner_of_samples()
                                     : advice_against_winner(options_.gan_mode)},
         alarms);
    tell(left >= kFarFromGuessing && state_.windows.size() > 1, left < kFarFromGuessing / 2,
         network,
         {.step = step,
          .alarm = "no_convergence",
          .text = "The discriminator " + network + " does worse than guessing: its loss is " +
                  number(left) + " times what that would cost. The training swings out of control",
          .advice = kAdviceToConverge},
         alarms);
  }
}

namespace {

/// How often a row of numbers changes between going up and going down.
int turns(const std::vector<double>& row) {
  int count = 0;
  for (size_t i = 2; i < row.size(); ++i)
    count += (row[i] > row[i - 1]) != (row[i - 1] > row[i - 2]);
  return count;
}

bool swings(const std::vector<double>& row) {
  if (row.size() < kKeptWindows || turns(row) < kTurns) return false;
  double sum = 0;
  for (const double value : row) sum += value;
  const auto [least, most] = std::minmax_element(row.begin(), row.end());
  return *most - *least >= kSwing * sum / static_cast<double>(row.size());
}

}  // namespace

std::string HealthMonitor::trouble_of(const std::string& loss) const {
  std::vector<double> row;
  for (const Means& window : state_.windows) row.push_back(value_of(window, loss));
  const double begin = value_of(state_.begin, loss), best = value_of(state_.best, loss);
  const double now = row.back();
  const bool must_fall = options_.from_nothing && state_.stages == 1 &&
                         state_.steps >= static_cast<int64_t>(kPatience) * options_.window;
  if (must_fall && best >= kNotFallen * begin)
    return "began at " + number(begin) + " and has not fallen since: it is " + number(now);
  if (swings(row))
    return "swings between " + number(*std::min_element(row.begin(), row.end())) + " and " +
           number(*std::max_element(row.begin(), row.end()));
  if (row.size() > 1 && now >= kGrown * best && now >= row[row.size() - 2])
    return "grows: it was down to " + number(best) + " and is " + number(now);
  return "";
}

void HealthMonitor::judge_generators(int64_t step, std::vector<AlarmRecord>& alarms) {
  for (const auto& [name, now] : state_.windows.back()) {
    if (!is_content_loss(name) || now == 0)
      continue;  // a loss whose weight is 0 counts for nothing
    const std::string trouble = trouble_of(name);
    const AlarmRecord alarm = {.step = step,
                               .alarm = "no_convergence",
                               .text = "The loss " + name + " " + trouble + ", averaged over " +
                                       std::to_string(options_.window) +
                                       " steps. The training does not settle",
                               .advice = kAdviceToConverge};
    // A loss that swings has grown before, and that alarm does not stand for this one.
    const bool swinging = trouble.starts_with("swings");
    tell(swinging, !swinging, name + " swings", alarm, alarms);
    tell(!trouble.empty() && !swinging,
         trouble.empty() && now < 0.75 * kGrown * value_of(state_.best, name), name, alarm, alarms);
  }
}

void HealthMonitor::judge_weights(int64_t step, std::vector<AlarmRecord>& alarms) {
  for (const auto& [name, now] : state_.windows.back()) {
    const std::optional<HealthNumber> told_of = health_named(name);
    if (!told_of || told_of->kind != HealthKind::weights) continue;
    const double growth = now / value_of(state_.start, name);
    const std::string network = told_of->network.name();
    tell(growth >= kInflated, growth < kInflated / 2, name,
         {.step = step,
          .alarm = "no_convergence",
          .text = "The weights of " + network + " have grown " + number(growth) +
                  "-fold since training began: its steps are far too long",
          .advice = kAdviceToConverge},
         alarms);
  }
}

std::vector<AlarmRecord> HealthMonitor::watch(const ValidationRecord& validation) {
  std::vector<AlarmRecord> alarms;
  if (!options_.enabled || validation.step < int64_t{kPatience} * options_.window) return alarms;
  for (const auto& [name, diversity] : validation.metrics) {
    if (name != "diversity" || !std::isfinite(diversity)) continue;
    tell(diversity<kAlike, diversity> kVaried, "",
         {.step = validation.step,
          .alarm = "collapse",
          .text = "The generator makes nearly the same picture of every input: its results for the "
                  "validation pictures differ by " +
                  percent(diversity) + " of what they should",
          .advice = options_.samples ? kAdviceAgainstCollapseOfSamples : kAdviceAgainstCollapse},
         alarms);
  }
  return alarms;
}

std::string HealthMonitor::state() const {
  return nlohmann::json{{"losses", state_.losses},   {"stages", state_.stages},
                        {"steps", state_.steps},     {"sums", state_.sums},
                        {"start", state_.start},     {"begin", state_.begin},
                        {"first", state_.first},     {"best", state_.best},
                        {"windows", state_.windows}, {"raised", state_.raised}}
      .dump();
}

void HealthMonitor::restore(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    State state;
    json.at("losses").get_to(state.losses);
    json.at("stages").get_to(state.stages);
    json.at("steps").get_to(state.steps);
    json.at("sums").get_to(state.sums);
    json.at("start").get_to(state.start);
    json.at("begin").get_to(state.begin);
    json.at("first").get_to(state.first);
    json.at("best").get_to(state.best);
    json.at("windows").get_to(state.windows);
    json.at("raised").get_to(state.raised);
    state_ = state;
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("the state of the health monitor cannot be read: ") + error.what());
  }
}

}  // namespace imago
