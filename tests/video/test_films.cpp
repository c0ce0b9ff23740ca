// Films read and written without a network between: frames, times, colours, sound, parts. Made and
// judged by the programs ffmpeg and ffprobe.
#include <cerrno>
#include <map>

#include "compute/base/atomic_file.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"
#include "tests/base/folder.h"
#include "tests/video/ffmpeg_command.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using test::ask;
using test::hashes_of;
using test::make_film;
using test::times_of;

constexpr int64_t kMostPixels = 1 << 22;

/// Frames whose times have gaps.
const std::string kUneven = "-vf \"select='not(mod(n,3))+not(mod(n,7))'\" -fps_mode vfr ";

std::string source(const std::string& size, double seconds) {
  return "-f lavfi -i testsrc2=size=" + size + ":rate=25:duration=" + std::to_string(seconds) + " ";
}

class Films : public testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }

  static FilmPlan plan(const fs::path& from, const fs::path& to, const VideoOptions& options = {}) {
    FilmPlan plan;
    plan.source = from;
    plan.output = to;
    plan.format = to.extension() == ".webp" ? "webp" : film_format_of(to);
    plan.info = open_film(from, kMostPixels)->info();
    plan.width = plan.info.width;
    plan.height = plan.info.height;
    plan.alpha = plan.info.alpha;
    plan.options = options;
    plan.made_by = "a test";
    plan.settings = "none";
    return plan;
  }

  /// Copies a film frame by frame; what writer and reader noted.
  static std::string copy(const FilmPlan& plan) {
    const auto reader = open_film(plan.source, kMostPixels);
    const auto writer = open_film_writer(plan);
    if (writer->frames_kept() > 0) reader->skip_beyond(writer->last_time());
    while (const std::optional<FilmFrame> frame = reader->read()) writer->write(*frame);
    writer->finish();
    return writer->note() + reader->note();
  }

  /// As if killed after so many frames.
  static void begin(const FilmPlan& plan, int frames) {
    const auto reader = open_film(plan.source, kMostPixels);
    const auto writer = open_film_writer(plan);
    for (int i = 0; i < frames; ++i) writer->write(*reader->read());
  }

  static std::string error_of(const FilmPlan& plan) {
    try {
      open_film_writer(plan);
    } catch (const FilmError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
};

TEST_F(Films, FramesAndUnevenTimesStay) {
  REQUIRE_FFMPEG();
  const fs::path from =
      make_film(source("62x46", 3) + kUneven + "-c:v ffv1 -pix_fmt bgr0", path("in.mkv"));
  EXPECT_EQ(copy(plan(from, path("out.mkv"), {.codec = "ffv1"})), "");
  const std::vector<std::string> times = times_of(from);
  ASSERT_EQ(times.size(), 32u);
  EXPECT_EQ(times_of(path("out.mkv")), times);
  EXPECT_EQ(hashes_of(path("out.mkv"), "v", true), hashes_of(from, "v", true));
  EXPECT_FALSE(fs::exists(parts_folder(path("out.mkv"))));
}

// B-frames are decoded before they are shown; where segments meet, too, and with uneven times.
TEST_F(Films, TimesStayWhereFramesAreReordered) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(
      source("64x48", 6) + kUneven + "-c:v libx264 -video_track_timescale 30000", path("in.mp4"));
  for (const char* name : {"out.mp4", "out.mov", "out.mkv"}) {
    SCOPED_TRACE(name);
    copy(plan(from, path(name)));
    EXPECT_EQ(times_of(path(name)), times_of(from));
    EXPECT_EQ(test::output_of("ffmpeg -v error -nostdin -i " + test::quoted(path(name)) +
                              " -enc_time_base 1:90000 -f null -"),
              "");
  }
  double last = -1;
  for (const std::string& time : ask(path("out.mp4"), "v:0", "packet=dts_time")) {
    EXPECT_GT(std::stod(time), last);
    last = std::stod(time);
  }
  const std::vector<std::string> kinds = ask(path("out.mp4"), "v:0", "frame=pict_type");
  EXPECT_GT(kinds.size(), 60u) << "more than a segment";
  EXPECT_NE(std::ranges::find(kinds, "B"), kinds.end()) << "nothing was reordered";
}

/// Seconds at which the packets of a stream begin, from the beginning of the film: what begins
/// below zero, as sound does of FFmpeg 7, is moved to it, with everything else.
std::vector<double> times_from_start(const fs::path& film, const std::string& stream) {
  const double start = std::stod(test::output_of(
      "ffprobe -v error -show_entries format=start_time -of csv=p=0 " + test::quoted(film)));
  std::vector<double> times;
  for (const std::string& time : ask(film, stream, "packet=pts_time"))
    times.push_back(std::stod(time) - start);
  return times;
}

