#include "tests/networks/fixture.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "models/checkpoint/checkpoint.h"

namespace imago {

namespace {

// A function: it is called while test suites are put together, before main.
std::filesystem::path folder() { return std::filesystem::path(IMAGO_FIXTURES) / "models"; }

Shape parse_shape(const std::string& text) {
  Shape shape;
  std::istringstream stream(text);
  char comma;
  stream >> shape.n >> comma >> shape.c >> comma >> shape.h >> comma >> shape.w;
  return shape;
}

}  // namespace

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Fixture load_fixture(const std::string& name) {
  const StateDict file = read_checkpoint(folder() / (name + ".safetensors"));
  Fixture fixture;
  fixture.input = parse_shape(file.metadata.at("input"));
  fixture.output_step = std::stoi(file.metadata.at("output_step"));
  fixture.parameters = std::stoll(file.metadata.at("parameters"));
  const std::string prefix = "weights.";
  for (const auto& [key, tensor] : file) {
    if (key.starts_with(prefix)) fixture.weights.insert(key.substr(prefix.size()), tensor);
  }
  fixture.output = file.find("output")->to_float();
  if (const HostTensor* batch = file.find("output_batch")) fixture.output_batch = batch->to_float();
  return fixture;
}

std::vector<float> picture(const Shape& shape, float low) {
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    uint32_t h = static_cast<uint32_t>(i) * 2654435761u;
    h ^= h >> 15;
    h *= 97787u;
    h ^= h >> 13;
    values[i] = static_cast<float>(low + (1.0 - low) * (h & 255) / 255);
  }
  return values;
}

}  // namespace imago
