// The state of a run as files: whatever happens while it is written, the next start finds a whole
// one.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/training/run/state.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

class StateTest : public testing::Test {
 protected:
  StateTest() { fs::create_directory(folder_); }
  ~StateTest() override { set_file_hook({}); }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.insert(entry.path().filename().string());
    return names;
  }

  static void begin_with_two(const fs::path& folder);
  void begin_with_copy_of(const fs::path& other) const {
    fs::remove_all(folder_);
    fs::copy(other, folder_);
  }

  /// The step of the newest whole pair, whose content is checked; -1: there is none.
  int64_t newest() const;

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path() / "run";
  mutable std::vector<std::string> damaged_;
};

TrainingState state_at(int64_t step) {
  TrainingState s;
  s.counts.steps = step;
  s.counts.updates = {{0, step * 3}, {1, step + 1}};
  s.counts.pictures_seen = {static_cast<uint64_t>(step) * 7, 1u << 31};
  s.steps_per_epoch = 12;
  s.plateau = {0.1 + static_cast<double>(step) / 3, 4, 2};
  s.epoch_loss = 1.0 / 3 + static_cast<double>(step);
  s.epoch_steps = 5;
  s.learning_rate_factor = 0.25f;
  s.rollbacks = 1;
  s.health = "{\"text\": \"of the monitor\"}\n";
  if (step % 2 == 0) s.best = 23.7 + 1e-12 * static_cast<double>(step);
  s.data_fingerprint = 0xfedcba98;
  s.device = "a device";
  s.tuning.choose("conv2d of a size", "tiled-64x128/2");
  return s;
}

StateDict tensors_at(int64_t step) {
  StateDict tensors;
  const auto value = static_cast<float>(step);
  tensors.insert("G.w", HostTensor::from_float({2, 3}, {1, 2, 3, 4, 5, value + 0.1f}));
  tensors.insert("pool.0", HostTensor::from_float({1, 2}, {value, -0.0f}));
  return tensors;
}

void save(int64_t step, const fs::path& folder) {
  write_state(state_at(step), tensors_at(step), folder);
}

int64_t StateTest::newest() const {
  damaged_.clear();
  const std::optional<StoredState> stored = read_newest_state(folder_, damaged_);
  if (!stored) return -1;
  const TrainingState& s = stored->state;
  const TrainingState want = state_at(s.counts.steps);
  EXPECT_EQ(s.counts.updates, want.counts.updates);
  EXPECT_EQ(s.counts.pictures_seen, want.counts.pictures_seen);
  EXPECT_EQ(s.steps_per_epoch, want.steps_per_epoch);
  EXPECT_EQ(s.plateau.best, want.plateau.best);
  EXPECT_EQ(s.plateau.bad_epochs, want.plateau.bad_epochs);
  EXPECT_EQ(s.plateau.reductions, want.plateau.reductions);
  EXPECT_EQ(s.epoch_loss, want.epoch_loss);
  EXPECT_EQ(s.epoch_steps, want.epoch_steps);
  EXPECT_EQ(s.learning_rate_factor, want.learning_rate_factor);
  EXPECT_EQ(s.rollbacks, want.rollbacks);
  EXPECT_EQ(s.health, want.health);
  EXPECT_EQ(s.best, want.best);
  EXPECT_EQ(s.data_fingerprint, want.data_fingerprint);
  EXPECT_EQ(s.device, want.device);
  EXPECT_EQ(s.tuning, want.tuning);
  const StateDict tensors = tensors_at(s.counts.steps);
  EXPECT_EQ(stored->tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const HostTensor* found = stored->tensors.find(name);
    EXPECT_TRUE(found && found->shape == tensor.shape && found->data == tensor.data) << name;
  }
  const auto peeked = peek_newest_state(folder_);
  EXPECT_TRUE(peeked && (!damaged_.empty() || peeked->counts.steps == s.counts.steps));
  return s.counts.steps;
}

void StateTest::begin_with_two(const fs::path& folder) {
  fs::create_directory(folder);
  save(1, folder);
  save(2, folder);
}

/// Changes one byte of a file.
void damage(const fs::path& path, int64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char c = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(c ^ 1));
}

TEST_F(StateTest, TheTwoNewestAreKept) {
  EXPECT_EQ(newest(), -1);
  EXPECT_FALSE(has_state(folder_));
  for (const int64_t step : {0, 9, 10, 200}) {
    save(step, folder_);
    EXPECT_EQ(newest(), step);
    EXPECT_TRUE(damaged_.empty());
  }
  EXPECT_EQ(files(), (std::set<std::string>{"state-10.json", "state-10.safetensors",
                                            "state-200.json", "state-200.safetensors"}));
  save(200, folder_);
  EXPECT_EQ(files().size(), 4u);
}

