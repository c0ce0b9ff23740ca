#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/base/random.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

// The known answers that its authors publish with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedAnswers) {
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// The same mask to the last element, because a wrongly kept element is an error of its size.
TEST(Dropout, MatchesReference) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{1, 1, 1, 3}, Shape{2, 3, 7, 5},
                             Shape{1, 7, 7, 90}, Shape{1, 64, 37, 41}})
    for (const float p : {0.0f, 0.5f, 0.1f, 0.9f})
      check_op({.name = "dropout " + to_string(shape) + " " + std::to_string(p),
                .inputs = {shape},
                .build = [&](auto& in) { return dropout(in[0], p); }});
  check_op({.name = "the second stream, of a parameter",
            .inputs = {{1, 5, 9, 9}},
            .build = [](auto& in) { return dropout(dropout(in[0], 0.3f), 0.5f); },
            .as_parameters = {0}});
}

class DropoutOfOnes : public testing::Test {
 protected:
  static constexpr Shape kShape = {1, 16, 64, 64};

  DropoutOfOnes() {
    const Tensor x = graph_.input("x", kShape);
    graph_.output("first", dropout(x, 0.3f));
    graph_.output("second", dropout(x, 0.3f));
    program_ = std::make_unique<Program>(
        test_device(), make_plan(graph_, test_device().properties()), parameters_);
    std::fill(program_->input("x").begin(), program_->input("x").end(), 1.0f);
  }

  std::vector<float> run(const char* output, const StepParams& step) {
    program_->run(step);
    const auto values = program_->output(output);
    return {values.begin(), values.end()};
  }

  Graph graph_;
  Parameters parameters_{test_device(), {}};
  std::unique_ptr<Program> program_;
};

TEST_F(DropoutOfOnes, KeepsTheRightShareAndScalesIt) {
  const std::vector<float> y = run("first", {.seed_low = 5});
  const double count = static_cast<double>(y.size());
  double kept = 0;
  for (const float value : y) {
    ASSERT_TRUE(value == 0 || std::abs(value - 1 / 0.7f) < 1e-6f) << value;
    kept += value != 0;
  }
  // Five standard deviations of the binomial distribution.
  EXPECT_NEAR(kept / count, 0.7, 5 * std::sqrt(0.7 * 0.3 / count));
}

/// Share of elements on which two masks agree; of independent ones 0.7² + 0.3² = 0.58.
double agreement(const std::vector<float>& a, const std::vector<float>& b) {
  double same = 0;
  for (size_t i = 0; i < a.size(); ++i) same += (a[i] == 0) == (b[i] == 0);
  return same / static_cast<double>(a.size());
}

TEST_F(DropoutOfOnes, DrawsAnewForEverySeedStepAndNode) {
  const StepParams base{.seed_low = 5, .seed_high = 6, .step = 7};
  const std::vector<float> y = run("first", base);
  EXPECT_EQ(y, run("first", base));
  const double slack = 5 * std::sqrt(0.58 * 0.42 / static_cast<double>(y.size()));
  EXPECT_NEAR(agreement(y, run("second", base)), 0.58, slack);
  for (const StepParams& other : {StepParams{.seed_low = 6, .seed_high = 6, .step = 7},
                                  StepParams{.seed_low = 5, .seed_high = 7, .step = 7},
                                  StepParams{.seed_low = 5, .seed_high = 6, .step = 8}})
    EXPECT_NEAR(agreement(y, run("first", other)), 0.58, slack);
  std::vector<float> shifted(y.begin() + 1, y.end());
  shifted.push_back(y[0]);
  EXPECT_NEAR(agreement(y, shifted), 0.58, slack);
}

TEST(Dropout, RefusesProbabilitiesThatAreNone) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 4});
  for (const float p : {-0.1f, 1.0f, std::nanf("")})
    expect_shape_error([&] { dropout(x, p); },
                       "dropout: the probability must be at least 0 and below 1");
}

}  // namespace
}  // namespace imago
