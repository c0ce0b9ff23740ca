// Validation during training: on which pictures, what it measures and shows, and that training does
// not notice.
#include "models/training/validate.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "models/checkpoint/checkpoint.h"
#include "models/image/image.h"
#include "models/library/identify.h"
#include "models/measure/evaluate.h"
#include "models/measure/metrics.h"
#include "models/networks/layers.h"
#include "models/networks/srvgg.h"
#include "models/training/prepare.h"
#include "models/training/train.h"
#include "models/translate/translator.h"
#include "tests/data/support.h"
#include "tests/training/small_training.h"

namespace imago::test {
namespace {

/// Something different in every picture.
void save_picture(const fs::path& path, int width, int height, int n) {
  save_png(path, width, height, [n](int x, int y, int c) {
    return (x * (3 + n) + y * 5 + c * 40 + n * 31 + x * y % 23) % 256;
  });
}

TrainingRequest tiny(const std::string& method, const fs::path& root) {
  TrainingRequest request = default_request(method);
  request.data.dataroot = root;
  request.data.load_size = request.data.crop_size = 32;
  request.data.batch_size = method == "srgan" ? 2 : 1;
  request.generator = method == "pix2pix"    ? "unet_32"
                      : method == "cyclegan" ? "resnet_1blocks"
                                             : "srresnet_1blocks";
  request.discriminator = method == "srgan" ? "srgan" : "pixel";
  request.generator_features = request.discriminator_features = 4;
  request.pool_size = 2;
  request.validation_pictures = 3;
  return request;
}

/// Folders for tiny(method), 3 pictures each.
void make_data(const fs::path& root, const std::string& method,
               const std::vector<std::string>& phases = {"train", "val"}) {
  for (const std::string& phase : phases)
    for (int n = 0; n < 3; ++n) {
      const std::string file = std::to_string(n) + ".png";
      const int seed = n + (phase == "val" ? 10 : 0);
      if (method == "pix2pix") save_picture(root / phase / file, 64, 32, seed);
      if (method == "srgan") save_picture(root / phase / file, 70, 66, seed);
      if (method != "cyclegan") continue;
      save_picture(root / (phase + "A") / file, 32, 32, seed);
      save_picture(root / (phase + "B") / file, 32, 32, seed + 5);
    }
}

/// A tiny run's trainer and its validator.
struct Tiny {
  TrainingRequest request;
  Dataset dataset;
  Trainer trainer;
  Validator validator;

  explicit Tiny(const TrainingRequest& the_request)
      : request(the_request),
        dataset(request.data),
        trainer(training_device(), method(),
                {.init = request.init, .seed = 5, .pool_size = request.pool_size}),
        validator(request, trainer.method()) {}

  Method method() const {
    const Batch batch = dataset.batch(0);
    return prepare(request, batch.a_shape, batch.b_shape).method;
  }
  Losses step() { return trainer.step(dataset.batch(trainer.steps_done()), 2e-3f); }
};

std::map<std::string, double> named(const NamedNumbers& numbers) {
  return {numbers.begin(), numbers.end()};
}

class ValidateMethods : public testing::TestWithParam<std::string> {};

TEST_P(ValidateMethods, TrainingGoesOnAsIfNothingHappened) {
  const TemporaryFolder folder;
  make_data(folder.path(), GetParam());
  TrainingRequest request = tiny(GetParam(), folder.path());
  request.ema = 0.9f;
  Tiny watched(request), alone(request);
  for (int step = 1; step <= 4; ++step) {
    EXPECT_EQ(watched.step(), alone.step()) << step;
    if (step % 2 == 1) watched.validator.run(watched.trainer, step, 1, {folder.path() / "run"});
  }
  const Method& method = watched.trainer.method();
  for (const Network& network : method.networks)
    for (const bool averaged : {false, true}) {
      const StateDict expected = alone.trainer.network(network, averaged);
      for (const auto& [key, tensor] : watched.trainer.network(network, averaged))
        EXPECT_EQ(tensor.data, expected.find(key)->data) << network.name() << '.' << key;
    }
}

INSTANTIATE_TEST_SUITE_P(, ValidateMethods, testing::Values("pix2pix", "cyclegan", "srgan"),
                         [](const auto& instance) { return instance.param; });

/// What `imago evaluate` says about a checkpoint.
Score evaluated(const fs::path& checkpoint, DataOptions data, const std::string& phase) {
  data.phase = phase;
  EvaluationOptions options;
  options.data = data;
  return evaluate_generator(training_device(), load_generator(checkpoint), options).model;
}

TEST(Validate, MeasuresPairsAsEvaluationDoes) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix");
  Tiny run(tiny("pix2pix", folder.path()));
  run.step();
  const ValidationRecord record = run.validator.run(run.trainer, 1, 1, {folder.path() / "run"});
  save_networks(run.trainer, folder.path(), "latest");
  const Score expected = evaluated(folder.path() / "latest_net_G.pth", run.request.data, "val");
  const std::map<std::string, double> metrics = named(record.metrics);
  EXPECT_NEAR(metrics.at("psnr"), expected.psnr, 1e-6);
  EXPECT_NEAR(metrics.at("ssim"), expected.ssim, 1e-6);
  EXPECT_GT(metrics.at("diversity"), 0);
  EXPECT_EQ(metrics.size(), 3u);
  EXPECT_EQ(record.step, 1);
  EXPECT_TRUE(record.best);
}

class Baselines : public testing::Test {
 protected:
  using Pixel = std::function<int(int x, int y, int c)>;

