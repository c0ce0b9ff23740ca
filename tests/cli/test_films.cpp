// `imago translate` with films: frames, times, sound, kill and go on, Ctrl-C. Judged by ffprobe.
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/cli/process.h"
#include "tests/video/ffmpeg_command.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ask;
using test::hashes_of;
using test::make_film;
using test::times_of;

class FilmTest : public CliTest {
 protected:
  FilmTest() { write_nearest_model(folder_ / "x2.safetensors", 2); }

  fs::path path(const std::string& name) const { return folder_ / name; }
  std::vector<std::string> command(const std::string& in, const std::string& out) const {
    return {"translate", "-n", "x2.safetensors", "-i", in, "-o", out};
  }
  Finished translate(const std::string& in, const std::string& out,
                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = command(in, out);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return imago(arguments);
  }
  size_t segments(const std::string& out) const {
    size_t count = 0;
    for (const std::string& file : files(out + ".imago"))
      count += file.ends_with(".segment") ? 1 : 0;
    return count;
  }
  /// Runs the command until there are so many segments, then sends `signal`.
  Finished stopped_at(const std::string& in, const std::string& out, size_t count, int signal,
                      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = command(in, out);
    arguments.insert(arguments.begin(), IMAGO_PROGRAM);
    arguments.insert(arguments.end(), more.begin(), more.end());
    Process process(arguments, folder_);
    while (segments(out) < count && process.running())
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    process.send(signal);
    return process.wait();
  }
};

