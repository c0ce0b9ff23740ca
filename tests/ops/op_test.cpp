#include "tests/ops/op_test.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compute/base/error.h"
#include "compute/base/half.h"
#include "compute/graph/op.h"
#include "compute/plan/half.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

const StepParams kStep = {.seed_low = 7, .seed_high = 1, .step = 3};

/// splitmix64, so that the same case has the same numbers everywhere.
double uniform(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

std::vector<float> fill(const OpCase& test, size_t input) {
  std::vector<float> values = fill(test.name, input, test.inputs[input], test.low, test.high);
  if (test.storage == NumberType::fp16)
    for (float& value : values) value = half_to_float(float_to_half(value));
  return values;
}

bool is_parameter(const OpCase& test, size_t input) {
  return std::find(test.as_parameters.begin(), test.as_parameters.end(), static_cast<int>(input)) !=
         test.as_parameters.end();
}

std::vector<float> run_once(Program& program, const OpCase& test) {
  program.poison();
  for (const Plan::Port& port : program.plan().inputs) {
    const std::vector<float> values = fill(test, std::stoul(port.name));
    std::copy(values.begin(), values.end(), program.input(port.name).begin());
  }
  program.run(kStep);
  const std::span<const float> output = program.output("y");
  return {output.begin(), output.end()};
}

using Values = std::vector<double>;

/// The output in fp64 of inputs each of which is off by the share `relative` of itself, up or down
/// at random.
Values evaluate_off(const OpCase& test, const Graph& graph, double relative) {
  uint64_t state = 1;
  const auto values = [&](const Node& node) {
    Values result;
    for (const float value : fill(test, std::stoul(node.name)))
      result.push_back(value * (1 + (uniform(state) < 0.5 ? -relative : relative)));
    return result;
  };
  return evaluate(graph, values, kStep)[0].values;
}

double largest_of(const Values& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

double largest_difference(const Values& a, const Values& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// Which differences count as large: the largest value or, where terms cancel each other, what the
/// output would change by if every input changed by all of itself, up or down by chance: the size
/// that its terms have together.
double scale_of(const OpCase& test, const Graph& graph, const Values& exact) {
  constexpr double kRelative = 1e-6;  // linear still, and far from fp64's own rounding
  const double condition =
      largest_difference(evaluate_off(test, graph, kRelative), exact) / kRelative;
  return std::max(largest_of(exact), condition);
}

}  // namespace

std::vector<float> fill(const std::string& name, size_t input, const Shape& shape, float low,
                        float high) {
  uint64_t state = 0xcbf29ce484222325;  // FNV-1a of the name
  for (const char letter : name)
    state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  state =
      (state ^ state >> 32) * 0x9e3779b97f4a7c15 + input;  // names that end alike differ as well
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (float& value : values) value = static_cast<float>(low + (high - low) * uniform(state));
  return values;
}

Device& test_device() {
  static Device device;
  return device;
}

DeviceProperties cpu_driver() {
  DeviceProperties p = test_device().properties();
  p.kind = DeviceProperties::Kind::cpu;
  p.subgroup_size = 8;
  p.subgroup_lanes = true;
  p.max_texel_elements = uint64_t{1} << 27;
  return p;
}

void check_op(const OpCase& test, const Adapt& adapt) {
  SCOPED_TRACE(test.name);
  Graph graph;
  std::vector<Tensor> tensors;
  std::vector<Parameters::Entry> entries;
  for (size_t i = 0; i < test.inputs.size(); ++i) {
    const std::string name = std::to_string(i);
    if (is_parameter(test, i)) {
      tensors.push_back(graph.parameter(name, test.inputs[i]));
      const bool half = test.storage == NumberType::fp16 && !test.trains;
      entries.push_back(
          {name, fill(test, i), half ? half_type_of(test.inputs[i]) : NumberType::fp32});
    } else {
      tensors.push_back(graph.input(name, test.inputs[i]));
    }
  }
  graph.output("y", test.build(tensors));

  const std::vector<HostArray> expected = evaluate(
      graph,
      [&](const Node& node) {
        const std::vector<float> values = fill(test, std::stoul(node.name));
        return std::vector<double>(values.begin(), values.end());
      },
      kStep);

  Device& device = test_device();
  const Parameters parameters(device, entries);
  DeviceProperties properties = device.properties();
  if (adapt) adapt(properties);
  Program program(
      device,
      make_plan(
          graph, properties,
          {.storage = test.storage, .alias = false, .guard_bytes = 256, .tuning = test.tuning}),
      parameters);
  const std::vector<float> first = run_once(program, test);
  EXPECT_TRUE(program.guards_intact()) << "something was written outside its place";
  const std::vector<float> second = run_once(program, test);
  ASSERT_EQ(first.size(), expected[0].values.size());
  EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)), 0)
      << "two runs differ";

  for (size_t i = 0; i < first.size(); ++i) ASSERT_FALSE(std::isnan(first[i])) << "NaN at " << i;
  const Values& exact = expected[0].values;
  const double error = largest_difference({first.begin(), first.end()}, exact);
  // The condition costs a second evaluation: asked where the values' own scale is not enough.
  if (error > test.tolerance * largest_of(exact)) {
    EXPECT_LE(error, test.tolerance * scale_of(test, graph, exact))
        << "of values up to " << largest_of(exact);
  }
}

void expect_shape_error(const std::function<void()>& wrong, const std::string& part) {
  try {
    wrong();
    ADD_FAILURE() << "no error; expected: " << part;
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace imago
