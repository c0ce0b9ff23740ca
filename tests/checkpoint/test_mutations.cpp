// Small good files of each format, cut at every length and with every byte changed.
#include <algorithm>

#include "tests/base/folder.h"
#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

bool same(const StateDict& a, const StateDict& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.type == y.second.type &&
           x.second.shape == y.second.shape && x.second.data == y.second.data;
  });
}

struct Format {
  const char* file;
  Reader reader;
  bool checksums;  // a changed file that is still read must hold the same tensors
};
void PrintTo(const Format& format, std::ostream* out) { *out << format.file; }

class Mutations : public testing::TestWithParam<Format> {
 protected:
  const std::string good_ =
      content_of(std::filesystem::path(IMAGO_FIXTURES) / "checkpoints" / GetParam().file);
  const StateDict tensors_ = GetParam().reader(build::bytes_of(good_));

  // True if the bytes are read; a CheckpointError is fine, anything else fails the test.
  bool is_read(const std::string& bytes, StateDict& tensors) const {
    const std::vector<std::byte> exact(build::bytes_of(bytes).begin(),
                                       build::bytes_of(bytes).end());
    try {
      tensors = GetParam().reader(exact);
      return true;
    } catch (const CheckpointError& error) {
      // An offset that does not lie in the file (or at its end) helps nobody; a damaged header may
      // point anywhere, which the zip reader then repeats.
      if (error.offset() > bytes.size() && error.kind() != Kind::malformed) {
        ADD_FAILURE() << error.what();
      }
      return false;
    }
  }
};

TEST_P(Mutations, EveryTruncationIsRefused) {
  for (size_t size = 0; size < good_.size(); ++size) {
    StateDict tensors;
    EXPECT_FALSE(is_read(good_.substr(0, size), tensors)) << "cut to " << size;
  }
}

TEST_P(Mutations, EveryChangedByteIsReadOrRefused) {
  size_t refused = 0;
  for (size_t i = 0; i < good_.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff, 0x20, good_[i] & 0xff}) {  // the last makes it zero
      if (change == 0) continue;
      std::string bytes = good_;
      bytes[i] = static_cast<char>(bytes[i] ^ change);
      StateDict tensors;
      if (!is_read(bytes, tensors)) {
        ++refused;
      } else if (GetParam().checksums) {
        EXPECT_TRUE(same(tensors, tensors_)) << "byte " << i << " ^ " << change;
      }
    }
  }
  EXPECT_GT(refused, good_.size());  // most changes hit structure
}

TEST_P(Mutations, EveryRemovedOrDoubledByteIsReadOrRefused) {
  for (size_t i = 0; i < good_.size(); ++i) {
    StateDict tensors;
    std::string shorter = good_, longer = good_;
    shorter.erase(i, 1);
    longer.insert(i, 1, longer[i]);
    is_read(shorter, tensors);
    is_read(longer, tensors);
  }
}

StateDict any(std::span<const std::byte> file) { return read_checkpoint(file); }

INSTANTIATE_TEST_SUITE_P(
    All, Mutations,
    testing::Values(Format{"small.safetensors", [](auto f) { return read_safetensors(f); }, false},
                    Format{"small_legacy.pth", [](auto f) { return read_torch_legacy(f); }, false},
                    Format{"small.pth", [](auto f) { return read_torch_zip(f); }, true},
                    Format{"small_deflated.pth", [](auto f) { return read_torch_zip(f); }, true},
                    Format{"small.pth", any, true}, Format{"small.safetensors", any, false},
                    Format{"small_legacy.pth", any, false}));

}  // namespace
}  // namespace imago
