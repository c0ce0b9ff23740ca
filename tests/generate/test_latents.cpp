// Ways through the latent space of a small StyleGAN2 and a small DCGAN.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "compute/vk/device.h"
#include "models/checkpoint/checkpoint.h"
#include "models/generate/latent_explorer.h"
#include "models/generate/latent_tools.h"
#include "models/generate/project.h"
#include "models/library/identify.h"
#include "models/video/film.h"
#include "tests/base/folder.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
const fs::path kSamplers = fs::path(IMAGO_FIXTURES) / "samplers";

Device& device() {
  static Device device;
  return device;
}

Generator stylegan2() { return load_generator(kSamplers / "stylegan2.pt"); }

Generator sampler(const std::string& name) {
  const StateDict file = read_checkpoint(kSamplers / "samplers.safetensors");
  const std::string prefix = name + ".weights.";
  StateDict tensors;
  for (const auto& [key, tensor] : file)
    if (key.starts_with(prefix)) tensors.insert(key.substr(prefix.size()), tensor);
  return identify(tensors);
}

Generator dcgan() { return sampler("dcgan"); }

double apart(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  double most = 0;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i)
    most = std::max(most, std::abs(double{a.pixels[i]} - double{b.pixels[i]}));
  return most;
}

double dot(const LatentPoint& a, const LatentPoint& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

TEST(Latents, APointMakesTheSamplesPicture) {
  for (const bool styles : {true, false}) {
    const Generator generator = styles ? stylegan2() : dcgan();
    LatentSpace space(device(), generator);
    EXPECT_EQ(space.has_styles(), styles);
    SampleMaker maker(device(), generator);
    for (const float truncation : {0.0f, 0.6f}) {
      const SampleOrder order{7, 0, truncation};
      EXPECT_LT(apart(space.picture(space.point(order)), maker.make(order)), 1e-4) << styles;
    }
  }
}

TEST(Latents, MixedStylesAreOnesOfBoth) {
  LatentSpace space(device(), stylegan2());
  const LatentPoint a = space.point({1}), b = space.point({2});
  const auto slots = static_cast<size_t>(space.slots());
  std::vector<LatentPoint> mixed(slots, a);
  EXPECT_LT(apart(space.picture(mixed), space.picture(a)), 1e-6);
  mixed[0] = b;
  const Image little = space.picture(mixed);
  EXPECT_GT(apart(little, space.picture(a)), 1e-3);
  EXPECT_GT(apart(little, space.picture(b)), 1e-3);
  mixed.assign(slots, b);
  EXPECT_LT(apart(space.picture(mixed), space.picture(b)), 1e-6);
  const int side = space.picture(a).width;
  const Image sheet = mixed_styles(space, {{1, 2}, {3, 4, 5}});
  EXPECT_EQ(sheet.width, 3 * side + 16);
  EXPECT_EQ(sheet.height, 4 * side + 20);
  EXPECT_THROW(mixed_styles(space, {{1}, {2}, 0, 0, 100}), Error);
  LatentSpace without(device(), dcgan());
  EXPECT_THROW(mixed_styles(without, {{1}, {2}}), Error);
}

TEST(Latents, WaysBetweenPoints) {
  const LatentPoint a = {1, 0, 0}, b = {0, 2, 0};
  EXPECT_EQ(between(a, b, 0, true), a);
  const LatentPoint middle = between(a, b, 0.5, true);
  EXPECT_NEAR(middle[0], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(middle[1], 2 * std::sqrt(0.5), 1e-6);
  EXPECT_EQ(between(a, b, 0.5, false), (LatentPoint{0.5f, 1, 0}));
  EXPECT_EQ(between(a, a, 0.3, true)[0], 1);
  EXPECT_EQ(moved(a, b, 0.5), (LatentPoint{1, 1, 0}));
}

TEST(Explorer, StandsWhereItIsToldTo) {
  for (const char* name : {"dcgan", "labelled", "stylegan2"}) {
    SCOPED_TRACE(name);
    const bool styles = name == std::string("stylegan2"), labels = name == std::string("labelled");
    const Generator generator = styles ? stylegan2() : sampler(name);
    LatentExplorer explorer(generator, "");
    EXPECT_EQ(explorer.has_styles(), styles);
    SampleMaker maker(device(), generator);
    const float truncation = styles ? 0.6f : 0;
    LatentPlace place{7, 9};
    place.truncation = truncation;
    if (labels) place.first_label = 2, place.second_label = 1;
    const Image first = maker.make({7, place.first_label, truncation}),
                second = maker.make({9, place.first_label, truncation});
    EXPECT_LT(apart(explorer.picture(place), first), 1e-4);
    place.share = 1;
    EXPECT_LT(apart(explorer.picture(place), second), 1e-4);
    place.share = 0.5;
    EXPECT_GT(apart(explorer.picture(place), first), 1e-3);
    EXPECT_GT(apart(explorer.picture(place), second), 1e-3);
    if (!labels) continue;
    place.share = 0;
    place.label_share = 1;
    EXPECT_LT(apart(explorer.picture(place), maker.make({7, 1, 0})), 1e-4);
    // Half of each label is what the network makes of just these numbers.
    place.label_share = 0.5;
    LatentSpace space(device(), generator);
    EXPECT_LT(apart(explorer.picture(place), space.blended(space.point({7}), {0, 0.5f, 0.5f})),
              1e-6);
    EXPECT_GT(apart(explorer.picture(place), first), 1e-4);
  }
}

/// |A^T A v - value v| by multiplying, for the weights of a DCGAN's first layer {latent, C, k, k}.
TEST(Directions, SefaFindsEigenvectorsOfTheFirstLayer) {
  const Generator generator = dcgan();
  const Directions found = sefa_directions(generator);
  const HostTensor& weight = *generator.weights.find("main.0.weight");
  const std::vector<float> values = weight.to_float();
  const auto latent = static_cast<size_t>(weight.shape[0]), columns = values.size() / latent;
  ASSERT_EQ(found.vectors.size(), latent);
  double last = 1e300;
  for (size_t i = 0; i < latent; ++i) {
    const LatentPoint& v = found.vectors[i];
    for (size_t k = 0; k <= i; ++k) EXPECT_NEAR(dot(v, found.vectors[k]), k == i, 1e-5);
    std::vector<double> product(columns), back(latent);
    for (size_t c = 0; c < columns; ++c)
      for (size_t r = 0; r < latent; ++r)
        product[c] += double{values[r * columns + c]} * double{v[r]};
    double value = 0;
    for (const double p : product) value += p * p;
    for (size_t r = 0; r < latent; ++r) {
      for (size_t c = 0; c < columns; ++c) back[r] += double{values[r * columns + c]} * product[c];
      EXPECT_NEAR(back[r], value * double{v[r]}, 1e-4 * (1 + value));
    }
    EXPECT_LE(value, last * 1.0001);
    last = value;
  }
}

TEST(Directions, ComponentsAreAsLongAsPointsSpread) {
  LatentSpace space(device(), stylegan2());
  constexpr int kSamples = 200;
  const Directions found = pca_directions(space, kSamples);
  std::vector<LatentPoint> points;
  for (int i = 0; i < kSamples; ++i) points.push_back(space.point({static_cast<uint64_t>(i)}));
  for (size_t i = 0; i < 3; ++i) {
    double sum = 0, squares = 0;
    for (const LatentPoint& point : points) {
      const double place = dot(point, found.vectors[i]);
      sum += place / kSamples;
      squares += place * place / kSamples;
    }
    EXPECT_NEAR(std::sqrt(squares - sum * sum), found.units[i], 1e-3 * found.units[0]);
    if (i > 0) {
      EXPECT_LE(found.units[i], found.units[i - 1]);
    }
  }
  EXPECT_GT(sefa_directions(space.generator()).vectors.size(), 0u);
  LatentSpace without(device(), dcgan());
  EXPECT_THROW(pca_directions(without), Error);
}

TEST(Directions, AMoveChangesThePictureAndBackAgain) {
  LatentSpace space(device(), stylegan2());
  const LatentMove move{pca_directions(space, 100), 1, 2};
  const LatentPoint start = space.point({4});
  EXPECT_GT(apart(space.picture(move.apply(start, 1)), space.picture(start)), 0.01);
  EXPECT_LT(apart(space.picture(move.apply(move.apply(start, 1), -1)), space.picture(start)), 1e-4);
  EXPECT_THROW((LatentMove{move.directions, 7, 1}.apply(start, 1)), Error);
}

TEST(Walk, AFilmThatEndsWhereItBegan) {
  const TemporaryFolder folder;
  LatentSpace space(device(), stylegan2());
  WalkRequest request{.output = folder.path() / "walk.mp4",
                      .seconds = 1,
                      .frames_a_second = 10,
                      .stops = 3,
                      .first = {5, 0, 0.5f}};
  ASSERT_TRUE(write_walk(space, request));
  const std::unique_ptr<FilmReader> film = open_film(request.output, 1 << 20);
  int frames = 0;
  Image first;
  while (const auto frame = film->read())
    if (frames++ == 0) first = to_image(frame->picture);
  EXPECT_EQ(frames, 10);
  const Image wanted = space.picture(space.point(request.first));
  ASSERT_EQ(first.width, wanted.width);
  double difference = 0;
  for (size_t i = 0; i < wanted.pixels.size(); ++i)
    difference += std::abs(double{first.pixels[i]} - double{wanted.pixels[i]});
  EXPECT_LT(difference / static_cast<double>(wanted.pixels.size()), 0.1) << "lossy, but the same";
  request.output = folder.path() / "walk.txt";
  EXPECT_THROW(write_walk(space, request), Error);
  request.output = folder.path() / "stopped.mp4";
  EXPECT_FALSE(write_walk(space, request, [](double) { return false; }));
  EXPECT_FALSE(fs::exists(request.output));
}

TEST(Project, FindsWhatMadeAPicture) {
  for (const bool styles : {true, false}) {
    const Generator generator = styles ? stylegan2() : dcgan();
    LatentSpace space(device(), generator);
    const Image target = space.picture(space.point({11}));
    ProjectRequest request{.steps = 150, .noise = false};
    const Projection found = project(device(), generator, target, request);
    EXPECT_LT(found.error, found.begun / 4) << styles << ": " << found.begun;
    const Image made = space.picture(found.by_slot[0]);
    double difference = 0;
    for (size_t i = 0; i < target.pixels.size(); ++i)
      difference += 2 * std::abs(double{made.pixels[i]} - double{target.pixels[i]});
    EXPECT_LT(difference / static_cast<double>(target.pixels.size()), found.begun / 4);
  }
}

/// One of the pictures of a sheet of pictures without names.
Image cut(const Image& sheet, int column, int row, int side) {
  constexpr int kGap = 4;
  Image picture;
  picture.width = picture.height = side;
  picture.channels = sheet.channels;
  for (int y = 0; y < side; ++y)
    for (int i = 0; i < side * sheet.channels; ++i)
      picture.pixels.push_back(sheet.pixels[static_cast<size_t>(
          ((kGap + (kGap + side) * row + y) * sheet.width + kGap + (kGap + side) * column) *
              sheet.channels +
          i)]);
  return picture;
}

TEST(Project, LatentsAreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "latents.safetensors";
  const Generator generator = stylegan2();
  LatentSpace space(device(), generator);
  const Image target = space.picture(space.point({11}));
  ProjectRequest request{.steps = 20};
  request.by_slot = true;
  const Projection found = project(device(), generator, target, request);
  write_latents(found, file);
  const Projection read = read_latents(file, generator);
  EXPECT_EQ(read.by_slot, found.by_slot);
  ASSERT_EQ(read.noise.size(), found.noise.size());
  for (const auto& [key, noise] : found.noise)
    EXPECT_EQ(read.noise.find(key)->to_float(), noise.to_float()) << key;
  EXPECT_THROW(read_latents(file, dcgan()), Error);
  EXPECT_THROW(read_latents(kSamplers / "samplers.safetensors", generator), Error);

  // Of a network with labels the label is in it.
  Projection labelled{{std::vector<float>(5, 0.5f)}, {}, 0, 0, 2};
  write_latents(labelled, file);
  EXPECT_EQ(read_latents(file, sampler("labelled")).label, 2);
  EXPECT_THROW(read_latents(file, dcgan()), Error);  // as many numbers, but no label
  labelled.label = 0;
  write_latents(labelled, file);
  EXPECT_EQ(read_latents(file, dcgan()).by_slot, labelled.by_slot);
}

TEST(Project, WaysBeginWhereALatentWasFound) {
  const TemporaryFolder folder;
  LatentSpace space(device(), stylegan2());
  std::vector<LatentPoint> begin;  // no two slots alike
  for (int slot = 0; slot < space.slots(); ++slot)
    begin.push_back(space.point({100 + static_cast<uint64_t>(slot)}));
  const Image wanted = space.picture(begin);
  const LatentMove move{sefa_directions(space.generator()), 1, 2};
  const Image sheet = moved_samples(space, move, {3}, 2, 5, begin);
  const double kByte = 0.5 / 255 + 1e-6;
  EXPECT_LT(apart(cut(sheet, 2, 0, wanted.width), wanted), kByte);
  EXPECT_GT(apart(cut(sheet, 4, 0, wanted.width), wanted), 0.01);
  EXPECT_LT(apart(cut(sheet, 2, 1, wanted.width), space.picture(space.point({3}))), kByte);

  WalkRequest request{.output = folder.path() / "walk.gif",
                      .seconds = 1,
                      .frames_a_second = 10,
                      .stops = 2,
                      .first = {3}};
  request.begin = begin;
  ASSERT_TRUE(write_walk(space, request));
  const std::unique_ptr<FilmReader> film = open_film(request.output, 1 << 20);
  const auto difference = [](const Image& a, const Image& b) {
    double sum = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i)
      sum += std::abs(double{a.pixels[i]} - double{b.pixels[i]});
    return sum / static_cast<double>(a.pixels.size());
  };
  const Image seed = space.picture(space.point({3}));
  ASSERT_GT(difference(seed, wanted), 0.05);
  int frames = 0;
  while (const auto frame = film->read()) {
    const Image shown = to_image(frame->picture);
    // The first frame is the found one, the sixth of ten the sample.
    if (frames == 0) {
      EXPECT_LT(difference(shown, wanted), 0.03);
    }
    if (frames == 5) {
      EXPECT_LT(difference(shown, seed), 0.03);
    }
    ++frames;
  }
  EXPECT_EQ(frames, 10);
}

TEST(Project, NoiseAndAStyleForEachSlotComeNearer) {
  const Generator generator = stylegan2();
  Image target;
  target.width = 20;
  target.height = 16;
  for (int i = 0; i < 20 * 16; ++i)
    for (int c = 0; c < 3; ++c)
      target.pixels.push_back(static_cast<float>((i * 7 + c * 50) % 97) / 97);
  const ProjectRequest plain{.steps = 60, .noise = false};
  ProjectRequest all = plain;
  all.noise = all.by_slot = true;
  const Projection one = project(device(), generator, target, plain),
                   many = project(device(), generator, target, all);
  EXPECT_LT(many.error, one.error);
  EXPECT_EQ(many.by_slot.size(), one.by_slot.size());
  EXPECT_NE(many.by_slot[0], many.by_slot[1]);
  EXPECT_EQ(one.by_slot[0], one.by_slot[1]);
  EXPECT_TRUE(one.noise.size() == 0 && many.noise.size() > 0);
  LatentSpace fitted(device(), with_noise(generator, many));
  LatentSpace own(device(), generator);
  EXPECT_GT(apart(fitted.picture(many.by_slot), own.picture(many.by_slot)), 1e-4);
}

}  // namespace
}  // namespace imago
