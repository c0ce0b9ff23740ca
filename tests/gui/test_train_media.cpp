// The Train page's forms for tables and sounds, driven through its widgets.
#include <QDesktopServices>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QTextBrowser>
#include <QToolButton>
#include <QUrl>
#include <QtTest>
#include <cmath>

#include "gui/session/session_requests.h"
#include "gui/session/train_presets.h"
#include "gui/session/train_time.h"
#include "gui/train/data_panel.h"
#include "gui/widgets/line_chart.h"
#include "models/sound/wav.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

/// Is told of files that would be opened by the system's programs.
class Opened : public QTextBrowser {
 public:
  Opened() { QDesktopServices::setUrlHandler("file", this, "setSource"); }
  ~Opened() override { QDesktopServices::unsetUrlHandler("file"); }
  QString file;

 protected:
  void doSetSource(const QUrl& url, QTextDocument::ResourceType) override {
    file = url.toLocalFile();
  }
};

class MediaTest : public TrainTest {
 protected:
  void makeTable(const QString& name) const {
    QByteArray text = "age;city;note;sex;weight\n";
    for (int i = 0; i < 120; ++i)
      text += QString("%1;%2;note %3;%4;%5\n")
                  .arg(20 + i * 7 % 45)
                  .arg(i % 3 == 0 ? "Oslo" : "Bern")
                  .arg(i)
                  .arg(i % 2 ? "f" : "m")
                  .arg(50 + i % 40)
                  .toUtf8();
    writeFile(name, text);
  }
  void makeSounds(const QString& name) const {
    QDir(folder_.path()).mkpath(name);
    for (int i = 0; i < 6; ++i) {
      Sound sound{8000, 1, {}};
      for (int t = 0; t < 1500; ++t)
        sound.samples.push_back(static_cast<float>(0.5 * std::sin(0.4 * t + i)));
      write_wav(sound, file(QString("%1/%2.wav").arg(name).arg(i)).toStdString());
    }
  }
  QWidget* field(const char* name) const { return form().findChild<QWidget*>(name); }
  /// Of the options that only some methods have.
  template <typename Widget>
  Widget* option(const QString& name) const {
    return form().findChild<Widget*>("option_" + name);
  }
  /// The smallest networks there are.
  void makeSmall(int batch) const {
    auto* width = child<QComboBox>("features");
    width->setCurrentIndex(width->findData(8));
    child<QSpinBox>("batch")->setValue(batch);
    child<QSpinBox>("epochs")->setValue(1);
    child<QSpinBox>("epochsDecay")->setValue(0);
    option<QSpinBox>("latent")->setValue(4);
    option<QSpinBox>("n-critic")->setValue(1);
    allEpochs();
  }
  /// Every loss that the run has told is a curve, and there is a sheet of samples.
  void expectShown(const QString& path) const {
    const History history = read_history(RunFolder{path.toStdString()}.metrics());
    ASSERT_FALSE(history.losses.empty());
    ASSERT_FALSE(history.validations.empty());
    for (const auto& [name, value] : history.losses.back().losses)
      EXPECT_TRUE(waitFor([&] {
        return !view().losses()->painted(QString::fromStdString(name)).isEmpty();
      })) << name;
    EXPECT_TRUE(showsSheet(path + "/" +
                           QString::fromStdString(history.validations.back().sample.string())));
    EXPECT_FALSE(child<QPushButton>("useButton")->isVisible());
    const bool pictures = card(path).medium == Medium::pictures;
    EXPECT_EQ(child<QComboBox>("sampleKind")->isVisible(), pictures);
    EXPECT_EQ(train().actions().study->isEnabled(), pictures);
  }
};

const char* const kOfPictures[] = {"cropSize",  "scale",         "direction",    "flip",
                                   "augment",   "varyColours",   "spectralNorm", "precision",
                                   "startFrom", "secondPictures"};

