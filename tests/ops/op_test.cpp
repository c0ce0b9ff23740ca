#include "tests/ops/op_test.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

/// splitmix64, so that the same case has the same numbers everywhere.
double uniform(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

std::vector<float> fill(const OpCase& test, size_t input) {
  return fill(test.name, input, test.inputs[input], test.low, test.high);
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
  program.run({.seed_low = 7, .seed_high = 1, .step = 3});
  const std::span<const float> output = program.output("y");
  return {output.begin(), output.end()};
}

}  // namespace

std::vector<float> fill(const std::string& name, size_t input, const Shape& shape, float low,
                        float high) {
  uint64_t state = std::hash<std::string>{}(name) + input;
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (float& value : values) value = static_cast<float>(low + (high - low) * uniform(state));
  return values;
}

Device& test_device() {
  static Device device;
  return device;
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
      entries.push_back({name, fill(test, i)});
    } else {
      tensors.push_back(graph.input(name, test.inputs[i]));
    }
  }
  graph.output("y", test.build(tensors));

  const std::vector<HostArray> expected =
      evaluate(graph,
               [&](const Node& node) {
                 const std::vector<float> values = fill(test, std::stoul(node.name));
                 return std::vector<double>(values.begin(), values.end());
               },
               {.seed_low = 7, .seed_high = 1, .step = 3});

  Device& device = test_device();
  const Parameters parameters(device, entries);
  DeviceProperties properties = device.properties();
  if (adapt) adapt(properties);
  Program program(device, make_plan(graph, properties, {.alias = false, .guard_bytes = 256}),
                  parameters);
  const std::vector<float> first = run_once(program, test);
  EXPECT_TRUE(program.guards_intact()) << "something was written outside its place";
  const std::vector<float> second = run_once(program, test);
  ASSERT_EQ(first.size(), expected[0].values.size());
  EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)), 0)
      << "two runs differ";

  double largest = 1, error = 0;
  for (const double value : expected[0].values) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < first.size(); ++i) {
    const double difference = std::abs(first[i] - expected[0].values[i]);
    ASSERT_FALSE(std::isnan(difference)) << "NaN at " << i;
    error = std::max(error, difference);
  }
  EXPECT_LE(error / largest, test.tolerance);
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
