// The Train page driven through its widgets: tiny runs on a real device.
#include <signal.h>

#include <QAction>
#include <QDir>
#include <QFile>
#include <QListView>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QToolButton>
#include <QtTest>
#include <memory>

#include "gui/session/session_training.h"
#include "gui/train/health_panel.h"
#include "gui/train/sample_view.h"
#include "gui/widgets/line_chart.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

TEST_F(TrainTest, FromAFolderToATranslatedPicture) {
  start("negatives", 4);
  EXPECT_FALSE(child<QPushButton>("resumeButton")->isEnabled());
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  EXPECT_EQ(banner("trainBanner"), "");
  EXPECT_TRUE(card(run("negatives")).finished);
  EXPECT_EQ(card(run("negatives")).step, 12);
  EXPECT_EQ(card(run("negatives")).steps, 12);

  // What was learned is there to be seen…
  ASSERT_FALSE(view().losses()->painted("G_L1").isEmpty());
  EXPECT_EQ(view().losses()->painted("G_L1").last().x(), 12);
  auto* slider = child<QSlider>("sampleSlider");
  EXPECT_EQ(slider->maximum(), 3);  // a sheet after each epoch
  EXPECT_EQ(view().samples()->step(), 12);
  EXPECT_TRUE(showsSheet(run("negatives") + "/samples/step_00000012.png"));
  slider->setValue(0);
  EXPECT_EQ(view().samples()->step(), 3);
  EXPECT_TRUE(showsSheet(run("negatives") + "/samples/step_00000003.png"));
  EXPECT_TRUE(view().health()->text().contains("No problem noticed"))
      << view().health()->text().toStdString();

  // …and to be used.
  ASSERT_TRUE(waitFor([&] { return shows("useButton"); }));
  child<QPushButton>("useButton")->click();
  EXPECT_TRUE(page().isVisible());
  open({makePicture("photo.png", 64, 32)});
  ASSERT_TRUE(waitFor([&] {
    return child<QListView>("modelList")->currentIndex().data().toString().startsWith("negatives");
  }));
  translateEach();
  ASSERT_TRUE(photo(0).result) << photo(0).reason.toStdString();
  EXPECT_EQ(photo(0).result->picture.size(), QSize(64, 32));
  EXPECT_EQ(QFileInfo(photo(0).result->settings.modelPath).absolutePath(), run("negatives"));
  EXPECT_TRUE(photo(0).result->modelName.startsWith("negatives"))
      << photo(0).result->modelName.toStdString();
}

TEST_F(TrainTest, PausesAndResumes) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  EXPECT_TRUE(child<QPushButton>("pauseButton")->isEnabled());
  EXPECT_TRUE(view().progressText().contains("of 6,000")) << view().progressText().toStdString();
  child<QPushButton>("pauseButton")->click();
  EXPECT_TRUE(view().progressText().startsWith("Saving")) << view().progressText().toStdString();
  ASSERT_TRUE(ends());
  const RunCard paused = card(run("pairs"));
  EXPECT_TRUE(paused.resumable);
  EXPECT_FALSE(paused.finished);
  EXPECT_GT(paused.step, 0);
  EXPECT_TRUE(view().progressText().startsWith("Paused")) << view().progressText().toStdString();
  ASSERT_TRUE(waitFor([&] { return shows("useButton"); }));

  ASSERT_TRUE(waitFor([&] { return shows("resumeButton"); }));
  child<QPushButton>("resumeButton")->click();
  ASSERT_TRUE(passes(paused.step)) << banner("trainBanner").toStdString();
  child<QPushButton>("stopButton")->click();
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  // Stopping makes room for another, and says what became of this one.
  EXPECT_TRUE(form().isVisible());
  EXPECT_TRUE(banner("trainBanner").contains("can be resumed"))
      << banner("trainBanner").toStdString();
  ASSERT_TRUE(waitFor([&] { return card(run("pairs")).step > paused.step; }));
  EXPECT_TRUE(read_run(run("pairs").toStdString()).resumable);
}