TEST_F(MediaTest, ATableIsLearned) {
  makeTable("people.csv");
  form().setTask(TrainTask::table);
  child<QToolButton>("advanced")->click();
  EXPECT_EQ(child<QLabel>("startProblem")->text(), "Choose the table first");
  for (const char* name : kOfPictures) EXPECT_FALSE(field(name)->isVisible()) << name;
  for (const char* name : {"columns", "target", "modes", "pac", "latent", "n-critic"})
    EXPECT_TRUE(option<QWidget>(name)->isVisible()) << name;
  for (const char* name : {"batch", "epochs", "learningRate", "features"})
    EXPECT_TRUE(field(name)->isVisible()) << name;
  EXPECT_EQ(option<QWidget>("length"), nullptr) << "of sounds";
  EXPECT_EQ(option<QSpinBox>("pac")->value(), 10);
  EXPECT_EQ(option<QSpinBox>("latent")->value(), 128);

  fileToOpen_ = file("people.csv");
  child<QPushButton>("choosePictures")->click();
  makeSmall(20);
  ASSERT_TRUE(canStart()) << form().problem().toStdString() << form().report().text().toStdString();
  EXPECT_EQ(form().settings().name, "people");
  const QString report = form().report().text();
  EXPECT_TRUE(report.contains("96 rows to learn from")) << report.toStdString();
  EXPECT_TRUE(report.contains("age: integer, 20 to 64")) << report.toStdString();
  EXPECT_TRUE(report.contains("note: left out, has 120 different texts")) << report.toStdString();
  EXPECT_TRUE(report.contains("“Columns”")) << report.toStdString();
  EXPECT_FALSE(report.contains("--")) << report.toStdString();
  ASSERT_TRUE(waitFor([&] { return child<QLabel>("memory")->text().startsWith("Takes "); }))
      << child<QLabel>("memory")->text().toStdString();
  EXPECT_TRUE(waitFor([&] {
    return child<QLabel>("trainTimeWords")->text().contains("times through the table");
  })) << child<QLabel>("trainTimeWords")->text().toStdString();

  // What a column is can be said; what it cannot be is told.
  auto* columns = option<QLineEdit>("columns");
  const auto say = [&](const QString& text) {
    columns->selectAll();
    QTest::keyClicks(columns, text);
    QTest::keyClick(columns, Qt::Key_Return);
  };
  say("city=number");
  ASSERT_TRUE(waitFor([&] { return form().report().text().contains("city"); }));
  ASSERT_TRUE(waitFor([&] { return form().problem().startsWith("This table cannot"); }));
  say("age=category");
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  EXPECT_TRUE(form().report().text().contains("age: category of 45"));

  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  EXPECT_EQ(banner("trainBanner"), "");
  const TrainingRequest request = read_run(run("people").toStdString()).request;
  EXPECT_EQ(request.method, "tabular");
  EXPECT_EQ(request.data.kind, DataKind::table);
  EXPECT_EQ(request.data.dataroot, file("people.csv").toStdString());
  EXPECT_EQ(request.data.columns, std::vector<std::string>{"age=category"});
  EXPECT_EQ(request.data.latent, 4);
  EXPECT_EQ(request.data.batch_size, 20);
  EXPECT_EQ(card(run("people")).method, "CTGAN");
  expectShown(run("people"));
  EXPECT_TRUE(child<QComboBox>("metric")->itemText(0).startsWith("Distance of the columns"));
  EXPECT_FALSE(child<QToolButton>("listen")->isVisible());
}

