// A run that was stopped, killed or short of space goes on as if nothing had happened.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "compute/base/atomic_file.h"
#include "compute/base/cache.h"
#include "compute/base/error.h"
#include "compute/vk/golden.h"
#include "models/training/make_trainer.h"
#include "models/training/request_json.h"
#include "models/training/run/state.h"
#include "models/training/train.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"
#include "tests/thorough.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

/// Where flushing a file takes no time, if there is such a place.
const fs::path kInMemory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();

/// Networks, last state and samples of a run of six steps, and what it told but for times and
/// events.
std::map<std::string, std::string> content(const fs::path& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string name = fs::relative(entry.path(), run).string();
    if (name.ends_with(".pth") || name.starts_with("state-6.") || name.ends_with(".png"))
      files[name] = content_of(entry.path());
    if (entry.path().filename().string().starts_with(".imago")) files[name] = "left over";
  }
  std::istringstream lines(content_of(run / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    nlohmann::ordered_json record = nlohmann::ordered_json::parse(line);
    if (record.at("kind") == "event") continue;
    record.erase("milliseconds");
    record.erase("data_milliseconds");
    record.erase("device_milliseconds");
    files["told"] += record.dump() + "\n";
  }
  return files;
}

/// The names of what differs.
std::string differences(const std::map<std::string, std::string>& x,
                        const std::map<std::string, std::string>& y) {
  std::string names;
  for (const auto& [name, value] : x)
    if (!y.contains(name) || y.at(name) != value) names += name + " ";
  for (const auto& [name, value] : y)
    if (!x.contains(name)) names += name + " ";
  return names;
}

/// Temporary files in a run's folder.
std::string left_over(const fs::path& run) {
  std::string names;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(run, absent)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".tmp")) names += name + " ";
  }
  return names;
}

/// Every failpoint is a matter of minutes: the usual run takes some.
size_t stride(size_t some) { return test::thorough() ? 1 : some; }

class ResumeTest : public testing::Test {
 protected:
  ResumeTest() {
    for (int i = 0; i < 3; ++i) {
      const auto value = [i](int x, int y, int c) {
        return (x * 5 + y * 9 + c * 31 + i * 77) % 256;
      };
      const std::string name = std::to_string(i) + ".png";
      test::save_png(root_ / "data/train" / name, 24, 12, value);
      test::save_png(root_ / "data/trainA" / name, 12, 12, value);
      test::save_png(root_ / "data/trainB" / name, 14, 11, value);
    }
    callbacks_.warn = [this](const std::string& text) { warnings_.push_back(text); };
    callbacks_.alarm = [this](const AlarmRecord& alarm) { alarms_.push_back(alarm); };
  }
  ~ResumeTest() override { set_file_hook({}); }

  /// Two epochs of three steps.
  TrainingRequest request(const std::string& name, const std::string& method = "pix2pix") const {
    TrainingRequest request = default_request(method);
    request.name = name;
    request.checkpoints_dir = root_ / "runs";
    request.data.dataroot = root_ / "data";
    request.data.load_size = 10;
    request.data.crop_size = 8;
    request.data.batch_size = 1;
    request.generator = method == "srgan" ? "srresnet_1blocks" : "resnet_1blocks";
    request.discriminator = method == "srgan" ? "srgan" : "pixel";
    request.generator_features = request.discriminator_features = 4;
    request.pool_size = 2;
    request.pixel_epochs = 1;
    request.data.scale = 2;
    request.schedule.epochs = 1;
    request.schedule.epochs_decay = 1;
    request.ema = 0.9f;
    request.save_epochs = 2;
    request.save_steps = 2;
    request.print_steps = 1;
    request.validation_pictures = 1;
    return request;
  }
  RunFolder folder(const std::string& name) const { return {root_ / "runs" / name}; }

