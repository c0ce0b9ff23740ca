// What is noticed when training goes wrong, and that nothing is when it goes well.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

#include "compute/base/error.h"
#include "tests/data/support.h"
#include "tests/thorough.h"
#include "tests/training/health_trace.h"
#include "tests/training/small_training.h"

namespace imago::test {
namespace {

constexpr int kWindow = 20;

std::set<std::string> kinds_of(const std::vector<AlarmRecord>& alarms) {
  std::set<std::string> kinds;
  for (const AlarmRecord& alarm : alarms) kinds.insert(alarm.alarm);
  return kinds;
}

std::string text_of(const std::vector<AlarmRecord>& alarms) {
  std::string text;
  for (const AlarmRecord& alarm : alarms)
    text += std::to_string(alarm.step) + " " + alarm.alarm + ": " + alarm.text + "\n";
  return text;
}

// ---- rules, one by one ------------------------------------------------------------------------

/// A run of Pix2Pix in which all is well, unless a test changes something.
class Course {
 public:
  explicit Course(HealthOptions options = {}) : monitor_(with_window(options)) {}

  /// So many steps, in which the numbers change as they do in training.
  std::vector<AlarmRecord> go(
      int steps,
      const std::function<void(NamedNumbers& losses, NamedNumbers& health)>& change = {}) {
    std::vector<AlarmRecord> alarms;
    for (int i = 0; i < steps; ++i) {
      ++step_;
      const double progress = std::exp(-static_cast<double>(step_) / 150);
      const double wobble = 1 + 0.3 * std::sin(static_cast<double>(step_) * 2.1);
      NamedNumbers losses = {{"D_fake", 0.3 * wobble},
                             {"D_real", 0.35 / wobble},
                             {"G_GAN", 2 * wobble},
                             {"G_L1", (20 + 30 * progress) * wobble}};
      NamedNumbers health = {{"accuracy_D", 0.9},
                             {"gradient_D", 5},
                             {"weights_D", 12},
                             {"gradient_G", 40},
                             {"weights_G", 30}};
      if (change) change(losses, health);
      for (const AlarmRecord& alarm : monitor_.watch(step_, losses, health))
        alarms.push_back(alarm);
    }
    return alarms;
  }
  std::vector<AlarmRecord> validate(double diversity) {
    return monitor_.watch(validation_of(step_, diversity));
  }

  HealthMonitor& monitor() { return monitor_; }

 private:
  static HealthOptions with_window(HealthOptions options) {
    options.window = kWindow;
    return options;
  }

