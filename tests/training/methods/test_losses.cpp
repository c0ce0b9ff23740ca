// The losses against their papers' formulas, written out once more in fp64.
#include "models/training/methods/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "compute/graph/grad.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

using Values = std::vector<double>;

const Shape kLogits = {2, 1, 2, 3};
const Values kReal = {0.3, -1.2, 2.5, 0.9, 1.1, -0.4, 3, 0.2, -2, 1.4, 0.7, 0.1};
const Values kFake = {-0.8, 0.6, 1.7, -2.1, 0.05, -0.3, 0.4, -1.5, 2.2, -0.9, -0.6, 1.3};

double value_of(const std::function<Tensor(Graph&)>& build,
                const std::map<std::string, Values>& inputs) {
  Graph graph;
  graph.output("loss", build(graph));
  return evaluate(graph, [&](const Node& node) { return inputs.at(node.name); })[0].values[0];
}

double of_logits(const std::function<Tensor(Tensor real, Tensor fake)>& build) {
  return value_of(
      [&](Graph& graph) {
        return build(graph.input("real", kLogits), graph.input("fake", kLogits));
      },
      {{"real", kReal}, {"fake", kFake}});
}

double mean(const Values& values, const std::function<double(double)>& f) {
  double total = 0;
  for (const double value : values) total += f(value);
  return total / static_cast<double>(values.size());
}

double log_sigmoid(double x) { return std::log(1 / (1 + std::exp(-x))); }
double same(double x) { return x; }
double above(double x) { return std::max(0.0, x); }

/// Of one logit: what D wants for a real and for a fake one, what G wants for its own.
struct Game {
  GanMode mode;
  std::function<double(double)> real, fake, generator;
};

const Game kGames[] = {
    {GanMode::vanilla, [](double x) { return -log_sigmoid(x); },
     [](double x) { return -std::log(1 - 1 / (1 + std::exp(-x))); },
     [](double x) { return -log_sigmoid(x); }},
    {GanMode::lsgan, [](double x) { return (x - 1) * (x - 1); }, [](double x) { return x * x; },
     [](double x) { return (x - 1) * (x - 1); }},
    {GanMode::wgangp, [](double x) { return -x; }, [](double x) { return x; },
     [](double x) { return -x; }},
    {GanMode::hinge, [](double x) { return above(1 - x); }, [](double x) { return above(1 + x); },
     [](double x) { return -x; }},
};

TEST(Losses, OfTheGame) {
  for (const Game& game : kGames) {
    SCOPED_TRACE(to_string(game.mode));
    const auto real = [&](Tensor r, Tensor) { return real_loss(game.mode, r); };
    const auto fake = [&](Tensor, Tensor f) { return fake_loss(game.mode, f); };
    const auto generator = [&](Tensor, Tensor f) { return generator_loss(game.mode, f); };
    EXPECT_NEAR(of_logits(real), mean(kReal, game.real), 1e-7);
    EXPECT_NEAR(of_logits(fake), mean(kFake, game.fake), 1e-7);
    EXPECT_NEAR(of_logits(generator), mean(kFake, game.generator), 1e-7);
  }
}

TEST(Losses, OfLogitsBeyondExp) {
  const auto loss = [](Tensor r, Tensor f) {
    return real_loss(GanMode::vanilla, r * 1e3f) + fake_loss(GanMode::vanilla, f * 1e3f);
  };
  const double expected = 1e3 * (mean(kReal, [](double x) { return above(-x); }) +
                                 mean(kFake, [](double x) { return above(x); }));
  EXPECT_NEAR(of_logits(loss), expected, 1e-3);
}

// Jolicoeur-Martineau 2018, appendix: RaSGAN, RaLSGAN, RaHingeGAN; halved, as ESRGAN does.
TEST(Losses, RelativeToTheOtherSidesAverage) {
  const double of_real = mean(kReal, same), of_fake = mean(kFake, same);
  using Function = std::function<double(double)>;
  struct Case {
    GanMode mode;
    Function real, fake;
  };
  const Case cases[] = {
      {GanMode::vanilla, kGames[0].real, kGames[0].fake},
      {GanMode::lsgan, kGames[1].real, [](double x) { return (x + 1) * (x + 1); }},
      {GanMode::wgangp, kGames[2].real, kGames[2].fake},
      {GanMode::hinge, kGames[3].real, kGames[3].fake}};
  for (const Case& c : cases) {
    SCOPED_TRACE(to_string(c.mode));
    const auto half_sum = [&](const Function& on_real, const Function& on_fake) {
      return (mean(kReal, [&](double x) { return on_real(x - of_fake); }) +
              mean(kFake, [&](double x) { return on_fake(x - of_real); })) /
             2;
    };
    EXPECT_NEAR(of_logits([&](Tensor r, Tensor f) {
                  return relativistic_discriminator_loss(c.mode, r, f);
                }),
                half_sum(c.real, c.fake), 1e-6);
    EXPECT_NEAR(
        of_logits([&](Tensor r, Tensor f) { return relativistic_generator_loss(c.mode, r, f); }),
        half_sum(c.fake, c.real), 1e-6);
  }
}