TEST_F(FilmTest, FramesTimesAndSoundTracksArriveUpright) {
  REQUIRE_FFMPEG();
  make_film(
      "-f lavfi -i testsrc2=size=32x24:rate=25:duration=2 -f lavfi -i sine=440:d=2 -f lavfi -i "
      "sine=880:d=2 -map 0 -map 1 -map 2 -vf \"select='not(mod(n,3))+not(mod(n,7))'\" -fps_mode "
      "vfr -c:v libx264 -c:a aac",
      path("flat.mp4"));
  test::turned_film(path("flat.mp4"), "90", path("in.mp4"));
  const Finished result = translate("in.mp4", "out.mp4", {"--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const json output = json::parse(result.out).at("outputs").at(0);
  EXPECT_EQ(output.at("frames"), 22);
  EXPECT_EQ(output.at("width"), 48);
  EXPECT_EQ(output.at("height"), 64);
  EXPECT_EQ(times_of(path("out.mp4")), times_of(path("in.mp4")));
  EXPECT_EQ(ask(path("out.mp4"), "v:0", "stream=width,height"), std::vector<std::string>{"48,64"});
  for (const char* stream : {"a:0", "a:1"}) {
    EXPECT_EQ(hashes_of(path("out.mp4"), stream, false), hashes_of(path("in.mp4"), stream, false));
    EXPECT_EQ(ask(path("out.mp4"), stream, "packet=pts_time"),
              ask(path("in.mp4"), stream, "packet=pts_time"));
  }
}

// Without loss on both sides, the film is the network's result, frame by frame.
TEST_F(FilmTest, FramesAreWhatTheNetworkMakes) {
  REQUIRE_FFMPEG();
  make_film("-f lavfi -i testsrc2=size=30x22:rate=25:duration=0.4 -c:v ffv1 -pix_fmt bgr0",
            path("in.mkv"));
  ASSERT_EQ(translate("in.mkv", "out.mkv", {"--codec", "ffv1"}).status, 0);
  make_film("-i " + test::quoted(path("in.mkv")) +
                " -vf format=rgb24,scale=60:44:flags=neighbor -c:v ffv1 -pix_fmt bgr0",
            path("expected.mkv"));
  EXPECT_EQ(hashes_of(path("out.mkv"), "v", true), hashes_of(path("expected.mkv"), "v", true));
}

TEST_F(FilmTest, AnimationsAreFilmsWhereTheOutputMoves) {
  REQUIRE_FFMPEG();
  const fs::path gif = fs::path(IMAGO_FIXTURES) / "images" / "three.gif";
  const Finished moving = translate(gif.string(), "out.gif");
  EXPECT_EQ(moving.status, 0) << moving.err;
  EXPECT_EQ(times_of(path("out.gif")).size(), 3u);
  EXPECT_EQ(times_of(path("out.gif")), times_of(gif));
  ASSERT_EQ(translate(gif.string(), "out.webp").status, 0);
  const Finished again = translate("out.webp", "again.apng");
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(times_of(path("again.apng")).size(), 3u);
  ASSERT_EQ(translate(gif.string(), "one.webp", {"--page", "2"}).status, 0);
  EXPECT_EQ(read_text(path("one.webp")).find("ANIM"), std::string::npos);
  EXPECT_NE(read_text(path("out.webp")).find("ANIM"), std::string::npos);
}

// Without loss: libx264 does not always make the same of the same frames.
TEST_F(FilmTest, AKilledFilmGoesOn) {
  REQUIRE_FFMPEG();
  const std::vector<std::string> lossless = {"--quality", "100"};
  make_film("-f lavfi -i testsrc2=size=32x24:rate=25:duration=10 -c:v libx264", path("in.mp4"));
  ASSERT_EQ(translate("in.mp4", "whole.mp4", lossless).status, 0);
  const Finished killed = stopped_at("in.mp4", "out.mp4", 1, SIGKILL, lossless);
  ASSERT_EQ(killed.status, 128 + SIGKILL) << "it was done before it could be killed";
  EXPECT_FALSE(fs::exists(path("out.mp4")));
  const Finished result = translate("in.mp4", "out.mp4", lossless);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("goes on after the "), std::string::npos) << result.err;
  EXPECT_EQ(hashes_of(path("out.mp4"), "v", true), hashes_of(path("whole.mp4"), "v", true));
  EXPECT_EQ(times_of(path("out.mp4")), times_of(path("in.mp4")));
  EXPECT_TRUE(files("out.mp4.imago").empty());
}

TEST_F(FilmTest, InterruptSaysWhatIsKept) {
  REQUIRE_FFMPEG();
  make_film("-f lavfi -i testsrc2=size=64x48:rate=25:duration=40 -c:v libx264", path("in.mp4"));
  const Finished stopped = stopped_at("in.mp4", "out.mp4", 1, SIGINT);
  EXPECT_EQ(stopped.status, 1);
  EXPECT_NE(stopped.err.find("kept in out.mp4.imago"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("cancelled"), std::string::npos) << stopped.err;
  EXPECT_FALSE(fs::exists(path("out.mp4")));
  EXPECT_GE(segments("out.mp4"), 1u);
}

TEST_F(FilmTest, FoldersHoldFilmsToo) {
  REQUIRE_FFMPEG();
  fs::create_directory(path("in"));
  make_film("-f lavfi -i testsrc2=size=32x24:rate=25:duration=0.2 -c:v libx264", path("in/a.mp4"));
  make_film("-f lavfi -i testsrc2=size=32x24:rate=25:duration=0.2 -c:v mpeg4", path("in/b.avi"));
  write_picture("in/c.ppm");
  write_text("in/d.mp4", "no film");
  const Finished result = translate("in", "out");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(files("out"), (std::vector<std::string>{"a.mp4", "b.mkv", "c.ppm"}));
  EXPECT_NE(result.err.find("imago: in/d.mp4: not a film"), std::string::npos) << result.err;
  const Finished still = translate("in/a.mp4", "a.png");
  EXPECT_EQ(still.status, 1);
  expect_one_line(still.err);
  EXPECT_NE(still.err.find("is a film; its output must be mp4"), std::string::npos) << still.err;
}

TEST_F(FilmTest, MemoryIsFlatOverThousandsOfFrames) {
  REQUIRE_FFMPEG();
  make_film("-f lavfi -i testsrc2=size=32x24:rate=25:duration=120 -c:v libx264", path("in.mp4"));
  std::vector<std::string> arguments = command("in.mp4", "out.mp4");
  arguments.insert(arguments.begin(), IMAGO_PROGRAM);
  Process process(arguments, folder_);
  const auto resident = [&] {  // MiB
    std::ifstream statm("/proc/" + std::to_string(process.id()) + "/statm");
    double all = 0, pages = 0;
    statm >> all >> pages;
    return pages * 4096 / (1 << 20);
  };
  double early = 0, late = 0;
  while (process.running()) {
    const size_t done = segments("out.mp4");
    if (done >= 5 && done < 15) early = std::max(early, resident());
    if (done >= 40) late = std::max(late, resident());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(process.wait().status, 0);
  EXPECT_EQ(times_of(path("out.mp4")).size(), 3000u);
  ASSERT_GT(early, 0);
  ASSERT_GT(late, 0);
  EXPECT_LT(late, early + 8);
  std::cout << "resident after 600 frames " << early << " MiB, after 2700 " << late << " MiB\n";
}

}  // namespace
}  // namespace imago
