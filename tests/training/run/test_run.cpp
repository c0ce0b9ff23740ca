// What can be told of runs from their folders.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "compute/base/error.h"
#include "models/training/request_json.h"
#include "models/training/run/loss_log.h"
#include "models/training/run/run.h"
#include "models/training/run/state.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A run of 3 + 1 epochs of 10 steps.
RunFolder make_run(const fs::path& path) {
  fs::create_directories(path);
  TrainingRequest request = default_request("cyclegan");
  request.name = "another name";
  request.schedule.epochs = 3;
  request.schedule.epochs_decay = 1;
  const RunFolder folder{path};
  write_options(request, folder.options());
  return folder;
}

void save(const RunFolder& folder, int64_t step) {
  TrainingState state;
  state.counts.steps = step;
  state.steps_per_epoch = 10;
  write_state(state, {}, folder.path);
}

class RunTest : public testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(RunTest, StepsOfAllEpochs) {
  TrainingRequest request;
  request.schedule.epochs = 100;
  request.schedule.epochs_decay = 50;
  EXPECT_EQ(total_steps(request, 7), 1050);
  request.schedule.first_epoch = 101;
  EXPECT_EQ(total_steps(request, 7), 350);
  request.max_steps = 20;
  EXPECT_EQ(total_steps(request, 7), 20);
  request.max_steps = 400;
  EXPECT_EQ(total_steps(request, 7), 350);
}

TEST_F(RunTest, TellsHowFarItIs) {
  const RunFolder folder = make_run(root_ / "a");
  RunInfo info = read_run(folder.path);
  EXPECT_EQ(info.request.name, "a");
  EXPECT_EQ(info.request.checkpoints_dir, root_);
  EXPECT_EQ(info.steps, 0);
  EXPECT_FALSE(info.resumable || info.finished || info.running);

  save(folder, 17);
  info = read_run(folder.path / "");
  EXPECT_EQ(info.request.name, "a");
  EXPECT_EQ(info.step, 17);
  EXPECT_EQ(info.steps, 40);
  EXPECT_TRUE(info.resumable);
  EXPECT_FALSE(info.finished);

  save(folder, 40);
  EXPECT_TRUE(read_run(folder.path).finished);
  change_run(folder, {.epochs = 5, .epochs_decay = {}, .max_steps = {}, .dataroot = {}});
  info = read_run(folder.path);
  EXPECT_EQ(info.steps, 60);
  EXPECT_FALSE(info.finished);
  change_run(folder, {.epochs = {}, .epochs_decay = 3, .max_steps = 70, .dataroot = "pictures"});
  info = read_run(folder.path);
  EXPECT_EQ(info.steps, 70);
  EXPECT_EQ(info.request.data.dataroot, fs::absolute("pictures"));
}

TEST_F(RunTest, TwoFoldersOfPicturesThatWereMoved) {
  const RunFolder folder = make_run(root_ / "a");
  EXPECT_THROW(change_run(folder, {.dataroot_b = "zebras"}), Error);  // it has one
  EXPECT_EQ(read_run(folder.path).request.data.dataroot_b, "");
  TrainingRequest request = default_request("cyclegan");
  request.data.dataroot = "/horses";
  request.data.dataroot_b = "/zebras";
  write_options(request, folder.options());
  change_run(folder, {.dataroot_b = "zebras"});
  EXPECT_EQ(read_run(folder.path).request.data.dataroot, "/horses");
  EXPECT_EQ(read_run(folder.path).request.data.dataroot_b, fs::absolute("zebras"));
}

TEST_F(RunTest, ModelsBestFirst) {
  const RunFolder folder = make_run(root_ / "a");
  for (const std::string name :
       {"5_net_G_A.pth", "10_net_G_A.pth", "10_net_G_B.pth", "best_net_G_A.pth",
        "latest_net_G_A.pth", "latest_net_G_A_average.pth", "latest_net_D_A.pth", "x_net_G_A.pth",
        "best_net_G_A.pth.txt", "state-5.safetensors"})
    write(folder.path / name, "");
  std::vector<std::string> names;
  for (const fs::path& path : read_run(folder.path).models)
    names.push_back(path.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"best_net_G_A.pth", "latest_net_G_A_average.pth",
                                             "latest_net_G_A.pth", "10_net_G_A.pth",
                                             "10_net_G_B.pth", "5_net_G_A.pth"}));
}

