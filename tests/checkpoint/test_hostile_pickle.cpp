// Pickles that are not a dictionary of weights, inside a good archive.
#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

using build::bytes_of;
using build::dict;
using build::floats;
using build::global;
using build::kPickleAt;
using build::le;
using build::num;
using build::ordered_dict;
using build::pickle;
using build::Storage;
using build::storage;
using build::str;
using build::Tensor;
using build::tensor;
using build::torch_zip;
using build::tuple;

// A dictionary whose one value is `body`; `body` begins at kBodyAt.
std::string around(const std::string& body) { return torch_zip(pickle(dict({{"w", body}}))); }
const uint64_t kBodyAt = kPickleAt + 2 + 2 + str("w").size();

const std::string kAllowed =
    std::string("().JKMNQRUXabcehjqrstu}]G", 25) + "\x80\x85\x86\x87\x88\x89\x8a";

std::vector<Hostile> opcode_cases() {
  std::vector<Hostile> cases;
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (kAllowed.find(static_cast<char>(opcode)) != std::string::npos) continue;
    cases.push_back({"opcode " + std::to_string(opcode),
                     around(std::string(1, static_cast<char>(opcode)) + std::string(16, 'N')),
                     Kind::forbidden, kBodyAt, "a/data.pkl"});
  }
  return cases;
}

std::vector<Hostile> global_cases() {
  const std::pair<const char*, const char*> globals[] = {
      {"os", "system"},
      {"posix", "system"},
      {"nt", "system"},
      {"subprocess", "Popen"},
      {"builtins", "eval"},
      {"builtins", "exec"},
      {"builtins", "getattr"},
      {"builtins", "set"},
      {"__builtin__", "eval"},
      {"__builtin__", "dict"},
      {"sys", "modules"},
      {"runpy", "run_path"},
      {"webbrowser", "open"},
      {"pickle", "loads"},
      {"operator", "attrgetter"},
      {"numpy.core.multiarray", "scalar"},
      {"numpy", "dtype"},
      {"argparse", "Namespace"},
      {"torch", "load"},
      {"torch.hub", "load"},
      {"torch", "ComplexFloatStorage"},
      {"torch", "QInt8Storage"},
      {"torch.cuda", "FloatStorage"},
      {"torch", "Tensor"},
      {"torch", "device"},
      {"torch.nn.parameter", "Parameter"},
      {"torch.nn.modules.conv", "Conv2d"},
      {"torch._utils", "_rebuild_tensor_v3"},
      {"torch._utils", "_rebuild_tensor_v"},
      {"torch._utils", "_rebuild_tensor_v2 "},
      {"torch._utils", "_rebuild_tensor_v2.__globals__"},
      {"torch._utils._rebuild_tensor_v2", ""},
      {"torch._utils", "_rebuild_sparse_tensor"},
      {"torch._utils", "_rebuild_qtensor"},
      {"torch.storage", "_load_from_bytes"},
      {"collections", "ordereddict"},
      {"collections", "OrderedDict.fromkeys"},
      {"collections", "defaultdict"},
      {"collections.OrderedDict", ""},
      {" collections", "OrderedDict"},
      {"", ""},
      {"", "OrderedDict"},
      {"torch\r", "FloatStorage"},
      {"torch", "FloatStorage\r"},
      {"c\xd0\xbellections", "OrderedDict"},
      {"\x1b[2J", "x"}};
  std::vector<Hostile> cases;
  for (const auto& [module, name] : globals) {
    cases.push_back({std::string(module) + "." + name, around(global(module, name)),
                     Kind::forbidden, kBodyAt, "a/data.pkl"});
  }
  cases.push_back({"the classic",
                   torch_zip("\x80\x02" + global("os", "system") + str("id") + "\x85R."),
                   Kind::forbidden, kPickleAt + 2, "a/data.pkl"});
  cases.push_back({"NUL in a global", around(global(std::string("torch\0x", 7), "FloatStorage")),
                   Kind::forbidden, kBodyAt});
  cases.push_back(
      {"global without end", around("c" + std::string(300, 'x')), Kind::malformed, kBodyAt});
  cases.push_back({"global cut",
                   torch_zip("\x80\x02"
                             "ctorch\nFloat"),
                   Kind::truncated, kPickleAt + 2});
  return cases;
}

