// What a run that makes pictures of random numbers shows under a person's hands: compared with what
// `imago generate` writes.
#include <signal.h>

#include <QComboBox>
#include <QDir>
#include <QProcess>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QtTest>

#include "gui/train/latent_panel.h"
#include "models/checkpoint/checkpoint.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

/// The largest difference of two pictures, in 255ths; of other sizes 256.
int farthest(const QImage& a, const QImage& b) {
  if (a.isNull() || a.size() != b.size()) return 256;
  int most = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      const QColor from = a.pixelColor(x, y), to = b.pixelColor(x, y);
      most = std::max({most, std::abs(from.red() - to.red()), std::abs(from.green() - to.green()),
                       std::abs(from.blue() - to.blue())});
    }
  }
  return most;
}

class LatentTest : public TrainTest {
 protected:
  /// `imago ARGUMENTS` in the test's folder.
  void imago(const QStringList& arguments) const {
    QProcess program;
    program.setWorkingDirectory(folder_.path());
    program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    program.setStandardOutputFile(QProcess::nullDevice());
    program.start(IMAGO_PROGRAM, arguments);
    ASSERT_TRUE(program.waitForFinished(kTrainMs));
    ASSERT_EQ(program.exitCode(), 0) << arguments.join(' ').toStdString();
  }
  /// What `imago generate` makes of the seed.
  QImage generated(const QString& model, int seed, const QStringList& more = {}) {
    const QString folder = QString("generated%1").arg(++generated_);
    imago(QStringList{"generate", "-n", model, "-o", folder, "--count", "1", "--seed",
                      QString::number(seed)} +
          more);
    return QImage(file(folder + "/000000.png"));
  }
  QStringList smallNetwork(const QString& name) const {
    return {"train",
            "cgan",
            "--dataroot",
            "fruit",
            "--name",
            name,
            "--checkpoints-dir",
            "runs",
            "--ngf",
            "12",
            "--ndf",
            "6",
            "--latent",
            "4",
            "--crop-size",
            "8",
            "--batch-size",
            "4",
            "--output-nc",
            "3",
            "--validate-epochs",
            "0",
            "--print-freq",
            "1",
            "--save-epoch-freq",
            "50"};
  }
  void makeFruit() const {
    for (const QString label : {"apple", "pear"}) {
      QDir(folder_.path()).mkpath("fruit/" + label);
      for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(drawPicture(16 + i, label == "apple" ? 16 : 24)
                        .save(file(QString("fruit/%1/%2.png").arg(label).arg(i))));
    }
  }
  LatentPanel& panel() const { return *view().latents(); }
  /// Shows the samples of the run that is shown by hand, as a person does.
  void byHand() const {
    auto* kind = child<QComboBox>("sampleKind");
    ASSERT_TRUE(kind->isVisible());
    kind->setCurrentIndex(1);
    emit kind->activated(1);
  }

 private:
  int generated_ = 0;
};

/// A small network of the fixtures as a file of its own.
void writeSampler(const QString& path, const std::string& name, const std::string& labels) {
  const StateDict all = read_checkpoint(IMAGO_FIXTURES "/samplers/samplers.safetensors");
  StateDict tensors;
  const std::string prefix = name + ".weights.";
  for (const auto& [key, tensor] : all)
    if (key.starts_with(prefix)) tensors.insert(key.substr(prefix.size()), tensor);
  if (!labels.empty()) tensors.metadata["imago_labels"] = labels;
  write_safetensors(tensors, path.toStdString());
}

TEST_F(LatentTest, TheEndsAreThePicturesOfTheirSeedsAndLabels) {
  const QString model = file("labelled.safetensors");
  writeSampler(model, "labelled", R"(["apple","pear","plum"])");
  LatentPanel panel;
  panel.resize(400, 400);
  panel.setDevice(form().device());
  panel.setModel(model, QFileInfo(model).lastModified());
  QTest::qWait(50);
  EXPECT_TRUE(panel.order().model.isEmpty()) << "nothing is made for nobody";
  panel.show();
  const auto shows = [&](const QImage& wanted) {
    return waitFor([&] { return farthest(panel.picture(), wanted) <= 1; });
  };
  ASSERT_TRUE(shows(generated(model, 0, {"--label", "apple"})));
  auto* first = panel.findChild<QComboBox*>("firstLabel");
  ASSERT_TRUE(first->isVisible());
  ASSERT_EQ(first->count(), 3);
  EXPECT_FALSE(panel.findChild<QSlider*>("truncation")->isVisible());

  panel.findChild<QSpinBox*>("secondSeed")->setValue(12);
  auto* between = panel.findChild<QSlider*>("latentBetween");
  between->setValue(between->maximum());
  const QImage second = generated(model, 12, {"--label", "apple"});
  ASSERT_TRUE(shows(second));
  ASSERT_GT(farthest(second, generated(model, 0, {"--label", "apple"})), 8)
      << "or nothing is shown";

  panel.findChild<QComboBox*>("secondLabel")->setCurrentText("plum");
  auto* labels = panel.findChild<QSlider*>("labelBetween");
  labels->setValue(labels->maximum());
  const QImage plum = generated(model, 12, {"--label", "plum"});
  ASSERT_TRUE(shows(plum));
  ASSERT_GT(farthest(plum, second), 2);
  labels->setValue(labels->maximum() / 2);
  ASSERT_TRUE(waitFor([&] { return panel.order().labelShare == 0.5; }));
  EXPECT_GT(farthest(panel.picture(), plum), 0);
  EXPECT_GT(farthest(panel.picture(), second), 0);

  const QImage before = panel.picture();
  panel.findChild<QToolButton*>("secondAnother")->click();
  EXPECT_TRUE(waitFor([&] { return farthest(panel.picture(), before) > 2; })) << "another sample";
}

