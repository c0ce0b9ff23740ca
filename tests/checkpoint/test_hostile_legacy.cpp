#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

using build::bytes_of;
using build::dict;
using build::floats;
using build::le;
using build::legacy;
using build::legacy_keys;
using build::legacy_magic;
using build::legacy_preamble;
using build::legacy_system;
using build::num;
using build::pickle;
using build::str;
using build::tensor;

const std::string kObject = pickle(dict({{"w", tensor()}}));
const std::string kData = floats({1, 2, 3, 4});
const uint64_t kObjectAt = legacy_preamble().size();
const uint64_t kKeysAt = kObjectAt + kObject.size();
const uint64_t kStorageAt = kKeysAt + legacy_keys({"0"}).size();

std::string after_object(const std::string& rest) { return legacy_preamble() + kObject + rest; }

std::vector<Hostile> cases() {
  const std::string protocol = pickle("M\xe9\x03");
  const std::string tail = kObject + legacy_keys({"0"}) + le<int64_t>(4) + kData;
  std::string other_magic = legacy_magic();
  other_magic[5] ^= 1;
  return {
      {"nothing", "", Kind::truncated, 0, "magic number"},
      {"another magic", other_magic + protocol + legacy_system() + tail, Kind::not_a_model, 0,
       "magic number"},
      {"magic is a string", pickle(str("x")), Kind::not_a_model, 0, "magic number"},
      {"magic only", legacy_magic(), Kind::truncated, 15, "protocol"},
      {"protocol 1000", legacy_magic() + pickle("M\xe8\x03") + legacy_system() + tail,
       Kind::unsupported, 15, "protocol"},
      {"protocol is a string", legacy_magic() + pickle(str("1001")) + legacy_system() + tail,
       Kind::unsupported, 15, "protocol"},
      {"big-endian", legacy_magic() + protocol + pickle(dict({{"little_endian", "\x89"}})) + tail,
       Kind::unsupported, 21, "system information"},
      {"no byte order", legacy_magic() + protocol + pickle("}") + tail, Kind::unsupported, 21,
       "system information"},
      {"system is a list", legacy_magic() + protocol + pickle("]") + tail, Kind::malformed, 21,
       "system information"},
      {"object calls",
       legacy_preamble() + pickle(build::global("os", "system") + str("id") + "\x85R"),
       Kind::forbidden, kObjectAt + 2, "pickled object"},
      {"object is a list", legacy(pickle("]" + tensor() + "a")), Kind::unsupported, kObjectAt,
       "pickled object"},
      {"object is a whole module",
       legacy(pickle("(" + str("module") + "NNNtQ")),
       Kind::unsupported,
       {},
       "pickled object"},
      {"no keys", after_object(""), Kind::truncated, kKeysAt, "storage keys"},
      {"keys are a tuple", after_object(pickle(")")), Kind::malformed, kKeysAt, "storage keys"},
      {"keys are a dictionary", after_object(pickle("}")), Kind::malformed, kKeysAt,
       "storage keys"},
      {"key is a number", after_object(pickle("]" + num(0) + "a")), Kind::malformed, kKeysAt,
       "storage keys"},
      {"key nobody declares", after_object(legacy_keys({"1"})), Kind::malformed, kKeysAt,
       "storage keys"},
      {"keys call", after_object(pickle(build::global("os", "system"))), Kind::forbidden,
       kKeysAt + 2, "storage keys"},
      {"key is missing", after_object(legacy_keys({})), Kind::malformed, {}, "storage 0"},
      {"key twice",
       after_object(legacy_keys({"0", "0"}) + le<int64_t>(4) + kData + le<int64_t>(4) + kData),
       Kind::malformed,
       {},
       "storage 0"},
      {"no count", after_object(legacy_keys({"0"})), Kind::truncated, kStorageAt, "storage 0"},
      {"count cut", after_object(legacy_keys({"0"}) + "1234567"), Kind::truncated, kStorageAt,
       "storage 0"},
      {"count too small", legacy(kObject, kData, 3), Kind::malformed, kStorageAt, "storage 0"},
      {"count too large", legacy(kObject, kData, 5), Kind::malformed, kStorageAt, "storage 0"},
      {"negative count", legacy(kObject, kData, -4), Kind::malformed, kStorageAt, "storage 0"},
      {"count in bytes", legacy(kObject, kData, 16), Kind::malformed, kStorageAt, "storage 0"},
      {"data cut", legacy(kObject, kData.substr(0, 15)), Kind::truncated, kStorageAt + 8 + 15,
       "storage 0"},
      {"data left over", legacy(kObject, kData + "x"), Kind::malformed, kStorageAt + 8 + 16, ""},
      {"a second checkpoint follows", legacy(kObject) + legacy(kObject), Kind::malformed,
       kStorageAt + 8 + 16, ""},
      {"huge storage",
       legacy(pickle(dict({{"w", tensor({{"0", "FloatStorage", INT64_MAX, ""}})}})), kData,
              INT64_MAX),
       Kind::truncated,
       {},
       "storage 0"},
      {"out of bounds",
       legacy(pickle(dict({{"w", tensor({{}, 1, {2, 2}, {2, 1}})}}))),
       Kind::malformed,
       {},
       "w"},
      {"stride 0 amplifies",
       legacy(pickle(dict({{"w", tensor({{}, 0, {1 << 30}, {0}})}}))),
       Kind::limit,
       {},
       "w"},
      {"NaN", legacy(kObject, floats({1, NAN, 3, 4})), Kind::not_finite, kStorageAt + 8 + 4, "w"},
      {"transposed NaN",
       legacy(pickle(dict({{"w", tensor({{}, 0, {2, 2}, {1, 2}})}})), floats({1, 2, INFINITY, 4})),
       Kind::not_finite, kStorageAt + 8 + 8, "w"},
  };
}

class HostileLegacy : public testing::TestWithParam<Hostile> {};

TEST_P(HostileLegacy, IsRefused) {
  expect_refused(GetParam(), [](auto file) { return read_torch_legacy(file); });
}

INSTANTIATE_TEST_SUITE_P(All, HostileLegacy, testing::ValuesIn(cases()), hostile_name);

TEST(Legacy, TheBuilderMakesGoodFiles) {
  const StateDict tensors = read_torch_legacy(bytes_of(legacy(kObject)));
  EXPECT_EQ(tensors.find("w")->to_float(), (std::vector<float>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace imago