std::vector<Hostile> machine_cases() {
  const std::string many(70, '(');
  return {
      {"not a pickle", torch_zip("hello"), Kind::malformed, kPickleAt},
      {"no protocol", torch_zip("}."), Kind::malformed, kPickleAt},
      {"protocol 0", torch_zip(std::string("\x80\0}.", 4)), Kind::unsupported, kPickleAt},
      {"protocol 4", torch_zip("\x80\x04}."), Kind::unsupported, kPickleAt},
      {"protocol twice", around("\x80\x02N"), Kind::malformed, kBodyAt},
      {"empty stack at the end", torch_zip("\x80\x02."), Kind::malformed, kPickleAt + 2},
      {"two values at the end", torch_zip("\x80\x02}}."), Kind::malformed, kPickleAt + 4},
      {"mark at the end", torch_zip("\x80\x02(}."), Kind::malformed, kPickleAt + 4},
      {"pop from an empty stack", torch_zip("\x80\x02s."), Kind::malformed, kPickleAt + 2},
      {"tuple of an empty stack", torch_zip("\x80\x02\x87."), Kind::malformed, kPickleAt + 2},
      {"tuple without a mark", torch_zip("\x80\x02}t."), Kind::malformed, kPickleAt + 3},
      {"pop below the mark", torch_zip("\x80\x02}(s."), Kind::malformed, kPickleAt + 4},
      {"append below the mark", torch_zip("\x80\x02](Na."), Kind::malformed, kPickleAt + 5},
      {"memorise an empty stack", torch_zip("\x80\x02q\x01."), Kind::malformed, kPickleAt + 2},
      {"recall what is not there", around("h\x07"), Kind::malformed, kBodyAt},
      {"recall a huge number", around("j" + le(~uint32_t{0})), Kind::malformed, kBodyAt},
      {"71 marks", around(many + "N" + std::string(70, 't')), Kind::limit, kBodyAt + 63},
      {"string beyond the end", around("X" + le<uint32_t>(1u << 20)), Kind::truncated, kBodyAt},
      {"string of 4 GiB", around("X" + le(~uint32_t{0})), Kind::truncated, kBodyAt},
      {"string not UTF-8", around(str("\xff")), Kind::malformed, kBodyAt},
      {"short string beyond the end", around("U\xff"), Kind::truncated, kBodyAt},
      {"long of 17 bytes", around("\x8a\x11" + std::string(17, 'x')), Kind::limit, kBodyAt},
      {"long cut", torch_zip("\x80\x02\x8a\x08xx"), Kind::truncated, kPickleAt + 2},
      {"float cut", torch_zip("\x80\x02Gxx"), Kind::truncated, kPickleAt + 2},
      {"a million opcodes", around("]" + std::string(1'000'000, 'N')), Kind::limit},
      {"setitem on a list", around("]" + str("k") + "Ns"), Kind::malformed},
      {"setitems on a list", around("](" + str("k") + "Nu"), Kind::malformed},
      {"setitem on a tuple", around(")" + str("k") + "Ns"), Kind::malformed},
      {"setitem on a tensor", around(tensor() + str("k") + "Ns"), Kind::malformed},
      {"setitem on a function", around(global("collections", "OrderedDict") + str("k") + "Ns"),
       Kind::malformed},
      {"append to a dictionary", around("}Na"), Kind::malformed},
      {"append to a tuple", around(")Na"), Kind::malformed},
      {"appends to a string", around(str("x") + "(Ne"), Kind::malformed},
      {"odd number of items", around("}(" + str("k") + "u"), Kind::malformed},
      {"key is a list", around("}]Ns"), Kind::malformed},
      {"key is a tuple", around("})Ns"), Kind::malformed},
      {"key is a float", around("}G" + std::string(8, '\0') + "Ns"), Kind::malformed},
      {"key is none", around("}NNs"), Kind::malformed},
      {"build on a dictionary", around("}}b"), Kind::malformed},
      {"build on a list", around("]}b"), Kind::malformed},
      {"build on a tensor", around(tensor() + "}b"), Kind::malformed},
      {"build on a function", around(global("collections", "OrderedDict") + "}b"), Kind::malformed},
      {"build with none", around(ordered_dict() + "Nb"), Kind::malformed},
      {"build with a tuple",
       around(ordered_dict() + "}}\x86"
                               "b"),
       Kind::malformed},
      {"call a string", around(str("os.system") + ")R"), Kind::malformed},
      {"call a storage type", around(global("torch", "FloatStorage") + ")R"), Kind::malformed},
      {"call a tensor", around(tensor() + ")R"), Kind::malformed},
      {"call with a list", around(global("collections", "OrderedDict") + "]R"), Kind::malformed},
      {"call with none", around(global("collections", "OrderedDict") + "NR"), Kind::malformed},
      {"OrderedDict of a number", around(global("collections", "OrderedDict") + num(1) + "\x85R"),
       Kind::malformed},
      {"OrderedDict of two lists", around(global("collections", "OrderedDict") + "]]\x86R"),
       Kind::malformed},
      {"OrderedDict of lists of one", around(global("collections", "OrderedDict") + "]]Naa\x85R"),
       Kind::malformed},
      {"OrderedDict of numbers",
       around(global("collections", "OrderedDict") + "]" + num(1) + "a\x85R"), Kind::malformed},
      {"Size of nothing", around(global("torch", "Size") + ")R"), Kind::malformed},
      {"Size of a list", around(global("torch", "Size") + "]\x85R"), Kind::malformed},
      {"root is a list", torch_zip(pickle("]" + tensor() + "a")), Kind::unsupported, kPickleAt},
      {"root is a tensor", torch_zip(pickle(tensor())), Kind::unsupported, kPickleAt},
      {"root is a number", torch_zip(pickle(num(3))), Kind::unsupported, kPickleAt},
      {"root is a function", torch_zip(pickle(global("torch", "Size"))), Kind::unsupported,
       kPickleAt},
  };
}

