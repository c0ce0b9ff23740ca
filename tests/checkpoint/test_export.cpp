// What Imago writes, read back by itself and by PyTorch.
#include <gtest/gtest.h>

#include <filesystem>

#include "models/checkpoint/checkpoint.h"
#include "tests/base/folder.h"
#include "tests/checkpoint/python.h"

namespace imago {
namespace {

const std::filesystem::path kCheckpoints = std::filesystem::path(IMAGO_FIXTURES) / "checkpoints";

void expect_equal(const StateDict& a, const StateDict& b) {
  ASSERT_EQ(a.size(), b.size());
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    EXPECT_EQ(x->first, y->first);
    EXPECT_EQ(x->second.type, y->second.type) << x->first;
    EXPECT_EQ(x->second.shape, y->second.shape) << x->first;
    EXPECT_EQ(x->second.data, y->second.data) << x->first;
  }
}

constexpr const char* kFixtures[] = {"dtypes.pth", "views.pth", "nested.pth",
                                     "state_dict_legacy.pth", "small.safetensors"};

TEST(Export, ComesBackAsItWas) {
  const TemporaryFolder folder;
  for (const char* fixture : kFixtures) {
    SCOPED_TRACE(fixture);
    StateDict tensors = read_checkpoint(kCheckpoints / fixture);
    tensors.metadata["license"] = "CC0 \"é\"\n";
    write_safetensors(tensors, folder.path() / "out.safetensors");
    const StateDict again = read_checkpoint(folder.path() / "out.safetensors");
    expect_equal(again, tensors);
    EXPECT_EQ(again.metadata, tensors.metadata);
    write_torch_zip(tensors, folder.path() / "out.pth");
    expect_equal(read_checkpoint(folder.path() / "out.pth"), tensors);
  }
}

TEST(Export, PyTorchReadsWhatWeWrote) {
  if (!have_torch()) GTEST_SKIP() << "PyTorch is not installed";
  const TemporaryFolder folder;
  std::vector<std::filesystem::path> paths;
  for (const char* fixture : kFixtures) {
    const StateDict tensors = read_checkpoint(kCheckpoints / fixture);
    paths.push_back(folder.path() / (std::string(fixture) + ".out.pth"));
    write_torch_zip(tensors, paths.back());
    paths.push_back(folder.path() / (std::string(fixture) + ".out.safetensors"));
    write_safetensors(tensors, paths.back());
  }
  const nlohmann::json described = describe_with_torch(paths);
  ASSERT_EQ(described.size(), paths.size()) << "torch.load(weights_only=True) refused a file";
  for (size_t i = 0; i < paths.size(); ++i) {
    SCOPED_TRACE(paths[i]);
    EXPECT_EQ(described[i]["type"], "OrderedDict");
    expect_same(read_checkpoint(kCheckpoints / kFixtures[i / 2]), described[i]["tensors"]);
  }
}

TEST(Export, EqualModelsMakeEqualFiles) {
  const TemporaryFolder folder;
  const StateDict tensors = read_checkpoint(kCheckpoints / "state_dict.pth");
  for (const auto write : {write_safetensors, write_torch_zip}) {
    write(tensors, folder.path() / "a");
    write(tensors, folder.path() / "b");
    EXPECT_EQ(content_of(folder.path() / "a"), content_of(folder.path() / "b"));
  }
}

TEST(Export, AnEmptyDictionaryIsAFileToo) {
  const TemporaryFolder folder;
  for (const auto write : {write_safetensors, write_torch_zip}) {
    write(StateDict(), folder.path() / "empty");
    EXPECT_EQ(read_checkpoint(folder.path() / "empty").size(), 0u);
  }
}

TEST(Export, TensorsThatCouldNotBeReadBackAreRefused) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& name, HostTensor tensor) {
    StateDict tensors;
    tensors.insert(name, std::move(tensor));
    for (const auto write : {write_safetensors, write_torch_zip}) {
      EXPECT_THROW(write(tensors, folder.path() / "out"), Error) << name;
      EXPECT_FALSE(std::filesystem::exists(folder.path() / "out"));
    }
  };
  refused("short", {DType::f32, {2}, std::vector<std::byte>(4)});
  refused("nine dims", {DType::f32, std::vector<int64_t>(9, 1), std::vector<std::byte>(4)});
  refused("negative", {DType::f32, {-1}, {}});
  refused("not UTF-8 \xff", HostTensor::from_float({1}, {1}));
  refused(std::string(2000, 'x'), HostTensor::from_float({1}, {1}));
}

}  // namespace
}  // namespace imago
