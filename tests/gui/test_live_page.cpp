// The Live page as a person uses it: films, cameras and the screen through a model, recorded.
#include <QAction>
#include <QComboBox>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QtTest>

#include "gui/live/live_page.h"
#include "gui/live/screen_source.h"
#include "gui/live/twin_view.h"
#include "gui/session/session.h"
#include "gui/session/stream_session.h"
#include "models/video/camera.h"
#include "tests/gui/fixture.h"
#include "tests/video/ffmpeg_command.h"

namespace imago::gui {
namespace {

/// With a model whose result is the frame itself, so that every result is known.
class LiveTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    writeModel(file("models/copy.safetensors"), 1, 4, 1);
    startLive();
  }

  void startLive(const QString& model = "copy") {
    QSettings().setValue("live/model", file("models/" + model + ".safetensors"));
    start();
    window_->showPage(live());
    ASSERT_TRUE(waitFor([&] { return child<QComboBox>("liveModel")->currentText() == model; }));
  }

  LivePage& live() const { return window_->livePage(); }
  TwinView& view() const { return *child<TwinView>("liveView"); }
  QString rate() const { return child<QLabel>("liveRate")->text(); }
  bool shows() const {
    return waitFor([&] { return !view().after().isNull(); });
  }

  /// FFmpeg's own test picture for so long, 25 frames a second.
  QString makeFilm(const QString& name, double seconds, const QString& size = "64x48") const {
    const std::string source = "-f lavfi -i testsrc2=rate=25:size=" + size.toStdString() +
                               ":duration=" + std::to_string(seconds);
    test::make_film(source, file(name).toStdString());
    return file(name);
  }
  /// A screen of one colour that changes.
  void fakeScreen(const QSize& size) const {
    live().screenSource().setGrab([size, n = 0](const QRect&) mutable {
      QImage picture(size, QImage::Format_RGB32);
      picture.fill(QColor(40 + (n++ % 100), 90, 160));
      return picture;
    });
  }
};

TEST_F(LiveTest, AFilmPlaysThroughTheModel) {
  REQUIRE_FFMPEG();
  EXPECT_EQ(live().actions().play->text(), "&Start");
  fileToOpen_ = makeFilm("film.mp4", 1.2);
  press(Qt::Key_O, Qt::ControlModifier);
  EXPECT_TRUE(live().isPlaying());
  EXPECT_EQ(live().actions().play->text(), "&Stop");
  ASSERT_TRUE(shows()) << banner("liveBanner").toStdString();
  EXPECT_EQ(view().after(), view().before());
  EXPECT_EQ(view().after().size(), QSize(64, 48));
  const QImage first = view().before();
  ASSERT_TRUE(waitFor([&] { return rate().contains("of 25 frames a second"); }))
      << rate().toStdString();
  EXPECT_TRUE(rate().contains("ms from source to picture"));
  ASSERT_TRUE(waitFor([&] { return !live().isPlaying(); }));
  EXPECT_NE(view().before(), first);
  EXPECT_EQ(rate(), "");
  EXPECT_EQ(banner("liveBanner"), "");
}

TEST_F(LiveTest, TheNumbersFollow) {
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(waitFor([&] { return rate().contains("frames a second"); }));
  const QString first = rate();
  // On a quiet machine the numbers of the same pictures may stay: these take longer.
  fakeScreen({640, 480});
  live().setRegion({0, 0, 640, 480});
  EXPECT_TRUE(waitFor([&] { return rate().contains("frames a second") && rate() != first; }))
      << rate().toStdString();
}

TEST_F(LiveTest, FramesAreReducedAndEnlargedAsWanted) {
  startLive("fast");  // twice the size
  fakeScreen({640, 480});
  auto* sides = child<QComboBox>("liveSide");
  sides->setCurrentIndex(sides->findData(128));
  live().setRegion({0, 0, 640, 480});
  ASSERT_TRUE(shows());
  EXPECT_EQ(view().before().size(), QSize(170, 128));
  EXPECT_EQ(view().after().size(), QSize(340, 256));
  sides->setCurrentIndex(sides->findData(192));
  emit sides->activated(sides->currentIndex());
  EXPECT_TRUE(waitFor([&] { return view().before().size() == QSize(256, 192); }));
}