  HealthMonitor monitor_;
  int64_t step_ = 0;
};

void set(NamedNumbers& numbers, const std::string& name, double value) {
  for (auto& [known, number] : numbers)
    if (known == name) number = value;
}

void let_discriminator_win(NamedNumbers& losses, NamedNumbers& health) {
  set(losses, "D_fake", 1e-3);
  set(losses, "D_real", 2e-3);
  set(health, "accuracy_D", 1);
}

TEST(Alarms, NoneWhereAllIsWell) {
  Course course;
  EXPECT_EQ(text_of(course.go(1000)), "");
  EXPECT_TRUE(course.validate(0.4).empty());
}

TEST(Alarms, ADiscriminatorThatWinsIsToldOnceUntilItPasses) {
  Course course;
  course.go(60);
  const auto alarms = course.go(200, let_discriminator_win);
  ASSERT_EQ(alarms.size(), 1u) << text_of(alarms);
  EXPECT_EQ(alarms[0].alarm, "discriminator_wins");
  EXPECT_EQ(alarms[0].step, 80);
  EXPECT_NE(alarms[0].text.find("The discriminator D"), std::string::npos);
  EXPECT_NE(alarms[0].advice.find("--gan-mode lsgan"), std::string::npos);
  EXPECT_EQ(text_of(course.go(60)), "");
  EXPECT_EQ(course.go(60, let_discriminator_win).size(), 1u);
}

TEST(Alarms, WinningIsMeasuredByTheLossOfGuessing) {
  const auto alarms_with = [](GanMode mode, double loss) {
    Course course({.gan_mode = mode});
    return course
        .go(100,
            [&](NamedNumbers& losses, NamedNumbers& health) {
              set(losses, "D_fake", loss);
              set(losses, "D_real", loss);
              set(health, "accuracy_D", 1);
            })
        .size();
  };
  EXPECT_EQ(alarms_with(GanMode::vanilla, 0.013), 1u);
  EXPECT_EQ(alarms_with(GanMode::vanilla, 0.015), 0u);
  EXPECT_EQ(alarms_with(GanMode::lsgan, 0.0049), 1u);
  EXPECT_EQ(alarms_with(GanMode::lsgan, 0.0051), 0u);
  EXPECT_EQ(alarms_with(GanMode::hinge, 0.019), 1u);
  EXPECT_EQ(alarms_with(GanMode::hinge, 0.021), 0u);
}

TEST(Alarms, AGeneratorThatIsNoLongerToldAnything) {
  Course course;
  course.go(40);
  const auto alarms = course.go(40, [](NamedNumbers&, NamedNumbers& health) {
    set(health, "accuracy_D", 1);
    set(health, "gradient_G", 0.01);
  });
  EXPECT_EQ(kinds_of(alarms), std::set<std::string>{"discriminator_wins"});
}

TEST(Alarms, ALossThatNeverFalls) {
  const auto flat = [](NamedNumbers& losses, NamedNumbers&) { set(losses, "G_L1", 50); };
  Course course;
  EXPECT_EQ(text_of(course.go(5 * kWindow - 1, flat)), "");
  const auto alarms = course.go(1, flat);
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].alarm, "no_convergence");
  EXPECT_NE(alarms[0].text.find("G_L1 began at 50"), std::string::npos) << alarms[0].text;
  EXPECT_NE(alarms[0].advice.find("--lr"), std::string::npos);
  // A trained generator has fallen already.
  Course going_on({.from_nothing = false});
  EXPECT_EQ(text_of(going_on.go(400, flat)), "");
  // And one whose weight is 0 counts for nothing.
  Course without;
  EXPECT_EQ(text_of(without.go(400, [](auto& losses, auto&) { set(losses, "G_L1", 0); })), "");
}

TEST(Alarms, ALossThatGrows) {
  Course course;
  course.go(200);
  int step = 0;
  const auto alarms = course.go(
      100, [&](NamedNumbers& losses, NamedNumbers&) { set(losses, "G_L1", 28 + 0.5 * ++step); });
  ASSERT_EQ(alarms.size(), 1u) << text_of(alarms);
  EXPECT_EQ(alarms[0].alarm, "no_convergence");
  EXPECT_NE(alarms[0].text.find("grows"), std::string::npos);
}

TEST(Alarms, ALossThatSwings) {
  Course course;
  course.go(200);
  int step = 0;
  const auto alarms = course.go(300, [&](NamedNumbers& losses, NamedNumbers&) {
    set(losses, "G_L1", step++ / kWindow % 2 == 0 ? 12 : 40);
  });
  EXPECT_NE(text_of(alarms).find("swings between 12"), std::string::npos) << text_of(alarms);
}

TEST(Alarms, WeightsAndDiscriminatorsOutOfControl) {
  Course course;
  course.go(20);
  double weights = 30;
  EXPECT_NE(text_of(course.go(40,
                              [&](NamedNumbers&, NamedNumbers& health) {
                                set(health, "weights_G", weights *= 1.3);
                              }))
                .find("weights of G have grown"),
            std::string::npos);
  EXPECT_NE(text_of(course.go(40,
                              [](NamedNumbers& losses, NamedNumbers& health) {
                                set(losses, "D_fake", 50);
                                set(health, "accuracy_D", 0.5);
                              }))
                .find("worse than guessing"),
            std::string::npos);
}

TEST(Alarms, ResultsThatAreAlike) {
  Course course;
  course.go(60);
  EXPECT_TRUE(course.validate(0.01).empty());  // early on they are blurs
  course.go(60);
  const auto alarms = course.validate(0.05);
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].alarm, "collapse");
  EXPECT_NE(alarms[0].text.find("5 %"), std::string::npos) << alarms[0].text;
  EXPECT_NE(alarms[0].advice.find("--pool-size"), std::string::npos);
  EXPECT_TRUE(course.validate(0.05).empty());
  EXPECT_TRUE(course.validate(0.5).empty());
  EXPECT_EQ(course.validate(0.05).size(), 1u);
}

