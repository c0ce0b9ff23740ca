// Archives whose structure is wrong, around a pickle that is right.
#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

using build::bytes_of;
using build::floats;
using build::kPickleAt;
using build::le;
using build::part;
using build::zip;
using build::ZipNumbers;
using build::ZipPart;

const std::string kPickle = build::pickle(build::dict({{"w", build::tensor()}}));
const std::string kZipData = floats({1, 2, 3, 4});

std::vector<ZipPart> good() { return build::torch_parts(kPickle, kZipData); }

// The good archive after a change to its parts; entry 1 is a/data/0.
template <typename Change>
std::string with(Change change, const build::ZipEnd& end = {}) {
  std::vector<ZipPart> parts = good();
  change(parts);
  return zip(parts, end);
}
template <typename Change>
std::string with_both(Change change) {
  return with([&](auto& parts) {
    change(parts[1].local);
    change(parts[1].central);
  });
}
std::string with_end(const build::ZipEnd& end) {
  return with([](auto&) {}, end);
}
std::string with_entry(const ZipPart& extra) {
  return with([&](auto& parts) { parts.push_back(extra); });
}

// Offsets of the good archive.
const uint64_t kDataHeader = kPickleAt + kPickle.size();
const uint64_t kDataAt = kDataHeader + 30 + 8;

std::vector<Hostile> zip_header_cases() {
  const std::string good_file = zip(good());
  const std::string data_entry = "a/data/0";
  std::vector<Hostile> cases;
  const auto disagree = [&](const char* name, auto change) {
    cases.push_back({std::string("local ") + name,
                     with([&](auto& parts) { change(parts[1].local); }), Kind::malformed,
                     kDataHeader, data_entry});
  };
  disagree("name differs", [](ZipNumbers& n) { n.name = "a/data/1"; });
  disagree("name is longer", [](ZipNumbers& n) { n.name = "a/data/0x"; });
  disagree("name is empty", [](ZipNumbers& n) { n.name = ""; });
  disagree("method differs", [](ZipNumbers& n) { n.method = 8; });
  disagree("flags differ", [](ZipNumbers& n) { n.flags = 8; });
  disagree("crc differs", [](ZipNumbers& n) { n.crc ^= 1; });
  disagree("crc is zero", [](ZipNumbers& n) { n.crc = 0; });
  disagree("size differs", [](ZipNumbers& n) { n.size += 1; });
  disagree("size is zero", [](ZipNumbers& n) { n.size = 0; });
  disagree("compressed size differs", [](ZipNumbers& n) { n.compressed -= 1; });
  disagree("sizes saturated without zip64", [](ZipNumbers& n) { n.size = n.compressed = ~0u; });
  disagree("extra field is cut",
           [](ZipNumbers& n) { n.extra = le<uint16_t>(1) + le<uint16_t>(99); });

  const auto both = [&](const char* name, Kind kind, auto change) {
    cases.push_back({name, with_both(change), kind, {}, data_entry});
  };
  both("stored with two sizes", Kind::malformed, [](ZipNumbers& n) { n.size += 4; });
  both("encrypted", Kind::unsupported, [](ZipNumbers& n) { n.flags = 1; });
  both("strong encryption", Kind::unsupported, [](ZipNumbers& n) { n.flags = 1 << 6; });
  both("patch data", Kind::unsupported, [](ZipNumbers& n) { n.flags = 1 << 5; });
  both("masked headers", Kind::unsupported, [](ZipNumbers& n) { n.flags = 1 << 13; });
  for (const uint16_t method : {1, 6, 9, 12, 14, 93, 95, 98, 99, 65535}) {
    both(("method " + std::to_string(method)).c_str(), Kind::unsupported,
         [&](ZipNumbers& n) { n.method = method; });
  }
  both("data beyond the archive", Kind::malformed,
       [](ZipNumbers& n) { n.size = n.compressed = 1 << 20; });
  cases.push_back({"data into the directory",
                   with([](auto& parts) {
                     for (ZipNumbers* n : {&parts[2].local, &parts[2].central}) {
                       n->size = n->compressed = 100;
                     }
                   }),
                   Kind::malformed,
                   {},
                   "a/version"});
  both("crc wrong", Kind::malformed, [](ZipNumbers& n) { n.crc ^= 0x80000000u; });
  both("central saturated without zip64", Kind::malformed, [](ZipNumbers& n) { n.size = ~0u; });

  const auto moved = [&](const char* name, uint32_t offset) {
    cases.push_back({std::string("header offset ") + name,
                     with([&](auto& parts) { parts[1].central.offset = offset; }), Kind::malformed,
                     offset, data_entry});
  };
  moved("of another entry", 0);
  moved("between entries", 17);
  moved("at the end", static_cast<uint32_t>(good_file.size()));
  moved("beyond the end", 0xfffffff0u);
  return cases;
}