TEST_F(LatentTest, TruncationIsThereWhereTheNetworkHasIt) {
  const QString model = IMAGO_FIXTURES "/samplers/stylegan2.pt";
  LatentPanel panel;
  panel.resize(400, 400);
  panel.setDevice(form().device());
  panel.setModel(model, QFileInfo(model).lastModified());
  panel.show();
  const QImage whole = generated(model, 0);
  ASSERT_TRUE(waitFor([&] { return farthest(panel.picture(), whole) <= 1; }));
  auto* truncation = panel.findChild<QSlider*>("truncation");
  ASSERT_TRUE(truncation->isVisible());
  EXPECT_FALSE(panel.findChild<QSlider*>("labelBetween")->isVisible());
  truncation->setValue(truncation->maximum() / 2);
  const QImage usual = generated(model, 0, {"--truncation", "0.5"});
  EXPECT_TRUE(waitFor([&] { return farthest(panel.picture(), usual) <= 1; }));
  EXPECT_GT(farthest(usual, whole), 4);
}

TEST_F(LatentTest, OfManyOrdersTheNewestWins) {
  const QString model = file("dcgan.safetensors");
  writeSampler(model, "dcgan", "");
  LatentSession session;
  QList<LatentPicture> made;
  QObject context;
  QObject::connect(&session, &LatentSession::made, &context,
                   [&](const LatentPicture& picture) { made.append(picture); });
  LatentOrder order{model, QFileInfo(model).lastModified(), form().device()};
  constexpr int kOrders = 200;
  for (int i = 1; i <= kOrders; ++i) {
    order.share = i / double{kOrders};
    session.make(order);
  }
  ASSERT_TRUE(waitFor([&] { return !made.isEmpty() && made.last().order == order; }));
  EXPECT_LT(made.size(), kOrders / 2);
  EXPECT_LE(farthest(made.last().picture, generated(model, 1)), 1);
}

TEST_F(LatentTest, ErrorsAreTold) {
  LatentPanel panel;
  panel.setDevice(form().device());
  panel.show();
  auto* words = panel.findChild<QLabel*>("latentNothing");
  EXPECT_EQ(words->text(), "No weights were saved yet.");
  writeFile("broken_net_G.pth", "no network at all");
  panel.setModel(file("broken_net_G.pth"), QDateTime::currentDateTime());
  ASSERT_TRUE(waitFor([&] { return !panel.order().model.isEmpty(); }));
  EXPECT_TRUE(panel.picture().isNull());
  EXPECT_TRUE(words->isVisible());
  EXPECT_FALSE(words->text().contains("soon")) << words->text().toStdString();
  EXPECT_GT(words->text().size(), 10);
  // A network that translates is none of these.
  const QString translator = file("models/fast.safetensors");
  panel.setModel(translator, QFileInfo(translator).lastModified());
  EXPECT_TRUE(waitFor([&] { return words->text().contains("no pictures of random numbers"); }))
      << words->text().toStdString();
}

TEST_F(LatentTest, FollowsTheNewestWeightsOfARunThatIsTrained) {
  makeFruit();
  QProcess training;
  training.setWorkingDirectory(folder_.path());
  training.setProcessChannelMode(QProcess::ForwardedErrorChannel);
  training.setStandardOutputFile(QProcess::nullDevice());
  training.start(IMAGO_PROGRAM, smallNetwork("fruits") << "--n-epochs"
                                                       << "100000");
  ASSERT_TRUE(training.waitForStarted());
  ASSERT_TRUE(
      waitFor([&] { return QFileInfo::exists(run("fruits") + "/latest_net_G.pth"); }, kTrainMs));
  train().openRuns(run("fruits"));
  ASSERT_TRUE(waitFor([&] { return train().shown() == run("fruits"); }));
  ASSERT_TRUE(waitFor([&] { return child<QComboBox>("sampleKind")->isVisible(); }));
  EXPECT_FALSE(child<QPushButton>("useButton")->isVisible()) << "it translates nothing";
  byHand();
  ASSERT_TRUE(waitFor([&] { return !panel().picture().isNull(); }, kTrainMs));
  const QDateTime before = panel().order().written;
  ASSERT_TRUE(waitFor([&] { return panel().order().written > before; }, kTrainMs)) << "live";
  ::kill(static_cast<pid_t>(training.processId()), SIGINT);
  ASSERT_TRUE(training.waitForFinished(kTrainMs));
  // Stopped, it is still there: what was saved last is what is shown.
  const QString newest = QString::fromStdString(read_run(run("fruits").toStdString()).newest);
  ASSERT_EQ(QFileInfo(newest).fileName().section('_', 1), "net_G.pth");
  const QImage wanted = generated(newest, 0, {"--label", "apple"});
  EXPECT_TRUE(waitFor([&] { return farthest(panel().picture(), wanted) <= 1; }));
  EXPECT_EQ(panel().order().written, QFileInfo(newest).lastModified());
  // Remembered, like other things that are chosen for all runs.
  AppTest::start();
  window_->showPage(train());
  ASSERT_TRUE(waitFor([&] { return makesPictures(card(run("fruits"))); }));
  train().openRuns(run("fruits"));
  EXPECT_TRUE(waitFor([&] { return farthest(panel().picture(), wanted) <= 1; }));
}

TEST_F(LatentTest, IsNotOfRunsThatTranslate) {
  start("pairs", 1);
  ASSERT_TRUE(ends());
  EXPECT_FALSE(child<QComboBox>("sampleKind")->isVisible());
  EXPECT_TRUE(child<QPushButton>("useButton")->isVisible());
}

}  // namespace
}  // namespace imago::gui