TEST_F(LiveTest, ModelsThatAskForItAreSmoothOrFast) {
  EXPECT_FALSE(child<QCheckBox>("liveSmooth")->isVisible());
  writeModel(file("models/grid.safetensors"), 1, 4, 1, {{"imago_shifts", "4"}});
  startLive("grid");
  auto* smooth = child<QCheckBox>("liveSmooth");
  ASSERT_TRUE(waitFor([&] { return smooth->isVisible(); }));
  EXPECT_TRUE(smooth->text().contains("4 times slower")) << smooth->text().toStdString();
  EXPECT_FALSE(smooth->isChecked());
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(shows());
  press(Qt::Key_S);
  EXPECT_TRUE(smooth->isChecked());
  Heard made(&live().stream(), &StreamSession::made);
  EXPECT_TRUE(waitFor([&] { return made.count() > 2; }));
  startLive("grid");
  EXPECT_TRUE(child<QCheckBox>("liveSmooth")->isChecked()) << "it is remembered";
}

TEST_F(LiveTest, SideBySideOrWithADivider) {
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(shows());
  EXPECT_LT(view().beforeRect().right(), view().afterRect().left());
  press(Qt::Key_D);
  EXPECT_EQ(view().beforeRect(), view().afterRect());
  const QRectF place = view().afterRect();
  QTest::mouseClick(&view(), Qt::LeftButton, {},
                    QPointF(place.left() + place.width() / 4, place.center().y()).toPoint());
  EXPECT_NEAR(view().divider(), 0.25, 0.02);
  QTest::keyClick(&view(), Qt::Key_Right);
  EXPECT_NEAR(view().divider(), 0.27, 0.02);
}

TEST_F(LiveTest, WhatIsSeenIsRecorded) {
  REQUIRE_FFMPEG();
  startLive("fast");
  EXPECT_FALSE(live().actions().record->isEnabled());
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(shows());
  ASSERT_TRUE(waitFor([&] { return live().actions().record->isEnabled(); }));
  fileToSave_ = file("seen.mp4");
  Heard made(&live().stream(), &StreamSession::made);
  press(Qt::Key_R, Qt::ControlModifier);
  EXPECT_TRUE(live().actions().record->isChecked());
  EXPECT_TRUE(child<QLabel>("liveRecording")->isVisible());
  ASSERT_TRUE(waitFor([&] { return made.count() > 12; }));
  live().actions().record->trigger();
  EXPECT_FALSE(live().actions().record->isChecked());
  EXPECT_TRUE(live().isPlaying());
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  const std::string film = fileToSave_.toStdString();
  EXPECT_EQ(test::ask(film, "v:0", "stream=width,height"), std::vector<std::string>{"128,96"});
  EXPECT_GT(test::times_of(film).size(), 5U);
  const std::string words = test::output_of(
      "ffprobe -v error -show_entries format_tags -of csv=p=0 " + test::quoted(film));
  EXPECT_NE(words.find("Made with a trained model: Imago"), std::string::npos) << words;
  EXPECT_FALSE(QFile::exists(fileToSave_ + ".imago"));
}

TEST_F(LiveTest, ThePictureThatIsSeenIsSaved) {
  EXPECT_FALSE(live().actions().save->isEnabled());
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(waitFor([&] { return live().actions().save->isEnabled(); }));
  live().actions().play->trigger();  // what was seen last stays
  const QImage seen = view().after();
  nameToSave_ = file("seen.png");
  Heard saved(&live().stream(), &StreamSession::pictureSaved);
  press(Qt::Key_S, Qt::ControlModifier);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  EXPECT_EQ(QImage(nameToSave_).convertToFormat(QImage::Format_RGB888),
            seen.convertToFormat(QImage::Format_RGB888));
  nameToSave_ = file("nowhere/seen.png");
  press(Qt::Key_S, Qt::ControlModifier);
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("Not saved"); }));
}