std::vector<Hostile> name_cases() {
  std::vector<Hostile> cases;
  const std::string names[] = {"/etc/passwd",
                               "/a/data/1",
                               "../a",
                               "a/../b",
                               "a/..",
                               "..",
                               "a/./b",
                               ".",
                               "a//b",
                               "//a",
                               "a\\data\\1",
                               "..\\a",
                               "C:\\a",
                               "C:/a",
                               "C:a",
                               std::string("a/data/1\0.txt", 13),
                               std::string("\0", 1),
                               "a/\n",
                               "a/\x1b[31m",
                               "a/\x7f",
                               "a/\xff",
                               "a/\xc0\xae\xc0\xae/b",
                               "",
                               std::string(2000, 'x')};
  for (const std::string& name : names) {
    cases.push_back({"name " + name.substr(0, 20), with_entry(part(name, "x")), Kind::malformed});
  }
  cases.push_back(
      {"duplicate entry", with_entry(part("a/data/0", kZipData)), Kind::malformed, {}, "a/data/0"});
  cases.push_back({"duplicate pickle",
                   with_entry(part("a/data.pkl", kPickle)),
                   Kind::malformed,
                   {},
                   "a/data.pkl"});
  cases.push_back({"two folders with a pickle",
                   with_entry(part("b/data.pkl", kPickle)),
                   Kind::malformed,
                   {},
                   "b/data.pkl"});
  cases.push_back({"entry outside the folder",
                   with_entry(part("b/data/0", kZipData)),
                   Kind::malformed,
                   {},
                   "b/data/0"});
  cases.push_back({"folder's name as prefix",
                   with_entry(part("ab/data/0", kZipData)),
                   Kind::malformed,
                   {},
                   "ab/data/0"});
  return cases;
}

std::vector<Hostile> overlap_cases() {
  // An entry whose header lies inside another one's data, and one entry listed twice.
  const std::string inner = zip({part("a/data/0", kZipData)});
  const std::string inner_local = inner.substr(0, 38 + kZipData.size());
  ZipPart hidden = part("a/data/0", kZipData);
  hidden.central.offset = static_cast<uint32_t>(kPickleAt + kPickle.size() + 30 + 6);
  std::vector<ZipPart> nested = {part("a/data.pkl", kPickle), part("a/blob", inner_local), hidden};
  std::string nested_file = zip(nested);
  // The hidden entry's own local header goes: only the one inside a/blob is left.
  const size_t second = nested_file.rfind(inner_local);
  std::string file =
      nested_file.substr(0, second) + nested_file.substr(second + inner_local.size());
  const auto old_offset = static_cast<uint32_t>(second + inner_local.size());
  const size_t field = file.size() - 6;
  file.replace(field, 4, le(static_cast<uint32_t>(old_offset - inner_local.size())));

  const std::string shared = with([&](auto& parts) {
    parts[1].local.compressed = parts[1].local.size = static_cast<uint32_t>(kZipData.size()) + 20;
    parts[1].central.compressed = parts[1].central.size = parts[1].local.size;
  });
  return {{"entry inside another", file, Kind::malformed, *hidden.central.offset, "a/data/0"},
          {"data reach into the next entry", shared, Kind::malformed, kDataAt + kZipData.size(),
           "a/version"}};
}

