// Films and cameras in real time.
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "models/video/camera.h"
#include "models/video/player.h"
#include "tests/base/folder.h"
#include "tests/video/ffmpeg_command.h"

namespace imago {
namespace {

using Clock = FilmPlayer::Clock;
using Pace = FilmPlayer::Pace;

/// Frames of one pixel that say their number, at these times in milliseconds.
class Numbers : public FilmReader {
 public:
  explicit Numbers(std::vector<int64_t> times) : times_(std::move(times)) {
    info_.width = info_.height = 1;
    info_.unit = {1, 1000};
  }
  std::optional<FilmFrame> read() override {
    if (next_ == times_.size()) return std::nullopt;
    FilmFrame frame;
    frame.picture = {1, 1, 1, false, 8, {static_cast<std::byte>(next_)}, {}, {}};
    frame.time = times_[next_++];
    frame.duration = next_ < times_.size() ? times_[next_] - frame.time : 100;
    return frame;
  }
  void skip_beyond(int64_t) override {}
  std::string note() const override { return "damaged at 0:00.000"; }

 private:
  std::vector<int64_t> times_;
  size_t next_ = 0;
};

FilmPlayer::Open numbers(std::vector<int64_t> times) {
  return [times] { return std::make_unique<Numbers>(times); };
}

/// Keeps what it is told, and waits for it.
struct Ear {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Raster> pictures;
  std::vector<Clock::time_point> at;
  std::optional<std::string> ended, failed;
  int opened = 0;

  FilmPlayer::Listener listener() {
    return {.opened = [this](const FilmInfo&) { change([&] { ++opened; }); },
            .frame =
                [this](Raster picture, Clock::time_point time) {
                  change([&] {
                    pictures.push_back(std::move(picture));
                    at.push_back(time);
                  });
                },
            .ended = [this](const std::string& note) { change([&] { ended = note; }); },
            .failed = [this](const std::exception& e) { change([&] { failed = e.what(); }); }};
  }
  void change(const std::function<void()>& how) {
    {
      const std::lock_guard lock(mutex);
      how();
    }
    changed.notify_all();
  }
  void wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex);
    changed.wait(lock, condition);
  }
};

TEST(Player, FramesComeWhenTheyAreDue) {
  Ear ear;
  bool early = false;
  FilmPlayer::Listener listener = ear.listener();
  listener.frame = [&, keep = listener.frame](Raster picture, Clock::time_point time) {
    early = early || Clock::now() < time;
    keep(std::move(picture), time);
  };
  FilmPlayer player(numbers({0, 40, 50, 130}), Pace::at_its_times, false, listener);
  ear.wait([&] { return ear.ended.has_value(); });
  EXPECT_FALSE(early);
  EXPECT_EQ(ear.ended, "damaged at 0:00.000");
  ASSERT_GE(ear.pictures.size(), 1U);
  // What was not left out is due at the film's own distances.
  const int64_t times[] = {0, 40, 50, 130};
  for (size_t i = 1; i < ear.pictures.size(); ++i) {
    const auto number = static_cast<size_t>(ear.pictures[i].samples[0]);
    EXPECT_EQ(ear.at[i] - ear.at[0], std::chrono::milliseconds(times[number])) << number;
  }
}

TEST(Player, WhatIsLateIsLeftOut) {
  Ear ear;
  FilmPlayer::Listener listener = ear.listener();
  listener.frame = [&, keep = listener.frame](Raster picture, Clock::time_point time) {
    keep(std::move(picture), time);
    // As if the first one took until the fifth is due.
    if (ear.pictures.size() > 1) return;
    while (Clock::now() < time + std::chrono::milliseconds(100)) std::this_thread::yield();
  };
  FilmPlayer player(numbers({0, 20, 40, 60, 80, 400}), Pace::at_its_times, false, listener);
  ear.wait([&] { return ear.ended.has_value(); });
  ASSERT_EQ(ear.pictures.size(), 3U);
  EXPECT_EQ(static_cast<int>(ear.pictures[1].samples[0]), 4);
  EXPECT_EQ(static_cast<int>(ear.pictures[2].samples[0]), 5);
}