TEST_F(LiveTest, ARecordingThatCannotBeIsTold) {
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(shows());
  ASSERT_TRUE(waitFor([&] { return live().actions().record->isEnabled(); }));
  fileToSave_ = file("models/copy.safetensors/film.mp4");
  live().actions().record->trigger();
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("Not recorded: "); }))
      << banner("liveBanner").toStdString();
  EXPECT_FALSE(live().actions().record->isChecked());
  EXPECT_TRUE(live().isPlaying());
}

/// Run as a process of its own by DiskFull, on a disk with little more room than is left free.
TEST_F(LiveTest, DISABLED_OnASmallDisk) {
  REQUIRE_FFMPEG();
  // Noise is large however it is encoded.
  live().screenSource().setGrab([n = 1u](const QRect&) mutable {
    QImage picture(256, 256, QImage::Format_RGB32);
    for (int y = 0; y < 256; ++y)
      for (int x = 0; x < 256; ++x) picture.setPixel(x, y, (n = n * 1664525u + 1013904223u) >> 8);
    return picture;
  });
  live().setRegion({0, 0, 256, 256});
  ASSERT_TRUE(shows());
  ASSERT_TRUE(waitFor([&] { return live().actions().record->isEnabled(); }));
  fileToSave_ = smallDisk() + "/film.mp4";
  live().actions().record->trigger();
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("nearly full"); }, 120000))
      << banner("liveBanner").toStdString();
  EXPECT_FALSE(live().actions().record->isChecked());
  EXPECT_TRUE(live().isPlaying());
  EXPECT_GT(test::times_of(fileToSave_.toStdString()).size(), 20U);
}

TEST_F(LiveTest, DiskFull) { runOnSmallDisk("LiveTest.DISABLED_OnASmallDisk", "66m"); }

TEST_F(LiveTest, DamagedFilmsAreNamed) {
  REQUIRE_FFMPEG();
  writeFile("torn.mp4", "no film at all");
  live().openFilm(file("torn.mp4"));
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("torn.mp4 cannot be played"); }));
  EXPECT_TRUE(banner("liveBanner").contains("not a film", Qt::CaseInsensitive))
      << banner("liveBanner").toStdString();
  EXPECT_FALSE(live().isPlaying());

  // One that breaks in the middle plays, and says where.
  QFile film(makeFilm("broken.ts", 1));
  ASSERT_TRUE(film.open(QIODevice::ReadWrite));
  const qint64 size = film.size();
  film.seek(size / 2);
  film.write(QByteArray(static_cast<int>(size / 4), '\x55'));
  film.close();
  live().openFilm(film.fileName());
  ASSERT_TRUE(shows());
  ASSERT_TRUE(waitFor([&] { return !live().isPlaying(); }));
  EXPECT_TRUE(banner("liveBanner").contains("damaged")) << banner("liveBanner").toStdString();
}

TEST_F(LiveTest, AModelThatIsRefusedIsTold) {
  writeFile("torn.safetensors", "torn");
  modelToOpen_ = file("torn.safetensors");
  live().actions().openModel->trigger();
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("torn cannot be used"); }))
      << banner("liveBanner").toStdString();
  // One that was good when it was listed.
  startLive();
  writeFile("models/copy.safetensors", "torn");
  fakeScreen({64, 48});
  auto* models = child<QComboBox>("liveModel");
  emit models->activated(models->currentIndex());
  ASSERT_TRUE(waitFor([&] { return !banner("liveBanner").isEmpty(); }));
  writeModel(file("models/copy.safetensors"), 1, 4, 1);
  live().setRegion({0, 0, 64, 48});
  EXPECT_TRUE(shows()) << banner("liveBanner").toStdString();
  EXPECT_EQ(banner("liveBanner"), "");
}