  /// As training begins with it, for the request's pictures at 32x32.
  static Generator untrained(TrainingRequest& request, const std::filesystem::path& folder) {
    request.data.load_size = request.data.crop_size = 32;
    const Batch first = Dataset(request.data).batch(0);
    const Trainer trainer(training_device(), prepare(request, first.a_shape, first.b_shape).method,
                          {});
    save_networks(trainer, folder, "latest");
    return load_generator(folder / "latest_net_G.pth");
  }

  /// Four pairs of 32x32.
  Evaluation evaluate(const std::function<Pixel(int n)>& a, const std::function<Pixel(int n)>& b) {
    const TemporaryFolder folder;
    TrainingRequest request = tiny("pix2pix", folder.path());
    for (int n = 0; n < 4; ++n)
      save_png(folder.path() / "train" / (std::to_string(n) + ".png"), 64, 32,
               [&](int x, int y, int c) { return x < 32 ? a(n)(x, y, c) : b(n)(x - 32, y, c); });
    const Generator generator = untrained(request, folder.path());
    EvaluationOptions options;
    options.data = request.data;
    return evaluate_generator(training_device(), generator, options);
  }
  static Pixel noise(int n) {
    return [n](int x, int y, int c) { return (x * 37 + y * 91 + c * 53 + n * 29) * 17 % 200; };
  }
};

TEST_F(Baselines, InputIsFittedWhereThatIsAllThereIsToDo) {
  const Evaluation result = evaluate(noise, [](int n) {
    return [n](int x, int y, int c) { return noise(n)(x, y, c) * (c + 1) / 4 + 20 * c; };
  });
  ASSERT_TRUE(result.fitted);
  EXPECT_GT(result.fitted->psnr, 48) << "but for rounding it is the target";
  EXPECT_LT(result.identity.psnr, 20);
  EXPECT_LT(result.mean_colour.psnr, 20);
  EXPECT_LT(result.fitted->swd, 0.1 * result.identity.swd);
}

TEST_F(Baselines, MeanPictureIsThatOfTheTargets) {
  const Evaluation result = evaluate(noise, [](int n) {
    return [n](int x, int y, int c) { return noise(0)(x, y, c) + (n % 2 == 0 ? 4 : 0); };
  });
  ASSERT_TRUE(result.mean_picture);
  // It is 2 of 255 beside each of them.
  EXPECT_NEAR(result.mean_picture->psnr, 20 * std::log10(255.0 / 2), 1e-3);
  EXPECT_NEAR(result.mean_picture->absolute_error, 2.0 / 255, 1e-6);
}

TEST_F(Baselines, AreMadeFromThePhaseNamed) {
  TemporaryFolder folder;
  TrainingRequest request = tiny("pix2pix", folder.path());
  for (const auto& [phase, level] : {std::pair{"train", 100}, std::pair{"val", 140}})
    for (int n = 0; n < 2; ++n)
      save_png(folder.path() / phase / (std::to_string(n) + ".png"), 64, 32,
               [n, level = level](int x, int, int) { return x < 32 ? 20 + 9 * n : level; });
  const Generator generator = untrained(request, folder.path());
  EvaluationOptions options;
  options.data = request.data;
  options.data.phase = "val";
  const Evaluation own = evaluate_generator(training_device(), generator, options);
  EXPECT_NEAR(own.mean_colour.absolute_error, 0, 1e-6);
  EXPECT_NEAR(own.mean_picture->absolute_error, 0, 1e-6);
  options.baseline_phase = "train";
  const Evaluation known = evaluate_generator(training_device(), generator, options);
  EXPECT_EQ(known.pictures, 2);
  EXPECT_NEAR(known.mean_colour.absolute_error, 40.0 / 255, 1e-6);
  EXPECT_NEAR(known.mean_picture->absolute_error, 40.0 / 255, 1e-6);
  EXPECT_NEAR(known.fitted->absolute_error, 40.0 / 255, 1e-6);
  EXPECT_EQ(known.model.psnr, own.model.psnr);
}

TEST_F(Baselines, ANetworkForColoursKeepsTheBrightness) {
  const TemporaryFolder folder;
  TrainingRequest request = tiny("pix2pix", folder.path());
  for (int n = 0; n < 2; ++n)
    save_png(folder.path() / "train" / (std::to_string(n) + ".png"), 64, 32,
             [&](int x, int y, int) { return noise(n)(x % 32, y, 0) / 2 + 70; });
  const Generator generator = untrained(request, folder.path());
  EvaluationOptions options;
  options.data = request.data;
  const double before = evaluate_generator(training_device(), generator, options).model.psnr;
  // Untrained, it paints nearly grey.
  EXPECT_GT(evaluate_generator(training_device(), keeping_luma(generator), options).model.psnr,
            before + 6);
}

// The figures are those of the pictures that `imago translate` makes, with all that the file says
// of how the network is meant to be used.
TEST_F(Baselines, ANetworkIsMeasuredAsItTranslates) {
  const TemporaryFolder folder;
  TrainingRequest request = tiny("pix2pix", folder.path());
  const std::filesystem::path file = folder.path() / "train" / "0.png";
  save_png(file, 64, 32, [&](int x, int y, int) { return noise(0)(x, y, 0); });
  const Image both = load_image(file);
  Image input = both;
  input.width = 32;
  input.pixels.clear();
  for (size_t y = 0; y < 32; ++y)
    input.pixels.insert(input.pixels.end(), both.pixels.begin() + static_cast<long>(y * 64 * 3),
                        both.pixels.begin() + static_cast<long>(y * 64 * 3 + 32 * 3));
  const Generator plain = untrained(request, folder.path());
  EvaluationOptions options;
  options.data = request.data;
  const double as_it_is = evaluate_generator(training_device(), plain, options).model.psnr;
  for (const auto& [shifts, side] : {std::pair{3, 0}, std::pair{1, 20}, std::pair{2, 16}}) {
    Generator generator = plain;
    generator.info.shifts = shifts;
    generator.info.side = side;
    const double measured = evaluate_generator(training_device(), generator, options).model.psnr;
    const Image made = Translator(generator).translate(input, {});
    double error = 0;
    for (size_t y = 0; y < 32; ++y)
      for (size_t x = 0; x < 32 * 3; ++x) {
        const double off = double{made.pixels[y * 32 * 3 + x]} - both.pixels[(y * 64 + 32) * 3 + x];
        error += off * off / (32 * 32 * 3);
      }
    EXPECT_NEAR(measured, -10 * std::log10(error), 1e-3) << shifts << ' ' << side;
    EXPECT_GT(std::abs(measured - as_it_is), 1e-3) << shifts << ' ' << side;
  }
}

/// The tensors with NaN in place of the first value of `name`.
StateDict broken(const StateDict& tensors, const std::string& name) {
  StateDict result;
  for (const auto& [key, tensor] : tensors) {
    std::vector<float> values = tensor.to_float();
    if (key == name) values[0] = std::nanf("");
    result.insert(key, HostTensor::from_float(tensor.shape, values));
  }
  EXPECT_TRUE(tensors.contains(name));
  return result;
}

TEST_F(Baselines, ANetworkWhosePicturesAreNotFiniteIsAnError) {
  const TemporaryFolder folder;
  TrainingRequest request = tiny("pix2pix", folder.path());
  save_picture(folder.path() / "train" / "0.png", 64, 32, 1);
  Generator generator = untrained(request, folder.path());
  generator.weights = broken(generator.weights, "model.model.0.weight");
  EvaluationOptions options;
  options.data = request.data;
  options.samples = 1;
  options.sheet = folder.path() / "sheet.png";
  EXPECT_THROW(evaluate_generator(training_device(), generator, options), NotFinite);
  EXPECT_FALSE(fs::exists(options.sheet));
}

TEST_F(Baselines, APictureThatCannotBeMeasuredIsNamedAndTheOthersCount) {
  const TemporaryFolder folder;
  const auto photo = [&](const std::string& name, int side) {
    save_png(folder.path() / "val" / name, side, side, noise(side));
  };
  photo("a.png", 48);
  photo("b.png", 16);  // 8 are left inside the border that is not measured
  photo("c.png", 40);
  std::ofstream(folder.path() / "val" / "d.png") << "no picture";
  Generator generator = srvgg_generator({.features = 4, .blocks = 1, .scale = 4});
  Graph graph;
  generator.build(graph, graph.input("x", {1, 3, 8, 8}), {});
  for (const WantedTensor& wanted : wanted_tensors(graph)) {
    const Shape& s = wanted.shape;
    generator.weights.insert(
        wanted.key,
        HostTensor::from_float({s.n, s.c, s.h, s.w},
                               std::vector<float>(static_cast<size_t>(s.elements()), 0.01f)));
  }
  EvaluationOptions options;
  options.data.dataroot = folder.path();
  options.data.phase = "val";
  options.data.kind = DataKind::photos;
  options.data.scale = 4;
  options.data.preprocess = Preprocess::none;
  const Evaluation all = evaluate_generator(training_device(), generator, options);
  EXPECT_EQ(all.pictures, 2);
  ASSERT_EQ(all.failures.size(), 2u);
  EXPECT_NE(all.failures[0].find("b.png: "), std::string::npos) << all.failures[0];
  EXPECT_NE(all.failures[0].find("16x16"), std::string::npos) << all.failures[0];
  EXPECT_NE(all.failures[1].find("d.png: "), std::string::npos) << all.failures[1];

  fs::remove(folder.path() / "val" / "b.png");
  fs::remove(folder.path() / "val" / "d.png");
  const Evaluation good = evaluate_generator(training_device(), generator, options);
  EXPECT_TRUE(good.failures.empty());
  EXPECT_EQ(all.model.psnr, good.model.psnr);
  EXPECT_EQ(all.identity.ssim, good.identity.ssim);
  fs::remove(folder.path() / "val" / "a.png");
  fs::remove(folder.path() / "val" / "c.png");
  photo("b.png", 16);
  EXPECT_THROW(evaluate_generator(training_device(), generator, options), Error);
}

TEST(Validate, RefusesWhatIsNotFiniteAndWritesNoSheet) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix");
  Tiny run(tiny("pix2pix", folder.path()));
  run.trainer.restore(run.trainer.counts(),
                      broken(run.trainer.tensors(), "G.model.model.0.weight"));
  EXPECT_THROW(run.validator.run(run.trainer, 1, 1, {folder.path() / "run"}), NotFinite);
  EXPECT_FALSE(fs::exists(folder.path() / "run" / "samples" / "step_00000001.png"));
  EXPECT_FALSE(run.validator.best_so_far());
}

