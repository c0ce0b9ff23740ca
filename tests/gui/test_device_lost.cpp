// A device that is lost in the middle of the work: told, nothing broken left behind, and the next
// try opens it anew.
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QtTest>

#include "compute/vk/loader_hook.h"
#include "gui/draw/canvas_view.h"
#include "gui/draw/draw_page.h"
#include "gui/draw/picture_view.h"
#include "gui/library/library_page.h"
#include "gui/session/session.h"
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