TEST(Alarms, SrgansSecondStageIsJudgedByItself) {
  HealthMonitor monitor({.window = kWindow});
  int64_t step = 0;
  std::vector<AlarmRecord> alarms;
  const auto go = [&](int steps, const NamedNumbers& losses) {
    for (int i = 0; i < steps; ++i)
      for (const AlarmRecord& alarm :
           monitor.watch(++step, losses, {{"gradient_G", 1}, {"weights_G", 5}}))
        alarms.push_back(alarm);
  };
  go(20, {{"pixel", 0.1}});
  go(180, {{"pixel", 0.01}});
  // The pixel loss grows when the adversarial one joins, and stays.
  go(400, {{"pixel", 0.025}, {"adversarial", 0.7}, {"D_real", 0.5}, {"D_fake", 0.5}});
  EXPECT_EQ(text_of(alarms), "");
  go(60, {{"pixel", 0.1}, {"adversarial", 0.7}, {"D_real", 0.5}, {"D_fake", 0.5}});
  EXPECT_EQ(kinds_of(alarms), std::set<std::string>{"no_convergence"});
}

TEST(Alarms, CanBeSwitchedOffAndOverlookBrokenSteps) {
  Course off({.enabled = false});
  EXPECT_TRUE(off.go(400, let_discriminator_win).empty());
  EXPECT_TRUE(off.validate(0).empty());
  Course course;
  course.go(10, [](NamedNumbers& losses, NamedNumbers&) { set(losses, "G_L1", NAN); });
  EXPECT_EQ(text_of(course.go(1000)), "");
}

// A resumed run raises what an uninterrupted one would have, wherever it was interrupted.
TEST(Alarms, StateIsAllThatIsRemembered) {
  const auto run = [](int interrupted_every) {
    HealthMonitor monitor({.window = kWindow});
    std::string told;
    for (int64_t step = 1; step <= 400; ++step) {
      NamedNumbers losses = {{"D_fake", 0.3}, {"D_real", 0.3}, {"G_L1", 50 - 0.1 * step}};
      NamedNumbers health = {{"accuracy_D", 0.9}, {"gradient_G", 1 + 1.0 / 3}, {"weights_G", 3}};
      if (step > 130 && step < 210) let_discriminator_win(losses, health);
      if (step > 250) set(losses, "G_L1", 30 + 0.7 * static_cast<double>(step - 250));
      told += text_of(monitor.watch(step, losses, health));
      if (step % 90 == 0) told += text_of(monitor.watch(validation_of(step, 0.02)));
      if (interrupted_every > 0 && step % interrupted_every == 0) {
        HealthMonitor again({.window = kWindow});
        again.restore(monitor.state());
        EXPECT_EQ(again.state(), monitor.state());
        monitor = std::move(again);
      }
    }
    return told;
  };
  const std::string expected = run(0);
  EXPECT_NE(expected.find("discriminator_wins"), std::string::npos);
  EXPECT_NE(expected.find("no_convergence"), std::string::npos);
  EXPECT_NE(expected.find("collapse"), std::string::npos);
  for (const int every : {1, 7, 20}) EXPECT_EQ(run(every), expected);

  HealthMonitor monitor;
  for (const std::string text : {"", "{}", "[1]", "{\"losses\": 3}"})
    EXPECT_THROW(monitor.restore(text), Error) << text;
}

TEST(Alarms, OptionsComeFromTheRequest) {
  TrainingRequest request = default_request("cyclegan");
  EXPECT_TRUE(health_options(request).enabled);
  EXPECT_TRUE(health_options(request).from_nothing);
  EXPECT_EQ(health_options(request).gan_mode, GanMode::lsgan);
  request.init_model = "latest_net_G_A.pth";
  request.health = false;
  EXPECT_FALSE(health_options(request).enabled);
  EXPECT_FALSE(health_options(request).from_nothing);
}

TEST(Alarms, ABrokenStepNamesItsCulpritAndWhatToTry) {
  const AlarmRecord alarm = broken_alarm(7, "gradient of D");
  EXPECT_EQ(alarm.step, 7);
  EXPECT_EQ(alarm.alarm, "nan");
  EXPECT_EQ(alarm.text.find("gradient of D"), 0u) << alarm.text;
  EXPECT_NE(alarm.advice.find("--lr"), std::string::npos);
}