TEST_F(Baselines, OneSetIsNoDistanceFromItself) {
  const Evaluation result = evaluate(noise, noise);
  EXPECT_LT(result.identity.swd, 1e-6);
  EXPECT_GT(result.mean_colour.swd, 0.1);
}

// Normalisation has running statistics here, averages of them too.
TEST(Validate, MeasuresTheMovingAveragesOfPhotos) {
  const TemporaryFolder folder;
  make_data(folder.path(), "srgan");
  TrainingRequest request = tiny("srgan", folder.path());
  request.ema = 0.5f;
  Tiny run(request);
  for (int i = 0; i < 3; ++i) run.step();
  const ValidationRecord record = run.validator.run(run.trainer, 3, 1, {folder.path() / "run"});
  save_networks(run.trainer, folder.path(), "latest");
  DataOptions data = request.data;
  data.crop_size = 64;  // twice what training sees
  const Score plain = evaluated(folder.path() / "latest_net_G.pth", data, "val");
  const Score averaged = evaluated(folder.path() / "latest_net_G_average.pth", data, "val");
  EXPECT_NEAR(named(record.metrics).at("psnr"), averaged.psnr, 1e-6);
  EXPECT_NEAR(named(record.metrics).at("ssim"), averaged.ssim, 1e-6);
  EXPECT_GT(std::abs(averaged.psnr - plain.psnr), 1e-4);
}

