// The form of the Train page driven through its widgets: choosing pictures, what is said of them,
// memory and names.
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QUrl>
#include <QtTest>
#include <algorithm>

#include "gui/session/session_training.h"
#include "gui/train/data_panel.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

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
  much.gradientCheckpointing = true;
  much.batch = 3;
  much.cropSize = kSide;
  ASSERT_TRUE(canStart());
  emit window_->findChild<TrainingSession*>()->memoryEstimated(much);
  EXPECT_TRUE(child<QLabel>("memory")->text().contains("but only"));
  EXPECT_TRUE(child<QLabel>("memory")->text().contains("a batch of 3"));
  child<QPushButton>("makeItFit")->click();
  EXPECT_EQ(form().settings().batch, 3);
  EXPECT_TRUE(form().settings().gradientCheckpointing);
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

TEST_F(TrainTest, AFolderMayBeTypedOrPasted) {
  makePairs("typed", 2);
  auto* pictures = child<QLineEdit>("pictures");
  pictures->setFocus();
  QTest::keyClicks(pictures, QUrl::fromLocalFile(file("typed")).toString());  // of a file manager
  EXPECT_EQ(form().settings().keptIn, file("runs"));
  QTest::keyClick(pictures, Qt::Key_Return);
  EXPECT_EQ(form().settings().folder, file("typed"));
  EXPECT_EQ(form().settings().name, "typed");
  EXPECT_TRUE(canStart()) << form().problem().toStdString();
  auto* kept = child<QLineEdit>("keptIn");
  kept->setFocus();
  kept->selectAll();
  QTest::keyClicks(kept, file("other runs") + "/");
  QTest::keyClick(kept, Qt::Key_Return);
  EXPECT_EQ(form().settings().keptIn, file("other runs"));
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

}  // namespace
}  // namespace imago::gui