TEST_F(MediaTest, SoundsAreLearned) {
  makeSounds("tones");
  form().setTask(TrainTask::sounds);
  child<QToolButton>("advanced")->click();
  EXPECT_EQ(child<QLabel>("startProblem")->text(), "Choose the folder of sounds first");
  for (const char* name : kOfPictures) EXPECT_FALSE(field(name)->isVisible()) << name;
  EXPECT_EQ(option<QComboBox>("length")->currentText(), "1024") << "a quick try";
  EXPECT_EQ(option<QWidget>("pac"), nullptr) << "of tables";
  folderToPick_ = file("tones");
  child<QPushButton>("choosePictures")->click();
  makeSmall(4);
  option<QSpinBox>("rate")->setValue(8000);
  option<QSpinBox>("phase-shuffle")->setValue(1);
  ASSERT_TRUE(canStart()) << form().problem().toStdString() << form().report().text().toStdString();
  EXPECT_TRUE(form().report().text().contains("6 WAV files"))
      << form().report().text().toStdString();

  // A file that cannot be read is an error here as it is with pictures.
  writeFile("tones/broken.wav", "RIFF and nothing more");
  child<QPushButton>("choosePictures")->click();
  ASSERT_TRUE(waitFor([&] { return form().report().text().contains("broken.wav"); }))
      << form().report().text().toStdString();
  EXPECT_FALSE(child<QPushButton>("startTraining")->isEnabled());
  ASSERT_TRUE(QFile::remove(file("tones/broken.wav")));
  child<QPushButton>("choosePictures")->click();
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();

  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  const TrainingRequest request = read_run(run("tones").toStdString()).request;
  EXPECT_EQ(request.method, "wavegan");
  EXPECT_EQ(request.data.kind, DataKind::sounds);
  EXPECT_EQ(request.data.length, 1024);
  EXPECT_EQ(request.data.rate, 8000);
  EXPECT_EQ(request.phase_shuffle, 1);
  EXPECT_EQ(request.critic_steps, 1);
  EXPECT_EQ(card(run("tones")).method, "WaveGAN");
  expectShown(run("tones"));
  EXPECT_TRUE(child<QComboBox>("metric")->itemText(0).startsWith("Distance of the mean spectra"));
  // The sounds of the sheet can be heard.
  ASSERT_TRUE(child<QToolButton>("listen")->isVisible());
  const Opened opened;
  child<QToolButton>("listen")->click();
  EXPECT_TRUE(opened.file.endsWith(".wav")) << opened.file.toStdString();
  EXPECT_EQ(QFileInfo(opened.file).absolutePath(), run("tones") + "/samples");
}

TEST_F(MediaTest, PicturesOfEachKindAreLearned) {
  const auto save = [&](const QString& name, QColor colour) {
    QDir(folder_.path()).mkpath(QFileInfo(name).path());
    QImage picture(40, 40, QImage::Format_RGB32);
    picture.fill(colour);
    ASSERT_TRUE(picture.save(file(name)));
  };
  for (int i = 0; i < 6; ++i) {
    save(QString("fruit/apple/%1.png").arg(i), QColor(200 + i, 20 * i, 30));
    save(QString("fruit/pear/%1.png").arg(i), QColor(60, 180, 30 * i));
  }
  form().setTask(TrainTask::kinds);
  child<QToolButton>("advanced")->click();
  for (const char* name : {"scale", "direction", "secondPictures", "startFrom"})
    EXPECT_FALSE(field(name)->isVisible()) << name;
  for (const char* name : {"cropSize", "features", "batch", "epochs", "learningRate", "ganMode"})
    EXPECT_TRUE(field(name)->isVisible()) << name;

  // What is not sorted has no kinds.
  folderToPick_ = file("fruit/apple");
  child<QPushButton>("choosePictures")->click();
  ASSERT_TRUE(waitFor([&] { return form().problem().startsWith("These pictures cannot"); }))
      << form().report().text().toStdString();
  form().setTask(TrainTask::samples);
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  EXPECT_TRUE(form().report().text().contains("6 pictures to learn from"))
      << form().report().text().toStdString();
  form().setTask(TrainTask::kinds);
  folderToPick_ = file("fruit");
  child<QPushButton>("choosePictures")->click();
  ASSERT_TRUE(canStart()) << form().problem().toStdString() << form().report().text().toStdString();
  EXPECT_TRUE(form().report().text().contains("12 pictures to learn from\n2 kinds: apple, pear"))
      << form().report().text().toStdString();
  EXPECT_EQ(child<QLabel>("exampleWords")->text(), "As the networks see them:");

  auto* width = child<QComboBox>("features");
  width->setCurrentIndex(width->findData(8));
  child<QSpinBox>("batch")->setValue(4);
  child<QSpinBox>("epochs")->setValue(1);
  option<QSpinBox>("latent")->setValue(4);
  allEpochs();
  ASSERT_TRUE(canStart()) << form().report().text().toStdString();
  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  EXPECT_EQ(banner("trainBanner"), "");
  const TrainingRequest request = read_run(run("fruit").toStdString()).request;
  EXPECT_EQ(request.method, "dcgan");
  EXPECT_EQ(request.data.kind, DataKind::samples);
  EXPECT_TRUE(request.data.labels);
  EXPECT_EQ(request.data.crop_size, 32);
  EXPECT_EQ(request.data.held_out, 0);
  EXPECT_EQ(card(run("fruit")).method, "DCGAN");
  EXPECT_TRUE(card(run("fruit")).fromNoise);
  expectShown(run("fruit"));
}

