// The small discriminators that tests/fixtures/make_discriminators.py wrote.
#pragma once

#include <string>
#include <vector>

#include "compute/vk/program.h"
#include "models/checkpoint/state_dict.h"

namespace imago {

struct DiscriminatorFixture {
  StateDict weights;
  Shape shape;
  std::vector<float> input, output;
  StateDict trained;  // u and v after one power iteration, and the output with these; else empty
  std::vector<float> trained_output;

  /// What the graph's input "x" and its parameters are.
  std::vector<double> value_of(const Node& node) const;
  std::vector<Parameters::Entry> entries() const;
};

DiscriminatorFixture load_discriminator_fixture(const std::string& name);

/// Largest difference; NaN where there is one, infinity where the sizes differ.
double worst_difference(const std::vector<double>& values, const std::vector<double>& expected);

/// floats, or a span of them, in double precision
template <class Values>
std::vector<double> doubles(const Values& values) {
  return {values.begin(), values.end()};
}

}  // namespace imago