std::vector<Hostile> directory_cases() {
  const std::string file = zip(good());
  const std::string end = file.substr(file.size() - 22);
  std::vector<Hostile> cases = {
      {"no directory", file.substr(0, file.size() - 22), Kind::truncated, file.size() - 22},
      {"only a local header", "PK\x03\x04", Kind::truncated, 4},
      {"something appended", file + "x", Kind::truncated},
      {"zeros appended", file + std::string(100000, '\0'), Kind::truncated},
      {"comment shorter than said", file.substr(0, file.size() - 2) + le<uint16_t>(5) + "abc",
       Kind::truncated},
      {"no entries", end.substr(0, 8) + std::string(14, '\0'), Kind::not_a_model},
      {"entries claimed", end, Kind::malformed},
      {"more entries than there are", with_end({.entries = 4}), Kind::malformed},
      {"fewer entries than there are", with_end({.entries = 2}), Kind::malformed},
      {"65535 entries", with_end({.entries = 65535}), Kind::malformed},
      {"directory elsewhere", with_end({.offset = 0}), Kind::malformed},
      {"directory beyond the end", with_end({.offset = 0xfffffff0u}), Kind::malformed},
      {"directory too long", with_end({.size = 0xfffffff0u}), Kind::malformed},
      {"directory too short", with_end({.size = 46}), Kind::malformed},
      {"prefix before the archive", "x" + file, Kind::malformed},
      {"gap before the end record", file.substr(0, file.size() - 22) + "x" + end, Kind::malformed},
      {"second disk", with_end({.disk = 1}), Kind::unsupported},
  };
  // A second archive appended: its directory is found, its offsets are wrong.
  cases.push_back({"two archives", file + file, Kind::malformed});
  // zip64 records that contradict.
  const auto directory = static_cast<uint64_t>(file.find("PK\x01\x02"));
  const uint64_t size = file.size() - 22 - directory;
  const auto zip64 = [&](uint64_t entries, uint64_t dir_size, uint64_t offset, uint64_t locator,
                         uint64_t record_size) {
    return file.substr(0, file.size() - 22) + "PK\x06\x06" + le(record_size) + le<uint16_t>(30) +
           le<uint16_t>(45) + le<uint64_t>(0) + le(entries) + le(entries) + le(dir_size) +
           le(offset) + "PK\x06\x07" + le<uint32_t>(0) + le(locator) + le<uint32_t>(1) + end;
  };
  const uint64_t record = directory + size;
  EXPECT_EQ(read_torch_zip(bytes_of(zip64(3, size, directory, record, 44))).size(), 1u);
  const std::pair<const char*, std::string> contradictions[] = {
      {"entries", zip64(4, size, directory, record, 44)},
      {"size", zip64(3, size + 1, directory, record, 44)},
      {"offset", zip64(3, size, directory + 1, record, 44)},
      {"locator", zip64(3, size, directory, record + 1, 44)},
      {"locator far away", zip64(3, size, directory, ~uint64_t{0}, 44)},
      {"record size", zip64(3, size, directory, record, 45)}};
  for (const auto& [name, contradicting] : contradictions) {
    cases.push_back({std::string("zip64 ") + name, contradicting, Kind::malformed});
  }
  return cases;
}

ZipPart deflated_data(const std::function<void(ZipNumbers&)>& change = {}, std::string tail = "") {
  ZipPart p = part("a/data/0", kZipData, true);
  p.data += tail;
  p.local.compressed = p.central.compressed = static_cast<uint32_t>(p.data.size());
  if (change) {
    change(p.local);
    change(p.central);
  }
  return p;
}

