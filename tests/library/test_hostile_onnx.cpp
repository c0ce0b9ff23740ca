// ONNX files from strangers: read, or refused with a CheckpointError.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include "compute/base/error.h"
#include "models/checkpoint/onnx.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "tests/base/folder.h"
#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

// --- protobuf, written independently of Imago's writer ---

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}
std::string bytes(int field, const std::string& content) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}

std::string dims(const std::vector<int64_t>& sides) {
  std::string text;
  for (const int64_t side : sides) text += number(1, static_cast<uint64_t>(side));
  return text;
}
std::string tensor(const std::string& name, const std::vector<int64_t>& sides,
                   const std::string& raw, int type = 1) {
  return dims(sides) + number(2, static_cast<uint64_t>(type)) + bytes(8, name) + bytes(9, raw);
}
std::string node(const std::string& op, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs, const std::string& more = "") {
  std::string text;
  for (const std::string& name : inputs) text += bytes(1, name);
  for (const std::string& name : outputs) text += bytes(2, name);
  return text + bytes(4, op) + more;
}
std::string port(const std::string& name) {
  std::string shape;
  for (const uint64_t side : {1, 3, 0, 0})
    shape += bytes(1, side ? number(1, side) : bytes(2, "s"));
  return bytes(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, shape)));
}
std::string conv_weights() { return tensor("w", {3, 3, 1, 1}, std::string(36, '\0')); }
std::string ordinary_graph(const std::string& more = "") {
  return bytes(1, node("Conv", {"x", "w"}, {"y"})) + bytes(5, conv_weights()) +
         bytes(11, port("x")) + bytes(12, port("y")) + more;
}
std::string model(const std::string& graph, int opset = 17) {
  return number(1, 8) + bytes(7, graph) +
         bytes(8, bytes(1, "") + number(2, static_cast<uint64_t>(opset)));
}
/// A graph with this tensor in place of the weights.
std::string with_tensor(const std::string& content) {
  return model(bytes(1, node("Conv", {"x", "w"}, {"y"})) + bytes(5, content) +
               bytes(11, port("x")) + bytes(12, port("y")));
}
std::string with_nodes(const std::string& nodes) {
  return model(nodes + bytes(5, conv_weights()) + bytes(11, port("x")) + bytes(12, port("y")));
}
std::string attribute(const std::string& content) { return bytes(5, bytes(1, "a") + content); }
std::string external(const std::string& location, const std::string& more = "") {
  return dims({3, 3, 1, 1}) + number(2, 1) + bytes(8, "w") +
         bytes(13, bytes(1, "location") + bytes(2, location)) + more + number(14, 1);
}

StateDict read_onnx_bytes(std::span<const std::byte> file) {
  return to_state_dict(read_onnx(file));
}

TEST(Onnx, ReadsWhatItShould) {
  const StateDict tensors = read_checkpoint(build::bytes_of(model(ordinary_graph())));
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors.find("w")->shape, (std::vector<int64_t>{3, 3, 1, 1}));
  const std::optional<OnnxModel> graph = onnx_graph_of(tensors);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->nodes.at(0).op_type, "Conv");
  EXPECT_TRUE(graph->initializers.at(0).apart);
}

// Typed lists instead of raw data, packed or one by one.
TEST(Onnx, ReadsNumbersHoweverTheyAreStored) {
  const std::string head = dims({2}) + bytes(8, "w");
  const auto word = [](float value) { return build::floats({value}); };
  const std::string one = varint(4 << 3 | 5), packed = word(1.5f) + word(-2);
  for (const std::string& content :
       {head + number(2, 1) + bytes(4, packed),
        head + number(2, 1) + one + word(1.5f) + one + word(-2),
        head + number(2, 10) + bytes(5, varint(0x3e00) + varint(0xc000)),
        head + number(2, 10) + number(5, 0x3e00) + number(5, 0xc000),
        head + number(2, 1) + bytes(9, packed),
        head + number(2, 16) + bytes(5, varint(0x3fc0) + varint(0xc000))}) {
    const OnnxModel read = read_onnx(build::bytes_of(with_tensor(content)));
    EXPECT_EQ(read.initializers.at(0).value.to_float(), (std::vector<float>{1.5f, -2}));
  }
}

