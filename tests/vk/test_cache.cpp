// What lies in the cache folder can be missing, old, broken or another's without anybody noticing
// more than a slower start; and a device that once computed wrongly is not used again.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "compute/base/cache.h"
#include "compute/base/error.h"
#include "compute/vk/golden.h"
#include "models/translate/translator.h"
#include "tests/base/folder.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

DeviceOptions watched() {
  DeviceOptions options;
  options.get_instance_proc_addr = faulty_get_instance_proc_addr();
  return options;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// The one file in the cache folder whose name begins like this.
fs::path file_named(const std::string& prefix) {
  for (const auto& entry : fs::directory_iterator(cache_folder()))
    if (entry.path().filename().string().starts_with(prefix)) return entry.path();
  ADD_FAILURE() << "no file " << prefix << " in " << cache_folder();
  return {};
}

/// Key and content of a file in the frame of cache.h: magic, three numbers, key, content.
struct Framed {
  std::string key, content;
};

Framed framed(const fs::path& path) {
  const std::string bytes = read(path);
  uint64_t key_size = 0;
  std::memcpy(&key_size, bytes.data() + 8, sizeof(key_size));
  return {bytes.substr(32, key_size), bytes.substr(32 + key_size)};
}

void write_framed(const fs::path& path, const Framed& file) {
  write_cache(path.filename().string(), file.key, std::as_bytes(std::span(file.content)));
}

/// Bytes of a pipeline cache that the driver is given when a device opens; the device's last act
/// rewrites the file where these were none.
size_t bytes_given_to_driver() {
  set_faults({});
  const Device device("", watched());
  return observed().pipeline_cache_bytes;
}

class Cache : public testing::Test {
 protected:
  TemporaryCache folder_;
};

TEST_F(Cache, OfPipelinesIsReadOnlyIfItIsWholeAndOfThisDevice) {
  const std::vector<float> expected = run_reference_job();
  const fs::path path = file_named("pipelines-");
  const std::string good = read(path);
  ASSERT_GT(bytes_given_to_driver(), 0u);

  std::vector<std::string> bad = {"",
                                  "x",
                                  std::string(5000, 'x'),
                                  good.substr(0, good.size() - 1),
                                  good.substr(0, 31),
                                  good.substr(0, 40),
                                  good + "x"};
  for (size_t i = 0; i < good.size(); i += 1 + good.size() / 97) {
    bad.push_back(good);
    bad.back()[i] = static_cast<char>(bad.back()[i] ^ 0x10);
  }
  for (size_t i = 0; i < bad.size(); ++i) {
    SCOPED_TRACE(i);
    write(path, bad[i]);
    EXPECT_EQ(bytes_given_to_driver(), 0u);
    EXPECT_GT(bytes_given_to_driver(), 0u) << "the file was not rewritten";
    if (i % 16 != 0) continue;
    write(path, bad[i]);
    EXPECT_EQ(run_reference_job(), expected);
  }
}

TEST_F(Cache, OfPipelinesOfAnotherDeviceOrDriverIsNotGivenToTheDriver) {
  const std::vector<float> expected = run_reference_job();
  const fs::path path = file_named("pipelines-");
  const Framed good = framed(path);
  // VkPipelineCacheHeaderVersionOne: size, version, vendor, device, UUID.
  for (const size_t byte : {4, 8, 12, 16, 31}) {
    SCOPED_TRACE(byte);
    Framed other = good;
    other.content[byte] = static_cast<char>(other.content[byte] + 1);
    write_framed(path, other);
    EXPECT_EQ(bytes_given_to_driver(), 0u);
    EXPECT_GT(bytes_given_to_driver(), 0u) << "the file was not rewritten";
  }
  write_framed(path, {good.key, good.content.substr(0, 20)});
  EXPECT_EQ(bytes_given_to_driver(), 0u);
  write_framed(path, {good.key + "2", good.content});
  EXPECT_EQ(bytes_given_to_driver(), 0u);
  EXPECT_EQ(run_reference_job(), expected);
}

TEST_F(Cache, ThatCannotBeWrittenDoesNoHarm) {
  const Generator generator = plain_generator();
  const Image picture = noise(20, 20);
  const Image expected = Translator(generator).translate(picture, {});
  const auto check = [&](const fs::path& place) {
    SCOPED_TRACE(place);
    setenv("XDG_CACHE_HOME", place.c_str(), 1);
    Translator translator(generator);
    EXPECT_EQ(translator.translate(picture, {}).pixels, expected.pixels);
    EXPECT_EQ(translator.device().golden, "passed");
  };
  // A file where a folder should be stops even an administrator, whom read-only folders do not.
  const fs::path blocked = folder_.path() / "blocked";
  write(blocked, "a file");
  check(blocked);
  fs::create_directory(folder_.path() / "inside");
  write(folder_.path() / "inside" / "imago", "a file");
  check(folder_.path() / "inside");
  check("/proc/imago-has-no-place-here");
  const fs::path read_only = folder_.path() / "read-only";
  fs::create_directories(read_only / "imago");
  fs::permissions(read_only / "imago", fs::perms::owner_read | fs::perms::owner_exec);
  check(read_only);
  fs::permissions(read_only / "imago", fs::perms::owner_all);
}

TEST_F(Cache, MayHaveFoldersWhereFilesShouldBe) {
  const std::vector<float> expected = run_reference_job();
  Device device;
  golden_check(device);
  for (const char* name : {"pipelines-", "golden-"}) {
    const fs::path path = file_named(name);
    fs::remove(path);
    fs::create_directory(path);
    EXPECT_EQ(run_reference_job(), expected);
    golden_check(device);
  }
  EXPECT_EQ(remembered_golden_result(device.properties()), kGoldenNotRun);
}

using Golden = Cache;

TEST_F(Golden, ResultIsRemembered) {
  Device device("", watched());
  EXPECT_EQ(remembered_golden_result(device.properties()), kGoldenNotRun);
  golden_check(device);
  EXPECT_EQ(remembered_golden_result(device.properties()), "passed");
  set_faults({});
  golden_check(device);
  EXPECT_EQ(observed().submissions, 0);
}

TEST_F(Golden, FailureOnRecordRefusesTheDevice) {
  const Generator generator = plain_generator();
  { Translator translator(generator); }
  const fs::path path = file_named("golden-");
  const Framed record = framed(path);
  EXPECT_EQ(record.content, "passed");
  write_framed(path, {record.key, "failed: the tile came out green"});
  try {
    Translator translator(generator);
    ADD_FAILURE() << "a device that computes wrongly was taken";
  } catch (const DeviceError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("failed: the tile came out green"), std::string::npos) << message;
    EXPECT_NE(message.find("-g"), std::string::npos) << message;
  }
  EXPECT_EQ(list_devices().at(0).golden, "failed: the tile came out green");
  EXPECT_EQ(list_devices(GoldenCheck::where_missing).at(0).golden,
            "failed: the tile came out green");

  // Not for good: it can be asked for anew, and another version of the program asks by itself.
  EXPECT_EQ(list_devices(GoldenCheck::anew).at(0).golden, "passed");
  { Translator translator(generator); }
  EXPECT_NE(record.key.find("|" IMAGO_VERSION "|"), std::string::npos) << record.key;

  // A broken record, or one of another driver, is none.
  write(path, read(path).substr(0, 40));
  { Translator translator(generator); }
  EXPECT_EQ(framed(path).content, "passed");
  write_framed(path, {record.key + "x", "failed: another driver"});
  { Translator translator(generator); }
  EXPECT_EQ(framed(path).content, "passed");
}