// Wang et al. 2018, equation 4, with their code's 4 / blocks.
TEST(Losses, FeatureMatchingIsFourTimesTheMeanOverTheBlocks) {
  const Values small = {0.5, -2};
  const double loss = value_of(
      [&](Graph& graph) {
        const Tensor real = graph.input("real", kLogits), fake = graph.input("fake", kLogits);
        const Tensor a = graph.input("a", {1, 2, 1, 1}), b = graph.input("b", {1, 2, 1, 1});
        return feature_matching({fake, a}, {real, b});
      },
      {{"real", kReal}, {"fake", kFake}, {"a", small}, {"b", {0, 1}}});
  double first = 0;
  for (size_t i = 0; i < kReal.size(); ++i)
    first += std::abs(kReal[i] - kFake[i]) / static_cast<double>(kReal.size());
  EXPECT_NEAR(loss, 4 * (first + (0.5 + 3) / 2) / 2, 1e-6);
}

// A critic w·x has the slope |w| everywhere.
TEST(Losses, GradientPenaltyOfALinearCritic) {
  const Shape picture = {2, 3, 2, 2};
  Values weights, pixels;
  double square = 0;
  for (int i = 0; i < 12; ++i) {
    weights.push_back(0.1 * i - 0.3);
    square += weights.back() * weights.back();
  }
  for (int i = 0; i < 24; ++i) pixels.push_back(0.05 * i - 0.5);
  const double penalty = value_of(
      [&](Graph& graph) {
        const Tensor w = graph.input("w", {1, 3, 2, 2});
        return gradient_penalty([&](Tensor x) { return conv2d(x, w); }, graph.input("a", picture),
                                graph.input("b", picture), graph.input("share", {2, 1, 1, 1}));
      },
      {{"w", weights}, {"a", pixels}, {"b", Values(24, 0.25)}, {"share", {0.3, 0.8}}});
  EXPECT_NEAR(penalty, std::pow(std::sqrt(square) - 1, 2), 1e-6);
}

// A critic sum(x²) has the slope 2|x|, which tells where x_hat lies.
TEST(Losses, GradientPenaltyIsTakenBetweenRealAndFake) {
  const Shape picture = {2, 1, 1, 2};
  const double penalty = value_of(
      [&](Graph& graph) {
        return gradient_penalty([&](Tensor x) { return square(x); }, graph.input("real", picture),
                                graph.input("fake", picture), graph.input("share", {2, 1, 1, 1}));
      },
      {{"real", {3, 4, 0.6, 0.8}}, {"fake", {0, 0, 0, 0}}, {"share", {0.25, 1}}});
  EXPECT_NEAR(penalty, (std::pow(2 * 0.25 * 5 - 1, 2) + std::pow(2 * 1.0 - 1, 2)) / 2, 1e-6);
}

TEST(Losses, OfPictures) {
  const Shape shape = {1, 1, 2, 3};
  const std::map<std::string, Values> inputs = {{"a", {1, 2, 4, 0, 3, -1}},
                                                {"b", {0, 2, 1, 0, 5, 1}}};
  const auto of = [&](const std::function<Tensor(Tensor, Tensor)>& build) {
    return value_of([&](Graph& g) { return build(g.input("a", shape), g.input("b", shape)); },
                    inputs);
  };
  EXPECT_NEAR(of(&absolute_error), (1 + 0 + 3 + 0 + 2 + 2) / 6.0, 1e-6);
  EXPECT_NEAR(of(&squared_error), (1 + 0 + 9 + 0 + 4 + 4) / 6.0, 1e-6);
  // Steps down -1, 1, -5 of three; across 1, 2, 3, -4 of four.
  EXPECT_NEAR(of([](Tensor a, Tensor) { return total_variation(a); }),
              2 * ((1 + 1 + 25) / 3.0 + (1 + 4 + 9 + 16) / 4.0), 1e-5);
}

TEST(Losses, FeaturesCountOncePerResolution) {
  const auto loss = [](Graph& graph) {
    std::vector<Tensor> fake, real;
    // Of a 4x4 picture: the first has its size, the second and third are at half, the last at a
    // quarter.
    for (const auto& [side, number] : {std::pair{4, 9.0f}, {2, 1.0f}, {2, 7.0f}, {1, 3.0f}}) {
      fake.push_back(constant(graph, {1, 2, side, side}, number));
      real.push_back(constant(graph, {1, 2, side, side}, 0));
    }
    return feature_loss(fake, real, {1, 3, 4, 4});
  };
  EXPECT_NEAR(value_of(loss, {}), (1 * 1 + 3 * 3) / 2.0, 1e-6);
}

}  // namespace
}  // namespace imago
