// What the tests of the Train page share: tiny pictures and networks, and patience with runs.
#pragma once

#include <QComboBox>
#include <QDir>
#include <QImage>
#include <QPainter>
#include <QPushButton>
#include <QSpinBox>

#include "gui/session/session_training.h"
#include "gui/train/run_list.h"
#include "gui/train/run_view.h"
#include "gui/train/sample_view.h"
#include "gui/train/train_form.h"
#include "gui/train/train_page.h"
#include "tests/gui/fixture.h"

namespace imago::gui {

constexpr int kSide = 32;
constexpr int kTrainMs = 60000;

/// The Train page, with the smallest networks there are. Skips where nothing can compute.
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
    allEpochs();
  }

  /// Not bounded by time.
  void allEpochs() const {
    auto* time = child<QComboBox>("trainTime");
    time->setCurrentIndex(time->findData(0));
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

}  // namespace imago::gui
