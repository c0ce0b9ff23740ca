#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

using build::floats;
using build::le;
using build::safetensors;

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape +
         "],\"data_offsets\":[" + offsets + "]}";
}

// One f32 tensor "a" of two elements, with one thing changed.
std::string with_shape(const std::string& shape) {
  return safetensors("{" + entry("a", "F32", shape, "0,8") + "}", floats({1, 2}));
}
std::string with_offsets(const std::string& offsets) {
  return safetensors("{" + entry("a", "F32", "2", offsets) + "}", floats({1, 2}));
}
std::string with_header(const std::string& header) { return safetensors(header, floats({1, 2})); }
std::string two(const std::string& first, const std::string& second, size_t data) {
  return safetensors(
      "{" + entry("a", "F32", "2", first) + "," + entry("b", "F32", "2", second) + "}",
      std::string(data, '\0'));
}

const std::string kGood = entry("a", "F32", "2", "0,8");

std::vector<Hostile> layout_cases() {
  return {
      {"overlap", two("0,8", "4,12", 12), Kind::malformed, {}, "b"},
      {"same range twice", two("0,8", "0,8", 8), Kind::malformed, {}, "b"},
      {"hole", two("0,8", "12,20", 20), Kind::malformed, {}, "b"},
      {"hole at the start", two("4,12", "12,20", 20), Kind::malformed, {}, "a"},
      {"data left over", two("0,8", "8,16", 20), Kind::malformed, {}, ""},
      {"data missing", two("0,8", "8,16", 15), Kind::truncated, {}, "b"},
      {"reversed offsets", with_offsets("8,0"), Kind::malformed, 9, "a"},
      {"size does not fit shape", with_offsets("0,4"), Kind::malformed, 9, "a"},
      {"offsets beyond the file", with_offsets("800,808"), Kind::truncated, {}, "a"},
      {"huge offsets",
       with_offsets("9223372036854775799,9223372036854775807"),
       Kind::truncated,
       {},
       "a"},
      {"offset over 63 bits", with_offsets("0,9223372036854775808"), Kind::malformed, {}, "a"},
      {"offset over 64 bits", with_offsets("0,99999999999999999999999"), Kind::malformed, {}, "a"},
      {"negative offset", with_offsets("-8,0"), Kind::malformed, {}, "a"},
      {"fractional offset", with_offsets("0.0,8"), Kind::malformed, {}, "a"},
      {"offset with exponent", with_offsets("0,8e0"), Kind::malformed, {}, "a"},
      {"offset with leading zero", with_offsets("0,08"), Kind::malformed, {}, "a"},
      {"one offset", with_offsets("0"), Kind::malformed, {}, "a"},
      {"three offsets", with_offsets("0,8,8"), Kind::malformed, {}, "a"},
      {"offsets as strings", with_offsets("\"0\",\"8\""), Kind::malformed, {}, "a"},
      {"product overflows", with_shape("4294967296,4294967296,4294967296"), Kind::malformed, 9,
       "a"},
      {"product wraps to the size", with_shape("9223372036854775807,2,2"), Kind::malformed, 9, "a"},
      {"overflow behind a zero", with_shape("0,4294967296,4294967296,4294967296"), Kind::malformed,
       9, "a"},
      {"negative dimension", with_shape("-2"), Kind::malformed, {}, "a"},
      {"two negative dimensions", with_shape("-1,-2"), Kind::malformed, {}, "a"},
      {"dimension over 64 bits", with_shape("18446744073709551618"), Kind::malformed, {}, "a"},
      {"nine dimensions", with_shape("1,1,1,1,1,1,1,1,2"), Kind::limit, {}, "a"},
      {"dimension is a string", with_shape("\"2\""), Kind::malformed, {}, "a"},
      {"dimension is a list", with_shape("[2]"), Kind::malformed, {}, "a"},
      {"dimension is true", with_shape("true"), Kind::malformed, {}, "a"},
      {"shape with trailing comma", with_shape("2,"), Kind::malformed, {}, "a"},
  };
}