TEST(Validate, ComparesUnpairedPicturesAsSets) {
  const TemporaryFolder folder;
  make_data(folder.path(), "cyclegan");
  Tiny run(tiny("cyclegan", folder.path()));
  const ValidationRecord record = run.validator.run(run.trainer, 7, 2, {folder.path() / "run"});
  const std::map<std::string, double> metrics = named(record.metrics);
  DataOptions data = run.request.data;
  data.phase = "val";
  const Dataset val(data);
  const TrainedGenerator& g_b = run.trainer.method().generators[1];
  std::vector<Planes> fakes, reals;
  for (int i = 0; i < 3; ++i) {
    const Batch example = val.example(i);
    Planes input(3, 32, 32);
    input.values = example.b;
    fakes.push_back(run.trainer.translate(g_b, input));
    reals.emplace_back(3, 32, 32).values = example.a;
  }
  EXPECT_NEAR(metrics.at("swd_B"), sliced_wasserstein_distance(fakes, reals, {.range = 2}), 1e-12);
  EXPECT_NEAR(metrics.at("swd"), (metrics.at("swd_A") + metrics.at("swd_B")) / 2, 1e-12);
  EXPECT_LE(metrics.at("diversity"), diversity(fakes, reals));
  EXPECT_EQ(record.sample, "samples/step_00000007.png");
  // Six columns, three rows, names above, and gaps of 4 pixels.
  const Image sheet = load_image(folder.path() / "run" / record.sample);
  EXPECT_EQ(sheet.width, 6 * (32 + 4) + 4);
  EXPECT_EQ(sheet.height, 20 + 3 * (32 + 4) + 4);
}

