// Convolutions that are stored as several tensors, and networks that are refused by name.
#include <gtest/gtest.h>

#include <cmath>

#include "compute/base/error.h"
#include "models/library/identify.h"
#include "models/networks/canonical.h"
#include "models/networks/generator.h"
#include "tests/networks/fixture.h"

namespace imago {
namespace {

/// The compact network with its convolutions stored another way.
StateDict stored_as(const std::function<void(StateDict&, const std::string& layer,
                                             const HostTensor& weight)>& store) {
  StateDict result;
  for (const auto& [name, tensor] : load_fixture("compact_x4").weights) {
    if (tensor.shape.size() == 4)
      store(result, name.substr(0, name.size() - std::string(".weight").size()), tensor);
    else
      result.insert(name, tensor);
  }
  return result;
}

void expect_the_compact_network(const StateDict& stored, double tolerance) {
  const Generator generator = identify(stored);
  ASSERT_EQ(generator.info.architecture, "srvggnet_compact");
  for (const auto& [name, tensor] : load_fixture("compact_x4").weights) {
    const std::vector<float> expected = tensor.to_float();
    const std::vector<float> found = generator.weights.find(name)->to_float();
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], tolerance) << name << " " << i;
  }
}

/// Each filter's length, and the filters with another length.
void split_lengths(const HostTensor& weight, HostTensor& g, HostTensor& v) {
  std::vector<float> values = weight.to_float(), lengths;
  const size_t rows = static_cast<size_t>(weight.shape[0]), columns = values.size() / rows;
  for (size_t row = 0; row < rows; ++row) {
    double square = 0;
    for (size_t i = 0; i < columns; ++i)
      square += double(values[row * columns + i]) * values[row * columns + i];
    lengths.push_back(static_cast<float>(std::sqrt(square)));
    for (size_t i = 0; i < columns; ++i)
      values[row * columns + i] *= 0.5f + static_cast<float>(row);
  }
  g = HostTensor::from_float({weight.shape[0], 1, 1, 1}, lengths);
  v = HostTensor::from_float(weight.shape, values);
}

TEST(Canonical, FoldsWeightNorm) {
  for (const auto& [length, direction] :
       {std::pair{".weight_g", ".weight_v"},
        std::pair{".parametrizations.weight.original0", ".parametrizations.weight.original1"}})
    expect_the_compact_network(
        stored_as([&](StateDict& to, const std::string& layer, const HostTensor& weight) {
          HostTensor g, v;
          split_lengths(weight, g, v);
          to.insert(layer + length, g);
          to.insert(layer + direction, v);
        }),
        1e-6);
}

// With u and v that pick one number each, what is divided by is that number.
TEST(Canonical, FoldsSpectralNorm) {
  for (const auto& [orig, left, right] :
       {std::tuple{".weight_orig", ".weight_u", ".weight_v"},
        std::tuple{".parametrizations.weight.original", ".parametrizations.weight.0._u",
                   ".parametrizations.weight.0._v"}})
    expect_the_compact_network(
        stored_as([&](StateDict& to, const std::string& layer, const HostTensor& weight) {
          std::vector<float> values = weight.to_float();
          const size_t rows = static_cast<size_t>(weight.shape[0]);
          const float factor = 3.0f / values[0];
          std::vector<float> u(rows, 0.0f), v(values.size() / rows, 0.0f);
          u[0] = v[0] = 1;
          // sigma = factor * value, so that the quotient is value / value0 * ...
          std::vector<float> scaled = values;
          for (float& value : scaled) value *= factor;
          const float sigma = scaled[0];
          u[0] = 1 / sigma * factor;  // u W v = factor
          to.insert(layer + orig, HostTensor::from_float(weight.shape, scaled));
          to.insert(layer + left, HostTensor::from_float({weight.shape[0]}, u));
          to.insert(layer + right, HostTensor::from_float({static_cast<int64_t>(v.size())}, v));
        }),
        1e-6);
}

TEST(Canonical, LeavesOthersAlone) {
  const StateDict weights = load_fixture("rrdb_x4").weights;
  const StateDict same = canonical(weights);
  ASSERT_EQ(same.size(), weights.size());
  for (const auto& [name, tensor] : weights) EXPECT_EQ(same.find(name)->data, tensor.data);
}

TEST(Canonical, HoldsWhatDoesNotFitAsItIs) {
  StateDict odd;
  odd.insert("a.weight_g", HostTensor::from_float({3}, {1, 2, 3}));
  odd.insert("a.weight_v", HostTensor::from_float({2, 1, 1, 1}, {1, 2}));
  odd.insert("b.weight_orig", HostTensor::from_float({2, 1, 1, 1}, {1, 2}));
  odd.insert("b.weight_u", HostTensor::from_float({5}, {1, 2, 3, 4, 5}));
  odd.insert("c.sk.weight", HostTensor::from_float({2, 1, 1, 1}, {1, 2}));
  EXPECT_EQ(canonical(odd).size(), odd.size());
}

TEST(Identify, RefusesByNameWhatItCannotRun) {
  for (const std::string key :
       {"to_img.init_pos", "layers.0.relative_position_bias_table", "stylegan_decoder.conv.weight",
        "layers.0.blocks.0.attn.qkv.weight", "conv_offset.weight"}) {
    StateDict tensors;
    tensors.insert(key, HostTensor::from_float({1, 1, 1, 1}, {1}));
    try {
      identify(tensors);
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("does not run"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace imago
