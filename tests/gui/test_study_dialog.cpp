// The perceptual study: what it shows, that it counts what is answered, and where the result stays.
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QtTest>

#include "gui/widgets/study_dialog.h"
#include "models/training/request_json.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

class StudyTest : public AppTest {
 protected:
  /// Of a model that makes pictures as they are, but for their size: red ones of red ones.
  void SetUp() override {
    AppTest::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < 3; ++i) {
      paint(QString("real/%1.png").arg(i), Qt::green);
      paint(QString("given/%1.png").arg(i), Qt::red);
    }
  }
  void paint(const QString& name, Qt::GlobalColor colour) const {
    QDir(folder_.path()).mkpath(QFileInfo(name).path());
    QImage picture(20, 16, QImage::Format_RGB888);
    picture.fill(colour);
    ASSERT_TRUE(picture.save(file(name)));
  }
  std::unique_ptr<StudyDialog> dialogFor(const QString& model, int practice, int trials) {
    Dialogs dialogs;
    dialogs.pickFolder = [](QWidget*, const QString&, const QString&) { return QString(); };
    auto dialog = std::make_unique<StudyDialog>(model, "Model", "", dialogs);
    dialog->setShownFor(1);
    dialog->setPlan(practice, trials);
    red_.clear();
    QObject::connect(dialog.get(), &StudyDialog::pictureShown, [this](const QImage& picture) {
      red_.append(picture.pixelColor(9, 9).red() > 128);
    });
    dialog->show();
    return dialog;
  }
  template <typename Widget>
  static Widget* part(StudyDialog& dialog, const char* name) {
    return dialog.findChild<Widget*>(name);
  }
  static void begin(StudyDialog& dialog, const QString& real, const QString& given) {
    part<QLineEdit>(dialog, "studyReal")->setText(real);
    part<QLineEdit>(dialog, "studyInput")->setText(given);
    part<QPushButton>(dialog, "studyStart")->click();
  }
  /// Whether the first of the next pair is the fake, the red one.
  bool firstIsRed(StudyDialog& dialog) {
    EXPECT_TRUE(waitFor([&] { return part<QPushButton>(dialog, "studyFirst")->isEnabled(); }));
    EXPECT_TRUE(part<QLabel>(dialog, "studyPicture")->pixmap().isNull()) << "it is gone";
    const qsizetype shown = red_.size();
    EXPECT_TRUE(shown >= 2 && shown % 2 == 0 && red_[shown - 2] != red_[shown - 1]);
    return shown >= 2 && red_[shown - 2];
  }
  QList<bool> red_;  // of all that was shown
};

TEST_F(StudyTest, CountsThePairsThatFooledAfterPractice) {
  const auto dialog = dialogFor(file("models/fast.safetensors"), 2, 5);
  EXPECT_FALSE(part<QPushButton>(*dialog, "studyStart")->isEnabled()) << "no folders yet";
  begin(*dialog, file("real"), file("given"));
  QStringList counters;
  for (int pair = 0; pair < 7; ++pair) {
    const bool fakeFirst = firstIsRed(*dialog);
    counters.append(part<QLabel>(*dialog, "studyCounter")->text());
    const bool right = pair == 0 || pair > 3;  // wrong in practice once and in two that count
    part<QPushButton>(*dialog, fakeFirst == right ? "studyFirst" : "studySecond")->click();
    const QString question = part<QLabel>(*dialog, "studyQuestion")->text();
    if (pair == 0) {
      EXPECT_EQ(question, "Right.");
    }
    if (pair == 1) {
      EXPECT_EQ(question, "No, that one was real.");
    }
  }
  EXPECT_EQ(counters, (QStringList{"Practice 1 of 2", "Practice 2 of 2", "Pair 1 of 5",
                                   "Pair 2 of 5", "Pair 3 of 5", "Pair 4 of 5", "Pair 5 of 5"}));
  const QString result = part<QLabel>(*dialog, "studyResult")->text();
  EXPECT_TRUE(
      result.startsWith("2 of 5 pairs fooled you: 40 %, which is somewhere from 12 % to 77 %"))
      << result.toStdString();
}

TEST_F(StudyTest, TheResultStaysInTheReportOfTheModelsRun) {
  QDir(folder_.path()).mkpath("runs/shoes");
  writeModel(file("runs/shoes/latest_net_G.pth.safetensors"));
  ASSERT_TRUE(QFile::rename(file("runs/shoes/latest_net_G.pth.safetensors"),
                            file("runs/shoes/latest_net_G.safetensors")));
  TrainingRequest request = default_request("pix2pix");
  request.name = "shoes";
  write_options(request, file("runs/shoes/options.json").toStdString());
  const auto dialog = dialogFor(file("runs/shoes/latest_net_G.safetensors"), 0, 1);
  begin(*dialog, file("real"), file("given"));
  const bool fakeFirst = firstIsRed(*dialog);
  QTest::keyClick(dialog.get(), fakeFirst ? Qt::Key_2 : Qt::Key_1);
  QFile report(file("runs/shoes/index.html"));
  ASSERT_TRUE(report.open(QIODevice::ReadOnly))
      << part<QLabel>(*dialog, "studyResult")->text().toStdString();
  const QString html = report.readAll();
  EXPECT_TRUE(html.contains("Perceptual study"));
  EXPECT_TRUE(html.contains("100 % fooled (21 % to 100 %), 1 of 1 trials"));
  EXPECT_TRUE(part<QLabel>(*dialog, "studyResult")->text().contains("index.html"));
}

TEST_F(StudyTest, SaysWhatIsMissing) {
  const auto dialog = dialogFor(file("models/fast.safetensors"), 1, 1);
  QDir(folder_.path()).mkpath("empty");
  begin(*dialog, file("empty"), file("given"));
  ASSERT_TRUE(waitFor([&] { return !part<QLabel>(*dialog, "studyProblem")->text().isEmpty(); }));
  EXPECT_TRUE(part<QLabel>(*dialog, "studyProblem")->text().contains("has no pictures"));
  EXPECT_TRUE(part<QPushButton>(*dialog, "studyStart")->isEnabled()) << "it can be tried again";
  writeFile("models/broken.pth", "no model");
  const auto broken = dialogFor(file("models/broken.pth"), 1, 1);
  EXPECT_FALSE(part<QLabel>(*broken, "studyProblem")->text().isEmpty());
  EXPECT_FALSE(part<QLineEdit>(*broken, "studyReal")->isEnabled());
}

}  // namespace
}  // namespace imago::gui