std::string nested(const char* open, const std::string& close, int depth) {
  std::string body;
  for (int i = 0; i < depth; ++i) body += open;
  for (int i = 1; i < depth; ++i) body += close;
  return body;
}

std::vector<Hostile> graph_cases() {
  // A dictionary, list or tuple that holds itself, directly or through another.
  std::vector<Hostile> cases = {
      {"dictionary in itself", torch_zip(pickle("}q\x01" + str("k") + "h\x01s")), Kind::malformed,
       kPickleAt, "a/data.pkl"},
      {"list in itself",
       around("]q\x01h\x01"
              "a"),
       Kind::malformed, kPickleAt},
      {"list in its tuple",
       around("]q\x01h\x01\x85"
              "a"),
       Kind::malformed, kPickleAt},
      {"dictionary in its list",
       torch_zip(pickle("}q\x01" + str("k") +
                        "]h\x01"
                        "as")),
       Kind::malformed, kPickleAt},
      {"cycle in an OrderedDict", around(ordered_dict() + "q\x01" + str("k") + "h\x01s"),
       Kind::malformed, kPickleAt},
      {"lists 33 deep", torch_zip(pickle(nested("]", "a", 33))), Kind::limit, kPickleAt},
      {"tuples 1000 deep", torch_zip(pickle(")" + std::string(1000, '\x85'))), Kind::limit,
       kPickleAt},
      {"lists 100000 deep", torch_zip(pickle(nested("]", "a", 100000))), Kind::limit, kPickleAt},
      {"dictionary key twice",
       torch_zip(pickle(dict({{"w", tensor()}, {"w", tensor()}}))),
       Kind::malformed,
       {},
       "w"},
      {"key twice, no tensor",
       torch_zip(pickle(dict({{"w", "N"}, {"w", tensor()}}))),
       Kind::malformed,
       {},
       "w"},
      {"key twice as number",
       around("}" + num(0) + tensor() + "s" + str("0") + tensor() + "s"),
       Kind::malformed,
       {},
       "w.0"},
      {"key twice by its dot",
       torch_zip(pickle(dict({{"a.b", tensor()}, {"a", dict({{"b", tensor()}})}}))),
       Kind::malformed,
       {},
       "a.b"},
      {"key is not UTF-8", torch_zip(pickle("}(U\x01\xff" + tensor() + "u")), Kind::malformed},
      {"key of 1025 bytes", torch_zip(pickle(dict({{std::string(1025, 'x'), tensor()}}))),
       Kind::limit},
      {"dotted name of 1025 bytes",
       torch_zip(
           pickle(dict({{std::string(600, 'x'), dict({{std::string(424, 'y'), tensor()}})}}))),
       Kind::limit},
  };
  // Every dictionary holds the one before twice: 2^28 tensors in 29 dictionaries, which a list
  // keeps on the way. Memo number i is dictionary i.
  const auto recall = [](int i) { return "h" + std::string(1, static_cast<char>(i)); };
  const auto memorise = [](int i) { return "q" + std::string(1, static_cast<char>(i)); };
  std::string doubling = "]" + dict({{"w", tensor()}}) + memorise(0) + "a";
  for (int i = 1; i <= 28; ++i) {
    doubling += dict({{"a", recall(i - 1)}, {"b", recall(i - 1)}}) + memorise(i) + "a";
  }
  cases.push_back(
      {"doubling", torch_zip(pickle(dict({{"list", doubling}, {"d", recall(28)}}))), Kind::limit});
  return cases;
}