TEST_F(StateTest, ADamagedPairIsReportedAndTheOneBeforeUsed) {
  save(5, folder_);
  save(6, folder_);
  for (const std::string name : {"state-6.json", "state-6.safetensors"}) {
    const auto size = static_cast<int64_t>(fs::file_size(folder_ / name));
    const std::string before = content_of(folder_ / name);
    for (int64_t at = 0; at < size; at += name.ends_with("json") ? 3 : 11) {
      damage(folder_ / name, at);
      EXPECT_EQ(newest(), 5) << name << " byte " << at;
      ASSERT_EQ(damaged_.size(), 1u);
      EXPECT_NE(damaged_[0].find(name), std::string::npos) << damaged_[0];
      std::ofstream(folder_ / name, std::ios::binary) << before;
    }
    for (int64_t length = 0; length < size; length += 29) {
      fs::resize_file(folder_ / name, static_cast<uintmax_t>(length));
      EXPECT_EQ(newest(), 5) << name << " cut at " << length;
      std::ofstream(folder_ / name, std::ios::binary) << before;
    }
    fs::remove(folder_ / name);
    EXPECT_EQ(newest(), 5);
    std::ofstream(folder_ / name, std::ios::binary) << before;
  }
  EXPECT_EQ(newest(), 6);
}

TEST_F(StateTest, NoWholePairIsAnErrorThatNamesThem) {
  save(5, folder_);
  save(6, folder_);
  damage(folder_ / "state-5.json", 20);
  damage(folder_ / "state-6.safetensors", 100);
  std::vector<std::string> damaged;
  try {
    read_newest_state(folder_, damaged);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("state-5.json"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("state-6.safetensors"), std::string::npos);
  }
  EXPECT_TRUE(has_state(folder_));
  EXPECT_FALSE(peek_newest_state(folder_ / "absent"));
}

TEST_F(StateTest, NumbersThatAreNotFiniteAreNotKept) {
  save(5, folder_);
  const std::set<std::string> before = files();
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    StateDict tensors = tensors_at(6);
    tensors.insert("D.w", HostTensor::from_float({2}, {0, bad}));
    try {
      write_state(state_at(6), tensors, folder_);
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("D.w"), std::string::npos) << error.what();
    }
    EXPECT_EQ(files(), before);
  }
}

/// What is asked of the system while a third pair is written and the first removed.
std::vector<std::string> operations_of_third(const fs::path& folder) {
  std::vector<std::string> operations;
  set_file_hook([&](const char* operation, const fs::path& path) {
    operations.push_back(std::string(operation) + " " + path.filename().string());
    return 0;
  });
  save(3, folder);
  set_file_hook({});
  return operations;
}

TEST_F(StateTest, KilledAnywhereAWholePairIsThere) {
  const fs::path two = temporary_.path() / "two";
  begin_with_two(two);
  begin_with_copy_of(two);
  const std::vector<std::string> operations = operations_of_third(folder_);
  // Two files of six operations each, and two removals.
  ASSERT_EQ(operations.size(), 14u);
  EXPECT_EQ(operations.back(), "remove state-1.safetensors");
  for (size_t k = 0; k <= operations.size(); ++k) {
    begin_with_copy_of(two);
    const pid_t child = fork();
    if (child == 0) {
      size_t count = 0;
      set_file_hook([&](const char*, const fs::path&) {
        if (count++ == k) _exit(9);
        return 0;
      });
      save(3, folder_);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(WEXITSTATUS(status), k < operations.size() ? 9 : 0);
    // The second file's rename makes the pair whole.
    EXPECT_EQ(newest(), k <= 10 ? 2 : 3) << operations[std::min(k, operations.size() - 1)];
    EXPECT_TRUE(damaged_.empty());
    remove_leftovers(folder_);
    for (const std::string& name : files()) EXPECT_FALSE(name.ends_with(".tmp")) << name;
    EXPECT_EQ(newest(), k <= 10 ? 2 : 3);
    save(4, folder_);
    EXPECT_EQ(newest(), 4);
    EXPECT_EQ(files().size(), 4u) << operations[std::min(k, operations.size() - 1)];
  }
}

TEST_F(StateTest, FailingAnywhereLeavesTheOlderOnes) {
  const fs::path two = temporary_.path() / "two";
  begin_with_two(two);
  begin_with_copy_of(two);
  const std::vector<std::string> operations = operations_of_third(folder_);
  for (const int code : {ENOSPC, EIO})
    for (const bool for_good : {false, true})
      for (size_t k = 0; k < operations.size(); ++k) {
        begin_with_copy_of(two);
        size_t count = 0;
        set_file_hook([&](const char*, const fs::path&) {
          const bool fails = for_good ? count >= k : count == k;
          ++count;
          return fails ? code : 0;
        });
        bool failed = false;
        try {
          save(3, folder_);
        } catch (const Error& error) {
          failed = true;
          const std::string message = error.what();
          EXPECT_NE(message.find("state-3."), std::string::npos) << message;
        }
        set_file_hook({});
        const std::string where = operations[k] + (for_good ? " and all after" : "");
        // Neither the flushing of the folder nor removing the oldest is what a pair depends on.
        const bool harmless = !for_good && operations[k].starts_with("flush folder");
        const bool too_late = k >= 11;
        EXPECT_EQ(failed, !harmless && !too_late) << where;
        EXPECT_EQ(newest(), failed ? 2 : 3) << where;
        for (const std::string& name : files()) EXPECT_FALSE(name.ends_with(".tmp")) << where;
        save(4, folder_);  // there is room again
        EXPECT_EQ(newest(), 4) << where;
      }
}

}  // namespace
}  // namespace imago