std::vector<Hostile> deflate_cases() {
  const auto file = [](const ZipPart& data) { return with([&](auto& parts) { parts[1] = data; }); };
  const auto storage_of = [](int64_t elements, const ZipPart& data) {
    const build::Storage storage{"0", "FloatStorage", elements, ""};
    const std::string pickle =
        build::pickle(build::dict({{"w", build::tensor({storage, 0, {elements}, {1}})}}));
    return zip({part("a/data.pkl", pickle), data, part("a/version", "3\n")});
  };
  ZipPart garbage = deflated_data();
  for (char& c : garbage.data) c = '\xff';
  ZipPart cut = deflated_data();
  cut.data.pop_back();
  --cut.local.compressed;
  --cut.central.compressed;
  // Four bytes less than there are: the stream goes on after the declared size.
  const ZipPart longer = deflated_data([](ZipNumbers& n) { n.size -= 4; });
  const ZipPart shorter = deflated_data([](ZipNumbers& n) { n.size += 4; });
  const ZipPart bomb = deflated_data([](ZipNumbers& n) { n.size = 1u << 30; });
  ZipPart zeros = part("a/data/0", std::string(64 << 20, '\0'), true);
  std::vector<Hostile> cases = {
      {"crc of deflated data", file(deflated_data([](ZipNumbers& n) { n.crc ^= 1; })),
       Kind::malformed, kDataAt, "a/data/0"},
      {"deflate stream is garbage", file(garbage), Kind::malformed, kDataAt, "a/data/0"},
      {"deflate stream is cut", file(cut), Kind::malformed, kDataAt, "a/data/0"},
      {"bytes after the deflate stream", file(deflated_data({}, "xyz")), Kind::malformed, kDataAt,
       "a/data/0"},
      {"inflates to more than declared", storage_of(3, longer), Kind::malformed, {}, "a/data/0"},
      {"inflates to less than declared", storage_of(5, shorter), Kind::malformed, {}, "a/data/0"},
      {"declares a gigabyte", storage_of(1 << 28, bomb), Kind::limit},
      {"zip bomb of 64 MiB", storage_of(16 << 20, zeros), Kind::limit, {}, "w"},
  };
  cases.push_back(
      {"pickle that inflates to 65 MiB",
       zip({part("a/data.pkl", std::string(65 << 20, ')'), true), part("a/version", "3\n")}),
       Kind::limit, 0, "a/data.pkl"});
  cases.push_back(
      {"pickle that inflates to 60 MiB",
       zip({part("a/data.pkl", std::string(60 << 20, ')'), true), part("a/version", "3\n")}),
       Kind::limit, kPickleAt, "a/data.pkl"});
  return cases;
}

std::vector<Hostile> content_cases() {
  const auto replaced = [](size_t index, const ZipPart& p) {
    return with([&](auto& parts) { parts[index] = p; });
  };
  return {
      {"no pickle", replaced(0, part("a/data.txt", kPickle)), Kind::not_a_model},
      {"pickle without a folder", zip({part("data.pkl", kPickle)}), Kind::not_a_model},
      {"pickle too deep", zip({part("a/b/data.pkl", kPickle)}), Kind::not_a_model},
      {"archive of pictures", zip({part("photos/1.png", "\x89PNG")}), Kind::not_a_model},
      {"constants.pkl",
       with_entry(part("a/constants.pkl", ".")),
       Kind::unsupported,
       {},
       "a/constants.pkl"},
      {"code",
       with_entry(part("a/code/__torch__.py", "x")),
       Kind::unsupported,
       {},
       "a/code/__torch__.py"},
      {"old TorchScript",
       with_entry(part("a/model.json", "{}")),
       Kind::unsupported,
       {},
       "a/model.json"},
      {"big-endian", with_entry(part("a/byteorder", "big")), Kind::unsupported, {}, "a/byteorder"},
      {"empty byte order",
       with_entry(part("a/byteorder", "")),
       Kind::unsupported,
       {},
       "a/byteorder"},
      {"long byte order",
       with_entry(part("a/byteorder", std::string(99, 'x'))),
       Kind::malformed,
       {},
       "a/byteorder"},
      {"storage is missing",
       replaced(1, part("a/data/7", kZipData)),
       Kind::malformed,
       {},
       "a/data/0"},
      {"storage has a leading zero",
       replaced(1, part("a/data/00", kZipData)),
       Kind::malformed,
       {},
       "a/data/0"},
      {"storage too small", replaced(1, part("a/data/0", kZipData.substr(0, 12))), Kind::malformed,
       kDataHeader, "a/data/0"},
      {"storage too large", replaced(1, part("a/data/0", kZipData + "1234")), Kind::malformed,
       kDataHeader, "a/data/0"},
      {"storage is empty", replaced(1, part("a/data/0", "")), Kind::malformed, kDataHeader,
       "a/data/0"},
      {"something after the pickle", replaced(0, part("a/data.pkl", kPickle + "x")),
       Kind::malformed, kPickleAt + kPickle.size(), "a/data.pkl"},
      {"pickle is empty", replaced(0, part("a/data.pkl", "")), Kind::truncated, kPickleAt,
       "a/data.pkl"},
      {"pickle is cut", replaced(0, part("a/data.pkl", kPickle.substr(0, kPickle.size() - 1))),
       Kind::truncated, kPickleAt + kPickle.size() - 1, "a/data.pkl"},
      {"NaN", build::torch_zip(kPickle, floats({1, 2, NAN, 4})), Kind::not_finite, kDataAt + 8,
       "w"},
      {"Inf", build::torch_zip(kPickle, floats({1, 2, 3, INFINITY})), Kind::not_finite,
       kDataAt + 12, "w"},
      {"deflated NaN",
       zip({part("a/data.pkl", kPickle), part("a/data/0", floats({1, 2, NAN, 4}), true)}),
       Kind::not_finite, kDataAt, "w"},
  };
}