TEST_F(TrainTest, ClosingSavesTheRun) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  EXPECT_FALSE(window_->close());
  EXPECT_TRUE(banner("trainBanner").contains("Saving pairs"))
      << banner("trainBanner").toStdString();
  ASSERT_TRUE(waitFor([&] { return !window_->isVisible(); }, kTrainMs));
  const RunInfo left = read_run(run("pairs").toStdString());
  EXPECT_TRUE(left.resumable);
  EXPECT_FALSE(left.running);
  EXPECT_GT(left.step, 0);

  AppTest::start();  // the next start of the program finds it
  window_->showPage(train());
  ASSERT_TRUE(waitFor([&] { return card(run("pairs")).resumable; }));
  EXPECT_EQ(card(run("pairs")).step, left.step);
}

TEST_F(TrainTest, ClosingAsksOnceWhatElseIsUnsaved) {
  open({makePicture("a.png")});
  translateEach();
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  unsavedAnswer_ = UnsavedAnswer::discard;
  EXPECT_FALSE(window_->close());  // the run is saved first
  ASSERT_TRUE(waitFor([&] { return !window_->isVisible(); }, kTrainMs));
  EXPECT_EQ(unsavedAsked_, 1);
}

TEST_F(TrainTest, ADoubleClickOnResumeIsOneClick) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  const QStringList names = {"resumeButton", "pauseButton", "stopButton"};
  const auto places = [&] {
    QList<QRect> all;
    for (const QString& name : names)
      all.append(child<QPushButton>(name.toUtf8().constData())->geometry());
    return all;
  };
  const QList<QRect> running = places();
  child<QPushButton>("pauseButton")->click();
  ASSERT_TRUE(waitFor([&] { return child<QPushButton>("resumeButton")->isEnabled(); }, kTrainMs));
  EXPECT_EQ(places(), running);
}

TEST_F(TrainTest, AWindowThatIsTornDownSavesTheRun) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  window_.reset();
  const RunInfo left = read_run(run("pairs").toStdString());
  EXPECT_TRUE(left.resumable);
  EXPECT_FALSE(left.running);
}

TEST_F(TrainTest, FollowsARunOfTheCommandLineAndGoesOnWithIt) {
  makePairs("pairs", 3);
  QProcess program;
  program.setWorkingDirectory(folder_.path());
  program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
  const QString options =
      "train pix2pix --dataroot pairs --name elsewhere --checkpoints-dir cli --netG unet_32 --ngf "
      "8 "
      "--ndf 8 --load-size 36 --crop-size 32 --print-freq 1 --n-epochs 5000 --n-epochs-decay 0";
  program.start(IMAGO_PROGRAM, options.split(' '));
  ASSERT_TRUE(program.waitForStarted());
  const QString path = file("cli/elsewhere");
  ASSERT_TRUE(waitFor([&] { return QFileInfo::exists(path + "/metrics.jsonl"); }, kTrainMs));

  folderToPick_ = path;
  train().actions().openRuns->trigger();
  ASSERT_TRUE(waitFor([&] { return train().shown() == path; }));
  ASSERT_TRUE(waitFor([&] { return view().progressText().startsWith("Trained by another"); }));
  EXPECT_FALSE(child<QPushButton>("pauseButton")->isEnabled());
  EXPECT_FALSE(child<QPushButton>("resumeButton")->isEnabled());
  const auto last = [&] {
    const QList<QPointF> points = view().losses()->painted("G_L1");
    return points.isEmpty() ? 0.0 : points.last().x();
  };
  ASSERT_TRUE(waitFor([&] { return last() > 0; }, kTrainMs));
  const double before = last();
  ASSERT_TRUE(waitFor([&] { return last() > before; }, kTrainMs));  // it is live

  ::kill(static_cast<pid_t>(program.processId()), SIGINT);
  ASSERT_TRUE(program.waitForFinished(kTrainMs));
  ASSERT_TRUE(waitFor([&] { return shows("resumeButton"); }));
  const qint64 step = card(path).step;
  EXPECT_GT(step, 0);
  child<QPushButton>("resumeButton")->click();
  ASSERT_TRUE(passes(step)) << banner("trainBanner").toStdString();
  child<QPushButton>("pauseButton")->click();
  ASSERT_TRUE(ends());
}

