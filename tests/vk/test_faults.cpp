// Every Vulkan call that can fail is made to fail. The outcome is the right picture or a typed
// error; nothing is left behind and nothing is torn from under the device.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/translator.h"
#include "tests/thorough.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

DeviceOptions faulty() {
  DeviceOptions options;
  options.get_instance_proc_addr = faulty_get_instance_proc_addr();
  return options;
}

class Faulty : public testing::Test {
 protected:
  void SetUp() override { set_faults({}); }
  void TearDown() override {
    set_faults({});
    EXPECT_TRUE(observed().alive.empty());
  }
};

enum class Outcome { right, out_of_memory, device_error };

/// Runs `job`, which returns whether its result is right.
Outcome outcome_of(const std::function<bool()>& job) {
  try {
    EXPECT_TRUE(job()) << "a wrong result without an error";
    return Outcome::right;
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()), "");
    return Outcome::out_of_memory;
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()), "");
    return Outcome::device_error;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "neither OutOfMemory nor DeviceError: " << error.what();
    return Outcome::right;
  }
}

std::string describe(const Faults& faults) {
  const char* error = faults.error == VK_ERROR_DEVICE_LOST            ? "device lost"
                      : faults.error == VK_ERROR_OUT_OF_DEVICE_MEMORY ? "out of device memory"
                                                                      : "out of host memory";
  return "call " + std::to_string(faults.call) + ", " + error +
         (faults.for_good ? ", for good" : ", once");
}

/// Every k-th call of `job` fails, in the usual run in one way each, with --all in every way.
/// `between`, where given, runs before each job.
void fail_every_call(const std::function<bool()>& job, const std::function<void()>& between = {}) {
  const auto prepare = [&](const Faults& faults) {
    set_faults({});
    if (between) between();
    set_faults(faults);
  };
  prepare({});
  ASSERT_EQ(outcome_of(job), Outcome::right);
  const int64_t calls = observed().calls;
  const auto alive = observed().alive;
  ASSERT_GT(calls, 10);
  int64_t jobs = 0, errors = 0;
  size_t way = 0;
  for (int64_t k = 1; k <= calls; ++k) {
    for (const VkResult error :
         {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY, VK_ERROR_DEVICE_LOST})
      for (const bool for_good : {false, true}) {
        if (!test::is_tried(way++, 5)) continue;  // 6 ways: another one at each call
        const Faults faults{.call = k, .error = error, .for_good = for_good};
        prepare(faults);
        const Outcome outcome = outcome_of(job);
        const Observed now = observed();
        SCOPED_TRACE(describe(faults) + ": " + now.failed_call);
        ++jobs;
        if (outcome != Outcome::right) {
          ++errors;
          EXPECT_EQ(outcome == Outcome::device_error, error == VK_ERROR_DEVICE_LOST);
        }
        if (alive.empty()) {
          EXPECT_TRUE(now.alive.empty())
              << "nothing ends what " << now.alive.begin()->first << " began";
        }
        EXPECT_TRUE(now.destroyed_too_early.empty()) << *now.destroyed_too_early.begin();
        if (testing::Test::HasFailure()) return;
      }
    prepare({});
    ASSERT_EQ(outcome_of(job), Outcome::right) << "the job after call " << k << " had failed";
    ASSERT_EQ(observed().alive, alive) << "something was left behind by a failing call " << k;
  }
  std::cout << calls << " calls, " << jobs << " jobs, " << errors << " of them with an error\n";
  EXPECT_GT(errors, 0);
}

TEST_F(Faulty, EngineFailsCleanlyAtEveryCall) {
  const std::vector<float> expected = run_reference_job();
  DeviceOptions options = faulty();
  options.submission_seconds = 0;  // several under way at once
  fail_every_call([&] { return run_reference_job(options) == expected; });
}

TEST_F(Faulty, TranslatorFailsCleanlyAtEveryCall) {
  const Generator generator = plain_generator();
  const Image picture = noise(70, 20);
  const Image expected = Translator(generator).translate(picture, {});
  fail_every_call([&] {
    Translator translator(generator, "", faulty());
    return difference(translator.translate(picture, {}), expected) <= 1e-5;
  });
}

TEST_F(Faulty, TranslatorGoesOnAfterEveryFailure) {
  const Generator generator = plain_generator();
  const Image picture = noise(70, 20);
  const Image expected = Translator(generator).translate(picture, {});  // golden tile included
  Translator translator(generator, "", faulty());
  fail_every_call([&] { return difference(translator.translate(picture, {}), expected) <= 1e-5; },
                  [&] {  // so that the program is made anew
                    for (const int width : {30, 31, 32, 33})
                      translator.translate(noise(width, 9), {});
                  });
}