TEST_F(RunTest, OneProcessAtATime) {
  const RunFolder folder = make_run(root_ / "a");
  {
    const RunLock lock(folder);
    EXPECT_TRUE(read_run(folder.path).running);
    EXPECT_THROW(RunLock again(folder), Error);
    EXPECT_THROW(change_run(folder, {}), Error);
  }
  EXPECT_FALSE(read_run(folder.path).running);
  const RunLock lock(folder);
}

TEST_F(RunTest, LookingAtARunDoesNotKeepItFromBeingTrained) {
  const RunFolder folder = make_run(root_ / "a");
  std::atomic<bool> enough = false;
  std::thread looker([&] {
    while (!enough) read_run(folder.path);
  });
  for (int i = 0; i < 200; ++i) EXPECT_NO_THROW(RunLock lock(folder));
  enough = true;
  looker.join();
}

TEST_F(RunTest, WhatIsNoRunSaysWhy) {
  const auto message = [](const fs::path& folder) -> std::string {
    try {
      read_run(folder);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_NE(message(root_ / "absent").find("absent: there is no such run"), std::string::npos);
  fs::create_directory(root_ / "other");
  EXPECT_NE(message(root_ / "other").find("no options.json"), std::string::npos);
  EXPECT_EQ(message(root_ / "other").find("--init"), std::string::npos);
  std::ofstream(root_ / "other/latest_net_G.pth") << "weights";
  EXPECT_NE(message(root_ / "other").find("--init"), std::string::npos);
  EXPECT_NE(message(root_ / "other/latest_net_G.pth").find("--init"), std::string::npos);
  write(root_ / "other" / "options.json", "{]");
  EXPECT_NE(message(root_ / "other").find("options.json: is not"), std::string::npos);
}

TEST_F(RunTest, ListsTheNewestFirst) {
  EXPECT_TRUE(list_runs(root_ / "absent").empty());
  const auto now = fs::file_time_type::clock::now();
  for (const int i : {2, 0, 1}) {
    const RunFolder folder = make_run(root_ / std::to_string(i));
    fs::last_write_time(folder.options(), now - std::chrono::hours(1 + i));
  }
  write(root_ / "2" / "metrics.jsonl", "");  // touched now
  fs::create_directory(root_ / "no run");
  write(root_ / "a file", "");
  write(make_run(root_ / "broken").options(), "{");
  std::vector<std::string> names;
  for (const RunInfo& info : list_runs(root_)) names.push_back(info.request.name);
  EXPECT_EQ(names, (std::vector<std::string>{"2", "0", "1"}));
}

TEST_F(RunTest, LossLogHasEveryStepOnce) {
  const fs::path path = root_ / "loss_log.txt";
  const LossLog::Counting counting = {.steps_per_epoch = 4, .first_epoch = 7, .batch_size = 3};
  TrainingProgress progress;
  progress.losses = {{Loss{LossTerm::l1}, 0.5f}};
  const auto write_steps = [&](LossLog& log, int64_t from, int64_t to) {
    for (progress.step = from; progress.step <= to; ++progress.step) {
      progress.epoch = static_cast<int>((progress.step - 1) / 4) + 7;
      log.write(progress);
    }
  };
  {
    LossLog log(path, 0, counting);
    write_steps(log, 1, 10);
  }
  const std::string whole = content_of(path);
  EXPECT_NE(whole.find("(epoch: 8, iters: 6, time: 0, data: 0) G_L1: 0.5 \n"), std::string::npos);
  write(path, whole + "(epoch: 9, iters: 9, time: 0, da");  // killed here
  {
    LossLog log(path, 5, counting);
    write_steps(log, 6, 10);
  }
  EXPECT_EQ(content_of(path), whole);
}

TEST_F(RunTest, FingerprintIsThatOfTheNames) {
  const auto fingerprint = [&] {
    DataOptions options;
    options.kind = DataKind::unaligned;
    options.dataroot = root_;
    return Dataset(options).fingerprint();
  };
  for (const std::string name : {"trainA/1.png", "trainA/2.png", "trainB/1.png"})
    test::save_png(root_ / name, 2, 2, [](int, int, int) { return 0; });
  const uint32_t before = fingerprint();
  EXPECT_EQ(fingerprint(), before);
  fs::rename(root_ / "trainA/2.png", root_ / "trainA/3.png");
  EXPECT_NE(fingerprint(), before);
  fs::rename(root_ / "trainA/3.png", root_ / "trainB/2.png");
  EXPECT_NE(fingerprint(), before);
  fs::rename(root_ / "trainB/2.png", root_ / "trainA/2.png");
  EXPECT_EQ(fingerprint(), before);
}

}  // namespace
}  // namespace imago
