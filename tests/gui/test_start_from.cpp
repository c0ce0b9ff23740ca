// Going on from a model that is there already.
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>

#include "gui/library/library_page.h"
#include "gui/session/session_requests.h"
#include "gui/session/train_presets.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

TEST(StartFrom, OnlySidesThatTheNetworkTakesAreOffered) {
  StartModel unet{"/unet.pth", 1, 3, 256, 256, 352};
  EXPECT_EQ(cropSizesOf(TrainTask::pairs, unet), (QList<int>{256, 512}));
  TrainSettings settings = settingsFor(TrainTask::pairs, TrainSize::quick);
  startFrom(settings, unet);
  EXPECT_EQ(settings.cropSize, 512) << "where it learned, or the next larger one";
  unet.side = 0;
  settings = settingsFor(TrainTask::pairs, TrainSize::quick);
  startFrom(settings, unet);
  EXPECT_EQ(settings.cropSize, 256);
  EXPECT_EQ(to_request(settings).init_model, "/unet.pth");

  const StartModel upscaler{"/x2.pth", 2, 3, 1, 1, 0};
  settings = settingsFor(TrainTask::upscale, TrainSize::quick);
  startFrom(settings, upscaler);
  EXPECT_EQ(to_request(settings).data.scale, 2);
}

TEST(StartFrom, TasksThatFitTheModel) {
  const StartModel pairs{"/a.pth", 1, 3, 1, 1, 0}, grey{"/g.pth", 1, 1, 1, 1, 0},
      upscaler{"/u.pth", 4, 3, 1, 1, 0};
  for (const TrainTask task : allTasks()) {
    EXPECT_EQ(serves(upscaler, task), task == TrainTask::upscale);
    EXPECT_EQ(serves(grey, task), task == TrainTask::colour);
    EXPECT_EQ(serves(pairs, task), mediumOf(task) == Medium::pictures && !makesSamples(task) &&
                                       task != TrainTask::upscale && task != TrainTask::colour);
    EXPECT_TRUE(serves({}, task));
  }
  for (const StartModel& model : {pairs, grey, upscaler})
    EXPECT_TRUE(serves(model, taskFor(model)));
}

TEST_F(TrainTest, AModelIsTrainedFurtherInThreeClicks) {
  // The model: what a run of this program has learned.
  start("negatives", 1);
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  ASSERT_TRUE(QFile::copy(run("negatives") + "/latest_net_G.pth", file("models/mine.pth")));
  AppTest::start();
  ASSERT_TRUE(waitFor([&] {
    return !child<QListWidget>("libraryList")->findItems("mine", Qt::MatchExactly).isEmpty();
  }));
  window_->showPage(window_->libraryPage());
  auto* list = child<QListWidget>("libraryList");
  list->setCurrentItem(list->findItems("mine", Qt::MatchExactly).first());

  child<QPushButton>("trainModel")->click();  // the first
  ASSERT_TRUE(train().isVisible());
  ASSERT_TRUE(waitFor([&] { return form().settings().startFrom.path == file("models/mine.pth"); }));
  EXPECT_EQ(form().settings().task, TrainTask::pairs);
  EXPECT_EQ(form().settings().cropSize, kSide) << "at the side where it learned";
  EXPECT_FALSE(child<QComboBox>("features")->isEnabled());
  EXPECT_TRUE(child<QLabel>("startFromWords")->text().startsWith("mine goes on"));
  makePairs("own", 3);
  folderToPick_ = file("own");
  child<QPushButton>("choosePictures")->click();  // the second
  child<QSpinBox>("epochs")->setValue(1);         // for the test's sake
  child<QSpinBox>("epochsDecay")->setValue(0);
  allEpochs();
  auto* rate = child<QDoubleSpinBox>("learningRate");
  rate->setValue(rate->minimum());
  ASSERT_TRUE(canStart()) << form().problem().toStdString();
  child<QPushButton>("startTraining")->click();  // the third
  ASSERT_TRUE(ends()) << banner("trainBanner").toStdString();
  EXPECT_EQ(read_run(run("own").toStdString()).request.init_model,
            file("models/mine.pth").toStdString());
  // It began with those weights: with a rate of nearly nothing it is nearly there still.
  const StateDict before = load_generator(file("models/mine.pth").toStdString()).weights;
  const StateDict after = load_generator((run("own") + "/latest_net_G.pth").toStdString()).weights;
  double most = 0;
  for (const auto& [key, tensor] : before) {
    if (key.find("running") != std::string::npos || key.ends_with("tracked")) continue;
    ASSERT_TRUE(after.contains(key)) << key;
    const std::vector<float> x = tensor.to_float(), y = after.find(key)->to_float();
    ASSERT_EQ(x.size(), y.size()) << key;
    for (size_t i = 0; i < x.size(); ++i)
      most = std::max(most, std::abs(static_cast<double>(x[i]) - y[i]));
  }
  EXPECT_LT(most, 1e-4);
}

TEST_F(TrainTest, AModelThatCannotLearnTheTaskIsLeftOutAndToldOf) {
  ASSERT_TRUE(waitFor([&] { return child<QComboBox>("startFrom")->findText("fast") >= 0; }));
  form().setTask(TrainTask::pairs);
  form().setStartFrom(file("models/fast.safetensors"));  // it makes pictures twice as large
  EXPECT_EQ(form().settings().task, TrainTask::upscale);
  EXPECT_EQ(form().settings().scale, 2);
  form().setTask(TrainTask::pairs);
  EXPECT_EQ(form().settings().startFrom.path, "");
  EXPECT_EQ(child<QLabel>("startFromWords")->text(), "fast cannot learn this.");
}

TEST_F(TrainTest, AFileThatIsNoModelIsNotGoneOnFrom) {
  writeFile("text.pth", "this is no model");
  auto* combo = child<QComboBox>("startFrom");
  modelToOpen_ = file("text.pth");
  combo->setCurrentIndex(combo->count() - 1);
  emit combo->activated(combo->count() - 1);
  ASSERT_TRUE(waitFor([&] { return !banner("trainBanner").isEmpty(); }));
  EXPECT_EQ(form().settings().startFrom.path, "");
  EXPECT_EQ(combo->currentIndex(), 0);
}

}  // namespace
}  // namespace imago::gui