TEST_F(Golden, CallsThatFailAreNoVerdict) {
  Device device("", watched());
  golden_check(device);  // makes the pipelines, which stay
  int64_t calls = 0;
  {
    const TemporaryCache fresh;
    set_faults({});
    golden_check(device);
    calls = observed().calls;
  }
  for (int64_t k = 1; k <= calls; k += 5)
    for (const VkResult error : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_DEVICE_LOST}) {
      const TemporaryCache fresh;
      set_faults({.call = k, .error = error});
      EXPECT_THROW(golden_check(device), Error) << "call " << k << ": " << observed().failed_call;
      EXPECT_EQ(remembered_golden_result(device.properties()), kGoldenNotRun);
    }
  set_faults({});
}

TEST_F(Golden, TileNoticesEveryDispatchThatDoesNothing) {
  Device device("", watched());
  set_faults({});
  golden_check(device);
  const int64_t dispatches = observed().dispatches;
  ASSERT_GT(dispatches, 10);
  for (int64_t k = 1; k <= dispatches; ++k) {
    const TemporaryCache fresh;
    set_faults({.skipped_dispatch = k});
    EXPECT_THROW(golden_check(device), DeviceError) << "dispatch " << k << " of " << dispatches;
    EXPECT_TRUE(remembered_golden_result(device.properties()).starts_with("failed: "));
  }
  set_faults({});
}

}  // namespace
}  // namespace imago