// ---- runs -------------------------------------------------------------------------------------

/// Discs on a dark ground, and what they should become: coloured ones with stripes.
void make_pairs(const fs::path& root) {
  const auto disc_at = [](int n, int x, int y) {
    for (int k = 0; k < 3; ++k) {
      const int cx = 6 + (n * 7 + k * 13) % 28, cy = 6 + (n * 11 + k * 5) % 28;
      if ((x - cx) * (x - cx) + (y - cy) * (y - cy) < 20 + (n + k) % 5 * 12) return k;
    }
    return -1;
  };
  const int colours[3][3] = {{220, 60, 40}, {60, 200, 90}, {240, 220, 80}};
  for (int n = 0; n < 16; ++n) {
    const auto a = [&](int x, int y, int c) {
      const int disc = disc_at(n, x, y);
      return disc < 0 ? 40 : disc == c ? 200 : 0;
    };
    const auto b = [&](int x, int y, int c) {
      const int disc = disc_at(n, x, y);
      if (disc >= 0) return colours[disc][c] * ((x + y) % 5 < 2 ? 3 : 6) / 6;
      return c == 0 ? 30 + 3 * x : c == 1 ? 60 + 2 * y : 120;
    };
    const std::string file = std::to_string(n) + ".png";
    save_png(root / "train" / file, 80, 40,
             [&](int x, int y, int c) { return x < 40 ? a(x, y, c) : b(x - 40, y, c); });
    save_png(root / "trainA" / file, 40, 40, a);
    save_png(root / "trainB" / file, 40, 40, b);
  }
}

class Runs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    make_pairs(folder_->path());
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static TracedRun tiny(const std::string& method) {
    TracedRun run{
        .request = default_request(method), .steps = 12 * kWindow, .validation_steps = 6 * kWindow};
    TrainingRequest& request = run.request;
    request.data.dataroot = folder_->path() / (method == "srgan" ? "trainB" : "");
    request.data.load_size = 36;
    request.data.crop_size = method == "srgan" ? 24 : 32;
    request.data.batch_size = method == "srgan" ? 4 : 1;
    request.generator = method == "pix2pix"    ? "unet_32"
                        : method == "cyclegan" ? "resnet_1blocks"
                                               : "srresnet_1blocks";
    request.generator_features = request.discriminator_features = 4;
    request.schedule.learning_rate = method == "srgan" ? 1e-3f : 2e-4f;
    run.pixel_steps = 4 * kWindow;
    return run;
  }

  static std::vector<AlarmRecord> alarms(const TracedRun& run) {
    const HealthTrace trace = record(training_device(), run, 1);
    EXPECT_EQ(static_cast<int64_t>(trace.means.size()), run.steps);
    return alarms_of(trace, kWindow);
  }

 private:
  static inline std::unique_ptr<TemporaryFolder> folder_;
};

TEST_F(Runs, HealthyOnesRaiseNoAlarm) {
  uint64_t seed = 0;
  for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::hinge, GanMode::wgangp}) {
    if (!test::is_tried(seed, 4)) continue;
    TracedRun run = tiny("pix2pix");
    run.request.gan_mode = mode;
    run.request.seed = run.request.data.seed = ++seed;
    EXPECT_EQ(text_of(alarms(run)), "") << to_string(mode);
  }
  if (test::thorough()) {
    EXPECT_EQ(text_of(alarms(tiny("cyclegan"))), "");
  }
  EXPECT_EQ(text_of(alarms(tiny("srgan"))), "");
}

TEST_F(Runs, ADiscriminatorThatLearnsFarFasterWins) {
  TracedRun run = tiny("pix2pix");
  run.harm = {.discriminator_rate = 30, .generator_rate = 0};
  const auto raised = alarms(run);
  EXPECT_TRUE(kinds_of(raised).contains("discriminator_wins")) << text_of(raised);
}

TEST_F(Runs, ALearningRateFarTooHighDoesNotConverge) {
  TracedRun run = tiny("pix2pix");
  run.request.schedule.learning_rate = 0.3f;
  const auto raised = alarms(run);
  EXPECT_TRUE(kinds_of(raised).contains("no_convergence")) << text_of(raised);
}