class HostileZip : public testing::TestWithParam<Hostile> {};

TEST_P(HostileZip, IsRefused) {
  expect_refused(GetParam(), [](auto file) { return read_torch_zip(file); });
}

INSTANTIATE_TEST_SUITE_P(Header, HostileZip, testing::ValuesIn(zip_header_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Name, HostileZip, testing::ValuesIn(name_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Overlap, HostileZip, testing::ValuesIn(overlap_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Directory, HostileZip, testing::ValuesIn(directory_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Deflate, HostileZip, testing::ValuesIn(deflate_cases()), hostile_name);
INSTANTIATE_TEST_SUITE_P(Content, HostileZip, testing::ValuesIn(content_cases()), hostile_name);

// What is unusual but right must be read.
void expect_good(const std::string& file, size_t warnings = 0) {
  const StateDict tensors = read_torch_zip(bytes_of(file));
  ASSERT_NE(tensors.find("w"), nullptr);
  EXPECT_EQ(tensors.find("w")->to_float(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(tensors.warnings.size(), warnings);
}

TEST(Zip, ReadsWhatOtherPackersMake) {
  expect_good(zip(good()));
  expect_good(with_end({.comment = "packed by hand"}));
  expect_good(with_end({.comment = std::string(65535, 'x')}));
  expect_good(with_end({.between = "a gap"}));
  expect_good(with_entry(part("a/.data/serialization_id", "123")));
  expect_good(with_entry(part("a/", "")));
  expect_good(with_entry(part("__MACOSX/a/._data.pkl", "junk")));
  expect_good(with_entry(part("a/byteorder", "little", true)));
  expect_good(with([](auto& parts) { parts[1] = deflated_data(); }));
  expect_good(with([](auto& parts) { parts[0] = part("a/data.pkl", kPickle, true); }));
  // Streamed: the sizes follow the data, the local header has zeros.
  expect_good(with([](auto& parts) {
    for (ZipPart& p : parts) {
      p.local.flags = p.central.flags = 8;
      p.data += "PK\x07\x08" + le(p.local.crc) + le(p.local.compressed) + le(p.local.size);
      p.local.crc = p.local.compressed = p.local.size = 0;
    }
  }));
  // zip64 fields in both headers.
  expect_good(with_both([](ZipNumbers& n) {
    n.extra = le<uint16_t>(0x4246) + le<uint16_t>(1) + "Z" + le<uint16_t>(1) + le<uint16_t>(16) +
              le<uint64_t>(n.size) + le<uint64_t>(n.compressed);
    n.size = n.compressed = ~0u;
  }));
}

TEST(Zip, ACrcOfZeroIsReadWithAWarning) {
  expect_good(with_both([](ZipNumbers& n) { n.crc = 0; }), 1);
}

TEST(Zip, NotFiniteValuesCanBeAllowed) {
  const std::string file = build::torch_zip(kPickle, floats({1, 2, NAN, 4}));
  EXPECT_EQ(read_torch_zip(bytes_of(file), {.allow_not_finite = true}).size(), 1u);
}

}  // namespace
}  // namespace imago