std::vector<Hostile> dtype_cases() {
  std::vector<Hostile> cases;
  for (const char* dtype : {"", "f32", "F33", "F8_E4M3", "F8_E5M2", "U64", "U16", "C64", "F32 "}) {
    cases.push_back({std::string("dtype ") + dtype,
                     safetensors("{" + entry("a", dtype, "2", "0,8") + "}", floats({1, 2})),
                     Kind::unsupported, 8 + 1 + 4 + 1 + 8, "a"});
  }
  const struct {
    const char* name;
    const char* dtype;
    std::string data;
    uint64_t at;
  } kNotFinite[] = {{"NaN", "F32", floats({1, NAN}), 4},
                    {"Inf", "F32", floats({1, -INFINITY}), 4},
                    {"half NaN", "F16", le<uint16_t>(0x3c00) + le<uint16_t>(0x7e01), 2},
                    {"half Inf", "F16", le<uint16_t>(0xfc00) + le<uint16_t>(0), 0},
                    {"bf16 NaN", "BF16", le<uint16_t>(0x3f80) + le<uint16_t>(0x7fc0), 2},
                    {"bf16 Inf", "BF16", le<uint16_t>(0x7f80) + le<uint16_t>(0), 0},
                    {"f64 NaN", "F64", le<uint64_t>(0) + le<uint64_t>(0x7ff8000000000000), 8},
                    {"f64 Inf", "F64", le<uint64_t>(0x7ff0000000000000) + le<uint64_t>(0), 0}};
  for (const auto& c : kNotFinite) {
    const std::string header =
        "{" + entry("a", c.dtype, "2", "0," + std::to_string(c.data.size())) + "}";
    cases.push_back(
        {c.name, safetensors(header, c.data), Kind::not_finite, 8 + header.size() + c.at, "a"});
  }
  return cases;
}

std::vector<Hostile> header_cases() {
  const std::string e = kGood;
  return {
      {"nothing", "", Kind::truncated, 0},
      {"seven bytes", std::string(7, '\0'), Kind::truncated, 7},
      {"no header", le<uint64_t>(0), Kind::malformed, 8},
      {"header longer than the file", le<uint64_t>(3) + "{}", Kind::truncated, 10},
      {"header over 100 MB", le<uint64_t>(100'000'001) + "{}", Kind::limit, 0},
      {"header length of all ones", le(~uint64_t{0}) + "{}", Kind::limit, 0},
      {"header begins with a space", with_header(" {" + e + "}"), Kind::malformed, 8},
      {"header is a list", with_header("[" + e + "]"), Kind::malformed, 8},
      {"header does not end", with_header("{" + e), Kind::malformed, 8 + 1 + e.size()},
      {"string does not end", with_header("{\"a"), Kind::malformed, 8 + 3},
      {"something follows the header", with_header("{" + e + "} x"), Kind::malformed,
       8 + e.size() + 3},
      {"NUL follows the header", with_header("{" + e + "}" + std::string(1, '\0')),
       Kind::malformed},
      {"two commas", with_header("{" + e + ",,}"), Kind::malformed},
      {"comma at the end", with_header("{" + e + ",}"), Kind::malformed},
      {"comma at the start", with_header("{," + e + "}"), Kind::malformed},
      {"name without quotes", with_header("{a:{}}"), Kind::malformed, 9},
      {"comment", with_header("{/**/" + e + "}"), Kind::malformed, 9},
      {"name twice", with_header("{" + e + "," + e + "}"), Kind::malformed},
      {"empty tensor's name twice",
       safetensors("{" + entry("a", "U8", "0", "0,0") + "," + entry("a", "U8", "0", "0,0") + "}"),
       Kind::malformed, 8 + 1 + entry("a", "U8", "0", "0,0").size() + 1, "a"},
      {"name twice by escape",
       safetensors("{" + entry("a", "U8", "0", "0,0") + "," + entry("\\u0061", "U8", "0", "0,0") +
                   "}"),
       Kind::malformed,
       {},
       "a"},
      {"entry is null", with_header("{\"a\":null}"), Kind::malformed, 13, "a"},
      {"entry is a list", with_header("{\"a\":[]}"), Kind::malformed, 13, "a"},
      {"entry is empty", with_header("{\"a\":{}}"), Kind::malformed, 9, "a"},
      {"no dtype", with_header("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}"), Kind::malformed,
       9, "a"},
      {"no shape", with_header("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}"),
       Kind::malformed, 9, "a"},
      {"no offsets", with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}"), Kind::malformed, 9,
       "a"},
      {"dtype twice", with_header("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"), Kind::malformed,
       28, "a"},
      {"unknown field", with_header("{\"a\":{\"strides\":[2]}}"), Kind::malformed, 14, "a"},
      {"dtype is a number", with_header("{\"a\":{\"dtype\":32}}"), Kind::malformed, 22, "a"},
      {"deep nesting",
       with_header("{\"a\":{\"shape\":" + std::string(100000, '[')),
       Kind::malformed,
       {},
       "a"},
      {"deep objects", with_header("{\"a\":" + std::string(100000, '{')), Kind::malformed, {}, "a"},
      {"metadata number", with_header("{\"__metadata__\":{\"a\":1}}"), Kind::malformed, 29,
       "__metadata__"},
      {"metadata nested", with_header("{\"__metadata__\":{\"a\":{}}}"), Kind::malformed},
      {"metadata key twice", with_header("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}"),
       Kind::malformed, 32},
      {"metadata twice", with_header("{\"__metadata__\":{},\"__metadata__\":{}}"), Kind::malformed,
       27},
      {"metadata is a string", with_header("{\"__metadata__\":\"\"}"), Kind::malformed, 24},
      {"long metadata",
       with_header("{\"__metadata__\":{\"a\":\"" + std::string(2 << 20, 'x') + "\"}}"),
       Kind::limit},
      {"long name", with_header("{\"" + std::string(1025, 'x') + "\":{}}"), Kind::limit, 10},
      {"control character", with_header("{\"a\n\":{}}"), Kind::malformed, 11},
      {"NUL in a name", with_header(std::string("{\"a\0\":{}}", 9)), Kind::malformed, 11},
      {"unknown escape", with_header("{\"\\x41\":{}}"), Kind::malformed, 11},
      {"bad hexadecimal", with_header("{\"\\u00g0\":{}}"), Kind::malformed, 14},
      {"lone high surrogate", with_header("{\"\\ud800\":{}}"), Kind::malformed},
      {"lone low surrogate", with_header("{\"\\udc00\":{}}"), Kind::malformed},
      {"high surrogate twice", with_header("{\"\\ud800\\ud800\":{}}"), Kind::malformed},
      {"not UTF-8", with_header("{\"\xff\":{}}"), Kind::malformed, 10},
      {"overlong UTF-8", with_header("{\"\xc0\xaf\":{}}"), Kind::malformed, 10},
      {"surrogate in UTF-8", with_header("{\"\xed\xa0\x80\":{}}"), Kind::malformed, 10},
      {"cut UTF-8", with_header("{\"\xe2\x82\":{}}"), Kind::malformed, 10},
      {"beyond Unicode", with_header("{\"\xf4\x90\x80\x80\":{}}"), Kind::malformed, 10},
  };
}

