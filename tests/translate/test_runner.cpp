// How results leave the runner, and that what is not finite never does.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/resnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/translate/batch.h"
#include "models/translate/network_runner.h"
#include "models/translate/translator.h"
#include "tests/base/folder.h"
#include "tests/thorough.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

Planes planes(int width, int height) {
  Planes result(3, height, width);
  const Image picture = noise(width, height);
  std::ranges::copy(picture.pixels, result.values.begin());
  return result;
}

/// Puts parts together as OutputSink promises that they come, and checks that.
class Assembled {
 public:
  Assembled(int channels, int height, int width) : result(channels, height, width) {}

  void add(const OutputPart& part) {
    if (part.x == 0 && part.y == begin_) {
      end_ = part.band_end;
      filled_ = 0;
    }
    EXPECT_EQ(part.band_end, end_);
    EXPECT_GE(part.y, begin_);
    EXPECT_LE(part.y + part.values.height, end_);
    EXPECT_LE(part.x + part.values.width, result.width);
    for (int c = 0; c < result.channels; ++c)
      for (int y = 0; y < part.values.height; ++y)
        std::copy_n(part.values.row(c, y), part.values.width, result.row(c, part.y + y) + part.x);
    filled_ += int64_t{part.values.height} * part.values.width;
    if (filled_ == int64_t{end_ - begin_} * result.width) {
      begin_ = end_;
      filled_ = 0;
    }
  }
  bool complete() const { return begin_ == result.height; }

  Planes result;

 private:
  int begin_ = 0, end_ = 0;  // rows of the band
  int64_t filled_ = 0;       // pixels of it
};

double largest_difference(const Planes& a, const Planes& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double most = 0;
  for (size_t i = 0; i < a.values.size(); ++i)
    most = std::max(most, std::abs(double{a.values[i]} - b.values[i]));
  return most;
}

TEST(Parts, ComeInBandsAndMakeUpTheResult) {
  Device device;
  struct Run {
    Generator generator;
    RunOptions options;
  };
  const Generator twice = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  const Generator fours =
      with_weights(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::batch}));
  for (const Run& test :
       {Run{twice, {}}, Run{twice, {.tile = 32}}, Run{twice, {.tile = 150}}, Run{fours, {}},
        Run{fours, {.tile = 33}}, Run{fours, {.tile = 32, .shifts = 3}},
        Run{twice, {.tile = 40, .self_ensemble = true}}}) {
    NetworkRunner runner(device, test.generator);
    RunOptions options = test.options;
    options.build = test.generator.defaults;
    const Planes picture = planes(101, 83);
    Assembled assembled(3, 83 * runner.info().scale, 101 * runner.info().scale);
    runner.run(picture, options, [&](const OutputPart& part) { assembled.add(part); });
    EXPECT_TRUE(assembled.complete());
    EXPECT_EQ(assembled.result.values, runner.run(picture, options).values);
  }
}

/// The share of the work that was done when the first rows came.
double share_done_at_first_rows(NetworkRunner& runner, const Planes& picture, RunOptions options,
                                Assembled& assembled) {
  double done = 0, done_at_first = 0;
  options.progress = [&](double share) {
    done = share;
    return true;
  };
  runner.run(picture, options, [&](const OutputPart& part) {
    if (part.y == 0) done_at_first = done;
    assembled.add(part);
  });
  EXPECT_TRUE(assembled.complete());
  return done_at_first;
}

// What all passes of a mean have brought goes on while the rest is still to come.
TEST(Means, AreMadeBandByBand) {
  Device device;
  const Generator generator =
      with_weights(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::batch}));
  NetworkRunner runner(device, generator);
  const Planes picture = planes(101, 183);
  for (const int shifts : {2, 8}) {
    RunOptions options{.build = generator.defaults, .tile = 32};
    const Planes expected =
        cycle_spinning(picture, shifts, runner.info(),
                       [&](const PlaneReader& seen) { return runner.run(seen, options); });
    options.shifts = shifts;
    Assembled assembled(3, 183, 101);
    EXPECT_LT(share_done_at_first_rows(runner, picture, options, assembled), 0.3) << shifts;
    EXPECT_LE(largest_difference(assembled.result, expected), 1e-7) << shifts;  // of rounding
  }
}