TEST_F(TrainTest, AnAlarmIsShown) {
  start("pairs", 1);
  ASSERT_TRUE(ends());
  QFile metrics(run("pairs") + "/metrics.jsonl");
  ASSERT_TRUE(metrics.open(QIODevice::Append));
  metrics.write(
      R"({"kind":"alarm","step":3,"alarm":"discriminator_wins","text":"It is never fooled.",)"
      R"("advice":"Lower its learning rate."})"
      "\n");
  metrics.close();
  ASSERT_TRUE(waitFor([&] { return view().health()->text().contains("It is never fooled."); }))
      << view().health()->text().toStdString();
  EXPECT_TRUE(view().health()->text().contains("The discriminator wins outright, step 3"));
  EXPECT_TRUE(view().health()->text().contains("Lower its learning rate."));
  EXPECT_FALSE(view().health()->text().contains("No problem noticed"));
}

TEST_F(TrainTest, AnAlarmWhileTrainingIsToldAtOnce) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  RunDetails details;
  details.card = card(run("pairs"));
  RunHistory history;
  history.alarms.append({5, "collapse", "All results look alike.", "Try a smaller learning rate."});
  details.history = std::make_shared<const RunHistory>(history);
  emit window_->findChild<TrainingSession*>()->runRead(details);
  ASSERT_TRUE(waitFor([&] { return banner("trainBanner").contains("All results look alike."); }));
  EXPECT_TRUE(banner("trainBanner").contains("Try a smaller learning rate."));
  child<QPushButton>("pauseButton")->click();
  ASSERT_TRUE(ends());
}

/// Run as a process of its own by DiskFullIsTold, on a disk that is too small.
TEST_F(TrainTest, DISABLED_OnASmallDisk) {
  QSettings().setValue("train/runs", smallDisk());
  AppTest::start();
  window_->showPage(train());
  makePairs("pairs", 3);
  choose("pairs", 2000);
  ASSERT_TRUE(canStart()) << form().problem().toStdString();
  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  EXPECT_TRUE(banner("trainBanner").contains("pairs: ")) << banner("trainBanner").toStdString();
  EXPECT_TRUE(banner("trainBanner").contains("No space left on device"))
      << banner("trainBanner").toStdString();
  EXPECT_TRUE(window_->isVisible());
}

TEST_F(TrainTest, DiskFullIsTold) { runOnSmallDisk("TrainTest.DISABLED_OnASmallDisk", "2m"); }

TEST_F(TrainTest, TheKeysAreThoseOfThePageThatIsShown) {
  press(Qt::Key_1, Qt::ControlModifier);
  EXPECT_TRUE(page().isVisible());
  photosToOpen_ = {makePicture("a.png")};
  press(Qt::Key_4, Qt::ControlModifier);
  EXPECT_TRUE(train().isVisible());
  press(Qt::Key_O, Qt::ControlModifier);  // asks for runs here
  QTest::qWait(50);
  EXPECT_EQ(page().photos().rowCount(), 0);
  press(Qt::Key_1, Qt::ControlModifier);
  press(Qt::Key_O, Qt::ControlModifier);
  EXPECT_TRUE(waitFor([&] { return page().photos().rowCount() == 1 && idle(); }));
}

TEST_F(TrainTest, EveryWidgetOneCanReachHasAName) {
  const auto check = [&] {
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
      if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isVisible()) continue;
      const auto* button = qobject_cast<const QAbstractButton*>(widget);
      const bool named = !widget->accessibleName().isEmpty() ||
                         (button != nullptr && !button->text().isEmpty()) ||
                         widget->objectName().startsWith("qt_");
      EXPECT_TRUE(named) << widget->metaObject()->className() << " "
                         << widget->objectName().toStdString();
    }
  };
  child<QToolButton>("advanced")->click();
  check();
  start("pairs", 1);
  ASSERT_TRUE(ends());
  ASSERT_TRUE(waitFor([&] { return !view().losses()->painted("G_L1").isEmpty(); }));
  check();
}

}  // namespace
}  // namespace imago::gui
