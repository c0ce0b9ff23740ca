#include "tests/training/fixture.h"

#include <filesystem>
#include <sstream>

#include "models/checkpoint/checkpoint.h"

namespace imago {

TrainingFixture::TrainingFixture(const std::string& method)
    : file_name_("training/" + method + ".safetensors"),
      file_(read_checkpoint(std::filesystem::path(IMAGO_FIXTURES) / file_name_)) {}

StateDict TrainingFixture::tensors(const std::string& group, const std::string& net) const {
  const std::string prefix = group + "." + net + ".";
  StateDict found;
  for (const auto& [name, tensor] : file_) {
    if (!name.starts_with(prefix)) continue;
    found.insert(name.substr(prefix.size()),
                 HostTensor::from_float(tensor.shape, tensor.to_float()));
  }
  if (found.size() == 0) throw Error(file_name_ + ": no tensor's name begins with " + prefix);
  return found;
}

int TrainingFixture::steps() const { return static_cast<int>(at("data.b").shape.at(0)); }

Shape TrainingFixture::shape(const std::string& name) const {
  const std::vector<int64_t>& sizes = at("data." + name).shape;
  return {sizes.at(1), sizes.at(2), sizes.at(3), sizes.at(4)};
}

std::vector<float> TrainingFixture::data(const std::string& name, int step) const {
  const std::vector<float> all = at("data." + name).to_float();
  const auto begin = all.begin() + step * shape(name).elements();
  return {begin, begin + shape(name).elements()};
}

std::vector<float> TrainingFixture::losses(const std::string& name) const {
  return at("losses." + name).to_float();
}

std::vector<int> TrainingFixture::pool(const std::string& name) const {
  const std::vector<float> shown = at("pool." + name).to_float();
  return {shown.begin(), shown.end()};
}

std::set<std::string> TrainingFixture::vanishing() const {
  std::istringstream names(metadata("vanishing"));
  std::set<std::string> found;
  for (std::string name; names >> name;) found.insert(name);
  return found;
}

double TrainingFixture::number(const std::string& name) const { return std::stod(metadata(name)); }

const HostTensor& TrainingFixture::at(const std::string& name) const {
  if (const HostTensor* tensor = file_.find(name)) return *tensor;
  throw Error(file_name_ + ": no tensor " + name);
}

const std::string& TrainingFixture::metadata(const std::string& name) const {
  const auto found = file_.metadata.find(name);
  if (found == file_.metadata.end()) throw Error(file_name_ + ": no metadata " + name);
  return found->second;
}

Batch batch_of(const TrainingFixture& fixture, int step) {
  return {.a_shape = fixture.shape("a"),
          .b_shape = fixture.shape("b"),
          .a = fixture.data("a", step),
          .b = fixture.data("b", step),
          .files = {},
          .b_files = {}};
}

}  // namespace imago
