// Gradients and gradients of gradients of every op, against differences in fp64.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "compute/base/error.h"
#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/unary.h"
#include "tests/graph/gradient_test.h"

namespace imago {
namespace {

using Inputs = const std::vector<Tensor>&;

/// Turned, a little larger and shifted beyond the border.
Tensor theta_for(Tensor x) {
  std::vector<Tensor> numbers;
  for (const float value : {0.6f, -0.9f, 1.7f, 0.8f, 0.7f, -2.3f})
    numbers.push_back(constant(x.graph(), {x.shape().n, 1, 1, 1}, value));
  return concat(numbers);
}

TEST(Gradients, OfElementwiseOps) {
  const Shape shape = {2, 3, 3, 4};
  struct Function {
    const char* name;
    Tensor (*function)(Tensor);
    float low = -1, high = 1;
  };
  const Function functions[] = {
      {"affine", [](Tensor x) { return affine(x, 1.7f, -0.3f); }},
      {"leaky_relu", [](Tensor x) { return leaky_relu(x, 0.2f); }, 0.1f},
      {"leaky_relu below", [](Tensor x) { return leaky_relu(x, 0.2f); }, -1, -0.1f},
      {"leaky_relu against the sign", [](Tensor x) { return leaky_relu(x, -0.2f); }, -1, -0.1f},
      {"relu", [](Tensor x) { return relu(square(x)); }, 0.1f},
      {"relu below", [](Tensor x) { return x + relu(x); }, -1, -0.1f},
      {"tanh", [](Tensor x) { return tanh(x); }},
      {"sigmoid", [](Tensor x) { return sigmoid(x); }, -3, 3},
      {"square", [](Tensor x) { return square(x); }},
      {"rsqrt", [](Tensor x) { return rsqrt(x); }, 0.5f, 2},
      {"clamp inside", [](Tensor x) { return clamp(x, -2, 2); }},
      {"clamp", [](Tensor x) { return clamp(x, 0, 1); }, -1, -0.1f},
      {"exp", [](Tensor x) { return exp(x); }},
      {"log", [](Tensor x) { return log(x); }, 0.5f, 2},
      {"sqrt", [](Tensor x) { return sqrt(x); }, 0.5f, 2},
      {"abs", [](Tensor x) { return abs(x); }, -1, -0.1f},
      {"sign", [](Tensor x) { return square(x) * sign(x); }, -1, -0.1f},
      {"softplus", [](Tensor x) { return softplus(x); }, -3, 3},
      {"floor", [](Tensor x) { return square(x) * floor(x); }, -0.9f, -0.1f},
      {"random_uniform", [](Tensor x) { return square(x * random_uniform(x.graph(), x.shape())); }},
      {"random_normal", [](Tensor x) { return square(x * random_normal(x.graph(), x.shape())); }},
      {"reshape",
       [](Tensor x) {
         return square(reshape(x, {1, 6, 4, 3}));
       }},
      {"dropout", [](Tensor x) { return square(dropout(x, 0.4f)); }},
  };
  for (const Function& f : functions)
    check_gradient({.name = f.name,
                    .inputs = {shape},
                    .build = [&](Inputs in) { return f.function(in[0]); },
                    .low = f.low,
                    .high = f.high});
}

TEST(Gradients, OfBinaryOpsWithBroadcasting) {
  const std::pair<const char*, Tensor (*)(Tensor, Tensor)> functions[] = {
      {"add", &add}, {"sub", &sub}, {"mul", &mul}, {"div", &div}, {"prelu", &prelu}};
  const std::pair<Shape, Shape> shapes[] = {{{2, 3, 3, 4}, {2, 3, 3, 4}},
                                            {{2, 3, 3, 4}, {1, 3, 1, 1}},
                                            {{2, 3, 3, 4}, {1, 1, 1, 1}},
                                            {{2, 3, 1, 1}, {2, 3, 3, 4}}};
  for (const auto& [name, function] : functions)
    for (const auto& [a, b] : shapes) {
      if (std::string(name) == "prelu" && a.h == 1) continue;
      const auto build = function;
      check_gradient({.name = std::string(name) + to_string(a) + to_string(b),
                      .inputs = {a, b},
                      .build = [build](Inputs in) { return build(in[0], in[1]); },
                      .low = 0.5f,
                      .high = 2});
    }
  check_gradient({.name = "prelu below zero",
                  .inputs = {{2, 3, 3, 4}, {1, 3, 1, 1}},
                  .build = [](Inputs in) { return prelu(in[0], in[1]); },
                  .low = -2,
                  .high = -0.5f});
}

// The gradients of elementwise ops are ops themselves.
TEST(Gradients, OfGradients) {
  struct Case {
    const char* name;
    Tensor (*function)(Tensor dy, Tensor y);
    float low, high;
  };
  const Case cases[] = {
      {"leaky_relu_dx", [](Tensor dy, Tensor y) { return leaky_relu_dx(dy, y, 0.2f); }, 0.1f, 1},
      {"leaky_relu_dx below", [](Tensor dy, Tensor y) { return leaky_relu_dx(dy, y, 0.2f); }, -1,
       -0.1f},
      {"tanh_dx", [](Tensor dy, Tensor y) { return tanh_dx(dy, y); }, -0.9f, 0.9f},
      {"sigmoid_dx", [](Tensor dy, Tensor y) { return sigmoid_dx(dy, y); }, 0.1f, 0.9f},
      {"clamp_dx inside", [](Tensor dy, Tensor y) { return clamp_dx(dy, y, -2, 2); }, -1, 1},
      {"clamp_dx outside", [](Tensor dy, Tensor y) { return dy + clamp_dx(dy, y, 0, 1); }, -1,
       -0.1f},
  };
  const Shape whole = {2, 3, 3, 4};
  for (const Case& c : cases) {
    check_gradient({.name = c.name,
                    .inputs = {whole, whole},
                    .build = [&](Inputs in) { return c.function(square(in[0]), in[1]); },
                    .low = c.low,
                    .high = c.high});
    // What a mean hands back is repeated, but not written out.
    check_gradient(
        {.name = std::string(c.name) + " of what is repeated",
         .inputs = {{2, 3, 1, 1}, whole},
         .build = [&](Inputs in) { return c.function(broadcast(square(in[0]), whole), in[1]); },
         .low = c.low,
         .high = c.high});
    check_gradient(
        {.name = std::string(c.name) + " by what is repeated",
         .inputs = {whole, {2, 3, 1, 1}},
         .build = [&](Inputs in) { return c.function(square(in[0]), broadcast(in[1], whole)); },
         .low = c.low,
         .high = c.high});
  }
}

TEST(Gradients, OfReductions) {
  const Axes axes[] = {{.n = true}, {.c = true}, {.h = true, .w = true}, {true, true, true, true}};
  for (const Axes& a : axes)
    check_gradient({.name = "sum and mean", .inputs = {{2, 3, 4, 5}}, .build = [a](Inputs in) {
                      return square(sum(in[0], a)) + exp(mean(square(in[0]), a));
                    }});
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{1, 2, 61, 70}})
    check_gradient({.name = "square_sums", .inputs = {shape}, .build = [](Inputs in) {
                      return square(square_sums(in[0]));
                    }});
  check_gradient({.name = "norm", .inputs = {{2, 3, 4, 5}, {1, 3, 1, 1}}, .build = [](Inputs in) {
                    return norm({in[0], in[1]});
                  }});
  check_gradient({.name = "broadcast", .inputs = {{2, 1, 1, 4}}, .build = [](Inputs in) {
                    return square(broadcast(in[0], {2, 3, 5, 4}));
                  }});
}

