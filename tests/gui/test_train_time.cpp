// Trainings bounded by time: what minutes mean in steps, and that they are kept to.
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QtTest>
#include <atomic>

#include "gui/session/session_requests.h"
#include "gui/session/train_presets.h"
#include "gui/session/train_time.h"
#include "models/library/identify.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

const StepTimeView kStep{{}, 200, 40};  // 200 ms, 40 steps an epoch

TrainSettings minutes(int count, TrainTask task = TrainTask::pairs) {
  TrainSettings settings = settingsFor(task, TrainSize::quick);
  settings.minutes = count;
  return settings;
}

TEST(TrainTime, StepsFillTheMinutesButForARest) {
  for (const int count : {5, 15, 60}) {
    const TrainSettings made = paced(minutes(count), kStep);
    const double seconds = static_cast<double>(made.maxSteps) * kStep.milliseconds / 1000;
    EXPECT_LE(seconds, 60 * count) << count;
    EXPECT_GE(seconds, 0.8 * 60 * count) << count;
    // The epochs hold these steps, and the learning rate falls in their second half.
    const int epochs = made.epochs + made.epochsDecay;
    EXPECT_GE(epochs * kStep.stepsPerEpoch, made.maxSteps);
    EXPECT_LT((epochs - 1) * kStep.stepsPerEpoch, made.maxSteps);
    EXPECT_NEAR(made.epochsDecay, made.epochs, 1);
    EXPECT_LE(epochs / made.validateEpochs, 40);
    EXPECT_NO_THROW(check(to_request(made)));
  }
}

