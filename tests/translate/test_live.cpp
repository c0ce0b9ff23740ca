// Pictures that come faster than the network is.
#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <mutex>
#include <vector>

#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/live.h"
#include "tests/translate/support.h"

namespace imago {
namespace {

Generator painter() {
  Generator generator = with_weights(
      unet_generator({.features = 4, .depth = 5, .norm = Norm::instance, .dropout = false}));
  generator.info.shifts = 4;
  return generator;
}

Raster drawing(int width, int height) { return to_raster(noise(width, height)); }

bool same(const Raster& a, const Raster& b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels &&
         a.bits == b.bits && a.samples == b.samples;
}

/// Keeps what it is told, and waits for it.
class Ear {
 public:
  LiveTranslator::Listener listener(std::function<void(const LivePicture&)> first = {}) {
    return {.opened = [this](const Translator&) { change([&] { ++opened; }); },
            .made =
                [this, first](LivePicture picture) {
                  if (first) first(picture);
                  change([&] { made.push_back(std::move(picture)); });
                },
            .failed = [this](const std::exception& e) { change([&] { failed = e.what(); }); }};
  }
  void wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, condition);
  }

  // Read them within `wait`, or when the translator is gone.
  int opened = 0;
  std::vector<LivePicture> made;
  std::string failed;

 private:
  void change(const std::function<void()>& how) {
    {
      const std::lock_guard lock(mutex_);
      how();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST(Live, TheNewestPictureWinsAndNothingQueues) {
  Ear ear;
  std::latch first_made(1), newer_offered(1);
  LiveTranslator live(ear.listener([&](const LivePicture& picture) {
    if (picture.number != 1) return;
    first_made.count_down();
    newer_offered.wait();
  }));
  live.use([] { return Translator(plain_generator()); }, {});
  EXPECT_EQ(live.offer(drawing(16, 16)), 1U);
  first_made.wait();
  for (uint64_t number = 2; number <= 5; ++number)
    EXPECT_EQ(live.offer(drawing(16, static_cast<int>(16 + number))), number);
  newer_offered.count_down();
  ear.wait([&] { return ear.made.size() == 2; });
  EXPECT_EQ(ear.made[0].number, 1U);
  EXPECT_EQ(ear.made[1].number, 5U);
  EXPECT_EQ(ear.made[1].picture.height, 21);
  EXPECT_GT(ear.made[1].latency, 0);
  const LiveRates rates = live.rates();
  EXPECT_EQ(rates.made, 2);
  EXPECT_EQ(rates.dropped, 3);
  EXPECT_GT(rates.per_second, 0);
  EXPECT_LE(rates.latency, rates.latency_95);
}

TEST(Live, MakesTheBytesOfTranslateAndOnceMoreWhenNothingNewerComes) {
  const Raster picture = drawing(48, 40);
  Translator translator(painter());
  const auto expected = [&](const TranslateOptions& options) {
    return to_raster(translator.translate(to_image(picture), options));
  };
  Ear ear;
  LiveTranslator live(ear.listener());
  live.use([] { return Translator(painter()); }, {.still_after = std::chrono::milliseconds(0)});
  live.offer(picture);
  ear.wait([&] { return ear.made.size() == 2; });
  EXPECT_FALSE(ear.made[0].still);
  EXPECT_TRUE(ear.made[1].still);
  EXPECT_EQ(ear.made[1].number, 1U);
  EXPECT_TRUE(same(ear.made[0].picture, expected({.shifts = 1})));
  EXPECT_TRUE(same(ear.made[1].picture, expected({})));
  EXPECT_FALSE(same(ear.made[0].picture, ear.made[1].picture)) << "the test shows nothing";
}

TEST(Live, OtherOptionsKeepTheNetwork) {
  const Raster picture = drawing(48, 40);
  Translator translator(painter());
  const Raster smooth = to_raster(translator.translate(to_image(picture), {}));
  Ear ear;
  LiveTranslator live(ear.listener());
  LiveOptions with_shifts;
  with_shifts.moving = {};
  live.use([] { return Translator(painter()); }, {});
  live.offer(picture);
  ear.wait([&] { return ear.made.size() == 1; });
  live.change(with_shifts);
  ear.wait([&] { return ear.made.size() == 2; });
  live.change({});
  ear.wait([&] { return ear.made.size() == 3; });
  EXPECT_EQ(ear.opened, 1);
  EXPECT_FALSE(same(ear.made[0].picture, smooth)) << "the test shows nothing";
  EXPECT_TRUE(same(ear.made[1].picture, smooth));
  EXPECT_TRUE(same(ear.made[2].picture, ear.made[0].picture));
}

TEST(Live, AnotherNetworkMakesTheLastPictureAgain) {
  Ear ear;
  LiveTranslator live(ear.listener());
  live.offer(drawing(24, 16));  // before there is any
  live.use([] { return Translator(painter()); }, {});
  ear.wait([&] { return ear.made.size() == 1; });
  live.use(
      [] {
        return Translator(with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2})));
      },
      {});
  ear.wait([&] { return ear.made.size() == 2; });
  EXPECT_EQ(ear.opened, 2);
  EXPECT_EQ(ear.made[1].number, 1U);
  EXPECT_EQ(ear.made[0].picture.width, 24);
  EXPECT_EQ(ear.made[1].picture.width, 48);
}

TEST(Live, TellsWhyThereIsNoNetworkAndTakesTheNext) {
  Ear ear;
  LiveTranslator live(ear.listener());
  live.use([]() -> Translator { throw Error("torn.safetensors: torn"); }, {});
  ear.wait([&] { return ear.failed == "torn.safetensors: torn"; });
  bool nothing = false;
  std::latch asked(1);
  live.post([&](Translator* translator) {
    nothing = translator == nullptr;
    asked.count_down();
  });
  asked.wait();
  EXPECT_TRUE(nothing);
  live.offer(drawing(16, 16));
  live.use([] { return Translator(plain_generator()); }, {});
  ear.wait([&] { return ear.made.size() == 1; });
}

TEST(Live, WorkThatWasPostedIsDoneBeforeTheEnd) {
  Ear ear;
  int done = 0;
  {
    LiveTranslator live(ear.listener());
    live.use([] { return Translator(plain_generator()); }, {});
    for (int i = 0; i < 3; ++i)
      live.post([&](Translator* translator) {
        ASSERT_NE(translator, nullptr);
        ++done;
      });
  }
  EXPECT_EQ(done, 3);
  EXPECT_EQ(ear.failed, "");
}

}  // namespace
}  // namespace imago