// What a network leaves along the borders of what it is given, as zero padding does, is cut off.
TEST(Margin, IsMirroredAroundThePictureAndCutOff) {
  constexpr int kMargin = 5;
  Device device;
  const Planes picture = planes(45, 38);
  for (const Generator& bare :
       {with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2})),
        with_weights(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::batch})),
        with_weights(unet_generator({.features = 4, .depth = 5, .dropout = false}))}) {
    SCOPED_TRACE(bare.info.architecture);
    const int scale = bare.info.scale;
    Generator generator = bare;
    generator.info.margin = kMargin;
    NetworkRunner without(device, bare), runner(device, generator);
    RunOptions options{.build = generator.defaults};
    const auto side = [&](int pixels) {
      return round_up(pixels + 2 * kMargin, bare.info.multiple);
    };
    const Planes larger =
        read_all(padded(picture, side(picture.width), side(picture.height), kMargin, kMargin));
    const Planes expected = cropped(without.run(larger, options), picture.width * scale,
                                    picture.height * scale, kMargin * scale, kMargin * scale);
    EXPECT_EQ(runner.run(picture, options).values, expected.values);
    EXPECT_NE(without.run(picture, options).values, expected.values);
    Assembled assembled(3, picture.height * scale, picture.width * scale);
    runner.run(picture, options, [&](const OutputPart& part) { assembled.add(part); });
    EXPECT_TRUE(assembled.complete());
    EXPECT_EQ(assembled.result.values, expected.values);
    options.tile = 32;
    EXPECT_LE(largest_difference(runner.run(picture, options), expected), 1e-5);
    options.tile = 0;
    options.self_ensemble = true;
    EXPECT_LE(largest_difference(runner.run(picture, options),
                                 cropped(without.run(larger, options), picture.width * scale,
                                         picture.height * scale, kMargin * scale, kMargin * scale)),
              1e-5);
  }
}

TEST(Means, OfFlipsAndRotationsAreMadeBandByBand) {
  Device device;
  const Generator twice = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  NetworkRunner runner(device, twice);
  const Planes picture = planes(50, 183);  // windows that are higher than wide
  RunOptions options{.self_ensemble = true};
  const Planes whole = runner.run(picture, options);
  options.tile = 32;
  Assembled assembled(3, 366, 100);
  EXPECT_LT(share_done_at_first_rows(runner, picture, options, assembled), 0.3);
  EXPECT_LE(largest_difference(whole, assembled.result), 1e-5);
}

TEST(Parts, GoOnWhereMemoryRanOut) {
  const Generator twice = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  const Generator same = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 1}));
  // It looks at the whole picture, and is gone through in sweeps where that does not fit.
  const Generator everywhere =
      with_weights(resnet_generator({.features = 4, .blocks = 1, .norm = Norm::instance}));
  const Planes picture = planes(101, 150);
  struct Run {
    const Generator& generator;
    RunOptions whole, tiles;
  };
  for (const auto& [generator, whole, tiles] :
       {Run{twice, {}, {.tile = 64}}, Run{same, {.shifts = 3}, {.tile = 64, .shifts = 3}},
        Run{twice, {.self_ensemble = true}, {.tile = 64, .self_ensemble = true}},
        Run{everywhere, {.shifts = 3}, {.shifts = 3}}}) {
    set_faults({});
    const int scale = generator.info.scale;
    DeviceOptions faulty;
    faulty.get_instance_proc_addr = faulty_get_instance_proc_addr();
    Device device("", faulty);
    NetworkRunner runner(device, generator);
    const Planes expected = runner.run(picture, whole);
    runner.run(picture, tiles);
    set_faults({});
    runner.run(picture, tiles);  // everything is compiled: these are the runs alone
    const int64_t calls = observed().calls;
    ASSERT_GT(calls, 5);
    for (int64_t call = 1; call <= calls; ++call) {
      if (!test::is_tried(static_cast<size_t>(call), 3)) continue;
      runner.run(picture, tiles);
      set_faults({.call = call, .error = VK_ERROR_OUT_OF_DEVICE_MEMORY});
      Assembled assembled(3, 150 * scale, 101 * scale);
      runner.run(picture, tiles, [&](const OutputPart& part) { assembled.add(part); });
      EXPECT_FALSE(observed().failed_call.empty());
      set_faults({});
      EXPECT_TRUE(assembled.complete());
      EXPECT_LE(largest_difference(expected, assembled.result), 1e-5) << call;
    }
  }
}

