// ncnn files from strangers: read, or refused with a CheckpointError.
#include <gtest/gtest.h>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "tests/base/folder.h"
#include "tests/checkpoint/builders.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using Kind = CheckpointError::Kind;

const std::string kHead = "7767517\n2 2\nInput in 0 1 data\n";
const std::string kConv = "Convolution c 1 1 data out 0=3 1=1 5=1 6=9\n";
const std::string kWeights = build::le<uint32_t>(0) + std::string(36 + 12, '\0');

class NcnnFiles : public testing::Test {
 protected:
  StateDict read(const std::string& param, const std::string& bin) {
    write_text(folder_.path() / "m.param", param);
    write_text(folder_.path() / "m.bin", bin);
    return read_checkpoint(folder_.path() / "m.param");
  }
  void expect_refused(const std::string& what, const std::string& param, const std::string& bin,
                      Kind kind) {
    try {
      read(param, bin);
      ADD_FAILURE() << what << " was read";
    } catch (const CheckpointError& error) {
      EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << what << error.what();
    }
  }
  TemporaryFolder folder_;
};

TEST_F(NcnnFiles, ReadsWhatItShould) { EXPECT_EQ(read(kHead + kConv, kWeights).size(), 2u); }

TEST_F(NcnnFiles, RefusesWhatDoesNotFit) {
  struct Case {
    const char* what;
    std::string param, bin;
    Kind kind;
  };
  const std::string half = build::le<uint32_t>(0x01306b47), int8 = build::le<uint32_t>(0x000d4b38);
  const auto conv = [&](const std::string& settings) {
    return kHead + "Convolution c 1 1 data out " + settings + "\n";
  };
  const std::vector<Case> cases = {
      {"no layers", "7767517\n0 0\n", "", Kind::limit},
      {"negative count", "7767517\n-3 2\n", "", Kind::limit},
      {"huge count", "7767517\n99999999 2\n", "", Kind::limit},
      {"count is a word", "7767517\nmany 2\n", "", Kind::malformed},
      {"no count", "7767517\n", "", Kind::truncated},
      {"fewer layers than said", kHead, "", Kind::truncated},
      {"unknown layer", kHead + "GridSample g 1 1 data out\n", "", Kind::unsupported},
      {"blob used before made", "7767517\n1 1\nReLU r 1 1 data out\n", "", Kind::malformed},
      {"blob made twice", kHead + "ReLU r 1 1 data data\n", "", Kind::malformed},
      {"no input", "7767517\n1 1\nMemoryData m 0 1 out 0=1\n", build::floats({1}), Kind::malformed},
      {"huge number of blobs", kHead + "Concat c 99999999 1 data out\n", "", Kind::limit},
      {"negative number of blobs", kHead + "Concat c -1 1 data out\n", "", Kind::limit},
      {"line ends early", kHead + "ReLU r 1\n", "", Kind::truncated},
      {"setting without =", conv("0"), kWeights, Kind::malformed},
      {"setting number 99", conv("99=1"), kWeights, Kind::malformed},
      {"setting number -5", conv("-5=1"), kWeights, Kind::malformed},
      {"setting twice", conv("0=3 0=3"), kWeights, Kind::malformed},
      {"setting is a word", conv("0=x"), kWeights, Kind::malformed},
      {"setting is infinite", conv("0=inf"), kWeights, Kind::malformed},
      {"setting is huge", conv("0=1e300"), kWeights, Kind::malformed},
      {"no kernel", conv("0=3 5=1 6=9"), kWeights, Kind::malformed},
      {"huge kernel", conv("0=3 1=9999 6=9"), kWeights, Kind::malformed},
      {"negative weights", conv("0=3 1=1 6=-9"), kWeights, Kind::malformed},
      {"weights do not divide", conv("0=3 1=1 6=10"), kWeights, Kind::malformed},
      {"huge weights", conv("0=65536 1=255 6=2000000000000"), kWeights, Kind::malformed},
      {"more weights than the file", conv("0=3 1=1 6=900000"), kWeights, Kind::truncated},
      {"eight bits", conv("0=3 1=1 6=9 8=1"), kWeights, Kind::unsupported},
      {"eight bits in the file", kHead + kConv, int8 + kWeights, Kind::unsupported},
      {"half and too short", kHead + kConv, half + std::string(18, '\0'), Kind::truncated},
      {"table and too short", kHead + kConv, build::le<uint32_t>(7) + std::string(99, '\0'),
       Kind::truncated},
      {"no weights", kHead + kConv, "", Kind::truncated},
      {"weights left over", kHead + kConv, kWeights + "1234", Kind::malformed},
      {"not a number", kHead + kConv,
       build::le<uint32_t>(0) + std::string("\x00\x00\xc0\x7f", 4) + std::string(44, '\0'),
       Kind::not_finite},
      {"unknown activation", kHead + "Convolution c 1 1 data out 0=3 1=1 5=1 6=9 9=77\n", kWeights,
       Kind::unsupported},
      {"name not UTF-8", kHead + "ReLU \xff\xfe 1 1 data out\n", "", Kind::malformed},
      {"long name", kHead + "ReLU " + std::string(2000, 'r') + " 1 1 data out\n", "",
       Kind::malformed},
  };
  for (const Case& c : cases) {
    const bool empty = c.bin.empty();
    // An empty file is refused before anything is read of it.
    expect_refused(c.what, c.param, empty ? std::string(4, '\0') : c.bin,
                   std::string(c.what) == "no weights" ? Kind::truncated : c.kind);
  }
}

TEST_F(NcnnFiles, EveryTruncationIsRefused) {
  const std::string param = kHead + kConv;
  for (size_t length = 1; length < kWeights.size(); ++length)
    expect_refused("bin of " + std::to_string(length), param, kWeights.substr(0, length),
                   Kind::truncated);
  for (size_t length = 8; length + 1 < param.size(); ++length)
    EXPECT_THROW(read(param.substr(0, length), kWeights), CheckpointError) << length;
}

TEST_F(NcnnFiles, EveryCharacterChangedIsHarmless) {
  const std::string param = kHead + kConv;
  for (size_t i = 8; i < param.size(); ++i)
    for (const char c : {'0', '9', '-', ' ', '\n', 'x', '='}) {
      std::string changed = param;
      changed[i] = c;
      try {
        identify(read(changed, kWeights));
      } catch (const Error&) {
      }
    }
}

TEST_F(NcnnFiles, SaysWhatIsMissing) {
  write_text(folder_.path() / "alone.param", kHead + kConv);
  write_text(folder_.path() / "single.bin", kWeights);
  for (const auto& [file, missing] :
       {std::pair{"alone.param", "alone.bin"}, {"single.bin", "single.param"}}) {
    try {
      read_checkpoint(folder_.path() / file);
      ADD_FAILURE() << file;
    } catch (const CheckpointError& error) {
      EXPECT_NE(std::string(error.what()).find(missing), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace imago