std::string rebuild(const std::string& arguments) {
  return around(global("torch._utils", "_rebuild_tensor_v2") + "(" + arguments + "tR");
}

std::vector<Hostile> tensor_cases() {
  const std::string s = storage(), size = tuple({2, 2}), stride = tuple({2, 1}),
                    hooks = ordered_dict();
  const std::string no = "\x89", zero = num(0);
  const int64_t huge = int64_t{1} << 62;
  const auto view = [](int64_t offset, std::vector<int64_t> sizes, std::vector<int64_t> strides) {
    return around(tensor({{}, offset, std::move(sizes), std::move(strides)}));
  };
  const auto stored = [](const Storage& declared) {
    return around(tensor({declared, 0, {2, 2}, {2, 1}}));
  };
  const auto persistent = [](const std::string& items) { return around("(" + items + "tQ"); };
  const std::string type = global("torch", "FloatStorage");
  std::string odd_hooks = global("collections", "OrderedDict") + ")R" + str("k") + "Ns";
  return {
      {"no arguments", rebuild(""), Kind::malformed},
      {"five arguments", rebuild(s + zero + size + stride + no), Kind::malformed},
      {"seven arguments", rebuild(s + zero + size + stride + no + hooks + "}"), Kind::malformed},
      {"storage is a string", rebuild(str("0") + zero + size + stride + no + hooks),
       Kind::malformed},
      {"storage is a type", rebuild(type + zero + size + stride + no + hooks), Kind::malformed},
      {"storage is a tensor", rebuild(tensor() + zero + size + stride + no + hooks),
       Kind::malformed},
      {"offset is a string", rebuild(s + str("0") + size + stride + no + hooks), Kind::malformed},
      {"offset is a bool", rebuild(s + no + size + stride + no + hooks), Kind::malformed},
      {"offset is a big integer",
       rebuild(s + "\x8a\x09" + std::string(9, '\1') + size + stride + no + hooks),
       Kind::malformed},
      {"size is a list", rebuild(s + zero + "]" + stride + no + hooks), Kind::malformed},
      {"size is a number", rebuild(s + zero + num(4) + stride + no + hooks), Kind::malformed},
      {"size of floats",
       rebuild(s + zero + "(G" + std::string(8, '\0') + "t" + stride + no + hooks),
       Kind::malformed},
      {"size of bools", rebuild(s + zero + "(\x88\x88t" + stride + no + hooks), Kind::malformed},
      {"requires_grad is a number", rebuild(s + zero + size + stride + num(0) + hooks),
       Kind::malformed},
      {"hooks that are not empty", rebuild(s + zero + size + stride + no + odd_hooks),
       Kind::forbidden},
      {"hooks are a string", rebuild(s + zero + size + stride + no + str("x")), Kind::malformed},
      {"hooks are a function", rebuild(s + zero + size + stride + no + global("torch", "Size")),
       Kind::malformed},
      {"parameter of a storage",
       around(global("torch._utils", "_rebuild_parameter") + "(" + s + no + hooks + "tR"),
       Kind::malformed},
      {"parameter of two",
       around(global("torch._utils", "_rebuild_parameter") + "(" + tensor() + no + "tR"),
       Kind::malformed},
      {"parameter with hooks",
       around(global("torch._utils", "_rebuild_parameter") + "(" + tensor() + no + odd_hooks +
              "tR"),
       Kind::forbidden},
      {"old rebuild with six",
       around(global("torch._utils", "_rebuild_tensor") + "(" + s + zero + size + stride + no +
              hooks + "tR"),
       Kind::malformed},
      {"negative offset", view(-1, {2}, {1}), Kind::malformed},
      {"negative size", view(0, {-2}, {1}), Kind::malformed},
      {"negative stride", view(3, {2}, {-1}), Kind::malformed},
      {"fewer strides than sizes", view(0, {2, 2}, {1}), Kind::malformed, {}, "w"},
      {"more strides than sizes", view(0, {2}, {2, 1}), Kind::malformed, {}, "w"},
      {"one element too far", view(1, {2, 2}, {2, 1}), Kind::malformed, {}, "w"},
      {"stride too long", view(0, {2, 2}, {3, 1}), Kind::malformed, {}, "w"},
      {"size too long", view(0, {5}, {1}), Kind::malformed, {}, "w"},
      {"offset at the end", view(4, {1}, {1}), Kind::malformed, {}, "w"},
      {"scalar beyond the end", view(4, {}, {}), Kind::malformed, {}, "w"},
      {"offset of an empty tensor", view(5, {0}, {1}), Kind::malformed, {}, "w"},
      {"huge offset", view(INT64_MAX, {2}, {1}), Kind::malformed, {}, "w"},
      {"huge stride", view(0, {2}, {INT64_MAX}), Kind::malformed, {}, "w"},
      {"reach overflows", view(0, {3}, {INT64_MAX}), Kind::malformed, {}, "w"},
      {"reach wraps to the inside", view(0, {3, 3}, {huge, huge}), Kind::malformed, {}, "w"},
      {"huge size with stride 0", view(0, {huge}, {0}), Kind::malformed, {}, "w"},
      {"product overflows",
       view(0, {int64_t{1} << 32, int64_t{1} << 32}, {0, 0}),
       Kind::malformed,
       {},
       "w"},
      {"overflow behind a zero", view(0, {0, huge, huge}, {1, 1, 1}), Kind::malformed, {}, "w"},
      {"stride 0 amplifies", view(0, {1 << 20, 1 << 10}, {0, 0}), Kind::limit, {}, "w"},
      {"nine dimensions", view(0, std::vector<int64_t>(9, 1), std::vector<int64_t>(9, 1)),
       Kind::limit},
      {"nine strides", view(0, {1}, std::vector<int64_t>(9, 1)), Kind::limit},
      {"storage of a negative size", stored({"0", "FloatStorage", -4, ""}), Kind::malformed},
      {"storage of a huge size",
       stored({"0", "FloatStorage", INT64_MAX, ""}),
       Kind::malformed,
       {},
       "a/data/0"},
      {"storage size wraps",
       stored({"0", "FloatStorage", huge + 4, ""}),
       Kind::malformed,
       {},
       "a/data/0"},
      {"storage of the wrong type",
       stored({"0", "DoubleStorage", 4, ""}),
       Kind::malformed,
       {},
       "a/data/0"},
      {"storage key is a path", stored({"../../etc/passwd", "FloatStorage", 4, ""}),
       Kind::malformed},
      {"storage key is empty", stored({"", "FloatStorage", 4, ""}), Kind::malformed},
      {"storage key is a word", stored({"x", "FloatStorage", 4, ""}), Kind::malformed},
      {"storage key is too long", stored({std::string(21, '0'), "FloatStorage", 4, ""}),
       Kind::malformed},
      {"storage is a view", stored({"0", "FloatStorage", 4, "(" + str("1") + zero + num(4) + "t"}),
       Kind::unsupported},
      {"storage declared as two types",
       torch_zip(pickle(
           dict({{"v", tensor()}, {"w", tensor({{"0", "IntStorage", 4, ""}, 0, {2}, {1}})}}))),
       Kind::malformed},
      {"storage declared in two sizes",
       torch_zip(pickle(
           dict({{"v", tensor()}, {"w", tensor({{"0", "FloatStorage", 5, ""}, 0, {2}, {1}})}}))),
       Kind::malformed},
      {"persistent id is a string", around(str("0") + "Q"), Kind::malformed},
      {"persistent id is empty", around(")Q"), Kind::malformed},
      {"persistent id of a number", persistent(num(1)), Kind::malformed},
      {"whole module", persistent(str("module") + str("Net") + str("net.py") + str("import os")),
       Kind::unsupported},
      {"persistent id of another tag",
       persistent(str("tensor") + type + str("0") + str("cpu") + num(4)), Kind::malformed},
      {"persistent id of four", persistent(str("storage") + type + str("0") + str("cpu")),
       Kind::malformed},
      {"persistent id of seven",
       persistent(str("storage") + type + str("0") + str("cpu") + num(4) + "NN"), Kind::malformed},
      {"storage type is a string",
       persistent(str("storage") + str("FloatStorage") + str("0") + str("cpu") + num(4)),
       Kind::malformed},
      {"storage key is a number", persistent(str("storage") + type + num(0) + str("cpu") + num(4)),
       Kind::malformed},
      {"location is a number", persistent(str("storage") + type + str("0") + num(0) + num(4)),
       Kind::malformed},
      {"number of elements is a string",
       persistent(str("storage") + type + str("0") + str("cpu") + str("4")), Kind::malformed},
  };
}