std::vector<Hostile> hostile_models() {
  const std::string w = std::string(36, '\0');
  std::vector<Hostile> all = {
      {"no graph", number(1, 8) + bytes(8, number(2, 17)), Kind::truncated},
      {"no opset", number(1, 8) + bytes(7, ordinary_graph()), Kind::truncated},
      {"opset 6", model(ordinary_graph(), 6), Kind::unsupported},
      {"opset 99", model(ordinary_graph(), 99), Kind::unsupported},
      {"two graphs", model(ordinary_graph()) + bytes(7, ordinary_graph()), Kind::malformed},
      {"graph is a number", number(1, 8) + number(7, 3) + bytes(8, number(2, 17)), Kind::malformed},
      {"group wire type", model(ordinary_graph()) + varint(3 << 3 | 3), Kind::malformed},
      {"end group", model(ordinary_graph()) + varint(3 << 3 | 4), Kind::malformed},
      {"wire type 6", model(ordinary_graph()) + varint(3 << 3 | 6), Kind::malformed},
      {"field zero", model(ordinary_graph()) + number(0, 1), Kind::malformed},
      {"huge field", model(ordinary_graph()) + varint(uint64_t{1} << 40), Kind::malformed},
      {"varint of 11 bytes", model(ordinary_graph()) + "\x18" + std::string(10, '\xff') + "\x01",
       Kind::malformed},
      {"varint beyond 64 bits", model(ordinary_graph()) + "\x18" + std::string(9, '\xff') + "\x7f",
       Kind::malformed},
      {"length beyond the end", model(ordinary_graph()) + varint(3 << 3 | 2) + varint(1000),
       Kind::truncated},
      {"length of 2^63", model(ordinary_graph()) + varint(3 << 3 | 2) + varint(uint64_t{1} << 63),
       Kind::truncated},
      {"negative side", with_tensor(tensor("w", {-3, 3, 1, 1}, w)), Kind::malformed},
      {"huge side", with_tensor(tensor("w", {int64_t{1} << 40, 1, 1, 1}, w)), Kind::malformed},
      {"product overflows", with_tensor(tensor("w", {int64_t{1} << 31, int64_t{1} << 31, 4, 4}, w)),
       Kind::malformed},
      {"nine dimensions", with_tensor(tensor("w", {1, 1, 1, 1, 1, 1, 1, 1, 9}, w)), Kind::limit},
      {"too little data", with_tensor(tensor("w", {3, 3, 1, 1}, std::string(35, '\0'))),
       Kind::malformed},
      {"too much data", with_tensor(tensor("w", {3, 3, 1, 1}, std::string(37, '\0'))),
       Kind::malformed},
      {"no data", with_tensor(tensor("w", {3, 3, 1, 1}, "")), Kind::malformed},
      {"data twice", with_tensor(tensor("w", {3, 3, 1, 1}, w) + bytes(9, w)), Kind::malformed},
      {"data of another type",
       with_tensor(dims({1}) + number(2, 1) + bytes(8, "w") + bytes(7, varint(1))),
       Kind::malformed},
      {"doubles for floats",
       with_tensor(dims({1}) + number(2, 1) + bytes(8, "w") + bytes(10, std::string(8, '\0'))),
       Kind::malformed},
      {"more numbers than the shape",
       with_tensor(dims({1}) + number(2, 7) + bytes(8, "w") + bytes(7, varint(1) + varint(2))),
       Kind::malformed},
      {"half a number", with_tensor(dims({1}) + number(2, 1) + bytes(8, "w") + bytes(4, "abc")),
       Kind::malformed},
      {"texts", with_tensor(dims({1}) + number(2, 8) + bytes(8, "w") + bytes(6, "a")),
       Kind::unsupported},
      {"float8", with_tensor(tensor("w", {3}, "abc", 17)), Kind::unsupported},
      {"no type", with_tensor(dims({1}) + bytes(8, "w") + bytes(9, "abcd")), Kind::unsupported},
      {"segments", with_tensor(tensor("w", {3, 3, 1, 1}, w) + bytes(3, number(1, 1))),
       Kind::unsupported},
      {"no name", with_tensor(tensor("", {3, 3, 1, 1}, w)), Kind::malformed},
      {"name not UTF-8", with_tensor(tensor("\xff\xfe", {3, 3, 1, 1}, w)), Kind::malformed},
      {"long name", with_tensor(tensor(std::string(2000, 'n'), {3, 3, 1, 1}, w)), Kind::limit},
      {"not a number", with_tensor(tensor("w", {1}, std::string("\x00\x00\xc0\x7f", 4))),
       Kind::not_finite},
      {"infinite", with_tensor(tensor("w", {1}, std::string("\x00\x00\x80\x7f", 4))),
       Kind::not_finite},
      {"two tensors of a name", model(ordinary_graph(bytes(5, conv_weights()))), Kind::malformed},
      {"two inputs of a name", model(ordinary_graph(bytes(11, port("x")))), Kind::malformed},
      {"sparse", model(ordinary_graph(bytes(15, ""))), Kind::unsupported},
      {"used before made",
       with_nodes(bytes(1, node("Relu", {"z"}, {"y"})) + bytes(1, node("Conv", {"x", "w"}, {"z"}))),
       Kind::malformed},
      {"made twice",
       with_nodes(bytes(1, node("Conv", {"x", "w"}, {"y"})) + bytes(1, node("Relu", {"x"}, {"y"}))),
       Kind::malformed},
      {"makes a weight", with_nodes(bytes(1, node("Relu", {"x"}, {"w"}))), Kind::malformed},
      {"uses itself", with_nodes(bytes(1, node("Relu", {"y"}, {"y"}))), Kind::malformed},
      {"output of nothing", with_nodes(bytes(1, node("Relu", {"x"}, {"z"}))), Kind::malformed},
      {"no operator", with_nodes(bytes(1, bytes(1, "x") + bytes(2, "y"))), Kind::malformed},
      {"graph inside", with_nodes(bytes(1, node("If", {"x"}, {"y"}, attribute(bytes(6, ""))))),
       Kind::unsupported},
      {"graphs inside", with_nodes(bytes(1, node("Scan", {"x"}, {"y"}, attribute(bytes(11, ""))))),
       Kind::unsupported},
      {"attribute of a function",
       with_nodes(bytes(1, node("Relu", {"x"}, {"y"}, attribute(bytes(21, "q"))))),
       Kind::unsupported},
      {"attribute number is bytes",
       with_nodes(bytes(1, node("Relu", {"x"}, {"y"}, attribute(bytes(3, "q"))))), Kind::malformed},
      {"long list of an attribute",
       with_nodes(
           bytes(1, node("Relu", {"x"}, {"y"}, attribute(bytes(8, std::string(9999, '\1')))))),
       Kind::limit},
      {"many inputs",
       with_nodes(bytes(1, node("Concat", std::vector<std::string>(5000, "x"), {"y"}))),
       Kind::limit},
      {"external without a folder", with_tensor(external("weights.bin")), Kind::forbidden},
      {"external nowhere", with_tensor(dims({1}) + number(2, 1) + bytes(8, "w") + number(14, 1)),
       Kind::forbidden},
      {"external twice",
       with_tensor(external("a", bytes(13, bytes(1, "location") + bytes(2, "b")))),
       Kind::malformed},
      {"pretends to be apart", with_tensor(external("imago:weights")), Kind::forbidden},
      {"metadata key twice",
       model(ordinary_graph()) + bytes(14, bytes(1, "k")) + bytes(14, bytes(1, "k")),
       Kind::malformed},
      {"long metadata",
       model(ordinary_graph()) + bytes(14, bytes(1, "k") + bytes(2, std::string(2 << 20, 'v'))),
       Kind::limit},
  };
  const std::string two_nodes =
      with_nodes(bytes(1, node("Conv", {"x", "w"}, {"z"})) + bytes(1, node("Relu", {"z"}, {"y"})));
  for (const std::string& whole : {model(ordinary_graph()), two_nodes})
    for (size_t length = 4; length < whole.size(); ++length)
      all.push_back({std::to_string(whole.size()) + " bytes cut off at " + std::to_string(length),
                     whole.substr(0, length), Kind::truncated});
  return all;
}