void expect_same_times(const fs::path& film, const fs::path& like, const std::string& stream) {
  constexpr double kUnit = 0.001;  // of Matroska
  const std::vector<double> times = times_from_start(film, stream);
  const std::vector<double> wanted = times_from_start(like, stream);
  ASSERT_EQ(times.size(), wanted.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], wanted[i], 1.01 * kUnit);
}

TEST_F(Films, SoundTracksSubtitlesAndChaptersGoAlong) {
  REQUIRE_FFMPEG();
  write_text(path("words.srt"), "1\n00:00:00,500 --> 00:00:01,500\nHello\n\n");
  write_text(path("chapters.txt"),
             ";FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\n"
             "title=One\n");
  const fs::path from =
      make_film(source("64x48", 2) + "-f lavfi -i sine=440:d=2 -f lavfi -i sine=880:d=2 -i " +
                    test::quoted(path("words.srt")) + " -i " + test::quoted(path("chapters.txt")) +
                    " -map 0 -map 1 -map 2 -map 3 -map_metadata 4 -c:v libx264 -c:a aac "
                    "-metadata:s:a:1 language=deu",
                path("in.mkv"));
  copy(plan(from, path("out.mkv")));
  for (const char* stream : {"a:0", "a:1", "s:0"}) {
    SCOPED_TRACE(stream);
    const std::vector<std::string> packets = hashes_of(from, stream, false);
    EXPECT_FALSE(packets.empty());
    EXPECT_EQ(hashes_of(path("out.mkv"), stream, false), packets);
    expect_same_times(path("out.mkv"), from, stream);
  }
  EXPECT_EQ(ask(path("out.mkv"), "a:1", "stream_tags=language"), std::vector<std::string>{"deu"});
  // Where the container writes words in another way, these.
  copy(plan(from, path("out.mp4")));
  make_film("-i " + test::quoted(path("out.mp4")) + " -map 0:s", path("again.srt"));
  make_film("-i " + test::quoted(from) + " -map 0:s", path("before.srt"));
  EXPECT_NE(content_of(path("before.srt")).find("Hello"), std::string::npos);
  EXPECT_EQ(content_of(path("again.srt")), content_of(path("before.srt")));
  const std::string about = test::output_of("ffprobe -v error -show_chapters -show_format " +
                                            test::quoted(path("out.mkv")));
  EXPECT_NE(about.find("TAG:title=One"), std::string::npos) << about;
  EXPECT_NE(about.find("TAG:title=A film"), std::string::npos) << about;
  EXPECT_NE(about.find("a test"), std::string::npos) << about;
}

TEST_F(Films, FramesStandUpright) {
  REQUIRE_FFMPEG();
  for (const char* angle : {"90", "180", "270"}) {
    SCOPED_TRACE(angle);
    make_film(source("62x46", 0.2) + "-c:v qtrle", path("flat.mov"));
    const fs::path from =
        test::turned_film(path("flat.mov"), angle, path(std::string("in") + angle + ".mov"));
    const fs::path to = path(std::string("out") + angle + ".mkv");
    copy(plan(from, to, {.codec = "ffv1"}));
    // ffmpeg turns upright what it decodes, by itself.
    EXPECT_EQ(hashes_of(to, "v", true), hashes_of(from, "v", true));
    EXPECT_NE(hashes_of(to, "v", true), hashes_of(path("flat.mov"), "v", true));
  }
}

TEST_F(Films, MatrixAndRangeAreHeeded) {
  REQUIRE_FFMPEG();
  for (const char* matrix : {"bt709", "smpte170m", "bt2020nc"})
    for (const char* range : {"tv", "pc"}) {
      SCOPED_TRACE(std::string(matrix) + " " + range);
      const std::string said = std::string("-colorspace ") + matrix + " -color_range " + range;
      const std::string scaler = matrix == std::string("smpte170m")  ? "bt601"
                                 : matrix == std::string("bt2020nc") ? "bt2020"
                                                                     : matrix;
      const fs::path from = make_film(
          "-f lavfi -i color=0xD04020:size=64x48:rate=25:duration=0.2,format=rgb24,"
          "scale=flags=accurate_rnd:out_color_matrix=" +
              scaler + ":out_range=" + range + ",format=yuv444p -c:v ffv1 " + said,
          path("in.mkv"));
      const std::optional<FilmFrame> frame = open_film(from, kMostPixels)->read();
      ASSERT_TRUE(frame);
      const std::byte* pixel = frame->picture.row(20);
      EXPECT_NEAR(static_cast<int>(pixel[0]), 0xD0, 2);
      EXPECT_NEAR(static_cast<int>(pixel[1]), 0x40, 2);
      EXPECT_NEAR(static_cast<int>(pixel[2]), 0x20, 2);

      copy(plan(from, path("out.mp4")));
      EXPECT_EQ(ask(path("out.mp4"), "v:0", "stream=color_range,color_space"),
                (std::vector<std::string>{std::string(range) + "," + matrix}));
      const std::optional<FilmFrame> again = open_film(path("out.mp4"), kMostPixels)->read();
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(static_cast<int>(again->picture.row(20)[c]), static_cast<int>(pixel[c]), 3);
    }
}

