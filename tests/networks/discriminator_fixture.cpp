#include "tests/networks/discriminator_fixture.h"

#include <cmath>
#include <limits>

#include "models/checkpoint/checkpoint.h"

namespace imago {

DiscriminatorFixture load_discriminator_fixture(const std::string& name) {
  static const StateDict file =
      read_checkpoint(std::filesystem::path(IMAGO_FIXTURES) / "discriminators.safetensors");
  DiscriminatorFixture fixture;
  for (const auto& [key, tensor] : file) {
    const auto take = [&](const std::string& group, StateDict& into) {
      const std::string prefix = name + "." + group;
      if (key.starts_with(prefix)) into.insert(key.substr(prefix.size()), tensor);
    };
    take("weights.", fixture.weights);
    take("trained.", fixture.trained);
  }
  const HostTensor& input = *file.find(name + ".input");
  fixture.shape = {input.shape[0], input.shape[1], input.shape[2], input.shape[3]};
  fixture.input = input.to_float();
  fixture.output = file.find(name + ".output")->to_float();
  if (const HostTensor* trained = file.find(name + ".trained_output"))
    fixture.trained_output = trained->to_float();
  return fixture;
}

std::vector<double> DiscriminatorFixture::value_of(const Node& node) const {
  return doubles(node.name == "x" ? input : weights.find(node.name)->to_float());
}

std::vector<Parameters::Entry> DiscriminatorFixture::entries() const {
  std::vector<Parameters::Entry> entries;
  for (const auto& [key, tensor] : weights) entries.push_back({key, tensor.to_float()});
  return entries;
}

double worst_difference(const std::vector<double>& values, const std::vector<double>& expected) {
  if (values.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double error = std::abs(values[i] - expected[i]);
    if (std::isnan(error)) return error;
    worst = std::max(worst, error);
  }
  return worst;
}

}  // namespace imago
