// A device that is lost in the middle of the work: told, nothing broken left behind, and the next
// try opens it anew.
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QImageReader>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QtTest>

#include "compute/vk/loader_hook.h"
#include "gui/draw/canvas_view.h"
#include "gui/draw/draw_page.h"
#include "gui/draw/picture_view.h"
#include "gui/library/library_page.h"
#include "gui/live/live_page.h"
#include "gui/live/screen_source.h"
#include "gui/live/twin_view.h"
#include "gui/playground/play_controls.h"
#include "gui/playground/play_side.h"
#include "gui/playground/playground_page.h"
#include "gui/session/playground_session.h"
#include "gui/session/session.h"
#include "gui/session/stream_session.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago::gui {
namespace {

/// On a driver that fails when told to.
class DeviceLostTest : public TrainTest {
 protected:
  void SetUp() override {
    set_faults({});
    set_vulkan_loader(faulty_get_instance_proc_addr());
    TrainTest::SetUp();
  }
  void TearDown() override {
    window_.reset();  // before the loader goes
    set_faults({});
    set_vulkan_loader(nullptr);
    TrainTest::TearDown();
  }

  /// From the `call`-th call on.
  static void loseDevice(int64_t call) {
    Faults faults;
    faults.call = call;
    faults.error = VK_ERROR_DEVICE_LOST;
    faults.for_good = true;
    set_faults(faults);
  }
  QStringList written() const {
    return QDir(folder_.path()).entryList({"*_fast.png*"}, QDir::Files);
  }
};

TEST_F(DeviceLostTest, ABatchSaysSoAtEachPhotoAndGoesOnWhenTriedAgain) {
  window_->showPage(page());
  QStringList photos;
  for (int i = 0; i < 6; ++i) photos.append(makePicture(QString("%1.png").arg(i), 40, 30));
  open(photos);
  for (int time = 0; time < 2; ++time) {  // the first one also opens the device
    set_faults({});
    translateAll();
    ASSERT_EQ(page().photos().count(PhotoState::done), 6);
    for (const QString& name : written()) ASSERT_TRUE(QFile::remove(file(name)));
  }
  loseDevice(observed().calls / 2);
  translateAll();
  EXPECT_GT(page().photos().count(PhotoState::failed), 0);
  for (const Photo& photo : page().photos().photos()) {
    if (photo.state != PhotoState::failed) continue;
    EXPECT_TRUE(photo.reason.contains("device", Qt::CaseInsensitive)) << photo.reason.toStdString();
  }
  for (const QString& name : written())  // whole or absent
    EXPECT_FALSE(QImage(file(name)).isNull()) << name.toStdString();

  set_faults({});  // the driver has recovered
  page().actions().retryFailed->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  EXPECT_EQ(page().photos().count(PhotoState::failed), 0) << photo(5).reason.toStdString();
  EXPECT_EQ(written().size(), 6);
}

TEST_F(DeviceLostTest, ATrainingSaysSoAndCanBeResumed) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(3));
  loseDevice(1);
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  EXPECT_TRUE(banner("trainBanner").startsWith("pairs: ")) << banner("trainBanner").toStdString();
  EXPECT_EQ(notified_.size(), 0) << "the window is looked at";
  set_faults({});
  ASSERT_TRUE(waitFor([&] { return shows("resumeButton"); }));
  child<QPushButton>("resumeButton")->click();
  ASSERT_TRUE(passes(card(run("pairs")).step)) << banner("trainBanner").toStdString();
  train().actions().pause->trigger();
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  EXPECT_TRUE(read_run(run("pairs").toStdString()).resumable);
}

TEST_F(DeviceLostTest, ADrawingIsKeptAndTranslatedAgain) {
  writeModel(file("models/sketch-copy.safetensors"), 1, 4, 1);
  AppTest::start();
  window_->showPage(window_->drawPage());
  ASSERT_TRUE(waitFor([&] { return child<QComboBox>("drawModel")->count() > 0; }));
  auto& canvas = *window_->findChild<CanvasView*>();
  const auto& result = *window_->findChild<ResultView*>();
  const auto drawing = [&] { return window_->drawPage().document().picture(); };
  const auto draw = [&](double y) {
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, canvas.toWidget({60, y}).toPoint());
  };
  const auto follows = [&] {
    return waitFor(
        [&] { return result.picture().convertToFormat(QImage::Format_RGB888) == drawing(); });
  };
  draw(60);
  ASSERT_TRUE(follows()) << banner("drawBanner").toStdString();
  loseDevice(1);
  draw(120);
  ASSERT_TRUE(waitFor([&] { return !banner("drawBanner").isEmpty(); }));
  const QImage kept = drawing();
  set_faults({});
  draw(160);
  EXPECT_TRUE(follows()) << banner("drawBanner").toStdString();
  EXPECT_NE(drawing(), kept);
}