/// The generator with its last weights so large that their sums are infinite.
Generator overflowing(Generator generator, const std::string& last) {
  generator = with_weights(std::move(generator));
  StateDict weights;
  for (const auto& [name, tensor] : generator.weights) {
    std::vector<float> values = tensor.to_float();
    if (name == last)
      for (float& value : values) value = std::copysign(std::numeric_limits<float>::max(), value);
    weights.insert(name, HostTensor::from_float(tensor.shape, values));
  }
  generator.weights = std::move(weights);
  return generator;
}

std::string refusal(Translator& translator, const Image& picture, const TranslateOptions& options) {
  try {
    translator.translate(picture, options);
  } catch (const NotFinite& error) {
    return error.what();
  }
  return "";
}

TEST(NotFiniteResults, AreErrorsThatNameTheNetwork) {
  const Image picture = noise(70, 40);
  for (const int scale : {1, 2}) {
    Translator translator(overflowing(srvgg_generator({.features = 4, .blocks = 1, .scale = scale}),
                                      "body.4.weight"));
    for (const TranslateOptions& options :
         {TranslateOptions{}, TranslateOptions{.tile = 32}, TranslateOptions{.self_ensemble = true},
          TranslateOptions{.shifts = 3}}) {
      const std::string message = refusal(translator, picture, options);
      for (const char* part : {"srvggnet_compact", "not finite", "fp32", "-g", "damaged"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
  }
}

// A tanh or a clamp at the end would make a number of it, so would a normalisation's variance.
TEST(NotFiniteResults, AreSeenBehindATanhAndNormalisation) {
  const Image picture = noise(64, 64);
  for (const Norm norm : {Norm::batch, Norm::instance, Norm::none}) {
    Translator unet(overflowing(unet_generator({.features = 4, .depth = 5, .norm = norm}),
                                "model.model.1.model.1.weight"));
    EXPECT_NE(refusal(unet, picture, {}), "") << to_string(norm);
  }
  Translator resnet(overflowing(resnet_generator({.features = 4, .blocks = 1}), "model.4.weight"));
  EXPECT_NE(refusal(resnet, picture, {}), "");
}

TEST(NotFiniteResults, AreNoMatterForTheNextPicture) {
  Generator generator = with_weights(srvgg_generator({.features = 4, .blocks = 1, .scale = 2}));
  Translator translator(generator);
  Image bad = noise(40, 30);
  bad.pixels[1000] = std::numeric_limits<float>::quiet_NaN();
  const Image good = noise(40, 30);
  const std::vector<float> expected = translator.translate(good, {}).pixels;
  EXPECT_NE(refusal(translator, bad, {}), "");
  EXPECT_EQ(translator.translate(good, {}).pixels, expected);
}

TEST(NotFiniteResults, OfARealNetworkWriteNoFile) {
  const fs::path cases = fs::path(IMAGO_SHARED_DATA) / "cases";
  const fs::path model = cases / "overflow_rrdb.pth", input = cases / "overflow_input.png";
  if (!fs::exists(model) || !fs::exists(input)) GTEST_SKIP() << "needs " << cases;
  const TemporaryCache folder;
  Translator translator(load_generator(model));
  const fs::path output = folder.path() / "out.png";
  const std::vector<BatchResult> results =
      run_batch({{input, output, "png"}}, translator, BatchOptions{});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].status, BatchResult::Status::failed);
  EXPECT_NE(results[0].reason.find("overflow_rrdb"), std::string::npos) << results[0].reason;
  EXPECT_NE(results[0].reason.find("not finite"), std::string::npos) << results[0].reason;
  EXPECT_FALSE(fs::exists(output));
}

}  // namespace
}  // namespace imago
