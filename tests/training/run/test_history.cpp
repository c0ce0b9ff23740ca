// metrics.jsonl: what is written is read again, whatever happened in between.
#include "models/training/run/history.h"

#include <signal.h>
#include <sys/resource.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "compute/base/error.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

LossRecord record_at(int64_t step) {
  return {step,
          1,
          2e-4,
          310.5,
          2.25,
          305.5,
          {{"G_L1", 0.1 + static_cast<double>(step)}, {"D_real", 0.5}},
          {{"gradient_G", 0.8}}};
}

ValidationRecord validation_at(int64_t step) {
  return {step, 1, {{"psnr", 17.2}, {"ssim", 0.31}}, "samples/step_00000400.png", true};
}

void write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// Steps of the losses that are read.
std::vector<int64_t> steps_of(const fs::path& path) {
  std::vector<int64_t> steps;
  for (const LossRecord& record : read_history(path).losses) steps.push_back(record.step);
  return steps;
}

/// The message of the Error that `action` throws; empty if it throws none.
template <typename Action>
std::string failure(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(History, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  {
    HistoryWriter writer(path, 0);
    writer.add(EventRecord{0, "start"});
    writer.add(record_at(100));
    writer.add(validation_at(400));
    writer.add(StudyRecord{400, "best", 40, 9, 0.12, 0.38});
    writer.add(AlarmRecord{900, "nan", "line\nbreak, \"quotes\", ä", "try\tthis"});
  }
  const History history = read_history(path);
  ASSERT_EQ(history.losses.size(), 1u);
  const LossRecord& losses = history.losses[0];
  const LossRecord expected = record_at(100);
  EXPECT_EQ(losses.step, 100);
  EXPECT_EQ(losses.epoch, 1);
  EXPECT_EQ(losses.learning_rate, 2e-4);
  EXPECT_EQ(losses.milliseconds, 310.5);
  EXPECT_EQ(losses.data_milliseconds, 2.25);
  EXPECT_EQ(losses.device_milliseconds, expected.device_milliseconds);
  EXPECT_EQ(losses.losses, expected.losses);  // in the same order
  EXPECT_EQ(losses.health, expected.health);
  ASSERT_EQ(history.validations.size(), 1u);
  EXPECT_EQ(history.validations[0].step, 400);
  EXPECT_EQ(history.validations[0].metrics, validation_at(400).metrics);
  EXPECT_EQ(history.validations[0].sample, "samples/step_00000400.png");
  EXPECT_TRUE(history.validations[0].best);
  ASSERT_EQ(history.alarms.size(), 1u);
  EXPECT_EQ(history.alarms[0].step, 900);
  EXPECT_EQ(history.alarms[0].alarm, "nan");
  EXPECT_EQ(history.alarms[0].text, "line\nbreak, \"quotes\", ä");
  EXPECT_EQ(history.alarms[0].advice, "try\tthis");
  ASSERT_EQ(history.events.size(), 1u);
  EXPECT_EQ(history.events[0].event, "start");
  ASSERT_EQ(history.studies.size(), 1u);
  EXPECT_EQ(history.studies[0].label, "best");
  EXPECT_EQ(history.studies[0].fooled, 9);
  EXPECT_EQ(history.studies[0].high, 0.38);
}

TEST(History, HoldsNumbersThatAreNotFinite) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  LossRecord record = record_at(1);
  record.losses = {{"G", std::nan("")}, {"D", kInfinity}, {"L1", -kInfinity}};
  HistoryWriter(path, 0).add(record);
  const NamedNumbers losses = read_history(path).losses.at(0).losses;
  EXPECT_TRUE(std::isnan(losses.at(0).second));
  EXPECT_EQ(losses.at(1).second, kInfinity);
  EXPECT_EQ(losses.at(2).second, -kInfinity);
}

TEST(History, FileNamesNeedNotBeUtf8) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  HistoryWriter(path, 0).add(AlarmRecord{1, "nan", "photo-\xe4.jpg", ""});
  EXPECT_EQ(read_history(path).alarms.at(0).text, "photo-\xef\xbf\xbd.jpg");
}