class HostileOnnx : public testing::TestWithParam<Hostile> {};
TEST_P(HostileOnnx, IsRefused) { expect_refused(GetParam(), read_onnx_bytes); }
INSTANTIATE_TEST_SUITE_P(All, HostileOnnx, testing::ValuesIn(hostile_models()), hostile_name);

TEST(HostileOnnxFiles, AreMany) { EXPECT_GE(hostile_models().size(), 200u); }

TEST(HostileOnnxFiles, LinksAndOtherFoldersAreNotFollowed) {
  const TemporaryFolder place;
  const fs::path inside = place.path() / "models";
  fs::create_directories(inside / "sub");
  write_text(place.path() / "secret", std::string(36, '\0'));
  write_text(inside / "good", std::string(36, '\0'));
  write_text(inside / "sub/good", std::string(36, '\0'));
  write_text(inside / "short", "abc");
  fs::create_symlink("good", inside / "link");
  fs::create_directory_symlink("..", inside / "up");
  fs::create_hard_link(place.path() / "secret", inside / "hard");
  const auto read = [&](const std::string& location) {
    write_text(inside / "m.onnx", with_tensor(external(location)));
    return read_checkpoint(inside / "m.onnx").size();
  };
  EXPECT_EQ(read("good"), 1u);
  EXPECT_EQ(read("sub/good"), 1u);
  for (const std::string& location :
       {std::string("../secret"), std::string("/etc/hostname"), (place.path() / "secret").string(),
        std::string("link"), std::string("up/secret"), std::string("hard"), std::string("absent"),
        std::string("short"), std::string("sub"), std::string("."), std::string("a\\b"),
        std::string("good\0x", 6), std::string()})
    EXPECT_THROW(read(location), CheckpointError) << location;
  for (const std::string& more :
       {bytes(13, bytes(1, "offset") + bytes(2, "1")),
        bytes(13, bytes(1, "offset") + bytes(2, "-1")),
        bytes(13, bytes(1, "length") + bytes(2, "35")),
        bytes(13, bytes(1, "offset") + bytes(2, "x")),
        bytes(13, bytes(1, "offset") + bytes(2, "18446744073709551615"))}) {
    write_text(inside / "m.onnx", with_tensor(external("good", more)));
    EXPECT_THROW(read_checkpoint(inside / "m.onnx"), CheckpointError);
  }
}