TEST_F(Films, DepthAndPixelsThatAreNotSquareStay) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(source("64x48", 0.2) +
                                      "-vf setsar=4/3 -c:v libx265 -pix_fmt yuv420p10le "
                                      "-x265-params log-level=none",
                                  path("in.mkv"));
  EXPECT_EQ(open_film(from, kMostPixels)->info().bits, 16);
  copy(plan(from, path("out.mp4"), {.codec = "hevc"}));
  EXPECT_EQ(ask(path("out.mp4"), "v:0", "stream=codec_tag_string,pix_fmt,sample_aspect_ratio"),
            (std::vector<std::string>{"hvc1,4:3,yuv420p10le"}));
}

// By the names that people call them; FFmpeg's own encoders may be missing elsewhere.
TEST_F(Films, CodecsByName) {
  REQUIRE_FFMPEG();
  const fs::path from =
      make_film(source("64x64", 0.2) + "-c:v ffv1 -pix_fmt yuv420p", path("in.mkv"));
  const std::vector<std::string> times = times_of(from);
  for (const auto& [name, codec] : std::map<std::string, std::string>{{"h264.mp4", "h264"},
                                                                      {"hevc.mov", "H265"},
                                                                      {"av1.mkv", "av1"},
                                                                      {"vp9.webm", "vp9"},
                                                                      {"vp8.webm", "vp8"},
                                                                      {"prores.mov", "prores"},
                                                                      {"mjpeg.mkv", "mjpeg"},
                                                                      {"ffv1.mkv", "ffv1"}}) {
    SCOPED_TRACE(name);
    testing::internal::CaptureStderr();
    copy(plan(from, path(name), {.codec = codec}));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(times_of(path(name)), times);
    EXPECT_EQ(ask(path(name), "v:0", "stream=codec_name"),
              std::vector<std::string>{name.substr(0, name.find('.'))});
  }
  copy(plan(from, path("lossless.mp4"), {.codec = "h264", .quality = 100}));
  EXPECT_EQ(hashes_of(path("lossless.mp4"), "v", true), hashes_of(path("ffv1.mkv"), "v", true));
}

// Without loss: with it, one time in a hundred libx264 makes slightly other frames of the same (it
// decides by memory that nothing was written to).
TEST_F(Films, GoesOnWithTheSameFramesAfterAKill) {
  REQUIRE_FFMPEG();
  const VideoOptions lossless = {.codec = "", .quality = 100};
  const fs::path from = make_film(source("64x48", 8) + "-f lavfi -i sine=440:d=8 " + kUneven +
                                      "-c:v libx264 -c:a aac -shortest",
                                  path("in.mp4"));
  copy(plan(from, path("whole.mp4"), lossless));

  const FilmPlan killed = plan(from, path("out.mp4"), lossless);
  begin(killed, 75);  // one segment of 60, and what is lost
  EXPECT_FALSE(fs::exists(path("out.mp4")));
  EXPECT_EQ(open_film_writer(killed)->frames_kept(), 60);
  EXPECT_NE(copy(killed).find("goes on after the 60 frames"), std::string::npos);
  EXPECT_EQ(hashes_of(path("out.mp4"), "v", true), hashes_of(path("whole.mp4"), "v", true));
  EXPECT_EQ(times_of(path("out.mp4")), times_of(from));
  EXPECT_FALSE(fs::exists(parts_folder(path("out.mp4"))));
}

TEST_F(Films, BeginsAnewWithOtherSettings) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(source("64x48", 3) + "-c:v libx264", path("in.mp4"));
  begin(plan(from, path("out.mp4")), 70);
  const FilmPlan other = plan(from, path("out.mp4"), {.codec = "", .quality = 40});
  const auto writer = open_film_writer(other);
  EXPECT_EQ(writer->frames_kept(), 0);
  EXPECT_NE(writer->note().find("begun anew"), std::string::npos) << writer->note();
  try {
    open_film_writer(other);
    ADD_FAILURE() << "two at once";
  } catch (const FilmError& error) {
    EXPECT_NE(std::string(error.what()).find("by another imago"), std::string::npos);
  }
}