TEST(Gradients, OfConvolutions) {
  struct Case {
    Shape x, w;
    Conv2dSettings settings;
  };
  const Case cases[] = {{{2, 3, 6, 5}, {4, 3, 3, 3}, {1, 1}},
                        {{1, 2, 8, 8}, {3, 2, 4, 4}, {2, 1}},
                        {{1, 2, 7, 8}, {3, 2, 3, 3}, {2, 1}},  // rows and columns end differently
                        {{2, 4, 4, 4}, {5, 4, 1, 1}, {1, 0}},
                        {{1, 16, 9, 10}, {16, 16, 3, 3}, {1, 1}}};
  for (const Case& c : cases) {
    check_gradient({.name = "conv2d", .inputs = {c.x, c.w}, .build = [&](Inputs in) {
                      return conv2d(in[0], in[1], c.settings);
                    }});
    check_gradient(
        {.name = "conv2d and what rides on it",
         .inputs = {c.x, c.w, {1, c.w.n, 1, 1}},
         .build = [&](Inputs in) { return tanh(conv2d(in[0], in[1], c.settings) + in[2]); },
         .low = -0.5f,
         .high = 0.5f});
  }
  const Case transposed[] = {{{2, 3, 5, 4}, {3, 2, 4, 4}, {2, 1, 0}},
                             {{1, 3, 5, 4}, {3, 2, 3, 3}, {2, 1, 1}},
                             {{1, 4, 5, 5}, {4, 3, 3, 3}, {1, 1, 0}}};
  for (const Case& c : transposed)
    check_gradient({.name = "conv2d_dx", .inputs = {c.x, c.w}, .build = [&](Inputs in) {
                      return conv2d_dx(in[0], in[1], c.settings);
                    }});
  const std::pair<Shape, Case> resized[] = {{{1, 2, 8, 7}, {{1, 3, 4, 4}, {3, 2, 3, 3}, {2, 1}}},
                                            {{1, 2, 6, 9}, {{1, 3, 3, 4}, {3, 2, 4, 4}, {2, 1}}}};
  for (const auto& [shape, c] : resized)
    check_gradient({.name = "conv2d_dx_to", .inputs = {c.x, c.w}, .build = [&](Inputs in) {
                      return conv2d_dx_to(shape, in[0], in[1], c.settings);
                    }});
  check_gradient(
      {.name = "conv2d_dw", .inputs = {{2, 3, 3, 3}, {2, 2, 6, 6}}, .build = [](Inputs in) {
         return conv2d_dw(in[0], in[1], 4, 4, {2, 1});
       }});
  check_gradient(
      {.name = "conv2d_dw 3x3", .inputs = {{1, 16, 8, 9}, {1, 16, 8, 9}}, .build = [](Inputs in) {
         return conv2d_dw(in[0], in[1], 3, 3, {1, 1});
       }});
}

