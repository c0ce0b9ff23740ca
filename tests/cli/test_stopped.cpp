// A program that is stopped for longer than it waits for its device (Ctrl-Z, a suspended machine, a
// paused container) goes on as if nothing had been.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

// Seconds. The first submission of a program may have its kernels compiled, which takes a busy
// machine many.
constexpr double kPatience = 60, kStopped = 64;

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// Of the main thread, as proc(5) has it: 'R' running, 'S' waiting, 'T' stopped…
char state_of(const Process& process) {
  std::ifstream stat("/proc/" + std::to_string(process.id()) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t name_end = text.rfind(')');
  return name_end == std::string::npos ? '?' : text.at(name_end + 2);
}

/// Stops it for longer than its patience once `begun` and while it waits, then lets it go on.
Finished stopped_meanwhile(Process& process, const std::function<bool()>& begun) {
  while (process.running() && !begun()) sleep_for(0.01);
  while (process.running() && state_of(process) != 'S') sleep_for(0.001);
  EXPECT_TRUE(process.running()) << "it ended before it was stopped";
  process.send(SIGSTOP);
  sleep_for(kStopped);
  EXPECT_EQ(state_of(process), 'T');
  process.send(SIGCONT);
  return process.wait();
}

class StoppedTest : public CliTest {
 protected:
  std::map<std::string, std::string> environment() const {
    return {{"IMAGO_PATIENCE", std::to_string(kPatience)},
            {"XDG_CACHE_HOME", (folder_ / "cache").string()}};
  }
};

TEST_F(StoppedTest, TranslatingGoesOn) {
  write_nearest_model(folder_ / "x4.safetensors", 4);
  const fs::path picture = write_picture("in.ppm", 1400, 1400);
  Process process({IMAGO_PROGRAM, "translate", "-i", "in.ppm", "-o", "out.ppm", "-n",
                   "x4.safetensors", "--tile", "350"},
                  folder_, environment());
  // The golden tile was the first work of the device; what waits now waits for the picture.
  const Finished result = stopped_meanwhile(process, [&] {
    for (const std::string& file : files("."))
      if (file.find("golden-") != std::string::npos) return true;
    return false;
  });
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(read_ppm(folder_ / "out.ppm") == nearest(read_ppm(picture), 4));
}

TEST_F(StoppedTest, TrainingGoesOn) {
  for (int i = 0; i < 3; ++i) write_picture("photos/" + std::to_string(i) + ".ppm", 64, 64, i);
  Process process({IMAGO_PROGRAM,
                   "train",
                   "srgan",
                   "--dataroot",
                   "photos",
                   "--name",
                   "run",
                   "--ngf",
                   "16",
                   "--ndf",
                   "8",
                   "--crop-size",
                   "64",
                   "--netG",
                   "srresnet_2blocks",
                   "--batch-size",
                   "2",
                   "--pixel-epochs",
                   "1",
                   "--print-freq",
                   "1",
                   "--n-epochs",
                   "4",
                   "--n-epochs-decay",
                   "0"},
                  folder_, environment());
  const Finished result = stopped_meanwhile(
      process, [&] { return process.out_so_far().find("step 1/") != std::string::npos; });
  EXPECT_EQ(result.status, 0) << result.err;
}

}  // namespace
}  // namespace imago