TEST_F(MediaTest, EachMediumKeepsWhatWasChosenOfIt) {
  makeTable("people.csv");
  makeSounds("tones");
  makePairs("pairs", 3);
  choose("pairs", 1);
  ASSERT_TRUE(canStart());
  form().setTask(TrainTask::sounds);
  EXPECT_EQ(form().settings().folder, "");
  form().setFolder(file("tones"));
  // A table that is dropped is learned from as one; a folder dropped then as one of pictures.
  form().setDropped(file("people.csv"));
  EXPECT_EQ(form().settings().task, TrainTask::table);
  EXPECT_EQ(form().settings().folder, file("people.csv"));
  form().setTask(TrainTask::sounds);
  EXPECT_EQ(form().settings().folder, file("tones"));
  EXPECT_EQ(form().settings().name, "tones");
  form().setTask(TrainTask::pairs);
  EXPECT_EQ(form().settings().folder, file("pairs"));
  EXPECT_TRUE(child<QWidget>("startFrom")->isVisible());
  EXPECT_TRUE(canStart()) << form().problem().toStdString();
  form().setTask(TrainTask::table);
  form().setDropped(file("pairs"));
  EXPECT_EQ(form().settings().task, TrainTask::pairs);
}

TEST(Presets, WhatIsMadeOfNoiseIsTrainedByItsMethod) {
  for (const TrainTask task : {TrainTask::samples, TrainTask::kinds, TrainTask::fineSamples,
                               TrainTask::table, TrainTask::sounds}) {
    for (const TrainSize size : {TrainSize::quick, TrainSize::small, TrainSize::paper}) {
      const TrainSettings settings = settingsFor(task, size);
      const TrainingRequest request = to_request(settings);
      EXPECT_EQ(request.method, methodOf(task).toStdString());
      EXPECT_NO_THROW(check(request)) << static_cast<int>(size);
      EXPECT_NO_THROW(check(to_request(paced(settings, {{}, 100, 40}))));
      DataOptions data = request.data;
      hold_out(data);
      EXPECT_EQ(data.held_out, 0);
    }
    // The paper's is the command line's.
    const TrainingRequest made = to_request(settingsFor(task, TrainSize::paper)),
                          wanted = default_request(made.method);
    EXPECT_EQ(made.data.length, wanted.data.length);
    EXPECT_EQ(made.data.latent, wanted.data.latent);
    EXPECT_EQ(made.packed_rows, wanted.packed_rows);
    EXPECT_EQ(made.critic_steps, wanted.critic_steps);
    EXPECT_EQ(made.validate_epochs, wanted.validate_epochs);
  }
  TrainSettings settings = settingsFor(TrainTask::table, TrainSize::quick);
  settings.more = {{"pac", "5"}, {"columns", "a=skip, b=category"}, {"target", "b"}};
  const TrainingRequest request = to_request(settings);
  EXPECT_EQ(request.packed_rows, 5);
  EXPECT_EQ(request.data.columns, (std::vector<std::string>{"a=skip", "b=category"}));
  EXPECT_EQ(request.target, "b");
}

}  // namespace
}  // namespace imago::gui