TEST(Gradients, OfMovingData) {
  const std::pair<const char*, Tensor (*)(Tensor)> functions[] = {
      {"pad zero",
       [](Tensor x) {
         return pad(x, {1, 2, 0, 1}, PadMode::zero);
       }},
      {"pad reflect",
       [](Tensor x) {
         return pad(x, {1, 2, 3, 1}, PadMode::reflect);
       }},
      {"pad replicate",
       [](Tensor x) {
         return pad(x, {1, 2, 3, 1}, PadMode::replicate);
       }},
      {"crop",
       [](Tensor x) {
         return crop(x, {1, 0, 1, 2});
       }},
      {"slice_channels", [](Tensor x) { return slice_channels(x, 1, 3); }},
      {"slice_channels, the first", [](Tensor x) { return slice_channels(x, 0, 1); }},
      {"pixel_shuffle", [](Tensor x) { return pixel_shuffle(x, 2); }},
      {"pixel_unshuffle", [](Tensor x) { return pixel_unshuffle(x, 2); }},
      {"upsample_nearest", [](Tensor x) { return upsample_nearest(x, 3); }},
      {"upsample_nearest_dx", [](Tensor x) { return upsample_nearest_dx(x, 2); }},
      {"upsample_bilinear", [](Tensor x) { return upsample_bilinear(x, 2); }},
      {"upsample_bilinear 3", [](Tensor x) { return upsample_bilinear(x, 3); }},
      {"upsample_bilinear_dx", [](Tensor x) { return upsample_bilinear_dx(x, 2); }},
      {"affine_sample", [](Tensor x) { return affine_sample(x, theta_for(x)); }},
      {"affine_sample_dx", [](Tensor x) { return affine_sample_dx(x, theta_for(x)); }},
      {"blur",
       [](Tensor x) {
         return blur(x, {1, 2, 0, 3});
       }},
      {"blur, every second pixel",
       [](Tensor x) {
         return blur(x, {1, 2, 0, 3}, {.down = 2});
       }},
      {"blur, twice as large",
       [](Tensor x) {
         return blur(x, {1, 2, 0, 3}, {.up = 2});
       }},
      {"pad_dx",
       [](Tensor x) {
         return pad_dx(x, {1, 1, 1, 1}, PadMode::reflect);
       }},
      {"pad_dx replicate",
       [](Tensor x) {
         return pad_dx(x, {1, 0, 2, 1}, PadMode::replicate);
       }},
      {"pad_dx zero",
       [](Tensor x) {
         return pad_dx(x, {1, 0, 2, 1}, PadMode::zero);
       }},
  };
  for (const auto& [name, function] : functions) {
    const auto move = function;
    check_gradient({.name = name, .inputs = {{2, 4, 4, 6}}, .build = [move](Inputs in) {
                      return square(move(in[0]));
                    }});
  }
  check_gradient({.name = "concat", .inputs = {{2, 1, 3, 4}, {2, 3, 3, 4}}, .build = [](Inputs in) {
                    return square(concat({in[0], in[1], in[0]}));
                  }});
}