TEST(History, AbsentIsEmpty) {
  const TemporaryFolder folder;
  EXPECT_TRUE(read_history(folder.path() / "metrics.jsonl").losses.empty());
  EXPECT_NE(failure([&] { read_history(folder.path()); }).find(folder.path().string()),
            std::string::npos);
}

TEST(History, AWriteTornAtAnyByteCostsOnlyItsOwnLine) {
  const TemporaryFolder folder;
  const fs::path whole = folder.path() / "whole.jsonl", torn = folder.path() / "torn.jsonl";
  {
    HistoryWriter writer(whole, 0);
    writer.add(record_at(1));
    writer.add(record_at(2));
  }
  const std::string content = content_of(whole);
  const size_t first = content.find('\n') + 1;
  for (size_t size = 0; size < content.size(); ++size) {
    write(torn, content.substr(0, size));
    const std::vector<int64_t> left =
        size < first ? std::vector<int64_t>{} : std::vector<int64_t>{1};
    ASSERT_EQ(steps_of(torn), left) << size;
    HistoryWriter(torn, 2).add(record_at(3));
    std::vector<int64_t> longer = left;
    longer.push_back(3);
    ASSERT_EQ(steps_of(torn), longer) << size;
  }
}

TEST(History, StepsThatAreDoneAgainAreTakenOut) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  {
    HistoryWriter writer(path, 0);
    for (const int64_t step : {100, 200, 300}) writer.add(record_at(step));
    writer.add(validation_at(300));
    writer.add(EventRecord{200, "checkpoint"});
  }
  const std::string before = content_of(path);
  { HistoryWriter untouched(path, 300); }
  EXPECT_EQ(content_of(path), before);
  HistoryWriter(path, 200).add(record_at(250));
  EXPECT_EQ(steps_of(path), (std::vector<int64_t>{100, 200, 250}));
  EXPECT_TRUE(read_history(path).validations.empty());
  EXPECT_EQ(read_history(path).events.size(), 1u);
}

TEST(History, ABadLineIsNamed) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  HistoryWriter(path, 0).add(record_at(1));
  const std::string good = content_of(path);
  for (const std::string bad :
       {"not JSON\n", "{\"kind\":\"losses\",\"step\":1}\n", "{\"step\":1}\n", "[]\n", "\n",
        "{\"kind\":\"event\",\"step\":\"one\",\"event\":\"start\"}\n"}) {
    write(path, good + bad + good);
    const std::string message = failure([&] { read_history(path); });
    EXPECT_TRUE(message.starts_with(path.string() + ":2: ")) << message;
  }
}

TEST(History, KindsOfLaterVersionsAreKept) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  const std::string later = "{\"kind\":\"weather\",\"step\":1,\"sun\":true}\n";
  write(path, later + "{\"kind\":\"event\",\"step\":9,\"event\":\"stop\"}\n");
  EXPECT_EQ(read_history(path).events.size(), 1u);
  { HistoryWriter writer(path, 5); }
  EXPECT_EQ(content_of(path), later);
}

/// As a full disk: no file may become larger than this, and writes fail half way.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_;
};

TEST(History, AFullDiskCostsOnlyTheLineItFailedOn) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  HistoryWriter writer(path, 0);
  writer.add(record_at(1));
  const std::string before = content_of(path);
  for (const size_t space : {size_t{0}, size_t{1}, before.size() / 2}) {
    std::string message;
    {
      const FileSizeLimit limit(before.size() + space);
      message = failure([&] { writer.add(record_at(2)); });
    }
    EXPECT_TRUE(message.starts_with(path.string() + ": cannot be written to: ")) << message;
    EXPECT_EQ(content_of(path), before);
  }
  writer.add(record_at(3));
  EXPECT_EQ(steps_of(path), (std::vector<int64_t>{1, 3}));
}

TEST(History, AFolderThatIsMissingIsNamed) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "none" / "metrics.jsonl";
  const std::string message = failure([&] { HistoryWriter(path, 0); });
  EXPECT_TRUE(message.starts_with(path.string())) << message;
}

}  // namespace
}  // namespace imago::test