TEST_F(LiveTest, NoFrameWaitsForAnother) {
  writeModel(file("models/slow.safetensors"), 6, 32, 1);
  startLive("slow");
  int taken = 0;
  live().screenSource().setGrab([&taken](const QRect&) {
    QImage picture(256, 256, QImage::Format_RGB32);
    ++taken;
    picture.fill(QColor(0, taken / 256, taken % 256));
    return picture;
  });
  live().setRegion({0, 0, 256, 256});
  std::vector<int> shown, takenThen;
  QObject context;
  QObject::connect(&live().stream(), &StreamSession::made, &context, [&](const StreamFrame& frame) {
    const QRgb number = frame.before.pixel(0, 0);
    shown.push_back(256 * qGreen(number) + qBlue(number));
    takenThen.push_back(taken);
  });
  ASSERT_TRUE(waitFor([&] { return shown.size() >= 6; }));
  // Each was the newest when the one before it was done; a few come until that is told.
  for (size_t i = 1; i < shown.size(); ++i)
    EXPECT_GT(shown[i], takenThen[i - 1] - 5) << i << " of " << taken << " taken";
}

TEST_F(LiveTest, TheDesktopMayRefuseTheScreen) {
  live().screenSource().setGrab([](const QRect&) { return QImage(); });
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(waitFor([&] { return banner("liveBanner").contains("X11"); }));
  EXPECT_FALSE(live().isPlaying());
}

TEST_F(LiveTest, ACameraPlays) {
  if (!cameras_are_read()) GTEST_SKIP() << "this program was made without libavdevice";
  qputenv("IMAGO_CAMERA", "lavfi:testsrc2=size=64x48:rate=25,realtime");
  Heard listed(&live().stream(), &StreamSession::camerasListed);
  live().stream().listCameras();
  ASSERT_TRUE(waitFor([&] { return listed.count() > 0; }));
  qunsetenv("IMAGO_CAMERA");
  auto* sources = child<QComboBox>("liveSource");
  sources->setCurrentIndex(2);
  emit sources->activated(2);
  EXPECT_TRUE(sources->currentText().startsWith("lavfi:"));
  live().actions().play->trigger();
  ASSERT_TRUE(shows()) << banner("liveBanner").toStdString();
  EXPECT_EQ(view().after(), view().before());
  live().actions().play->trigger();
  EXPECT_FALSE(live().isPlaying());
}

TEST_F(LiveTest, WithoutACameraItSaysWhatToDo) {
  emit live().stream().camerasListed({}, {});
  auto* sources = child<QComboBox>("liveSource");
  sources->setCurrentIndex(2);
  emit sources->activated(2);
  EXPECT_EQ(sources->currentText(), "Camera");
  live().actions().play->trigger();
  EXPECT_TRUE(banner("liveBanner").contains("Plug one in")) << banner("liveBanner").toStdString();
  EXPECT_FALSE(live().isPlaying());
}

TEST_F(LiveTest, UnseenNothingIsWatchedUnlessItIsRecorded) {
  fakeScreen({64, 48});
  live().setRegion({0, 0, 64, 48});
  ASSERT_TRUE(shows());
  window_->showPage(page());
  EXPECT_FALSE(live().isPlaying());
  window_->showPage(live());
  live().actions().play->trigger();
  ASSERT_TRUE(waitFor([&] { return live().actions().record->isEnabled(); }));
  fileToSave_ = file("kept.gif");
  live().actions().record->trigger();
  window_->showPage(page());
  EXPECT_TRUE(live().isPlaying());
  live().actions().record->trigger();
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  EXPECT_TRUE(waitFor([&] { return !live().isPlaying(); }));
}

TEST_F(LiveTest, ClosingWaitsForTheRecordingAndForNothingElse) {
  writeModel(file("models/slow.safetensors"), 4, 32, 1);
  startLive("slow");
  fakeScreen({256, 256});
  live().setRegion({0, 0, 256, 256});
  ASSERT_TRUE(shows());
  ASSERT_TRUE(waitFor([&] { return live().actions().record->isEnabled(); }));
  fileToSave_ = file("last.gif");
  live().actions().record->trigger();
  ASSERT_TRUE(live().actions().record->isChecked());
  EXPECT_FALSE(window_->close());
  ASSERT_TRUE(waitFor([&] { return !window_->isVisible(); }));
  EXPECT_TRUE(QFile::exists(fileToSave_));
  window_.reset();

  startLive("slow");
  fakeScreen({256, 256});
  live().setRegion({0, 0, 256, 256});
  ASSERT_TRUE(shows());
  EXPECT_TRUE(window_->close());
  window_.reset();
}

}  // namespace
}  // namespace imago::gui