TEST(Gradients, OfMaxPoolGoToTheLargest) {
  // Far apart, so that no difference changes which is the largest.
  check_gradient({.name = "max_pool",
                  .inputs = {{1, 2, 4, 4}},
                  .build = [](Inputs in) { return square(max_pool(square(in[0]), 2)); },
                  .low = -2,
                  .high = 2});
}

TEST(Gradients, OfNormalization) {
  for (const bool batch : {false, true}) {
    const Axes axes = {.n = batch, .h = true, .w = true};
    check_gradient({.name = "normalize", .inputs = {{2, 3, 4, 5}}, .build = [=](Inputs in) {
                      return normalize(in[0], axes, 1e-2f);
                    }});
    check_gradient(
        {.name = "normalize with scale and shift, tanh",
         .inputs = {{2, 3, 4, 5}, {1, 3, 1, 1}, {1, 3, 1, 1}},
         .build = [=](Inputs in) { return tanh(normalize(in[0], axes, 1e-2f, in[1], in[2])); }});
    check_gradient({.name = "normalize_dx",
                    .inputs = {{2, 3, 4, 5}, {2, 3, 4, 5}},
                    .build = [=](Inputs in) { return normalize_dx(in[0], in[1], axes, 1e-2f); }});
  }
  check_gradient({.name = "batch_mean", .inputs = {{2, 3, 4, 5}}, .build = [](Inputs in) {
                    return square(batch_mean(in[0], 1e-2f));
                  }});
  check_gradient({.name = "batch_variance", .inputs = {{2, 3, 4, 5}}, .build = [](Inputs in) {
                    return square(batch_variance(in[0], 1e-2f, 1.25f));
                  }});
}

TEST(Gradients, FlowOnlyWhereTheyMay) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 1, 2, 2}), other = graph.input("other", {1, 1, 2, 2});
  const Tensor loss = detach(x) * other;
  check_gradient({.name = "detach", .inputs = {{1, 1, 2, 2}}, .build = [](Inputs in) {
                    return square(in[0]) + detach(in[0]) * 0.0f;
                  }});
  // Nothing is appended that computes on x: its gradient is a constant.
  const size_t before = graph.nodes().size();
  grad(loss, x);
  EXPECT_LE(graph.nodes().size() - before, 2u);
}