  TrainingResult train(const TrainingRequest& request) {
    return imago::train(training_device(), request, callbacks_);
  }
  TrainingResult train(const std::string& name) { return train(request(name)); }
  TrainingResult resume(const std::string& name) {
    return imago::resume(training_device(), folder(name), callbacks_);
  }
  /// Stops a run after so many steps.
  void train_until(int64_t steps, const TrainingRequest& request) {
    TrainingCallbacks stopping = callbacks_;
    int64_t asked = 0;
    stopping.should_stop = [&] { return asked++ == steps; };
    EXPECT_FALSE(imago::train(training_device(), request, stopping).finished);
  }
  /// What a run that was left alone has and this one has not, or otherwise.
  std::string wrong(const std::string& name, const std::string& alone = "alone") {
    if (!fs::exists(folder(alone).path)) train(alone);
    return differences(content(folder(alone).path), content(folder(name).path));
  }

  const TemporaryFolder temporary_{kInMemory};
  const fs::path root_ = temporary_.path();
  TrainingCallbacks callbacks_;
  std::vector<std::string> warnings_;
  std::vector<AlarmRecord> alarms_;
};

TEST_F(ResumeTest, StoppedAtAnyStep) {
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    train(request(method, method));
    for (int64_t steps = 0; steps < 6; ++steps) {
      if (!test::is_tried(static_cast<size_t>(steps) + 1, 3)) continue;  // within each epoch once
      const std::string name = method + std::to_string(steps);
      train_until(steps, request(name, method));
      EXPECT_EQ(read_run(folder(name).path).step, steps);
      EXPECT_TRUE(resume(name).finished);
      EXPECT_EQ(wrong(name, method), "") << name;
    }
  }
  EXPECT_TRUE(warnings_.empty());
}

/// A device that remembers to have measured the last candidate of every choice to be the fastest.
std::unique_ptr<Device> tuned_device(const TrainingRequest& request) {
  auto device = std::make_unique<Device>();
  const Dataset dataset(request.data);
  const std::unique_ptr<Trainer> trainer = make_trainer(*device, request, dataset);
  TuningTable table;
  for (size_t i = 0; i < trainer->method().stages.back().phases.size(); ++i)
    for (const TuningChoice& choice : trainer->phase(i).plan().choices)
      table.choose(choice.problem.name, choice.candidates.back());
  const std::string text = table.text();
  write_cache("tuning-" + device->properties().uuid + ".txt",
              kernels_identity(device->properties()), std::as_bytes(std::span(text)));
  return device;
}

// Other kernels make other last digits: whatever is measured or remembered later.
TEST_F(ResumeTest, KernelsStayThoseTheRunBeganWith) {
  const TemporaryCache cache;
  const TrainingRequest tuned = request("tuned");
  const std::unique_ptr<Device> device = tuned_device(tuned);
  setenv("IMAGO_TUNE", "1", 1);
  imago::train(*device, tuned, callbacks_);
  TrainingCallbacks stopping = callbacks_;
  int64_t asked = 0;
  stopping.should_stop = [&] { return asked++ == 3; };
  imago::train(*device, request("stopped"), stopping);
  setenv("IMAGO_TUNE", "0", 1);

  EXPECT_TRUE(resume("stopped").finished);
  EXPECT_EQ(wrong("stopped", "tuned"), "");
  train("usual");
  EXPECT_NE(wrong("usual", "tuned"), "");  // else nothing was shown
  EXPECT_NE(peek_newest_state(folder("tuned").path)->tuning.text(), "");
  EXPECT_EQ(peek_newest_state(folder("usual").path)->tuning.text(), "");
}

TEST_F(ResumeTest, PlateauIsRemembered) {
  const auto plateau = [&](const std::string& name) {
    TrainingRequest request = this->request(name, "cyclegan");
    request.schedule = {.policy = LearningRatePolicy::plateau, .epochs = 16, .epochs_decay = 0};
    request.schedule.learning_rate = 1e-9f;  // nothing gets better
    return request;
  };
  train(plateau("alone"));
  const History history = read_history(folder("alone").metrics());
  EXPECT_LT(history.losses.back().learning_rate, history.losses.front().learning_rate / 4);
  train_until(17, plateau("stopped"));
  resume("stopped");
  const auto rates = [&](const std::string& name) {
    std::vector<double> all;
    for (const LossRecord& record : read_history(folder(name).metrics()).losses)
      all.push_back(record.learning_rate);
    return all;
  };
  EXPECT_EQ(rates("stopped"), rates("alone"));
  EXPECT_EQ(wrong("stopped"), "");
}