TEST_F(Films, FullDiskKeepsWhatIsDone) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(source("64x48", 6) + "-c:v libx264", path("in.mp4"));
  const FilmPlan full = plan(from, path("out.mp4"));
  const auto fails_at = [&](const fs::path& place) {
    set_file_hook([place](const char* operation, const fs::path& file) {
      return std::string(operation) == "write" && file == place ? ENOSPC : 0;
    });
    std::string message;
    try {
      copy(full);
    } catch (const Error& error) {
      message = error.what();
    }
    set_file_hook({});
    EXPECT_NE(message.find("No space left"), std::string::npos) << message;
    EXPECT_FALSE(fs::exists(path("out.mp4")));
  };
  fails_at(parts_folder(path("out.mp4")) / "000001.segment");
  EXPECT_EQ(open_film_writer(full)->frames_kept(), 60);
  fails_at(path("out.mp4"));
  EXPECT_EQ(open_film_writer(full)->frames_kept(), 150);
  copy(full);
  EXPECT_EQ(times_of(path("out.mp4")), times_of(from));
}

TEST_F(Films, DamageIsNamedByItsTime) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(source("128x96", 4) + "-c:v libx264 -g 25 -bf 0", path("in.mkv"));
  std::string content = content_of(from);
  for (size_t i = content.size() / 2; i < content.size() / 2 + 900; ++i)
    content[i] = static_cast<char>(content[i] ^ 0x5a);
  write_text(path("damaged.mkv"), content);
  const std::string note = copy(plan(path("damaged.mkv"), path("out.mkv")));
  EXPECT_TRUE(note.starts_with("damaged ")) << note;
  EXPECT_NE(note.find("0:0"), std::string::npos) << note;
  // What is beyond the damage is there.
  const std::vector<std::string> times = times_of(path("out.mkv"));
  EXPECT_GT(times.size(), 80u);
  EXPECT_EQ(times.back(), times_of(from).back());

  write_text(path("cut.mp4"), content.substr(0, 3000));
  EXPECT_THROW(open_film(path("nothing.mp4"), kMostPixels), FilmError);
}

TEST_F(Films, WhatCannotBeMadeIsSaidBefore) {
  REQUIRE_FFMPEG();
  const fs::path from =
      make_film(source("64x48", 0.2) + "-f lavfi -i sine=440:d=0.2 -c:v libx264 -c:a wavpack",
                path("in.mkv"));
  const auto says = [&](const std::string& name, const std::string& codec,
                        const std::vector<std::string>& words) {
    const std::string message = error_of(plan(from, path(name), {.codec = codec}));
    for (const std::string& word : words)
      EXPECT_NE(message.find(word), std::string::npos) << word << ": " << message;
    EXPECT_FALSE(fs::exists(parts_folder(path(name))));
  };
  says("out.mp4", "", {"wavpack", "mp4 cannot hold", "mkv"});
  says("out.webm", "h264", {"h264 does not go into webm", "vp9"});
  says("out.mkv", "h267", {"no codec 'h267'", "h264", "ffv1"});
  says("out.mkv", "aac", {"no codec 'aac'"});
}

TEST_F(Films, WhatIsNoFilm) {
  REQUIRE_FFMPEG();
  make_film(source("64x48", 0.2) + "-c:v libx264", path("real.mp4"));
  write_text(path("list.mp4"), "#EXTM3U\n#EXTINF:1,\nreal.mp4\n#EXT-X-ENDLIST\n");
  write_text(path("other.mp4"), "ffconcat version 1.0\nfile real.mp4\n");
  write_text(path("text.mp4"), "only text");
  write_text(path("empty.mp4"), "");
  make_film("-f lavfi -i sine=440:d=0.2", path("sound.mp4"));
  for (const char* name : {"list.mp4", "other.mp4", "text.mp4", "empty.mp4", "sound.mp4"})
    EXPECT_THROW(open_film(path(name), kMostPixels), FilmError) << name;
  EXPECT_THROW(open_film(path("real.mp4"), 64 * 48 - 1), FilmError);
}

class Animations : public Films {};

const std::string kMovingBars = "-f lavfi -i pal75bars=size=62x46:rate=10:duration=2 ";