TEST(TrainTime, AFirstSampleComesWithinSecondsHoweverLongAnEpochIs) {
  const TrainSettings fast = paced(minutes(5), {{}, 5, 100'000});
  EXPECT_NEAR(fast.validateSteps * 5, 8'000, 5);
  EXPECT_EQ(fast.epochs + fast.epochsDecay, 1);
  const TrainSettings slow = paced(minutes(5), {{}, 60'000, 100});
  EXPECT_EQ(slow.validateSteps, 1);
  EXPECT_GE(slow.maxSteps, 1);
  EXPECT_EQ(to_request(slow).validate_steps, 1);
  EXPECT_EQ(to_request(slow).max_steps, slow.maxSteps);
}

TEST(TrainTime, EpochsStayWhereTheyDecide) {
  const TrainSettings settings = settingsFor(TrainTask::pairs, TrainSize::small);
  const TrainSettings made = paced(settings, kStep);
  EXPECT_EQ(made.epochs, settings.epochs);
  EXPECT_EQ(made.maxSteps, 0);
  EXPECT_EQ(made.validateSteps, 40);
  EXPECT_EQ(paced(minutes(5), {"no device", 0, 0}), minutes(5));
}

TEST(TrainTime, AnUpscalersFirstEpochsAreWithoutADiscriminator) {
  const TrainSettings made = paced(minutes(15, TrainTask::upscale), kStep);
  EXPECT_GE(made.pixelEpochs, 1);
  EXPECT_NEAR(made.pixelEpochs, 0.2 * (made.epochs + made.epochsDecay), 1);
}

TEST(TrainTime, IsToldInWords) {
  EXPECT_EQ(paceWords(minutes(5), kStep),
            "About 1,275 steps, 32 times through the pictures. A step takes 200 ms here.");
  const TrainSettings epochs = settingsFor(TrainTask::pairs, TrainSize::small);
  EXPECT_EQ(paceWords(epochs, kStep),
            "4,000 steps, about 16 min, 100 times through the pictures. A step takes 200 ms here.");
  EXPECT_EQ(paceWords(epochs, {"The disk is gone", 0, 0}), "The disk is gone");
}

TEST(TrainTime, OnlyWhatChangesAStepIsMeasuredAgain) {
  TrainSettings a = minutes(5), b = minutes(60);
  b.name = "another";
  b.epochs = 77;
  EXPECT_TRUE(haveSameStep(a, b));
  b.batch = 2;
  EXPECT_FALSE(haveSameStep(a, b));
}

TEST_F(TrainTest, AQuickTryIsBoundedByTimeAndSaysWhatThatMeans) {
  auto* time = child<QComboBox>("trainTime");
  const auto words = [&] { return child<QLabel>("trainTimeWords")->text(); };
  EXPECT_EQ(form().settings().minutes, 5);
  form().setSize(TrainSize::paper);
  EXPECT_EQ(form().settings().minutes, 0);
  form().setSize(TrainSize::quick);
  makePairs("pairs", 3);
  choose("pairs", 4);
  EXPECT_EQ(form().settings().minutes, 0) << "whoever chooses epochs means them";
  ASSERT_TRUE(waitFor([&] { return words().startsWith("12 steps, about "); }))
      << words().toStdString();
  time->setCurrentIndex(time->findData(15));
  emit time->activated(time->currentIndex());
  ASSERT_TRUE(waitFor([&] { return words().startsWith("About "); })) << words().toStdString();
  EXPECT_TRUE(words().contains("times through the pictures"));
  EXPECT_GT(child<QSpinBox>("epochs")->value(), 4) << "the epochs follow";
  AppTest::start();
  window_->showPage(train());
  EXPECT_EQ(form().settings().minutes, 15) << "it is remembered";
}

TEST_F(TrainTest, AFirstSampleIsThereLongBeforeAnEpochEnds) {
  makePairs("pairs", 3);
  choose("pairs", 2);
  ASSERT_TRUE(canStart());
  // As if the folder had many pictures: an epoch is longer than anybody waits.
  TrainSettings settings = form().settings();
  settings = paced(settings, {{}, 2'000, 3});
  EXPECT_EQ(settings.validateSteps, 4);
  auto* session = window_->findChild<TrainingSession*>();
  const Heard ended(session, &TrainingSession::trainingEnded);
  session->start(form().settings());
  ASSERT_TRUE(waitFor([&] { return ended.count() == 1; }, kTrainMs));
  EXPECT_GT(read_run(run("pairs").toStdString()).request.validate_steps, 0);
}

TEST_F(TrainTest, WhatIsBoundedByTimeEndsWholeAndIsResumed) {
  makePairs("pairs", 3);
  choose("pairs", 1);
  auto* time = child<QComboBox>("trainTime");
  time->setCurrentIndex(time->findData(5));
  emit time->activated(time->currentIndex());
  ASSERT_EQ(form().settings().minutes, 5);
  ASSERT_TRUE(canStart()) << form().problem().toStdString();
  auto* session = window_->findChild<TrainingSession*>();
  std::atomic<qint64> now = 1'000;  // by which the minutes are counted: it goes on when told to
  session->setClock([&now] { return now.load(); });
  TrainEnd end;
  QObject context;
  QObject::connect(session, &TrainingSession::trainingEnded, &context,
                   [&](const TrainEnd& told) { end = told; });
  child<QPushButton>("startTraining")->click();
  ASSERT_TRUE(passes(2)) << banner("trainBanner").toStdString();
  now += 5 * 60'000;  // not yet over
  ASSERT_TRUE(passes(card(run("pairs")).step + 3));
  now += 1;
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  EXPECT_TRUE(end.timeUp);
  EXPECT_FALSE(end.finished);
  EXPECT_EQ(end.error.toStdString(), "");
  EXPECT_TRUE(banner("trainBanner").contains("its time was up"))
      << banner("trainBanner").toStdString();
  // All of it is on the disk: the step it ended at, and networks that can be used.
  const RunInfo info = read_run(run("pairs").toStdString());
  EXPECT_TRUE(info.resumable);
  EXPECT_EQ(info.step, end.step);
  EXPECT_NO_THROW(load_generator((run("pairs") + "/latest_net_G.pth").toStdString()));

  // Resumed it has no bound any more.
  ASSERT_TRUE(waitFor([&] { return shows("resumeButton"); }));
  child<QPushButton>("resumeButton")->click();
  ASSERT_TRUE(passes(end.step + 2)) << banner("trainBanner").toStdString();
  train().actions().pause->trigger();
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  EXPECT_FALSE(end.timeUp);
  EXPECT_TRUE(read_run(run("pairs").toStdString()).resumable);
}

}  // namespace
}  // namespace imago::gui