TEST_F(ResumeTest, ADamagedStateIsToldAndTheOneBeforeUsed) {
  train_until(5, request("run"));
  std::ofstream(folder("run").path / "state-5.safetensors", std::ios::app) << "more";
  resume("run");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("state-5.safetensors"), std::string::npos) << warnings_[0];
  EXPECT_EQ(wrong("run"), "");
}

TEST_F(ResumeTest, OtherPicturesAreToldOf) {
  train_until(3, request("run"));
  fs::copy(root_ / "data/train/0.png", root_ / "data/train/3.png");
  EXPECT_TRUE(resume("run").finished);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("the pictures are not those"), std::string::npos) << warnings_[0];
}

TEST_F(ResumeTest, MetricsThatWereDamagedArePutAside) {
  train_until(5, request("run"));
  std::ofstream(folder("run").metrics(), std::ios::app) << "{{{\n";
  EXPECT_TRUE(resume("run").finished);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("metrics.jsonl.damaged"), std::string::npos) << warnings_[0];
  EXPECT_EQ(wrong("run"), "told ");
}

TEST_F(ResumeTest, WhatCannotBeDoneIsRefused) {
  const auto message = [](const std::function<void()>& what) -> std::string {
    try {
      what();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  train_until(3, request("run"));
  EXPECT_NE(message([&] { train("run"); }).find("imago resume"), std::string::npos);
  EXPECT_NE(message([&] { resume("absent"); }).find("no such run"), std::string::npos);
  {
    const RunLock lock(folder("run"));
    EXPECT_NE(message([&] { resume("run"); }).find("another process"), std::string::npos);
  }
  TrainingRequest wider = request("run");
  wider.generator_features = 6;
  write_options(wider, folder("run").options());
  EXPECT_NE(message([&] { resume("run"); }).find("another network"), std::string::npos);
  // Nothing of that changed the run.
  write_options(request("run"), folder("run").options());
  resume("run");
  EXPECT_EQ(wrong("run"), "");
}

TEST_F(ResumeTest, AFinishedRunCanBeProlonged) {
  TrainingRequest shorter = request("run");
  shorter.max_steps = 4;
  shorter.validate_epochs = 0;
  EXPECT_TRUE(train(shorter).finished);
  EXPECT_TRUE(read_run(folder("run").path).finished);
  change_run(folder("run"), {.epochs = {}, .epochs_decay = {}, .max_steps = 0, .dataroot = {}});
  EXPECT_FALSE(read_run(folder("run").path).finished);
  EXPECT_EQ(resume("run").steps, 6);
  TrainingRequest whole = request("alone");
  whole.validate_epochs = 0;
  train(whole);
  EXPECT_EQ(wrong("run"), "");
}

/// Steps of such a size break everything in the step after, and all that is done with half of them.
constexpr float kHopeless = 1e30f;

TEST_F(ResumeTest, NotFiniteTwiceEndsTheRunAndLeavesWhatWasGood) {
  TrainingRequest request = this->request("run");
  request.max_steps = 4;
  train(request);
  const auto before = content(folder("run").path);
  const std::string state = content_of(folder("run").path / "state-4.safetensors");
  request.max_steps = 0;
  request.schedule.learning_rate = kHopeless;
  write_options(request, folder("run").options());
  try {
    resume("run");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--lr"), std::string::npos) << error.what();
  }
  ASSERT_EQ(alarms_.size(), 2u);
  for (const AlarmRecord& alarm : alarms_) EXPECT_EQ(alarm.alarm, "nan");
  EXPECT_EQ(content_of(folder("run").path / "state-4.safetensors"), state);
  for (const auto& [name, bytes] : content(folder("run").path))
    EXPECT_TRUE(!name.ends_with(".pth") || before.at(name) == bytes) << name;
  EXPECT_EQ(peek_newest_state(folder("run").path)->counts.steps, 4);
  EXPECT_EQ(peek_newest_state(folder("run").path)->rollbacks, 1);
  // The same again: nothing is rolled back a second time.
  EXPECT_THROW(resume("run"), Error);
  EXPECT_EQ(alarms_.size(), 3u);
}

TEST_F(ResumeTest, NotFiniteOnceIsUndoneWithHalfOfTheRate) {
  // Two steps from nothing with a rate that is just too high: half of it is not.
  const auto two_steps = [&](const std::string& name, float rate) {
    TrainingRequest request = this->request(name);
    request.max_steps = 2;
    request.schedule.learning_rate = rate;
    request.save_steps = 100;
    request.validate_epochs = 0;
    return request;
  };
  float rate = 1000;
  std::string name;
  for (int i = 0; alarms_.empty() && i < 100; ++i, rate *= 1.5f) {
    name = "rate" + std::to_string(i);
    EXPECT_TRUE(train(two_steps(name, rate)).finished);
  }
  rate /= 1.5f;
  ASSERT_EQ(alarms_.size(), 1u);
  EXPECT_EQ(alarms_[0].alarm, "nan");
  const TrainingState state = *peek_newest_state(folder(name).path);
  EXPECT_EQ(state.rollbacks, 1);
  EXPECT_EQ(state.learning_rate_factor, 0.5f);
  // It was undone from the beginning, so this is what half of the rate makes.
  train(two_steps("half", rate / 2));
  for (const std::string file : {"latest_net_G.pth", "latest_net_D.pth", "state-2.safetensors"})
    EXPECT_TRUE(content_of(folder(name).path / file) == content_of(folder("half").path / file))
        << file;
  const History history = read_history(folder(name).metrics());
  ASSERT_EQ(history.alarms.size(), 1u);
  EXPECT_EQ(history.losses.size(), 2u);
  for (const LossRecord& record : history.losses)
    EXPECT_FLOAT_EQ(static_cast<float>(record.learning_rate), rate / 2);
}

/// Thrown where a process would have been killed: nobody catches it.
struct Killed {};

TEST_F(ResumeTest, KilledWhereverAFileIsWritten) {
  size_t operations = 0;
  set_file_hook([&](const char*, const fs::path&) { return ++operations, 0; });
  train("alone");
  EXPECT_GT(operations, 100u);
  for (size_t k = 0; k < operations; k += stride(13)) {
    const std::string name = "killed" + std::to_string(k);
    std::string where;
    size_t count = 0;
    set_file_hook([&](const char* operation, const fs::path& path) {
      if (count++ != k) return 0;
      where = std::string(operation) + " " + path.filename().string();
      throw Killed();
    });
    EXPECT_THROW(train(name), Killed);
    set_file_hook({});
    if (fs::exists(folder(name).options()))
      resume(name);
    else
      train(name);
    EXPECT_EQ(wrong(name), "") << where;
  }
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(ResumeTest, ShortOfSpaceWhereverAFileIsWritten) {
  size_t operations = 0;
  set_file_hook([&](const char*, const fs::path&) { return ++operations, 0; });
  train("alone");
  for (const bool for_good : {false, true})
    for (size_t k = 0; k < operations; k += stride(23)) {
      const std::string name = (for_good ? "full" : "once") + std::to_string(k);
      std::string where = name;
      size_t count = 0;
      set_file_hook([&](const char* operation, const fs::path& path) {
        const bool fails = for_good ? count >= k : count == k;
        if (count++ == k) where += std::string(" ") + operation + " " + path.string();
        return fails ? ENOSPC : 0;
      });
      warnings_.clear();
      bool finished = false;
      try {
        finished = train(name).finished;
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("free some space"), std::string::npos) << where;
      }
      set_file_hook({});
      EXPECT_EQ(left_over(folder(name).path), "") << where;
      if (!fs::exists(folder(name).options()))
        train(name);
      else if (!finished)
        resume(name);
      // What could not be written while training went on (samples, the best networks) is missing.
      const std::string missing = wrong(name);
      EXPECT_EQ(missing.find("latest"), std::string::npos) << where << ": " << missing;
      EXPECT_EQ(missing.find("state-6.safetensors"), std::string::npos) << where << ": " << missing;
      EXPECT_LE(warnings_.size(), 4u) << where;
    }
}

}  // namespace
}  // namespace imago
