// The promise of docs/checkpoints.md: memory <= file + 64 MiB, time <= 1 s per 100 MB.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/base/folder.h"
#include "tests/checkpoint/hostile.h"

#if defined(__SANITIZE_ADDRESS__)
#define IMAGO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IMAGO_ASAN 1
#endif
#endif

namespace imago {
namespace {

using build::dict;
using build::part;
using build::pickle;
using build::tensor;

constexpr double kMiB = 1 << 20;

double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return NAN;
}

// Of this process, not of whatever else the machine does: the readers use one thread and no device.
double cpu_seconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Cost {
  double mib = 0, seconds = 0;
  int outcome = 0;  // 0: read, 1: CheckpointError, else something worse
};

// What reading a file costs a fresh child process, at its peak.
Cost cost_of(const std::filesystem::path& path) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    Cost cost;
    ::malloc_trim(0);  // what earlier tests freed must not serve this one unseen
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    const double before = status_mib("VmRSS");
    const double start = cpu_seconds();
    try {
      read_checkpoint(path);
    } catch (const CheckpointError&) {
      cost.outcome = 1;
    } catch (...) {
      cost.outcome = 2;
    }
    cost.seconds = cpu_seconds() - start;
    cost.mib = status_mib("VmHWM") - before;
    const ssize_t written = ::write(ends[1], &cost, sizeof(cost));
    ::_exit(written == sizeof(cost) ? 0 : 1);
  }
  Cost cost;
  cost.outcome = 3;
  ::close(ends[1]);
  [[maybe_unused]] const ssize_t got = ::read(ends[0], &cost, sizeof(cost));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return cost;
}

std::string f32_pickle(int64_t elements, const std::vector<int64_t>& size,
                       const std::vector<int64_t>& stride) {
  return pickle(dict({{"w", tensor({{"0", "FloatStorage", elements, ""}, 0, size, stride})}}));
}

struct Load {
  std::string name;
  std::function<std::string()> file;
  int outcome;  // as in Cost
};
void PrintTo(const Load& load, std::ostream* out) { *out << load.name; }

constexpr int64_t kSide = 5120, kElements = kSide * kSide;  // 100 MiB of f32

