// The Train page driven through its widgets: tiny runs on a real device.
#include <signal.h>
#include <unistd.h>

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QtTest>
#include <filesystem>

#include "fixture.h"
#include "gui/curve.h"
#include "gui/data_panel.h"
#include "gui/health_panel.h"
#include "gui/line_chart.h"
#include "gui/run_list.h"
#include "gui/run_view.h"
#include "gui/sample_view.h"
#include "gui/session.h"
#include "gui/session_training.h"
#include "gui/train_form.h"
#include "gui/train_page.h"
#include "models/training/run.h"

namespace imago::gui {
namespace {

constexpr int kSide = 32;
constexpr int kTrainMs = 60000;

class TrainTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    if (IsSkipped()) return;
    window_->showPage(train());
  }

  TrainPage& train() const { return window_->trainPage(); }
  TrainForm& form() const { return train().form(); }
  RunView& view() const { return train().view(); }
  QString run(const QString& name) const { return file("runs/" + name); }
  RunCard card(const QString& path) const {
    const int row = train().runs().rowOf(path);
    return row < 0 ? RunCard() : train().runs().at(row);
  }

  /// Files that show a picture and its negative side by side; every file another picture.
  void makePairs(const QString& name, int count) const {
    QDir(folder_.path()).mkpath(name + "/train");
    for (int i = 0; i < count; ++i) {
      QImage left = drawPicture(kSide + 8 * i, kSide + 8 * i).copy(8 * i, 8 * i, kSide, kSide);
      QImage right = left;
      right.invertPixels();
      QImage both(2 * kSide, kSide, QImage::Format_RGB888);
      QPainter painter(&both);
      painter.drawImage(0, 0, left);
      painter.drawImage(kSide, 0, right);
      painter.end();
      ASSERT_TRUE(both.save(file(QString("%1/train/%2.png").arg(name).arg(i))));
    }
  }

  /// Chooses a folder of pictures as a person does, and the smallest networks there are.
  void choose(const QString& name, int epochs) {
    folderToPick_ = file(name);
    child<QPushButton>("choosePictures")->click();
    auto* side = child<QComboBox>("cropSize");
    side->setCurrentIndex(side->findData(kSide));
    auto* width = child<QComboBox>("features");
    width->setCurrentIndex(width->findData(8));
    child<QSpinBox>("epochs")->setValue(epochs);
    child<QSpinBox>("epochsDecay")->setValue(0);
  }

  bool canStart() const {
    return waitFor([&] { return child<QPushButton>("startTraining")->isEnabled(); });
  }

  void start(const QString& pictures, int epochs) {
    makePairs(pictures, 3);
    choose(pictures, epochs);
    ASSERT_TRUE(canStart()) << form().problem().toStdString();
    child<QPushButton>("startTraining")->click();
    ASSERT_EQ(train().trained().toStdString(), run(pictures).toStdString());
    ASSERT_EQ(train().shown().toStdString(), run(pictures).toStdString());
  }

  /// Waits until the run of this window has come further than `step`.
  bool passes(qint64 step) const {
    return waitFor(
               [&] { return train().trained().isEmpty() || card(train().trained()).step > step; },
               kTrainMs) &&
           !train().trained().isEmpty();
  }
  /// Waits until the run has ended, and the list and what is shown of it know that.
  bool ends() const {
    auto* session = window_->findChild<TrainingSession*>();
    qint64 last = -1, read = -1;  // steps
    QObject context;
    QObject::connect(session, &TrainingSession::trainingEnded, &context,
                     [&](const TrainEnd& end) { last = end.step; });
    QObject::connect(session, &TrainingSession::runRead, &context, [&](const RunDetails& details) {
      // The card is read before the history, which therefore has all of an ended run.
      if (details.card.path == train().shown() && !details.card.running) read = details.card.step;
    });
    return waitFor([&] { return train().trained().isEmpty(); }, kTrainMs) &&
           waitFor([&] { return read == last && !card(train().shown()).running; });
  }
  /// Waits until the sheet of samples in this file is what is shown.
  bool showsSheet(const QString& path) const {
    const QImage sheet = QImage(path).convertToFormat(QImage::Format_RGB888);
    return !sheet.isNull() && waitFor([&] {
      return view().samples()->picture().convertToFormat(QImage::Format_RGB888) == sheet;
    });
  }
  bool shows(const char* button) const {
    return child<QPushButton>(button)->isVisible() && child<QPushButton>(button)->isEnabled();
  }
};