TEST(Validate, TheSheetShowsInputOutputAndTarget) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix");
  Tiny run(tiny("pix2pix", folder.path()));
  const ValidationRecord record = run.validator.run(run.trainer, 1, 1, {folder.path() / "run"});
  const Image sheet = load_image(folder.path() / "run" / record.sample);
  ASSERT_EQ(sheet.width, 3 * (32 + 4) + 4);
  DataOptions data = run.request.data;
  data.phase = "val";
  const Batch second = Dataset(data).example(1);
  Planes input(3, 32, 32);
  input.values = second.a;
  const std::vector<float> made =
      run.trainer.translate(run.trainer.method().generators[0], input).values;
  const std::vector<float>* columns[] = {&second.a, &made, &second.b};
  for (int column = 0; column < 3; ++column)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) {
        const int left = 4 + column * 36 + x, top = 20 + 4 + 36 + y;
        const float shown = sheet.pixels[3 * static_cast<size_t>(top * sheet.width + left)];
        const float value = ((*columns[column])[static_cast<size_t>(y * 32 + x)] + 1) / 2;
        ASSERT_NEAR(shown, std::clamp(value, 0.0f, 1.0f), 0.51 / 255) << column << x << ' ' << y;
      }
}

TEST(Validate, TheBestIsRememberedAndRestored) {
  const TemporaryFolder folder;
  const RunFolder run_folder{folder.path() / "run"};
  make_data(folder.path(), "pix2pix");
  Tiny run(tiny("pix2pix", folder.path()));
  const auto is_best = [&] { return run.validator.run(run.trainer, 1, 1, run_folder).best; };
  EXPECT_FALSE(run.validator.best_so_far());
  EXPECT_TRUE(is_best());
  const std::optional<double> first = run.validator.best_so_far();
  ASSERT_TRUE(first);
  EXPECT_FALSE(is_best());  // no better
  run.validator.set_best_so_far(*first - 0.1);
  EXPECT_TRUE(is_best());
  EXPECT_EQ(run.validator.best_so_far(), first);
  run.validator.set_best_so_far(*first + 0.1);
  EXPECT_FALSE(is_best());

  make_data(folder.path(), "cyclegan");
  Tiny unpaired(tiny("cyclegan", folder.path()));
  const auto is_closest = [&] {
    return unpaired.validator.run(unpaired.trainer, 1, 1, run_folder).best;
  };
  EXPECT_TRUE(is_closest());
  const double distance = *unpaired.validator.best_so_far();
  unpaired.validator.set_best_so_far(distance + 0.1);
  EXPECT_TRUE(is_closest());
  unpaired.validator.set_best_so_far(distance - 0.1);
  EXPECT_FALSE(is_closest());
}