TEST_F(DeviceLostTest, LiveEndsWithAWholeFilmAndPlaysAgain) {
  writeModel(file("models/copy.safetensors"), 1, 4, 1);
  QSettings().setValue("live/model", file("models/copy.safetensors"));
  AppTest::start();
  LivePage& live = window_->livePage();
  window_->showPage(live);
  live.screenSource().setGrab([n = 0](const QRect&) mutable {
    QImage picture(64, 48, QImage::Format_RGB32);
    picture.fill(QColor(40 + (n++ % 100), 90, 160));
    return picture;
  });
  live.setRegion({0, 0, 64, 48});
  ASSERT_TRUE(waitFor([&] { return live.actions().record->isEnabled(); }))
      << banner("liveBanner").toStdString();
  fileToSave_ = file("seen.gif");
  Heard made(&live.stream(), &StreamSession::made);
  live.actions().record->trigger();
  ASSERT_TRUE(waitFor([&] { return made.count() > 12; }));
  const QImage seen = child<TwinView>("liveView")->after();

  loseDevice(1);
  ASSERT_TRUE(waitFor([&] { return !live.isPlaying(); }));
  const QString said = banner("liveBanner");
  EXPECT_TRUE(said.contains("device was lost")) << said.toStdString();
  EXPECT_TRUE(said.contains("the film is whole")) << said.toStdString();
  EXPECT_TRUE(said.contains("Press Start")) << said.toStdString();
  EXPECT_FALSE(live.actions().record->isChecked());
  EXPECT_EQ(child<TwinView>("liveView")->after().size(), seen.size()) << "what was seen is there";
  ASSERT_TRUE(waitFor(
      [&] { return QFile::exists(fileToSave_) && !QFile::exists(fileToSave_ + ".imago"); }));
  QImageReader film(fileToSave_);
  int frames = 0;
  for (; film.canRead(); ++frames) ASSERT_FALSE(film.read().isNull()) << frames;
  EXPECT_GT(frames, 0);

  // Not yet back: the page says so once more and waits again.
  live.actions().play->trigger();
  ASSERT_TRUE(waitFor([&] { return !live.isPlaying(); }));
  EXPECT_TRUE(banner("liveBanner").contains("Press Start")) << banner("liveBanner").toStdString();
  set_faults({});
  const int before = made.count();
  live.actions().play->trigger();
  EXPECT_TRUE(waitFor([&] { return made.count() > before + 2; }));
  EXPECT_TRUE(live.isPlaying());
  EXPECT_EQ(banner("liveBanner"), "");
}

TEST_F(DeviceLostTest, ThePlaygroundRepeatsItsRunUpToThere) {
  PlaygroundPage& play = window_->playgroundPage();
  window_->showPage(play);
  const auto look = [&]() -> const PlayLook& { return play.sides()[0]->look(); };
  ASSERT_TRUE(waitFor([&] { return look().scene != nullptr; }));
  const auto step = [&] {
    const qint64 next = look().iteration + 1;
    play.actions().step->trigger();
    return waitFor([&] { return look().iteration == next; });
  };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(step());
  child<QDoubleSpinBox>("playR1")->setValue(0.7);
  ASSERT_TRUE(waitFor([&] { return look().settings == play.controls().settings(); }));
  ASSERT_TRUE(step());
  const double loss = look().discriminatorLoss;
  const QList<QPointF> points = look().scene->fake;
  fileToSave_ = file("learning.gif");
  play.actions().record->trigger();

  loseDevice(1);
  play.actions().run->trigger();
  ASSERT_TRUE(waitFor([&] { return !banner("playBanner").isEmpty(); }));
  const QString said = banner("playBanner");
  EXPECT_TRUE(said.contains("device was lost")) << said.toStdString();
  EXPECT_TRUE(said.contains("the film is whole")) << said.toStdString();
  EXPECT_TRUE(said.contains("Run repeats it")) << said.toStdString();
  EXPECT_EQ(play.actions().run->text(), "&Run");
  EXPECT_FALSE(look().running);
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  EXPECT_FALSE(QImage(fileToSave_).isNull());
  // It is saved without the device, and not yet back is told once more.
  fileToSave_ = file("run.json");
  play.actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  Heard failed(&play.sides()[0]->session(), &PlaygroundSession::deviceFailed);
  play.actions().run->trigger();
  ASSERT_TRUE(waitFor([&] { return failed.count() == 1; }));
  EXPECT_EQ(play.actions().run->text(), "&Run");

  set_faults({});
  ASSERT_TRUE(step());  // the same three, and one more
  EXPECT_EQ(look().iteration, 4);
  EXPECT_EQ(look().settings, play.controls().settings());
  fileToOpen_ = fileToSave_;
  play.actions().open->trigger();
  ASSERT_TRUE(waitFor([&] { return look().iteration == 3; }));
  EXPECT_EQ(look().discriminatorLoss, loss);
  EXPECT_EQ(look().scene->fake, points);
}

TEST_F(DeviceLostTest, MeasuringAModelSaysSo) {
  window_->showPage(window_->libraryPage());
  auto* list = child<QListWidget>("libraryList");
  list->setCurrentRow(0);
  loseDevice(1);
  child<QPushButton>("measureModel")->click();
  ASSERT_TRUE(waitFor([&] { return !banner("libraryBanner").isEmpty(); }));
  set_faults({});
  Heard measured(window_->findChild<Session*>(), &Session::modelMeasured);
  child<QPushButton>("measureModel")->click();
  ASSERT_TRUE(waitFor([&] { return measured.count() == 1; }));
  EXPECT_TRUE(child<QLabel>("modelFacts")->text().contains("megapixels a second"));
}

}  // namespace
}  // namespace imago::gui