TEST_F(TrainTest, SaysWhatToDoWhileThereIsNothing) {
  EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled());
  EXPECT_EQ(child<QLabel>("startProblem")->text(), "Choose the folder of pictures first");
  EXPECT_TRUE(form().isVisible());
  EXPECT_EQ(train().runs().rowCount(), 0);
}

// Writes docs/train-form.png anew, into $IMAGO_SCREENSHOTS.
TEST_F(TrainTest, DISABLED_Screenshot) {
  makePairs("negatives", 24);
  writeFile("negatives/train/7.png", "no picture at all");
  ASSERT_TRUE(QFile::copy(file("negatives/train/3.png"), file("negatives/train/30.png")));
  window_->resize(1200, 760);
  choose("negatives", 20);
  ASSERT_TRUE(waitFor([&] { return !form().problem().contains("looked at"); }));
  for (auto* edit : window_->findChildren<QLineEdit*>()) {  // a test's folder is nobody's concern
    const QSignalBlocker silent(edit);
    edit->setText(edit->text().replace(folder_.path(), "/home/ada/Pictures"));
  }
  ASSERT_TRUE(window_->grab().save(qEnvironmentVariable("IMAGO_SCREENSHOTS") + "/train-form.png"));
}

TEST_F(TrainTest, FromAFolderToATranslatedPicture) {
  start("negatives", 4);
  EXPECT_FALSE(child<QPushButton>("resumeButton")->isVisible());
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
  translateAll();
  ASSERT_TRUE(photo(0).result) << photo(0).reason.toStdString();
  EXPECT_EQ(photo(0).result->picture.size(), QSize(64, 32));
  EXPECT_EQ(QFileInfo(photo(0).result->settings.modelPath).absolutePath(), run("negatives"));
}

TEST_F(TrainTest, PausesAndResumes) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  EXPECT_TRUE(child<QPushButton>("pauseButton")->isVisible());
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

TEST_F(TrainTest, AWindowThatIsTornDownSavesTheRun) {
  start("pairs", 2000);
  ASSERT_TRUE(passes(0));
  window_.reset();
  const RunInfo left = read_run(run("pairs").toStdString());
  EXPECT_TRUE(left.resumable);
  EXPECT_FALSE(left.running);
}

TEST_F(TrainTest, BadPicturesAreShownAndRefused) {
  makePairs("pairs", 2);
  writeFile("pairs/train/broken.png", "\x89PNG\r\n\x1a\n and then nothing of use");
  choose("pairs", 1);
  ASSERT_TRUE(waitFor([&] { return form().report().text().contains("broken.png"); }));
  EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled());
  EXPECT_TRUE(child<QLabel>("startProblem")->text().contains("cannot be trained on"));
  train().actions().start->trigger();
  EXPECT_EQ(train().trained(), "");

  // Mended, it is looked at again and can start.
  ASSERT_TRUE(QFile::remove(file("pairs/train/broken.png")));
  choose("pairs", 1);
  EXPECT_TRUE(canStart()) << form().report().text().toStdString();
}

TEST_F(TrainTest, AWarningIsShownWithThumbnailsAndAllowed) {
  makePairs("pairs", 3);
  ASSERT_TRUE(QFile::copy(file("pairs/train/0.png"), file("pairs/train/again.png")));
  DataReportView report;
  QObject context;
  QObject::connect(window_->findChild<TrainingSession*>(), &TrainingSession::dataChecked, &context,
                   [&](const DataReportView& found) { report = found; });
  choose("pairs", 1);
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  const auto twice = std::ranges::find_if(report.problems, [](const DataProblemView& problem) {
    return problem.files.contains("train/again.png");
  });
  ASSERT_NE(twice, report.problems.end()) << form().report().text().toStdString();
  EXPECT_FALSE(twice->error);
  EXPECT_FALSE(twice->remedy.isEmpty());
  EXPECT_GE(twice->thumbnails.size(), 2);
  EXPECT_TRUE(form().report().text().contains(twice->remedy));
  // And what the network would see: the picture and its negative.
  ASSERT_FALSE(report.examples.isEmpty());
  QImage negative = report.examples[0].input;
  negative.invertPixels();
  EXPECT_EQ(negative.convertToFormat(QImage::Format_RGB888),
            report.examples[0].target.convertToFormat(QImage::Format_RGB888));
}