TEST(Player, BeginsAgainUntilItIsToldNotTo) {
  Ear ear;
  FilmPlayer player(numbers({0, 1, 2}), Pace::at_its_times, true, ear.listener());
  ear.wait([&] { return ear.pictures.size() > 6; });
  player.repeat(false);
  ear.wait([&] { return ear.ended.has_value(); });
  EXPECT_EQ(ear.opened, 1);
}

TEST(Player, EndsWhileItWaits) {
  Ear ear;
  {
    FilmPlayer player(numbers({0, 3'600'000}), Pace::at_its_times, false, ear.listener());
    ear.wait([&] { return ear.pictures.size() == 1; });
  }
  EXPECT_FALSE(ear.ended);
}

TEST(Player, TellsWhyThereIsNoFilm) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "torn.mp4";
  std::ofstream(path) << "no film";
  Ear ear;
  FilmPlayer player([&] { return open_film(path, 1 << 20); }, Pace::at_its_times, false,
                    ear.listener());
  ear.wait([&] { return ear.failed.has_value(); });
  EXPECT_NE(ear.failed->find("not a film"), std::string::npos) << *ear.failed;
}

TEST(Player, PlaysARealFilmToItsEnd) {
  REQUIRE_FFMPEG();
  const TemporaryFolder folder;
  const auto film = test::make_film("-f lavfi -i testsrc2=size=64x48:rate=50:duration=0.4",
                                    folder.path() / "film.mp4");
  Ear ear;
  FilmPlayer player([&] { return open_film(film, 1 << 20); }, Pace::at_its_times, false,
                    ear.listener());
  ear.wait([&] { return ear.ended.has_value(); });
  EXPECT_EQ(ear.ended, "");
  EXPECT_GT(ear.pictures.size(), 0U);
  EXPECT_LE(ear.pictures.size(), 20U);
  EXPECT_EQ(ear.pictures[0].width, 64);
}

#define REQUIRE_CAMERAS() \
  if (!cameras_are_read()) GTEST_SKIP() << "this program was made without libavdevice"

/// FFmpeg's own test picture as an input device: what a camera's frames go through, without one.
TEST(Camera, FramesComeAsTheDeviceGivesThem) {
  REQUIRE_CAMERAS();
  const auto camera = open_camera("lavfi:testsrc2=size=64x48:rate=25,format=yuyv422");
  EXPECT_EQ(camera->info().width, 64);
  EXPECT_EQ(camera->info().height, 48);
  const auto first = camera->read();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->picture.height, 48);
  auto later = camera->read();
  for (int frame = 0; frame < 20; ++frame) later = camera->read();
  ASSERT_TRUE(later);
  EXPECT_NE(first->picture.samples, later->picture.samples);
}

TEST(Camera, OnesThatAreNotThereSaySo) {
  REQUIRE_CAMERAS();
  const auto reason = [](const std::string& address) -> std::string {
    try {
      open_camera(address);
    } catch (const FilmError& error) {
      return error.what();
    }
    return {};
  };
#ifdef __linux__
  EXPECT_EQ(reason("v4l2:/dev/no-such-camera"),
            "the camera is not there: plug it in and try again");
#endif
  EXPECT_NE(reason("webcam").find("v4l2:/dev/video0"), std::string::npos);
}

TEST(Camera, TheOneThatIsNamedIsListed) {
  REQUIRE_CAMERAS();
  ::setenv("IMAGO_CAMERA", "lavfi:testsrc2", 1);
  const std::vector<Camera> cameras = list_cameras();
  ::unsetenv("IMAGO_CAMERA");
  ASSERT_FALSE(cameras.empty());
  EXPECT_EQ(cameras[0].address, "lavfi:testsrc2");
}

}  // namespace
}  // namespace imago