/// Each byte of small real models changed: read or refused, and what is read builds or is refused.
TEST(HostileOnnxFiles, EveryByteChangedIsHarmless) {
  for (const std::string name : {"bytes_opset17.onnx", "fixed_opset11.onnx"}) {
    const std::string whole = content_of(fs::path(IMAGO_FIXTURES) / "onnx" / name);
    ASSERT_FALSE(whole.empty());
    size_t read = 0;
    for (size_t i = 0; i < whole.size(); ++i) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
      try {
        identify(read_onnx_bytes(build::bytes_of(changed)));
        ++read;
      } catch (const Error&) {
      }
    }
    EXPECT_GT(read, 0u);  // in the weights a bit is as good as another
  }
}

/// Graphs that ask for more than any picture: refused before anything is laid out.
TEST(HostileOnnxFiles, GraphsThatGrowWithoutEndAreRefused) {
  const auto grown = [](int count, const std::string& op, const std::string& more) {
    std::string nodes = bytes(1, node("Conv", {"x", "w"}, {"t0"}));
    for (int i = 0; i < count; ++i)
      nodes += bytes(1, node(op, {"t" + std::to_string(i), "s"},
                             {i + 1 == count ? "y" : "t" + std::to_string(i + 1)}, more));
    const std::string scales = tensor("s", {4}, build::floats({1, 1, 64, 64}));
    return model(nodes + bytes(5, conv_weights()) + bytes(5, scales) + bytes(11, port("x")) +
                     bytes(12, port("y")),
                 9);
  };
  // Once is a network of scale 64.
  for (const int count : {2, 4, 20, 200})
    EXPECT_THROW(identify(read_onnx_bytes(build::bytes_of(grown(count, "Upsample", "")))), Error);
}

}  // namespace
}  // namespace imago
