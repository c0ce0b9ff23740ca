// What the Train page shows of numbers, and what it makes of choices: without a device.
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "gui/session/session_reason.h"
#include "gui/session/session_requests.h"
#include "gui/session/train_presets.h"
#include "gui/session/words.h"
#include "gui/train/health_panel.h"
#include "gui/train/run_list.h"
#include "gui/widgets/curve.h"
#include "gui/widgets/line_chart.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

QList<QPointF> noise(int count) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  QList<QPointF> points;
  for (int i = 0; i < count; ++i) points.append({i * 10.0, 5 + normal(random)});
  return points;
}

TEST(Curve, SmoothingIsTheWeightedMeanOfWhatCameBefore) {
  const QList<QPointF> points = noise(40);
  const double weight = 0.8;
  const QList<QPointF> smooth = smoothed(points, weight);
  ASSERT_EQ(smooth.size(), points.size());
  for (int n = 0; n < points.size(); ++n) {
    double sum = 0, weights = 0;  // the definition, written out
    for (int i = 0; i <= n; ++i) {
      sum += std::pow(weight, n - i) * points[i].y();
      weights += std::pow(weight, n - i);
    }
    EXPECT_NEAR(smooth[n].y(), sum / weights, 1e-12);
    EXPECT_EQ(smooth[n].x(), points[n].x());
  }
  EXPECT_EQ(smoothed(points, 0), points);
}

TEST(Curve, WhatIsNotANumberIsLeftOut) {
  QList<QPointF> points = noise(5);
  points[2].setY(std::numeric_limits<double>::quiet_NaN());
  points[3].setY(std::numeric_limits<double>::infinity());
  const QList<QPointF> smooth = smoothed(points, 0.5);
  ASSERT_EQ(smooth.size(), 3);
  EXPECT_TRUE(std::isfinite(smooth.last().y()));
}