std::vector<Load> loads() {
  const auto data = [] { return std::string(4 * kElements, '\1'); };
  // Bytes that deflate cannot pack well, of which real weights are made.
  const auto noise = [] {
    std::string bytes(kElements, '\0');
    uint64_t state = 1;
    for (size_t i = 0; i < bytes.size(); ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[i] = i % 4 == 3 ? '\x3d' : static_cast<char>(state >> 56);
    }
    return bytes;
  };
  const auto repeated = [](const std::string& head, const std::string& body, size_t count,
                           const std::string& tail) {
    std::string text = head;
    for (size_t i = 0; i < count; ++i) text += body;
    return build::zip({part("a/data.pkl", text + tail), part("a/version", "3\n")});
  };
  return {
      {"safetensors",
       [=] {
         return build::safetensors("{\"w\":{\"dtype\":\"F32\",\"shape\":[" +
                                       std::to_string(kElements) + "],\"data_offsets\":[0," +
                                       std::to_string(4 * kElements) + "]}}",
                                   data());
       },
       0},
      {"zip", [=] { return build::torch_zip(f32_pickle(kElements, {kElements}, {1}), data()); }, 0},
      {"zip, transposed",
       [=] {
         return build::torch_zip(f32_pickle(kElements, {kSide, kSide}, {1, kSide}), data());
       },
       0},
      {"zip, every second",
       [=] { return build::torch_zip(f32_pickle(kElements, {kElements / 2}, {2}), data()); }, 0},
      {"zip, deflated",
       [=] {
         return build::zip({part("a/data.pkl", f32_pickle(kElements / 4, {kElements / 4}, {1})),
                            part("a/data/0", noise(), true)});
       },
       0},
      {"legacy",
       [=] { return build::legacy(f32_pickle(kElements, {kElements}, {1}), data(), kElements); },
       0},
      // A quarter of them: each costs a line of the cache, and how long that takes is the
      // machine's.
      {"bytes, transposed",
       [=] {
         return build::torch_zip(pickle(dict({{"w", tensor({{"0", "ByteStorage", 4 * kElements, ""},
                                                            0,
                                                            {kSide, kSide},
                                                            {1, kSide}})}})),
                                 data());
       },
       0},
      {"stride 0 just below the limit",
       [=] {
         return build::torch_zip(f32_pickle(4, {13 << 18, 4}, {0, 1}), std::string(16, '\0'));
       },
       0},
      {"stride 0",
       [=] {
         return build::torch_zip(f32_pickle(4, {1 << 20, 1 << 10}, {0, 0}), std::string(16, '\0'));
       },
       1},
      {"deflated zeros",
       [=] {
         return build::zip({part("a/data.pkl", f32_pickle(kElements, {kElements}, {1})),
                            part("a/data/0", std::string(4 * kElements, '\0'), true)});
       },
       1},
      {"a million lists", [=] { return repeated("\x80\x02", "]", 999'000, "."); }, 1},
      {"lists and memo", [=] { return repeated("\x80\x02", "]r\1\2\3\4", 499'000, "."); }, 1},
      {"memo of a million",
       [=] {
         std::string text = "\x80\x02}";
         for (uint32_t i = 0; i < 990'000; ++i) text += "r" + build::le(i);
         return build::zip({part("a/data.pkl", text + "."), part("a/version", "3\n")});
       },
       0},
      {"items", [=] { return repeated("\x80\x02}(", "K\1N", 490'000, "u."); }, 1},
      {"lists called as dictionaries",
       [=] {
         std::string pairs = "](";
         for (int i = 0; i < 1000; ++i) pairs += "](K\1Ne";
         return repeated("\x80\x02" + pairs + "eq\1", "ccollections\nOrderedDict\nh\1\x85R",
                         100'000, ".");
       },
       1},
      {"tensors of one long name",
       [=] {
         std::string text = "\x80\x02]";
         text += tensor() + "q\1a" + build::str(std::string(1000, 'x')) + "q\2a}(";
         for (int i = 0; i < 60000; ++i) text += build::num(i) + "}h\2h\1s";
         return build::torch_zip(text + "u\x86.");
       },
       1},
      {"100 MB header of one string",
       [=] {
         return build::safetensors("{\"__metadata__\":{\"a\":\"" + std::string(99'000'000, 'x') +
                                   "\"}}");
       },
       1},
      {"100 MB header of spaces",
       [=] { return build::safetensors("{" + std::string(99'000'000, ' ') + "}"); }, 0},
      {"100 MB header of tensors",
       [=] {
         std::string header = "{";
         for (int i = 0; header.size() < 99'000'000; ++i) {
           header += "\"" + std::to_string(i) +
                     "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";
         }
         return build::safetensors(header + "}");
       },
       1},
      {"60000 zip entries",
       [=] {
         std::vector<build::ZipPart> parts;
         for (int i = 0; i < 60000; ++i) parts.push_back(part("a/" + std::to_string(i), ""));
         return build::zip(parts);
       },
       1},
  };
}

class BudgetTest : public testing::TestWithParam<Load> {};

TEST_P(BudgetTest, StaysWithinMemoryAndTime) {
#ifdef IMAGO_ASAN
  GTEST_SKIP() << "AddressSanitizer's own memory and slowness hide ours";
#endif
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_text(path, GetParam().file());
  const double file_mib = static_cast<double>(std::filesystem::file_size(path)) / kMiB;
  const Cost cost = cost_of(path);
  std::printf("%-40s file %6.1f MiB, peak %6.1f MiB, %.3f s\n", GetParam().name.c_str(), file_mib,
              cost.mib, cost.seconds);
  EXPECT_EQ(cost.outcome, GetParam().outcome);
  EXPECT_LE(cost.mib, file_mib + 64);
  EXPECT_LE(cost.seconds, 0.25 + file_mib * kMiB / 1e8);
}

INSTANTIATE_TEST_SUITE_P(All, BudgetTest, testing::ValuesIn(loads()));

}  // namespace
}  // namespace imago