// What the checks above are worth: a rule that is a little off, and one that computes the right
// numbers with nodes through which the second gradient does not flow.
TEST(Gradients, AWrongRuleIsFound) {
  const auto errors_of = [](const Op& op) {
    return gradient_errors(
        {.name = "square", .inputs = {{1, 2, 3, 3}}, .build = [&](Inputs in) {
           return in[0].graph().add(op, {in[0]}, UnarySettings{Unary::square, 0, 0});
         }});
  };
  Op off = kUnary, cut = kUnary;
  off.grad = [](const Backward& b) { return std::vector<Tensor>{b.dy * b.x[0] * 1.9f}; };
  cut.grad = [](const Backward& b) { return std::vector<Tensor>{b.dy * detach(b.x[0]) * 2.0f}; };
  EXPECT_LT(errors_of(kUnary).first, 1e-3);
  EXPECT_GT(errors_of(off).first, 1e-2);
  EXPECT_LT(errors_of(cut).first, 1e-3);
  EXPECT_GT(errors_of(cut).second, 1e-2);
}

// The same of convolutions, off by a hundredth: in the first gradient, or in the rule of the node
// that the first gradient is made of.
TEST(Gradients, ASlightlyWrongRuleOfAConvolutionIsFound) {
  const auto errors_of = [](const Op& op) {
    return gradient_errors(
        {.name = "conv2d", .inputs = {{1, 2, 5, 5}, {3, 2, 3, 3}}, .build = [&](Inputs in) {
           return in[0].graph().add(op, {in[0], in[1]}, Conv2dSettings{1, 1});
         }});
  };
  Op off = kConv2d, later = kConv2d;
  off.grad = [](const Backward& b) {
    std::vector<Tensor> gradients = kConv2d.grad(b);
    gradients[1] = gradients[1] * 1.01f;
    return gradients;
  };
  static Op off_dx = kConv2dDx;
  off_dx.grad = [](const Backward& b) {
    std::vector<Tensor> gradients = kConv2dDx.grad(b);
    gradients[1] = gradients[1] * 1.01f;
    return gradients;
  };
  later.grad = [](const Backward& b) {
    std::vector<Tensor> gradients = kConv2d.grad(b);
    gradients[0] = b.y.graph().add(off_dx, {b.dy, b.x[1]}, b.attributes);
    return gradients;
  };
  EXPECT_LT(errors_of(kConv2d).first, 1e-3);
  EXPECT_LT(errors_of(kConv2d).second, 1e-3);
  EXPECT_GT(errors_of(off).first, 2e-3);
  EXPECT_LT(errors_of(later).first, 1e-3);
  EXPECT_GT(errors_of(later).second, 2e-3);
}

// Every function of ops.h is called in this file, but for those that have no tensor to be
// differentiated by.
TEST(Gradients, NoOpIsLeftOut) {
  const auto read = [](const std::string& path) {
    std::ifstream file(IMAGO_FIXTURES "/../../" + path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string ops = read("compute/ops/ops.h"), tests = read("tests/graph/test_gradients.cpp");
  const std::regex declared("\nTensor (\\w+)\\(");
  int count = 0;
  for (std::sregex_iterator op(ops.begin(), ops.end(), declared), end; op != end; ++op, ++count) {
    const std::string name = (*op)[1];
    if (name == "constant") continue;
    EXPECT_TRUE(std::regex_search(tests, std::regex("(&" + name + "\\b|\\b" + name + "\\()")))
        << name;
  }
  EXPECT_GT(count, 40);
}

TEST(Gradients, NamesTheOpThatHasNone) {
  static Op without = kUnary;
  without.name = "without";
  without.grad = nullptr;
  Graph graph;
  const Tensor x = graph.input("x", {1, 1, 2, 2});
  const Tensor y = graph.add(without, {x}, UnarySettings{Unary::square, 0, 0});
  try {
    grad(y, x);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("without"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace imago