TEST(Curve, ThinningKeepsPeaksAndEnds) {
  QList<QPointF> points = noise(100'000);
  points[43'210].setY(1e6);
  points[77'777].setY(-1e6);
  const QList<QPointF> few = thinned(points, 1000);
  EXPECT_LE(few.size(), 1000);
  EXPECT_TRUE(few.contains(points[43'210]));
  EXPECT_TRUE(few.contains(points[77'777]));
  EXPECT_EQ(few.first(), points.first());
  EXPECT_EQ(few.last(), points.last());
  EXPECT_TRUE(std::ranges::is_sorted(few, {}, &QPointF::x));
  EXPECT_EQ(thinned(noise(500), 1000), noise(500));
}

TEST(Chart, ALogarithmicAxisLeavesOutWhatItHasNoPlaceFor) {
  LineChart chart("Losses", "Nothing");
  chart.resize(600, 300);
  chart.setCurves({{"critic", {{1, -2}, {2, 0}, {3, 0.5}, {4, 50}}}});
  EXPECT_EQ(chart.painted("critic").size(), 4);
  chart.setLogarithmic(true);
  EXPECT_EQ(chart.painted("critic"), (QList<QPointF>{{3, 0.5}, {4, 50}}));
  chart.setLogarithmic(false);
  EXPECT_EQ(chart.painted("critic").size(), 4);
}

TEST(Chart, TheKeyTellsTheLastValueAndHidesACurve) {
  LineChart chart("Losses", "Nothing");
  chart.resize(600, 300);
  chart.setCurves({{"G_L1", {{1, 20}, {2, 12.5}}}, {"D_real", {{1, 0.7}, {2, 0.25}}}});
  auto* key = chart.findChild<QAbstractButton*>("key G_L1");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->text(), "G_L1  12.5");
  key->setChecked(false);
  EXPECT_TRUE(chart.painted("G_L1").isEmpty());
  EXPECT_FALSE(chart.painted("D_real").isEmpty());
  chart.setCurves({{"D_real", {{1, 0.7}}}});
  EXPECT_EQ(chart.findChild<QAbstractButton*>("key G_L1"), nullptr);
  chart.setCurves({{"G_L1", {{1, 20}, {2, 12.5}}}});
  EXPECT_TRUE(chart.painted("G_L1").isEmpty()) << "what was hidden stays so in another run";
}

TEST(Chart, AHundredThousandStepsArePaintedAsFewPoints) {
  LineChart chart("Losses", "Nothing");
  chart.resize(600, 300);
  chart.setSmoothing(0.9);
  chart.setCurves({{"G_L1", noise(100'000)}});
  EXPECT_LE(chart.painted("G_L1").size(), 1200);
}

TEST(Presets, ThePapersSizeIsWhatTheCommandLineDoes) {
  for (const TrainTask task : allTasks()) {
    TrainSettings settings = settingsFor(task, TrainSize::paper);
    settings.folder = "/pictures";
    const TrainingRequest made = to_request(settings);
    const TrainingRequest expected = default_request(made.method);
    SCOPED_TRACE(titleOf(task).toStdString());
    EXPECT_EQ(made.generator, expected.generator);
    EXPECT_EQ(made.discriminator, expected.discriminator);
    EXPECT_EQ(made.generator_features, expected.generator_features);
    EXPECT_EQ(made.discriminator_features, expected.discriminator_features);
    EXPECT_EQ(made.data.crop_size, expected.data.crop_size);
    EXPECT_EQ(made.data.batch_size, expected.data.batch_size);
    EXPECT_EQ(made.data.scale, expected.data.scale);
    EXPECT_EQ(made.schedule.learning_rate, expected.schedule.learning_rate);
    EXPECT_EQ(made.schedule.epochs, expected.schedule.epochs);
    EXPECT_EQ(made.schedule.epochs_decay, expected.schedule.epochs_decay);
    EXPECT_EQ(made.pixel_epochs, expected.pixel_epochs);
    EXPECT_EQ(made.gan_mode, expected.gan_mode);
    EXPECT_EQ(made.data.augment, expected.data.augment);
    EXPECT_EQ(made.save_steps, expected.save_steps);
    if (task != TrainTask::upscale && !makesSamples(task)) {
      EXPECT_EQ(made.data.load_size, expected.data.load_size);
    }
  }
}

TEST(Presets, ColoursKeepTheBrightnessAndDrawingsAreOfBothKinds) {
  for (const TrainTask task : allTasks()) {
    TrainSettings settings = settingsFor(task, TrainSize::quick);
    settings.folder = "/pictures";
    for (const bool backwards : {false, true}) {
      settings.backwards = backwards;
      const TrainingRequest made = to_request(settings);
      EXPECT_NO_THROW(check(made.data));
      EXPECT_EQ(made.keep_luma, task == TrainTask::colour && !backwards);
      EXPECT_EQ(made.data.white_on_black > 0, task == TrainTask::sketch && !backwards);
    }
  }
}

TEST(Presets, TwoFoldersAreOfBothTasksThatHaveAAndB) {
  for (const TrainTask task : allTasks()) {
    EXPECT_EQ(takesTwoFolders(task), task == TrainTask::pairs || task == TrainTask::unpaired);
    if (!takesTwoFolders(task)) continue;
    TrainSettings settings = settingsFor(task, TrainSize::quick);
    settings.folder = "/horses";
    EXPECT_EQ(to_request(settings).data.dataroot_b, "");
    EXPECT_EQ(picturesOf(settings), "/horses");
    settings.secondFolder = "/zebras";
    const DataOptions data = to_request(settings).data;
    EXPECT_EQ(data.dataroot, "/horses");
    EXPECT_EQ(data.dataroot_b, "/zebras");
    EXPECT_EQ(data.kind, task == TrainTask::pairs ? DataKind::paired : DataKind::unaligned);
    EXPECT_NO_THROW(check(to_request(settings)));
    EXPECT_EQ(picturesOf(settings), "/horses and /zebras");
  }
}

TEST(Presets, PicturesAreHeldOutWhereThereAreEnough) {
  const QTemporaryDir folder;
  const auto fill = [&](const QString& name, int count) {
    QDir(folder.path()).mkpath(name);
    for (int i = 0; i < count; ++i) {
      QFile file(folder.filePath(QString("%1/%2.png").arg(name).arg(i)));
      ASSERT_TRUE(file.open(QIODevice::WriteOnly));  // listed, and not read
    }
  };
  const auto held = [](DataOptions data) {
    hold_out(data);
    return data.held_out;
  };
  fill("horses", 60);
  fill("zebras", 39);
  TrainSettings settings = settingsFor(TrainTask::unpaired, TrainSize::quick);
  settings.folder = folder.filePath("horses");
  settings.secondFolder = folder.filePath("zebras");
  EXPECT_EQ(held(to_request(settings).data), 0);  // the smaller folder counts
  fill("zebras", 40);
  EXPECT_EQ(held(to_request(settings).data), 8);
  settings.secondFolder.clear();
  settings.task = TrainTask::sketch;
  EXPECT_EQ(held(to_request(settings).data), 8);
  settings.folder = folder.filePath("zebras");
  EXPECT_EQ(held(to_request(settings).data), 0);  // 40 of one folder are few
  settings.folder = folder.filePath("horses");
  fill("horses/val", 1);
  EXPECT_EQ(held(to_request(settings).data), 0);  // there are some already
}

TEST(Presets, EveryChoiceMakesNetworksThatFit) {
  for (const TrainTask task : allTasks()) {
    for (const TrainSize size : {TrainSize::quick, TrainSize::small, TrainSize::paper}) {
      for (const int side : cropSizesOf(task)) {
        TrainSettings settings = settingsFor(task, size);
        setCropSize(settings, side);
        EXPECT_NO_THROW(check(to_request(settings)))
            << titleOf(task).toStdString() << ", " << titleOf(size).toStdString() << ", " << side;
      }
    }
  }
}

TEST(Presets, NamesOfRunsAreNotTakenTwice) {
  const QTemporaryDir runs;
  EXPECT_EQ(suggestName("/somewhere/facades", runs.path()), "facades");
  QDir(runs.path()).mkdir("facades");
  EXPECT_EQ(suggestName("/somewhere/facades/", runs.path()), "facades 2");
  QDir(runs.path()).mkdir("facades 2");
  EXPECT_EQ(suggestName("/somewhere/facades", runs.path()), "facades 3");
  EXPECT_EQ(problemWithName("facades 3", runs.path()), "");
  for (const QString bad : {"", "  ", "facades", "a/b", "..", ".hidden"}) {
    EXPECT_NE(problemWithName(bad, runs.path()), "") << bad.toStdString();
  }
}

TEST(Health, SaysInWordsWhatTheHistoryKnows) {
  HealthPanel panel;
  panel.setHistory({});
  EXPECT_EQ(panel.text(), "Nothing is known yet.");
  RunHistory history;
  history.step = 100;
  history.accuracy = 0.75;
  history.milliseconds = 100;
  history.dataMilliseconds = 10;
  panel.setHistory(history);
  EXPECT_TRUE(panel.text().contains("No problem noticed"));
  EXPECT_TRUE(panel.text().contains("75 %"));
  EXPECT_FALSE(panel.text().contains("Reading pictures"));
  history.dataMilliseconds = 60;
  history.alarms = {{50, "nan", "Numbers were not finite.", "Lower the learning rate."}};
  history.rollbacks = 1;
  panel.setHistory(history);
  for (const QString words : {"Numbers broke, step 50", "Lower the learning rate.",
                              "last good state", "60 % of the time"}) {
    EXPECT_TRUE(panel.text().contains(words)) << words.toStdString();
  }
  EXPECT_FALSE(panel.text().contains("No problem noticed"));
}

TEST(Words, OptionsHaveTheNamesOfTheApp) {
  EXPECT_EQ(in_app_words("choose a smaller --crop-size: pictures"),
            "choose a smaller “Picture side”: pictures");
  EXPECT_EQ(in_app_words("a lower --lr, --lr-policy or --ndf"),
            "a lower “Learning rate”, --lr-policy or “Network width”");
  EXPECT_EQ(in_app_words("nothing of the kind - or -- this"), "nothing of the kind - or -- this");
}

TEST(Words, WhatTheAppHasNoFieldForIsToldPlainly) {
  EXPECT_EQ(in_app_words("Call them trainA and trainB, or name B with --dataroot-b."),
            "Call them trainA and trainB, or name B with “Second folder”.");
  EXPECT_EQ(
      in_app_words("and mirroring (no --no-flip) and a --load-size above --crop-size"),
      "and mirroring (“Mirror half of the pictures”) and a loading size above “Picture side”");
  EXPECT_EQ(in_app_words("a larger weight (--lambda-L1, --pixel-weight), a larger --pool-size"),
            "a larger weight (weight of L1, weight of the pixel loss), a larger pool of earlier "
            "results");
}

/// The options that the texts of these sources name.
QStringList optionsIn(const QDir& folder, const QString& pattern) {
  QStringList options;
  const QRegularExpression option("--[A-Za-z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*");
  for (const QString& name : folder.entryList({pattern})) {
    QFile source(folder.filePath(name));
    EXPECT_TRUE(source.open(QIODevice::ReadOnly)) << name.toStdString();
    const QString text = QString::fromUtf8(source.readAll());
    for (auto found = option.globalMatch(text); found.hasNext();)
      options.append(found.next().captured());
  }
  return options;
}

TEST(Words, NoAdviceNamesAnOption) {
  const QDir sources(IMAGO_SOURCES);
  QStringList options = optionsIn(sources.filePath("models/training"), "health.cpp");
  EXPECT_TRUE(options.contains("--lambda-L1"));
  for (const char* pattern : {"check_*.cpp", "survey.cpp"})
    options += optionsIn(sources.filePath("models/data/check"), pattern);
  for (const char* pattern : {"files.cpp", "data_options.cpp"})
    options += optionsIn(sources.filePath("models/data"), pattern);
  EXPECT_TRUE(options.contains("--dataroot-b") && options.contains("--crop-size"));
  for (const QString& option : options) {
    EXPECT_FALSE(in_app_words(option).contains("--")) << option.toStdString();
  }
}

TEST(Words, TimeAndRunsAreToldInWords) {
  EXPECT_EQ(timeLeft(-1), "");
  EXPECT_EQ(timeLeft(12.2), "about 13 s left");
  EXPECT_EQ(timeLeft(1000), "about 17 min left");
  EXPECT_EQ(timeLeft(4 * 3600), "about 4 h left");
  EXPECT_EQ(timeLeft(10 * 86400), "about 10 days left");
  EXPECT_EQ(duration(274.4), "274 ms");
  EXPECT_EQ(duration(12340), "12.3 s");
  RunCard card;
  card.step = 400;
  card.steps = 5000;
  card.resumable = true;
  EXPECT_EQ(describe(card), "Paused at step 400 of 5,000");
  card.running = true;
  EXPECT_EQ(describe(card), "Training, 8 %");
  card.running = false;
  card.finished = true;
  EXPECT_EQ(describe(card), "Finished");
}

}  // namespace
}  // namespace imago::gui
