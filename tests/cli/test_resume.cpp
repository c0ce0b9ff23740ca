// `imago train` and `imago resume` as a script sees them: killed, interrupted, short of space.
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ResumeTest : public CliTest {
 protected:
  ResumeTest() {
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i) + ".ppm";
      write_picture("data/train/" + name, 72, 36, i);
      write_picture("data/trainA/" + name, 32, 32, i + 4);
      write_picture("data/trainB/" + name, 32, 32, i + 8);
    }
  }

  /// `imago train` of a run of 16 steps.
  static std::vector<std::string> train(const std::string& method, const std::string& name) {
    std::vector<std::string> command = {IMAGO_PROGRAM, "train", method, "--dataroot", "data"};
    std::vector<std::string> own;
    if (method == "pix2pix")
      own = {"--netG", "unet_32", "--crop-size", "32", "--load-size", "36", "--average", "0.9"};
    if (method == "cyclegan")
      own = {"--netG", "resnet_1blocks", "--crop-size", "24",          "--load-size",
             "28",     "--pool-size",    "3",           "--lr-policy", "plateau"};
    if (method == "srgan")
      own = {"--netG",         "srresnet_1blocks",
             "--crop-size",    "16",
             "--scale",        "2",
             "--batch-size",   "1",
             "--pixel-epochs", "2"};
    command.insert(command.end(), own.begin(), own.end());
    const std::vector<std::string> common = {"--name",
                                             name,
                                             "--ngf",
                                             "4",
                                             "--ndf",
                                             "4",
                                             "--n-epochs",
                                             "4",
                                             "--n-epochs-decay",
                                             "0",
                                             "--save-steps",
                                             "3",
                                             "--save-epoch-freq",
                                             "2",
                                             "--print-freq",
                                             "2",
                                             "--validation-pictures",
                                             "1"};
    command.insert(command.end(), common.begin(), common.end());
    return command;
  }
  std::vector<std::string> go_on(const std::string& method, const std::string& name) const {
    if (!fs::exists(run_of(name) / "options.json")) return train(method, name);
    return {IMAGO_PROGRAM, "resume", name};
  }
  fs::path run_of(const std::string& name) const { return folder_ / "checkpoints" / name; }

  /// Kills a run so many times at random moments, then lets it end. Returns the kills that hit.
  int kill_and_finish(const std::string& method, const std::string& name, int kills, double seconds,
                      std::mt19937& random) const;
  void expect_same(const std::string& alone, const std::string& name) const;
  void expect_kills_to_be_harmless(const std::string& method, int kills) const;

  Finished must_finish(const std::vector<std::string>& command) const {
    Finished finished = run(command);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return finished;
  }
};

int ResumeTest::kill_and_finish(const std::string& method, const std::string& name, int kills,
                                double seconds, std::mt19937& random) const {
  int hit = 0;
  while (hit < kills) {
    Process process(go_on(method, name), folder_);
    const std::chrono::duration<double> moment(
        std::uniform_real_distribution<double>(0, seconds)(random));
    std::this_thread::sleep_for(moment);
    if (!process.running()) break;  // through before
    process.send(SIGKILL);
    const int status = process.wait().status;
    if (status == 0) break;  // through just before
    EXPECT_EQ(status, 128 + SIGKILL);
    ++hit;
  }
  if (hit == kills) must_finish(go_on(method, name));
  return hit;
}

/// Every byte of the networks, the samples and the last state.
void ResumeTest::expect_same(const std::string& alone, const std::string& name) const {
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(run_of(alone))) {
    const std::string file = fs::relative(entry.path(), run_of(alone)).string();
    if (!file.ends_with(".pth") && !file.ends_with(".png") && !file.starts_with("state-16."))
      continue;
    EXPECT_TRUE(read_text(entry.path()) == read_text(run_of(name) / file)) << name << ": " << file;
    ++compared;
  }
  EXPECT_GT(compared, 10);
  for (const std::string& file : files("checkpoints/" + name))
    EXPECT_FALSE(file.ends_with(".tmp")) << file;
}

void ResumeTest::expect_kills_to_be_harmless(const std::string& method, int kills) const {
  const auto begin = std::chrono::steady_clock::now();
  must_finish(train(method, "alone"));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::random_device device;
  const unsigned seed = device();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int done = 0, runs = 0; done < kills && runs < 10 * kills; ++runs) {
    const std::string name = "killed" + std::to_string(runs);
    done += kill_and_finish(method, name, kills - done, seconds, random);
    expect_same("alone", name);
  }
}

TEST_F(ResumeTest, KillsOfPix2Pix) { expect_kills_to_be_harmless("pix2pix", 4); }
TEST_F(ResumeTest, KillsOfCycleGan) { expect_kills_to_be_harmless("cyclegan", 3); }
TEST_F(ResumeTest, KillsOfSrgan) { expect_kills_to_be_harmless("srgan", 3); }

