// Every reader against what PyTorch itself says is in the file.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/checkpoint/checkpoint.h"
#include "tests/checkpoint/python.h"

namespace imago {
namespace {

const std::filesystem::path kFixtureFolder = std::filesystem::path(IMAGO_FIXTURES) / "checkpoints";

nlohmann::json expected(const std::string& name) {
  std::ifstream file(kFixtureFolder / (name + ".json"));
  return nlohmann::json::parse(file);
}

struct Fixture {
  std::string file, expected;
};
void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.file; }

class Fixtures : public testing::TestWithParam<Fixture> {};

TEST_P(Fixtures, HoldWhatPyTorchSaw) {
  const StateDict tensors = read_checkpoint(kFixtureFolder / GetParam().file);
  const nlohmann::json rows = expected(GetParam().expected);
  expect_same(tensors, rows);
  auto row = rows.begin();
  for (const auto& [name, tensor] : tensors) {
    const std::vector<float> values = tensor.to_float();
    const nlohmann::json& wanted = (*row++)["values"];
    ASSERT_EQ(values.size(), wanted.size()) << name;
    for (size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<float>(wanted[i].get<double>());
      EXPECT_EQ(values[i], value) << name << " " << i;
      EXPECT_EQ(std::signbit(values[i]), std::signbit(value)) << name << " " << i;
    }
  }
  EXPECT_TRUE(tensors.warnings.empty());
}

std::vector<Fixture> all_fixtures() {
  std::vector<Fixture> fixtures = {{"dtypes.safetensors", "dtypes"},
                                   {"small.safetensors", "small"},
                                   {"small_python2.pth", "small"}};
  for (const std::string name : {"dtypes", "views", "nested", "state_dict", "small"}) {
    for (const std::string form : {"", "_legacy", "_deflated"}) {
      fixtures.push_back({name + form + ".pth", name});
    }
  }
  return fixtures;
}
INSTANTIATE_TEST_SUITE_P(All, Fixtures, testing::ValuesIn(all_fixtures()));

TEST(Fixture, SafetensorsKeepsMetadata) {
  const StateDict tensors = read_checkpoint(kFixtureFolder / "dtypes.safetensors");
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"note", "café \"q\""}};
  EXPECT_EQ(tensors.metadata, metadata);
}

TEST(Fixture, NestedDictionariesAreGroups) {
  for (const char* file : {"nested.pth", "nested_legacy.pth", "nested_deflated.pth"}) {
    const StateDict tensors = read_checkpoint(kFixtureFolder / file);
    EXPECT_TRUE(tensors.groups.contains("params_ema")) << file;
    EXPECT_TRUE(tensors.groups.contains("optimizer.state.0")) << file;
    EXPECT_FALSE(tensors.groups.contains("nothing")) << file;  // holds no tensor
    const StateDict inner = unwrap(tensors);
    EXPECT_EQ(inner.size(), 8u) << file;
    EXPECT_EQ(inner.find("0.weight")->data, tensors.find("params_ema.0.weight")->data) << file;
    EXPECT_EQ(inner.find("1.num_batches_tracked")->type, DType::i64) << file;
    EXPECT_TRUE(inner.find("1.num_batches_tracked")->shape.empty()) << file;
  }
}

TEST(Fixture, WithoutChecksumsIsReadWithAWarning) {
  const StateDict tensors = read_checkpoint(kFixtureFolder / "small_without_crc.pth");
  expect_same(tensors, expected("small"));
  ASSERT_EQ(tensors.warnings.size(), 1u);
  EXPECT_NE(tensors.warnings[0].find("checksum"), std::string::npos);
}

TEST(Fixture, RefusesPrograms) {
  try {
    read_checkpoint(kFixtureFolder / "torchscript.pt");
    FAIL() << "TorchScript was read";
  } catch (const CheckpointError& error) {
    EXPECT_EQ(error.kind(), CheckpointError::Kind::unsupported);
    EXPECT_NE(std::string(error.what()).find("TorchScript"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("torchscript.pt: "), std::string::npos);
  }
  try {
    read_checkpoint(kFixtureFolder / "whole_network.pth");
    FAIL() << "a pickled network was read";
  } catch (const CheckpointError& error) {
    EXPECT_EQ(error.kind(), CheckpointError::Kind::forbidden);
    EXPECT_NE(std::string(error.what()).find("torch.nn.modules.container.Sequential"),
              std::string::npos)
        << error.what();
  }
}

TEST(Fixture, MissingFilesAndFoldersAreIoErrors) {
  for (const auto& path : {kFixtureFolder / "no such file.pth", kFixtureFolder}) {
    try {
      read_checkpoint(path);
      FAIL() << path;
    } catch (const CheckpointError& error) {
      EXPECT_EQ(error.kind(), CheckpointError::Kind::io);
      EXPECT_EQ(std::string(error.what()).find(path.string() + ": "), 0u) << error.what();
    }
  }
}

// Files that people really use. The sums were computed by PyTorch 1.13 over
// cat([value.double().flatten() …]) of the whole state dict.
struct Released {
  const char* file;
  size_t tensors;
  double sum, sum_of_magnitudes;
};
constexpr Released kReleased[] = {
    {"srgan_x2_leftthomas.pth", 76, 684660.4536234137, 749228.6827794071},
    {"srgan_x4_leftthomas.pth", 79, 21842.303972664904, 85049.10388013962}};

std::filesystem::path path_of(const Released& released) {
  return std::filesystem::path(IMAGO_SHARED_DATA) / "checkpoints" / released.file;
}

TEST(ReleasedFiles, HoldThePublishedWeights) {
  for (const Released& released : kReleased) {
    const std::filesystem::path path = path_of(released);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no file " << path;
    const StateDict tensors = read_checkpoint(path);
    EXPECT_EQ(tensors.size(), released.tensors);
    double sum = 0, magnitudes = 0;
    for (const auto& [name, tensor] : tensors) {
      for (const float value : tensor.to_float()) {
        sum += value;
        magnitudes += std::abs(value);
      }
    }
    EXPECT_NEAR(sum, released.sum, 1e-9 * released.sum_of_magnitudes);
    EXPECT_NEAR(magnitudes, released.sum_of_magnitudes, 1e-9 * released.sum_of_magnitudes);
  }
}

TEST(ReleasedFiles, AreWhatPyTorchReadsTensorByTensor) {
  std::vector<std::filesystem::path> paths;
  for (const Released& released : kReleased) paths.push_back(path_of(released));
  if (!std::filesystem::exists(paths[0])) GTEST_SKIP() << "no file " << paths[0];
  if (!have_torch()) GTEST_SKIP() << "PyTorch is not installed";
  const nlohmann::json described = describe_with_torch(paths);
  ASSERT_EQ(described.size(), paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    SCOPED_TRACE(paths[i]);
    expect_same(read_checkpoint(paths[i]), described[i]["tensors"]);
  }
}

}  // namespace
}  // namespace imago