std::vector<Hostile> amount_cases() {
  std::string header = "{";
  for (int i = 0; i < 65537; ++i) {
    header += (i ? "," : "") + entry("t" + std::to_string(i), "U8", "0", "0,0");
  }
  return {{"65537 tensors", safetensors(header + "}"), Kind::limit, {}, "t65536"}};
}

class HostileSafetensors : public testing::TestWithParam<Hostile> {};

TEST_P(HostileSafetensors, IsRefused) {
  expect_refused(GetParam(), [](auto file) { return read_safetensors(file); });
}

INSTANTIATE_TEST_SUITE_P(Layout, HostileSafetensors, testing::ValuesIn(layout_cases()),
                         hostile_name);
INSTANTIATE_TEST_SUITE_P(Type, HostileSafetensors, testing::ValuesIn(dtype_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Header, HostileSafetensors, testing::ValuesIn(header_cases()),
                         hostile_name);
INSTANTIATE_TEST_SUITE_P(Amount, HostileSafetensors, testing::ValuesIn(amount_cases()),
                         hostile_name);

TEST(Safetensors, AllowsWhatTheFormatAllows) {
  // White space, escapes, any order of fields, tensors listed in another order than their data.
  const std::string header =
      "{ \"b\\u00e9\\ud83d\\ude00\" :\n{\"shape\":[], \"data_offsets\":[8,12], "
      "\"dtype\":\"F32\"},\t" +
      kGood + ",\"empty\":{\"dtype\":\"I64\",\"shape\":[3,0],\"data_offsets\":[8,8]}}   ";
  const StateDict tensors =
      read_safetensors(build::bytes_of(safetensors(header, floats({1, 2, 3}))));
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors.begin()->first, "bé😀");
  EXPECT_EQ(tensors.find("bé😀")->to_float(), std::vector<float>{3});
  EXPECT_EQ(tensors.find("a")->to_float(), (std::vector<float>{1, 2}));
  EXPECT_EQ(tensors.find("empty")->shape, (std::vector<int64_t>{3, 0}));
}

TEST(Safetensors, NotFiniteValuesCanBeAllowed) {
  const std::string file = safetensors("{" + kGood + "}", floats({1, NAN}));
  EXPECT_EQ(read_safetensors(build::bytes_of(file), {.allow_not_finite = true}).size(), 1u);
}

}  // namespace
}  // namespace imago