class HostilePickle : public testing::TestWithParam<Hostile> {};

TEST_P(HostilePickle, IsRefused) {
  expect_refused(GetParam(), [](auto file) { return read_torch_zip(file); });
}

INSTANTIATE_TEST_SUITE_P(Opcode, HostilePickle, testing::ValuesIn(opcode_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Global, HostilePickle, testing::ValuesIn(global_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Machine, HostilePickle, testing::ValuesIn(machine_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Graph, HostilePickle, testing::ValuesIn(graph_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Tensor, HostilePickle, testing::ValuesIn(tensor_cases()), hostile_name);

TEST(Pickle, EveryAllowedStorageTypeHasItsElementType) {
  const std::pair<const char*, DType> types[] = {
      {"DoubleStorage", DType::f64},    {"FloatStorage", DType::f32}, {"HalfStorage", DType::f16},
      {"BFloat16Storage", DType::bf16}, {"LongStorage", DType::i64},  {"IntStorage", DType::i32},
      {"ShortStorage", DType::i16},     {"CharStorage", DType::i8},   {"ByteStorage", DType::u8},
      {"BoolStorage", DType::boolean}};
  for (const auto& [name, type] : types) {
    const std::string file = torch_zip(pickle(dict({{"w", tensor({{"0", name, 4, ""}})}})),
                                       std::string(4 * size_of(type), '\0'));
    EXPECT_EQ(read_torch_zip(bytes_of(file)).find("w")->type, type) << name;
  }
}

TEST(Pickle, ValuesThatAreNotTensorsAreLeftOut) {
  const std::string file =
      torch_zip(pickle(dict({{"epoch", num(7)},
                             {"big", "\x8a\x0a" + std::string(10, '\1')},
                             {"lr", "G" + std::string(8, '\0')},
                             {"none", "N"},
                             {"list", "](" + tensor() + num(1) + "e"},
                             {"tuple", tuple({1, 2})},
                             {"shape", global("torch", "Size") + tuple({3}) + "\x85R"},
                             {"type", global("torch", "FloatStorage")},
                             {"w", tensor()}})));
  const StateDict tensors = read_torch_zip(bytes_of(file));
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors.find("w")->to_float(), (std::vector<float>{1, 2, 3, 4}));
}

TEST(Pickle, SharedContainersAreNoCycle) {
  // One OrderedDict of hooks for two tensors, one dictionary under two keys, lists 30 deep.
  const std::string file = torch_zip(pickle(dict(
      {{"a", dict({{"w", tensor()}}) + "q\x01"}, {"b", "h\x01"}, {"deep", nested("]", "a", 30)}})));
  EXPECT_EQ(read_torch_zip(bytes_of(file)).size(), 2u);
}

}  // namespace
}  // namespace imago