TEST_F(Faulty, HangIsToldAndNothingIsTornFromUnderIt) {
  const std::vector<float> expected = run_reference_job();
  DeviceOptions options = faulty();
  options.patience_seconds = 0.2;
  run_reference_job(options);
  const int64_t submissions = observed().submissions;
  ASSERT_GT(submissions, 2);
  for (int64_t k = 1; k <= submissions; ++k) {
    SCOPED_TRACE("submission " + std::to_string(k));
    set_faults({.hanging_submission = k});
    try {
      run_reference_job(options);
      ADD_FAILURE() << "no error";
    } catch (const DeviceError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("did not finish a submission"), std::string::npos) << message;
    }
    EXPECT_EQ(observed().idle_waits, 0) << "a wait without limit";
    EXPECT_TRUE(observed().destroyed_too_early.empty()) << *observed().destroyed_too_early.begin();
    EXPECT_FALSE(observed().alive.empty());
    forget_what_lives();
  }
  options.patience_seconds = 600;
  EXPECT_EQ(run_reference_job(options), expected);
}

TEST_F(Faulty, TranslatorGoesOnAfterAHang) {
  const Generator generator = plain_generator();
  const Image picture = noise(70, 20);
  const Image expected = Translator(generator).translate(picture, {});
  DeviceOptions options = faulty();
  options.patience_seconds = 0.2;
  Translator translator(generator, "", options);
  set_faults({.hanging_submission = 1});
  EXPECT_THROW(translator.translate(picture, {}), DeviceError);
  EXPECT_TRUE(observed().destroyed_too_early.empty());
  set_faults({});
  forget_what_lives();
  EXPECT_LE(difference(translator.translate(picture, {}), expected), 1e-5);
}

/// The largest allocation of translating `picture` with this tile.
VkDeviceSize largest_allocation(const Generator& generator, const Image& picture, int tile) {
  Translator translator(generator, "", faulty());
  set_faults({});
  translator.translate(picture, {.tile = tile});
  return observed().largest_allocation;
}

TEST_F(Faulty, MemoryThatIsTooSmallHalvesTheTile) {
  const Generator generator =
      with_weights(srvgg_generator({.features = 8, .blocks = 1, .scale = 2}));
  const Image picture = noise(130, 70);
  const Image expected = Translator(generator).translate(picture, {});
  const VkDeviceSize half = largest_allocation(generator, picture, 65);
  ASSERT_LT(half, largest_allocation(generator, picture, 130));
  const VkDeviceSize quarter = largest_allocation(generator, picture, 32);
  ASSERT_LT(quarter, half);
  for (const VkDeviceSize limit : {half, quarter})
    for (const bool self_ensemble : {false, true}) {
      Translator translator(generator, "", faulty());
      set_faults({.largest_allocation = limit});
      double before = 0;
      const Image result = translator.translate(picture, {.self_ensemble = self_ensemble},
                                                [&](const Progress& progress) {
                                                  EXPECT_GE(progress.fraction, before);
                                                  before = progress.fraction;
                                                  return true;
                                                });
      EXPECT_EQ(before, 1);
      EXPECT_LE(observed().largest_allocation, limit);
      if (!self_ensemble) {
        EXPECT_LE(difference(result, expected), 1e-5);
        EXPECT_GE(observed().submissions, limit == half ? 4 : 12);
      }
    }
}

TEST_F(Faulty, MemoryThatIsTooSmallForAnythingIsSaidOnce) {
  const auto message = [](Generator generator, TranslateOptions options) -> std::string {
    Translator translator(with_weights(std::move(generator)), "", faulty());
    const Image picture = noise(130, 100);
    set_faults({.largest_allocation = 4096});
    try {
      translator.translate(picture, options);
    } catch (const OutOfMemory& error) {
      set_faults({});
      EXPECT_GT(contrast(translator.translate(picture, options)), 0.01);  // with memory again
      return error.what();
    }
    return "";
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const Generator compact = srvgg_generator({.features = 8, .blocks = 1, .scale = 2});
  const std::string floor = message(compact, {});
  EXPECT_TRUE(has(floor, "not even tiles of 32 pixels fit")) << floor;
  EXPECT_EQ(message(compact, {.tile = 100}), floor);
  const std::string small = message(compact, {.tile = 8});
  EXPECT_TRUE(has(small, "not even tiles of 8 pixels fit")) << small;

  // Sides are multiples of 64 here: there is no smaller tile, and no end but an error. Those with
  // norms are cut in sweeps, which need no less.
  std::vector<std::pair<Norm, TranslateOptions>> cases = {{Norm::none, {}}};
  for (const auto statistics :
       {TranslateOptions::Statistics::batch, TranslateOptions::Statistics::running})
    cases.push_back({Norm::batch, {.statistics = statistics}});
  for (const auto& [norm, options] : cases) {
    const std::string said =
        message(unet_generator({.features = 4, .depth = 6, .norm = norm}), options);
    EXPECT_TRUE(has(said, "not even tiles of 64 pixels fit")) << said;
  }
}

}  // namespace
}  // namespace imago