TEST_F(Runs, AGeneratorThatMakesOnePictureOfAllHasCollapsed) {
  TracedRun run = tiny("pix2pix");
  run.harm = {.generator_rate = 0, .zeroed = "G.model.model.3.weight"};
  const auto raised = alarms(run);
  EXPECT_TRUE(kinds_of(raised).contains("collapse")) << text_of(raised);
}

/// Real pictures, over a thousand steps. What each raises is what the recorded trace has to.
struct Recorded {
  const char* name;
  std::set<std::string> alarms;
  std::function<void(TracedRun&)> change;
};

const std::vector<Recorded>& recorded() {
  static const std::vector<Recorded> runs = {
      {"pix2pix_vanilla", {}, [](TracedRun& run) { run.request.data.b_to_a = true; }},
      {"pix2pix_lsgan", {}, [](TracedRun& run) { run.request.gan_mode = GanMode::lsgan; }},
      {"pix2pix_hinge", {}, [](TracedRun& run) { run.request.gan_mode = GanMode::hinge; }},
      {"pix2pix_wgangp", {}, [](TracedRun& run) { run.request.gan_mode = GanMode::wgangp; }},
      {"pix2pix_edges", {}, [](TracedRun& run) { run.request.data.kind = DataKind::edges; }},
      {"cyclegan", {}, [](TracedRun&) {}},
      {"srgan", {}, [](TracedRun&) {}},
      {"pix2pix_discriminator_fast",
       {"discriminator_wins", "no_convergence"},
       [](TracedRun& run) { run.harm = {.discriminator_rate = 50, .generator_rate = 0}; }},
      {"pix2pix_rate_1",
       {"no_convergence", "collapse"},
       [](TracedRun& run) { run.request.schedule.learning_rate = 1; }},
      {"pix2pix_rate_01",
       {"no_convergence", "collapse"},
       [](TracedRun& run) { run.request.schedule.learning_rate = 0.1f; }},
  };
  return runs;
}

fs::path trace_file(const Recorded& run) {
  return fs::path(IMAGO_FIXTURES) / "health" / (std::string(run.name) + ".json");
}

TEST(RecordedRuns, RaiseWhatTheyShould) {
  if (!fs::exists(trace_file(recorded().front())))
    GTEST_SKIP() << "no runs are recorded in tests/fixtures/health";
  for (const Recorded& run : recorded()) {
    const HealthTrace trace = read_trace(trace_file(run));
    EXPECT_GE(trace.means.size() * static_cast<size_t>(trace.every), 1000u) << run.name;
    const auto alarms = alarms_of(trace, HealthOptions().window);
    EXPECT_EQ(kinds_of(alarms), run.alarms) << run.name << '\n' << text_of(alarms);
    for (const AlarmRecord& alarm : alarms)
      std::printf("  %s, step %d: %s\n", run.name, static_cast<int>(alarm.step),
                  alarm.alarm.c_str());
  }
}

// Makes the fixtures anew, from ../shared/data; an hour on two cores.
TEST(RecordedRuns, DISABLED_Record) {
  for (const Recorded& recorded : recorded()) {
    const std::string name = recorded.name;
    const std::string method = name.substr(0, name.find('_'));
    TracedRun run{.request = default_request(method), .steps = 1100, .validation_steps = 200};
    TrainingRequest& request = run.request;
    request.data.crop_size = 64;
    request.data.load_size = 72;
    request.generator_features = request.discriminator_features = method == "cyclegan" ? 8 : 16;
    request.generator = method == "pix2pix"    ? "unet_64"
                        : method == "cyclegan" ? "resnet_2blocks"
                                               : "srresnet_2blocks";
    if (method == "cyclegan") request.data.kind = DataKind::cameras;
    if (method == "srgan") request.data.batch_size = 4;
    run.pixel_steps = 600;
    recorded.change(run);
    const bool photos = method == "srgan" || request.data.kind == DataKind::edges;
    request.data.dataroot = fs::path(IMAGO_SHARED_DATA) / (method == "cyclegan" ? "day2night"
                                                           : photos             ? "photos"
                                                                                : "maps_256");
    if (!fs::is_directory(request.data.dataroot))
      GTEST_SKIP() << request.data.dataroot << " is not there";
    std::printf("%s\n", recorded.name);
    write_trace(record(training_device(), run), trace_file(recorded));
  }
}

}  // namespace
}  // namespace imago::test
