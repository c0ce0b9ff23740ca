#include "tests/graph/gradient_test.h"

#include <cmath>
#include <limits>
#include <map>

#include "compute/graph/grad.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

constexpr StepParams kGradientStep = {.seed_low = 7, .seed_high = 1, .step = 3};

using NamedValues = std::map<std::string, std::vector<double>>;  // by input

double dot(const NamedValues& a, const NamedValues& b) {
  double total = 0;
  for (const auto& [name, values] : a)
    for (size_t i = 0; i < values.size(); ++i) total += values[i] * b.at(name)[i];
  return total;
}

NamedValues plus(const NamedValues& a, double factor, const NamedValues& b) {
  NamedValues result = a;
  for (auto& [name, values] : result)
    for (size_t i = 0; i < values.size(); ++i) values[i] += factor * b.at(name)[i];
  return result;
}

NamedValues times(double factor, const NamedValues& a) { return plus(a, factor - 1, a); }

/// A graph with everything that is compared, and the numbers to feed it.
class Subject {
 public:
  explicit Subject(const OpCase& test) {
    for (size_t i = 0; i < test.inputs.size(); ++i) {
      names_.push_back(std::to_string(i));
      x_.push_back(graph_.input(names_.back(), test.inputs[i]));
      point_[names_.back()] = filled(test.name, i, test.inputs[i], test.low, test.high);
    }
    const Tensor y = test.build(x_);
    loss_ = weighted(test, "loss weights", y);
    gradient_ = grad(loss_, x_);
    for (size_t i = 0; i < x_.size(); ++i) {
      const Tensor part = weighted(test, "gradient weights " + names_[i], gradient_[i]);
      slope_ = slope_ ? slope_ + part : part;
    }
    second_ = grad(slope_, x_);
    graph_.output("loss", loss_);
    graph_.output("slope", slope_);
    for (size_t i = 0; i < x_.size(); ++i) graph_.output("first " + names_[i], gradient_[i]);
    for (size_t i = 0; i < x_.size(); ++i) graph_.output("second " + names_[i], second_[i]);
  }

  const NamedValues& point() const { return point_; }

  /// All outputs, in fp64, where the inputs are `at`.
  NamedValues evaluated(const NamedValues& at) const {
    const std::vector<HostArray> arrays = evaluate(
        graph_,
        [&](const Node& node) {
          const auto found = at.find(node.name);
          return found == at.end() ? weights_.at(node.name) : found->second;
        },
        kGradientStep);
    NamedValues result;
    for (size_t i = 0; i < arrays.size(); ++i) result[graph_.outputs()[i].name] = arrays[i].values;
    return result;
  }

  /// All outputs, on the device.
  NamedValues computed() const {
    Device& device = test_device();
    const Parameters none(device, {});
    Program program(device, make_plan(graph_, device.properties(), {.fold_constants = false}),
                    none);
    program.poison();
    for (const Plan::Port& port : program.plan().inputs) {
      const auto found = point_.find(port.name);
      const std::vector<double>& values =
          found == point_.end() ? weights_.at(port.name) : found->second;
      std::copy(values.begin(), values.end(), program.input(port.name).begin());
    }
    program.run(kGradientStep);
    NamedValues result;
    for (const Plan::Port& port : program.plan().outputs) {
      const std::span<const float> values = program.output(port.name);
      result[port.name] = {values.begin(), values.end()};
    }
    return result;
  }

  /// The part of the outputs that is a gradient: "first" or "second".
  NamedValues gradient(const NamedValues& outputs, const std::string& which) const {
    NamedValues result;
    for (const std::string& name : names_) result[name] = outputs.at(which + " " + name);
    return result;
  }

  NamedValues random_direction(const std::string& salt) const {
    NamedValues u;
    for (size_t i = 0; i < x_.size(); ++i)
      u[names_[i]] = filled(salt + "direction", i, x_[i].shape(), -1, 1);
    return times(1 / std::sqrt(dot(u, u)), u);
  }

 private:
  static std::vector<double> filled(const std::string& name, size_t input, const Shape& shape,
                                    float low, float high) {
    const std::vector<float> values = fill(name, input, shape, low, high);
    return {values.begin(), values.end()};
  }

  Tensor weighted(const OpCase& test, const std::string& name, Tensor y) {
    weights_[name] = filled(test.name + name, 0, y.shape(), -1, 1);
    const Tensor terms = y * graph_.input(name, y.shape());
    graph_.output("terms of " + name, terms);
    return sum(terms, {.n = true, .c = true, .h = true, .w = true});
  }

  Graph graph_;
  std::vector<std::string> names_;
  std::vector<Tensor> x_, gradient_, second_;
  Tensor loss_, slope_;
  NamedValues point_, weights_;
};

/// The largest mismatch between a gradient and the differences of `of`, along two directions.
double mismatch(const Subject& subject, const NamedValues& gradient, const std::string& of) {
  constexpr double kStepSize = 1e-2;
  const double norm = std::sqrt(dot(gradient, gradient));
  if (std::isnan(norm)) return norm;
  std::vector<NamedValues> directions = {subject.random_direction(of)};
  if (norm > 0) directions.push_back(times(1 / norm, gradient));
  double worst = 0;
  for (const NamedValues& u : directions) {
    const double above = subject.evaluated(plus(subject.point(), kStepSize, u)).at(of)[0];
    const double below = subject.evaluated(plus(subject.point(), -kStepSize, u)).at(of)[0];
    const double difference = std::abs((above - below) / (2 * kStepSize) - dot(gradient, u));
    worst = std::max(worst, difference == 0 ? 0 : difference / norm);
  }
  return worst;
}

}  // namespace

namespace {

/// What a sum of random signs would come to without luck: the loss and the slope are such sums, and
/// where their terms cancel nearly all the way, their own value is no scale.
double scale_of_sum(const std::string& name, const NamedValues& exact) {
  const std::string terms = "terms of " + (name == "slope" ? std::string("gradient") : name);
  double squares = 0;
  if (name == "loss" || name == "slope")
    for (const auto& [key, values] : exact)
      if (key.starts_with(terms))
        for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

}  // namespace

GradientErrors gradient_errors(const OpCase& test) {
  const Subject subject(test);
  const NamedValues computed = subject.computed();
  const NamedValues exact = subject.evaluated(subject.point());
  GradientErrors errors;
  errors.first = mismatch(subject, subject.gradient(computed, "first"), "loss");
  errors.second = mismatch(subject, subject.gradient(computed, "second"), "slope");
  for (const auto& [name, values] : computed) {
    double largest = std::max(1e-3, scale_of_sum(name, exact)), difference = 0;
    for (const double value : exact.at(name)) largest = std::max(largest, std::abs(value));
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) return {values[i], values[i], values[i]};
      difference = std::max(difference, std::abs(values[i] - exact.at(name)[i]));
    }
    errors.rounding = std::max(errors.rounding, difference / largest);
  }
  return errors;
}

void check_gradient(const OpCase& test) {
  SCOPED_TRACE(test.name);
  const GradientErrors errors = gradient_errors(test);
  EXPECT_LE(errors.first, 1e-3);
  EXPECT_LE(errors.second, 1e-3);
  EXPECT_LE(errors.rounding, 1e-4);
}

}  // namespace imago