TEST_F(TrainTest, AFolderWithoutPicturesIsRefused) {
  QDir(folder_.path()).mkdir("empty");
  choose("empty", 1);
  ASSERT_TRUE(waitFor([&] { return !form().report().text().isEmpty(); }));
  EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled());
}

TEST_F(TrainTest, SaysWhatMemoryItTakesAndMakesItFit) {
  makePairs("pairs", 2);
  choose("pairs", 1);
  ASSERT_TRUE(waitFor([&] { return child<QLabel>("memory")->text().startsWith("Takes "); }))
      << child<QLabel>("memory")->text().toStdString();
  EXPECT_TRUE(child<QLabel>("memory")->text().contains("are free."));
  EXPECT_FALSE(child<QPushButton>("makeItFit")->isVisible());
  MemoryView much;
  much.needed = qint64{90} << 30;
  much.free = qint64{8} << 30;
  much.canFit = true;
  much.recompute = true;
  much.batch = 3;
  much.cropSize = kSide;
  ASSERT_TRUE(canStart());
  emit window_->findChild<TrainingSession*>()->memoryEstimated(much);
  EXPECT_TRUE(child<QLabel>("memory")->text().contains("but only"));
  EXPECT_TRUE(child<QLabel>("memory")->text().contains("a batch of 3"));
  child<QPushButton>("makeItFit")->click();
  EXPECT_EQ(form().settings().batch, 3);
  EXPECT_TRUE(form().settings().recompute);
  EXPECT_EQ(form().settings().cropSize, kSide);
  ASSERT_TRUE(waitFor([&] { return child<QLabel>("memory")->text().contains("are free."); }));
}

TEST_F(TrainTest, ASecondFolderIsTakenLookedAtAndLeftOutAgain) {
  for (int i = 0; i < 3; ++i) {
    for (const char* folder : {"horses", "far/zebras"}) {
      QDir(folder_.path()).mkpath(folder);
      const int shift = 8 * i + (folder[0] == 'h' ? 0 : 40);
      const QImage picture = drawPicture(kSide + shift, kSide + shift);
      ASSERT_TRUE(picture.copy(shift, shift, kSide, kSide)
                      .save(file(QString("%1/%2.png").arg(folder).arg(i))));
    }
  }
  ASSERT_TRUE(QFile::copy(file("far/zebras/1.png"), file("far/zebras/again.png")));
  DataReportView report;
  QObject context;
  QObject::connect(window_->findChild<TrainingSession*>(), &TrainingSession::dataChecked, &context,
                   [&](const DataReportView& found) { report = found; });
  const auto chooseSecond = [&](const QString& folder) {
    folderToPick_ = file(folder);
    child<QPushButton>("chooseSecondPictures")->click();
  };
  form().setTask(TrainTask::upscale);
  EXPECT_FALSE(child<QPushButton>("chooseSecondPictures")->isVisible());
  form().setTask(TrainTask::unpaired);
  EXPECT_TRUE(child<QPushButton>("chooseSecondPictures")->isVisible());
  choose("horses", 1);
  // One folder that does not hold both: what is said names the field for another.
  ASSERT_TRUE(waitFor([&] { return form().report().text().contains("trainA and trainB"); }));
  EXPECT_TRUE(form().report().text().contains("“Second folder”"))
      << form().report().text().toStdString();
  EXPECT_FALSE(form().report().text().contains("--"));

  chooseSecond("far/zebras");
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  EXPECT_EQ(form().settings().folder, file("horses"));
  EXPECT_EQ(form().settings().secondFolder, file("far/zebras"));
  EXPECT_TRUE(report.what.contains("3 and 4 in train")) << report.what.toStdString();
  EXPECT_EQ(report.examples.size(), 4);
  const auto twice = std::ranges::find_if(report.problems, [](const DataProblemView& problem) {
    return problem.files.contains("../far/zebras/again.png");
  });
  ASSERT_NE(twice, report.problems.end()) << form().report().text().toStdString();
  EXPECT_EQ(twice->thumbnails.size(), 2);
  ASSERT_TRUE(waitFor([&] { return child<QLabel>("memory")->text().startsWith("Takes "); }))
      << child<QLabel>("memory")->text().toStdString();

  // As pairs, one has no partner; the same folder twice is no pair of folders.
  form().setTask(TrainTask::pairs);
  choose("horses", 1);
  ASSERT_TRUE(waitFor([&] { return form().report().text().contains("no partner"); }))
      << form().report().text().toStdString();
  chooseSecond("horses");
  ASSERT_TRUE(waitFor([&] {
    return form().report().text().contains("both “Folder of pictures” and “Second");
  })) << form().report().text().toStdString();
  EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled());

  ASSERT_TRUE(QFile::remove(file("far/zebras/again.png")));
  chooseSecond("far/zebras");
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  const DataOptions data = read_run(run("horses").toStdString()).request.data;
  EXPECT_EQ(data.kind, DataKind::paired);
  EXPECT_EQ(data.dataroot_b, file("far/zebras").toStdString());
  EXPECT_EQ(card(run("horses")).pictures, file("horses") + " and " + file("far/zebras"));

  train().actions().newTraining->trigger();
  child<QPushButton>("clearSecondPictures")->click();
  EXPECT_EQ(form().settings().secondFolder, "");
  EXPECT_FALSE(child<QPushButton>("clearSecondPictures")->isEnabled());
}

