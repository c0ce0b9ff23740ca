// LPIPS against PyTorch (tests/fixtures/make_lpips.py).
#include "models/measure/perceptual.h"

#include <gtest/gtest.h>

#include "compute/base/error.h"
#include "compute/vk/device.h"
#include "models/checkpoint/checkpoint.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

Device& device() {
  static Device device;
  return device;
}

StateDict fixture(const std::string& name, const std::string& prefix) {
  StateDict part;
  for (const auto& [key, tensor] :
       read_checkpoint(fs::path(IMAGO_FIXTURES) / ("lpips_" + name + ".safetensors")))
    if (key.starts_with(prefix)) part.insert(key.substr(prefix.size()), tensor);
  return part;
}

Planes picture(const HostTensor& tensor) {
  Planes planes(3, static_cast<int>(tensor.shape[2]), static_cast<int>(tensor.shape[3]));
  planes.values = tensor.to_float();
  return planes;
}

class Perceptual : public testing::TestWithParam<const char*> {};

TEST_P(Perceptual, AgreesWithPyTorch) {
  const std::string name = GetParam();
  const TemporaryFolder folder;
  const StateDict weights = fixture(name, "weights."), all = fixture(name, "");
  const Planes x = picture(*all.find("x")), y = picture(*all.find("y"));
  const double expected = all.find("distance")->to_float()[0];
  write_safetensors(weights, folder.path() / "both.safetensors");
  PerceptualDistance distance(device(), folder.path() / "both.safetensors");
  EXPECT_EQ(distance.name(), name == "alex" ? "LPIPS (AlexNet)" : "LPIPS (VGG16)");
  EXPECT_NEAR(distance.between(x, y), expected, 1e-5 * expected);
  EXPECT_NEAR(distance.between(y, x), expected, 1e-5 * expected);
  EXPECT_EQ(distance.between(x, x), 0);

  // The same from torchvision's network and the weights alone.
  StateDict network, heads;
  for (const auto& [key, tensor] : weights)
    if (key.starts_with("net."))
      network.insert("features" + key.substr(key.find('.', 4)), tensor);
    else
      heads.insert(key, tensor);
  write_safetensors(network, folder.path() / "net.safetensors");
  write_safetensors(heads, folder.path() / "heads.safetensors");
  PerceptualDistance apart(device(), folder.path() / "heads.safetensors",
                           folder.path() / "net.safetensors");
  EXPECT_EQ(apart.between(x, y), distance.between(x, y));
  EXPECT_NE(error_of([&] {
              try {
                PerceptualDistance(device(), folder.path() / "heads.safetensors");
              } catch (const Error& error) {
                throw DataError(error.what());
              }
            }).find("--lpips-network"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Networks, Perceptual, testing::Values("vgg", "alex"));

}  // namespace
}  // namespace imago::test