// A picture of few colours comes through a palette unchanged.
TEST_F(Animations, GifsAndApngsComeInAndGoOut) {
  REQUIRE_FFMPEG();
  const fs::path gif = make_film(
      kMovingBars + "-vf \"scroll=h=0.1,select='not(mod(n,3))'\" -fps_mode vfr", path("in.gif"));
  ASSERT_EQ(times_of(gif).size(), 7u);
  EXPECT_TRUE(is_moving(gif));
  for (const char* name : {"out.gif", "out.apng"}) {
    SCOPED_TRACE(name);
    copy(plan(gif, path(name)));
    EXPECT_EQ(times_of(path(name)), times_of(gif));
    EXPECT_EQ(hashes_of(path(name), "v", true), hashes_of(gif, "v", true));
    EXPECT_FALSE(fs::exists(parts_folder(path(name))));
  }
  copy(plan(path("out.apng"), path("again.gif")));
  EXPECT_EQ(hashes_of(path("again.gif"), "v", true), hashes_of(gif, "v", true));
}

// Where a frame is transparent nothing of the one before it shows.
TEST_F(Animations, TransparencyStays) {
  REQUIRE_FFMPEG();
  const fs::path from = make_film(source("62x46", 0.2) +
                                      "-vf \"format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
                                      "a='255*lt(mod(X+Y+9*N,40),20)'\"",
                                  path("in.apng"));
  for (const char* name : {"out.gif", "out.apng", "out.webp"}) {
    SCOPED_TRACE(name);
    copy(plan(from, path(name), {.codec = "", .quality = 100}));
    const auto before = open_film(from, kMostPixels), after = open_film(path(name), kMostPixels);
    int frames = 0;
    while (const std::optional<FilmFrame> a = before->read()) {
      const std::optional<FilmFrame> b = after->read();
      ASSERT_TRUE(b);
      ASSERT_TRUE(a->picture.alpha && b->picture.alpha);
      ASSERT_EQ(a->picture.samples.size(), b->picture.samples.size());
      size_t transparent = 0, different = 0;
      for (size_t i = 3; i < a->picture.samples.size(); i += 4) {
        const bool gone = a->picture.samples[i] < std::byte{128};
        transparent += gone ? 1 : 0;
        different += gone != (b->picture.samples[i] < std::byte{128}) ? 1 : 0;
      }
      EXPECT_GT(transparent, 100u);
      EXPECT_EQ(different, 0u) << "frame " << frames;
      ++frames;
    }
    EXPECT_EQ(frames, 5);
  }
}

TEST_F(Animations, WebpsComeInAndGoOut) {
  REQUIRE_FFMPEG();
  const fs::path gif = make_film(kMovingBars + "-vf scroll=h=0.1", path("in.gif"));
  copy(plan(gif, path("out.webp"), {.codec = "", .quality = 100}));
  EXPECT_TRUE(is_moving(path("out.webp")));
  copy(plan(path("out.webp"), path("again.gif")));
  EXPECT_EQ(hashes_of(path("again.gif"), "v", true), hashes_of(gif, "v", true));
  EXPECT_EQ(times_of(path("again.gif")), times_of(gif));
}

TEST_F(Films, OfFramesThatNoFilmHad) {
  for (const char* name : {"made.mp4", "made.mkv", "made.gif"}) {
    SCOPED_TRACE(name);
    FilmPlan plan;
    plan.output = path(name);
    plan.format = film_format_of(plan.output);
    plan.info.unit = {1, 25};
    plan.info.rate = {25, 1};
    plan.width = 64;
    plan.height = 48;
    plan.made_by = "a test";
    const auto write = [&](int frames) {
      const auto writer = open_film_writer(plan);
      EXPECT_EQ(writer->frames_kept(), 0);  // nothing says that what was begun before is the same
      for (int i = 0; i < frames; ++i) {
        FilmFrame frame;
        frame.picture.width = 64;
        frame.picture.height = 48;
        frame.picture.samples.assign(64 * 48 * 3, static_cast<std::byte>(20 * i));
        frame.time = 2 * i;
        frame.duration = 2;
        writer->write(frame);
      }
      if (frames == 10) writer->finish();
    };
    write(3);  // and no end
    write(10);
    const auto reader = open_film(plan.output, kMostPixels);
    const double unit = static_cast<double>(reader->info().unit.numerator) /
                        static_cast<double>(reader->info().unit.denominator);
    int frames = 0;
    while (const std::optional<FilmFrame> frame = reader->read()) {
      EXPECT_NEAR(static_cast<double>(frame->time) * unit, 0.08 * frames, 0.002);
      EXPECT_NEAR(static_cast<int>(frame->picture.samples.at(0)), 20 * frames, 6);
      ++frames;
    }
    EXPECT_EQ(frames, 10);
  }
}

}  // namespace
}  // namespace imago
