// That networks from ncnn files compute what ncnn computes, whichever of the two files is given.
#include <gtest/gtest.h>

#include <filesystem>

#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "tests/networks/onnx_runtime.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct ExpectedNcnn {
  const char* name;
  int multiple;
  bool global;
};
const ExpectedNcnn kNcnnNetworks[] = {{"rrdb", 1, false},
                                      {"rrdb_half", 1, false},
                                      {"compact", 1, false},
                                      {"compact_half", 1, false},
                                      {"layers", 2, true}};

class NcnnNetworks : public testing::TestWithParam<ExpectedNcnn> {};

TEST_P(NcnnNetworks, ComputeWhatNcnnComputes) {
  const fs::path stem = fs::path(IMAGO_FIXTURES) / "ncnn" / GetParam().name;
  const StateDict file = read_checkpoint(stem.string() + ".safetensors");
  const auto picture_in = [&](const char* name) {
    const HostTensor& t = *file.find(name);
    return Picture{{t.shape[0], t.shape[1], t.shape[2], t.shape[3]}, t.to_float()};
  };
  std::vector<double> first;
  for (const char* extension : {".param", ".bin"}) {
    const Generator generator = load_generator(stem.string() + extension);
    EXPECT_EQ(generator.info.architecture, "ncnn");
    EXPECT_EQ(generator.info.scale, 2);
    EXPECT_EQ(generator.info.multiple, GetParam().multiple);
    EXPECT_EQ(generator.info.global_statistics, GetParam().global);
    const HostArray y = made(generator, picture_in("input"), {.unclamped = true});
    EXPECT_LT(worst(y, picture_in("output")), 1e-5);
    if (first.empty()) first = y.values;
    EXPECT_EQ(y.values, first);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NcnnNetworks, testing::ValuesIn(kNcnnNetworks),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace imago