TEST_F(ResumeTest, SignalsSaveAndStop) {
  must_finish(train("pix2pix", "alone"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "signal" + std::to_string(signal);
    Process process(train("pix2pix", name), folder_);
    while (process.running() && !fs::exists(run_of(name) / "state-3.json"))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(signal);
    const Finished stopped = process.wait();
    EXPECT_EQ(stopped.status, 1);
    EXPECT_NE(stopped.err.find("imago resume checkpoints/" + name), std::string::npos)
        << stopped.err;
    EXPECT_TRUE(fs::exists(run_of(name) / "latest_net_G.pth"));
    must_finish({IMAGO_PROGRAM, "resume", "checkpoints/" + name});
    expect_same("alone", name);
  }
}

TEST_F(ResumeTest, ResumeTellsWhatIsToBeDone) {
  Finished finished = imago({"resume", "absent"});
  EXPECT_EQ(finished.status, 1);
  expect_one_line(finished.err);
  EXPECT_EQ(imago({"resume"}).status, 2);
  EXPECT_EQ(imago({"resume", "x", "--n-epochs", "-1"}).status, 2);

  std::vector<std::string> short_run = train("pix2pix", "run");
  short_run.insert(short_run.end(), {"--max-steps", "3"});
  must_finish(short_run);
  finished = run(short_run);  // there is one
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("imago resume"), std::string::npos) << finished.err;
  finished = must_finish({IMAGO_PROGRAM, "resume", "run"});
  EXPECT_NE(finished.out.find("prolong"), std::string::npos) << finished.out;
  EXPECT_EQ(imago({"resume", "run", "--json"}).out, "");

  finished = must_finish({IMAGO_PROGRAM, "resume", "run", "--max-steps", "6", "--json"});
  std::istringstream lines(finished.out);
  std::vector<int> steps;
  for (std::string line; std::getline(lines, line);) {
    const json object = json::parse(line);
    steps.push_back(object.at("step").get<int>());
    EXPECT_TRUE(object.contains("epoch") && object.contains("losses") &&
                object.contains("milliseconds"));
  }
  EXPECT_EQ(steps, (std::vector<int>{4, 6}));
}

TEST_F(ResumeTest, PicturesThatWereMoved) {
  std::vector<std::string> short_run = train("pix2pix", "run");
  short_run.insert(short_run.end(), {"--max-steps", "3"});
  must_finish(short_run);
  fs::rename(folder_ / "data", folder_ / "elsewhere");
  const Finished lost = imago({"resume", "run", "--max-steps", "0"});
  EXPECT_EQ(lost.status, 1);
  EXPECT_NE(lost.err.find("data"), std::string::npos) << lost.err;
  const Finished found = must_finish({IMAGO_PROGRAM, "resume", "run", "--dataroot", "elsewhere"});
  EXPECT_EQ(found.err, "");
  fs::rename(folder_ / "elsewhere", folder_ / "data");
  must_finish(train("pix2pix", "alone"));
  expect_same("alone", "run");
}

TEST_F(ResumeTest, FullDiskIsSurvived) {
  const auto on_disk = [&](const std::string& script) {
    return run(on_own_disk("size=6m", script, "checkpoints"));
  };
  if (on_disk("true").status != 0)
    GTEST_SKIP() << "mounting a small file system is not permitted here";
  must_finish(train("pix2pix", "alone"));
  fs::rename(folder_ / "checkpoints", folder_ / "kept");
  std::string command = "\"$0\"";
  const std::vector<std::string> words = train("pix2pix", "run");
  for (size_t i = 1; i < words.size(); ++i) command += " " + words[i];
  // The disk becomes full when the first state is there, and has room again for `resume`.
  const Finished finished = on_disk(
      "(" + command +
      " 2> err; echo $? > status) & "
      "while [ ! -e checkpoints/run/state-3.json ] && [ ! -e status ]; do sleep 0.001; done; "
      "cat /dev/zero > checkpoints/ballast; wait; cat err status; ls -A checkpoints/run; "
      "rm checkpoints/ballast; \"$0\" resume run > /dev/null; echo $?; "
      "mkdir saved; cp -r checkpoints/run saved/");
  EXPECT_NE(finished.out.find("No space left"), std::string::npos) << finished.out << finished.err;
  EXPECT_NE(finished.out.find("\n1\n"), std::string::npos) << finished.out;
  EXPECT_EQ(finished.out.find(".tmp"), std::string::npos) << finished.out;
  EXPECT_TRUE(finished.out.ends_with("\n0\n")) << finished.out << finished.err;
  for (const std::string file : {"latest_net_G.pth", "latest_net_D.pth", "state-16.safetensors"})
    EXPECT_TRUE(read_text(folder_ / "kept/alone" / file) == read_text(folder_ / "saved/run" / file))
        << file;
}

}  // namespace
}  // namespace imago