TEST_F(TrainTest, ARunsNameIsItsOwn) {
  makePairs("pairs", 2);
  QDir(folder_.path()).mkpath("runs/pairs");
  choose("pairs", 1);
  ASSERT_TRUE(canStart());
  EXPECT_EQ(form().settings().name.toStdString(), "pairs 2");
  auto* name = child<QLineEdit>("trainName");
  for (const QString bad : {"", "pairs", "a/b", ".hidden"}) {
    name->setText(bad);
    emit name->textEdited(bad);
    EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled()) << bad.toStdString();
  }
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
  EXPECT_FALSE(child<QPushButton>("pauseButton")->isVisible());
  EXPECT_FALSE(child<QPushButton>("resumeButton")->isVisible());
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
  QSettings().setValue("train/runs", qEnvironmentVariable("IMAGO_SMALL_DISK"));
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

TEST_F(TrainTest, DiskFullIsTold) {
  const QString unshare = ::geteuid() == 0 ? "-m" : "-rm";
  const auto onSmallDisk = [&](const QString& script) {
    QProcess shell;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("IMAGO_SMALL_DISK", file("disk"));
    shell.setProcessEnvironment(environment);
    shell.setWorkingDirectory(folder_.path());
    shell.setProcessChannelMode(QProcess::MergedChannels);
    shell.start("unshare", {unshare, "sh", "-c",
                            "mkdir -p disk && mount -t tmpfs -o size=2m tmpfs disk && " + script});
    shell.waitForFinished(2 * kTrainMs);
    return std::pair(shell.exitStatus() == QProcess::NormalExit && shell.exitCode() == 0,
                     QString::fromUtf8(shell.readAll()));
  };
  if (!onSmallDisk("true").first)
    GTEST_SKIP() << "mounting a small file system is not permitted here";
  const auto [good, said] =
      onSmallDisk(QCoreApplication::applicationFilePath() +
                  " --gtest_also_run_disabled_tests --gtest_filter=*.DISABLED_OnASmallDisk");
  EXPECT_TRUE(good) << said.toStdString();
}

TEST_F(TrainTest, TheKeysAreThoseOfThePageThatIsShown) {
  press(Qt::Key_1, Qt::ControlModifier);
  EXPECT_TRUE(page().isVisible());
  photosToOpen_ = {makePicture("a.png")};
  press(Qt::Key_2, Qt::ControlModifier);
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