/// Which pictures a validator of tiny("pix2pix") takes.
std::string source_of(const TrainingRequest& request) {
  Method method = prepare(request, {1, 3, 32, 32}, {1, 3, 32, 32}).method;
  return Validator(request, method).source();
}

TEST(Validate, PrefersPicturesThatTrainingNeverSees) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix", {"train"});
  TrainingRequest request = tiny("pix2pix", folder.path());
  EXPECT_EQ(source_of(request),
            "3 of the training pictures, as there are no others in val or test");
  make_data(folder.path(), "pix2pix", {"test"});
  EXPECT_EQ(source_of(request), "3 pictures of test");
  make_data(folder.path(), "pix2pix", {"val"});
  EXPECT_EQ(source_of(request), "3 pictures of val");
  request.validation_pictures = 1;
  EXPECT_EQ(source_of(request), "1 picture of val");
}

TEST(Validate, KnowsPhasesThatHaveNoFolder) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix", {"train"});
  TrainingRequest request = tiny("pix2pix", folder.path());
  request.data.held_out = 1;
  EXPECT_EQ(source_of(request), "1 picture of val");

  // Photos without folders are all of the training's.
  request.data.held_out = 0;
  request.data.kind = DataKind::grey;
  request.data.dataroot = folder.path() / "train";
  EXPECT_EQ(source_of(request),
            "3 of the training pictures, as there are no others in val or test");

  request.data.kind = DataKind::cameras;
  request.data.dataroot = folder.path() / "cameras";
  for (const std::string camera : {"a", "b", "c"})
    for (const std::string time : {"day", "night"})
      save_picture(request.data.dataroot / camera / time / "1.png", 40, 40, camera[0]);
  EXPECT_EQ(source_of(request), "2 pictures of val");

  // Two folders have what is held out, whatever a folder in them is called.
  request.data.kind = DataKind::paired;
  request.data.dataroot = folder.path() / "one";
  request.data.dataroot_b = folder.path() / "two";
  for (const fs::path& root : {request.data.dataroot, request.data.dataroot_b})
    for (int n = 0; n < 4; ++n)
      save_picture(root / (n < 2 ? "valA" : "") / (std::to_string(n) + ".png"), 40, 40, n);
  EXPECT_EQ(source_of(request),
            "3 of the training pictures, as there are no others in val or test");
  request.data.held_out = 2;
  EXPECT_EQ(source_of(request), "2 pictures of val");
}

TEST(Validate, PassesOverWhatCannotBeUsed) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix");
  const TrainingRequest request = tiny("pix2pix", folder.path());
  const fs::path bad = folder.path() / "val" / "1.png";
  std::ofstream(bad) << "not a picture";
  std::string source = source_of(request);
  EXPECT_TRUE(source.starts_with("2 pictures of val (1 of val passed over: ")) << source;
  EXPECT_NE(source.find(bad.string()), std::string::npos) << source;

  // Sizes that differ from the first, or that the network cannot take.
  TrainingRequest whole = request;
  whole.data.preprocess = Preprocess::none;
  save_picture(bad, 128, 32, 3);
  source = source_of(whole);
  EXPECT_NE(source.find("another size than val/0.png"), std::string::npos) << source;
  save_picture(folder.path() / "val" / "0.png", 80, 40, 3);
  source = source_of(whole);
  EXPECT_NE(source.find("val/0.png: 40x40 pixels"), std::string::npos) << source;

  fs::remove_all(folder.path() / "val");
  fs::create_directory(folder.path() / "val");
  source = source_of(request);
  EXPECT_TRUE(source.starts_with("3 of the training pictures")) << source;
  EXPECT_NE(source.find("no pictures in this folder"), std::string::npos) << source;
  for (int n = 0; n < 3; ++n)
    std::ofstream(folder.path() / "train" / (std::to_string(n) + ".png")) << "broken";
  EXPECT_NE(error_of([&] { source_of(request); }).find("no picture that validation could use"),
            std::string::npos);
}

TEST(Validate, ASheetThatCannotBeWrittenIsNamed) {
  const TemporaryFolder folder;
  make_data(folder.path(), "pix2pix");
  Tiny run(tiny("pix2pix", folder.path()));
  std::ofstream(folder.path() / "file") << "in the way";
  try {
    run.validator.run(run.trainer, 1, 1, {folder.path() / "file"});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder.path() / "file/samples").string()),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(run.validator.best_so_far());
}

}  // namespace
}  // namespace imago::test
