// The Playground page driven through its widgets: real games on a real device.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QImageReader>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QtTest>
#include <cmath>
#include <numbers>

#include "gui/playground/contour.h"
#include "gui/playground/play_canvas.h"
#include "gui/playground/play_controls.h"
#include "gui/playground/play_scales.h"
#include "gui/playground/play_side.h"
#include "gui/playground/playground_page.h"
#include "gui/session/playground_session.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

constexpr int kRunMs = 60000;

class PlayTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    if (IsSkipped()) return;
    window_->showPage(play());
    ASSERT_TRUE(waitFor([&] { return look().scene != nullptr; }));
    child<QSlider>("playSpeed")->setValue(kSpeedEnd);
  }

  PlaygroundPage& play() const { return window_->playgroundPage(); }
  PlaySide& side(size_t i = 0) const { return *play().sides()[i]; }
  const PlayLook& look(size_t i = 0) const { return side(i).look(); }
  QString text(const char* name) const { return child<QLabel>(name)->text(); }

  /// Does `act` and waits for a look that comes of it.
  template <typename Act>
  bool answered(Act&& act, const std::function<bool()>& condition) {
    act();
    return waitFor(condition);
  }
  bool runTo(qint64 iteration) {
    play().actions().run->trigger();
    if (!waitFor([&] { return look().iteration >= iteration; }, kRunMs)) return false;
    play().actions().run->trigger();
    return waitFor([&] { return !look().running; });
  }
  bool stepTo(qint64 iteration) {
    while (look().iteration < iteration) {
      const qint64 before = look().iteration;
      play().actions().step->trigger();
      if (!waitFor([&] { return look().iteration > before; })) return false;
    }
    return true;
  }
  bool reset() {
    return answered([&] { play().actions().reset->trigger(); },
                    [&] { return look().iteration == 0 && std::isnan(look().discriminatorLoss); });
  }
  /// Waits until the run goes on with what the controls say.
  bool taken() {
    return waitFor([&] { return look().settings == play().controls().settings(); });
  }
};

TEST_F(PlayTest, RunsPausesAndTells) {
  EXPECT_EQ(text("playState"), "paused");
  EXPECT_EQ(text("playStep"), "0");
  EXPECT_EQ(text("playDLoss"), "none yet");
  EXPECT_TRUE(text("playAccuracy").contains("goal: 50 %"));
  play().actions().run->trigger();
  EXPECT_EQ(play().actions().run->text(), "&Pause");
  ASSERT_TRUE(waitFor([&] { return look().iteration >= 20; }));
  EXPECT_TRUE(text("playState").startsWith("running")) << text("playState").toStdString();
  play().actions().run->trigger();
  ASSERT_TRUE(waitFor([&] { return text("playState") == "paused"; }));
  const qint64 end = look().iteration;
  EXPECT_EQ(text("playStep"), QLocale().toString(end));
  EXPECT_EQ(text("playEpoch"), QLocale().toString(end / 10.0, 'f', 1));  // 256 of 2,560 points
  for (const char* number : {"playDLoss", "playGLoss"}) EXPECT_NE(text(number), "none yet");
  EXPECT_TRUE(text("playModes").endsWith("of 2"));
  EXPECT_EQ(look().scene->fake.size(), 512);
  // Paused is paused: nothing has come between.
  ASSERT_TRUE(answered([&] { play().actions().part->trigger(); }, [&] { return look().between; }));
  EXPECT_EQ(look().iteration, end);
  // Who looks at another page does not keep the device busy.
  play().actions().run->trigger();
  ASSERT_TRUE(waitFor([&] { return look().iteration > end; }));
  window_->showPage(page());
  ASSERT_TRUE(waitFor([&] { return !look().running; }));
  window_->showPage(play());
  const qint64 left = look().iteration;
  ASSERT_TRUE(waitFor([&] { return look().iteration > left; }));
}

TEST_F(PlayTest, TheTwoPartsOfAStep) {
  const QString discriminator = play().actions().part->text();
  ASSERT_TRUE(answered([&] { play().actions().part->trigger(); }, [&] { return look().between; }));
  EXPECT_EQ(look().iteration, 0);
  EXPECT_NE(text("playDLoss"), "none yet");
  EXPECT_EQ(text("playGLoss"), "none yet");
  EXPECT_TRUE(text("playState").contains("the generator is next"));
  EXPECT_NE(play().actions().part->text(), discriminator);
  ASSERT_TRUE(answered([&] { play().actions().part->trigger(); }, [&] { return !look().between; }));
  EXPECT_EQ(look().iteration, 1);
  EXPECT_NE(text("playGLoss"), "none yet");
  EXPECT_EQ(play().actions().part->text(), discriminator);
}

TEST_F(PlayTest, EveryControlChangesWhatItSays) {
  PlaySettings expected = play().controls().settings();
  const auto changed = [&](const auto& act, const auto& change) {
    act();
    change(expected);
    ASSERT_TRUE(waitFor([&] { return look().settings == expected; }));
  };
  const auto combo = [&](const char* name, const QVariant& value, const auto& change) {
    SCOPED_TRACE(name);
    auto* box = child<QComboBox>(name);
    ASSERT_GE(box->findData(value), 0);
    changed([&] { box->setCurrentIndex(box->findData(value)); }, change);
  };
  const auto count = [&](const char* name, int value, const auto& change) {
    SCOPED_TRACE(name);
    changed([&] { child<QSpinBox>(name)->setValue(value); }, change);
  };
  const auto number = [&](const char* name, double value, const auto& change) {
    SCOPED_TRACE(name);
    changed([&] { child<QDoubleSpinBox>(name)->setValue(value); }, change);
  };
  combo("playData", "ring", [](PlaySettings& s) { s.data = "ring"; });
  EXPECT_TRUE(text("playModes").endsWith("of 8"));
  combo("playLatent", "uniform", [](PlaySettings& s) { s.latent = "uniform"; });
  combo("playLatentDimensions", 1, [](PlaySettings& s) { s.latentDimensions = 1; });
  EXPECT_EQ(look().scene->grid.size(), look().scene->gridSide);  // a line
  combo("playActivation", "tanh", [](PlaySettings& s) { s.activation = "tanh"; });
  combo("playBatch", 64, [](PlaySettings& s) { s.batch = 64; });
  EXPECT_FALSE(child<QDoubleSpinBox>("playClip")->isVisibleTo(&play()));
  combo("playLoss", "wasserstein", [](PlaySettings& s) { s.loss = "wasserstein"; });
  EXPECT_TRUE(child<QDoubleSpinBox>("playClip")->isVisibleTo(&play()));
  number("playClip", 0.25, [](PlaySettings& s) { s.clip = 0.25; });
  combo("playLoss", "wasserstein-penalty", [](PlaySettings& s) { s.loss = "wasserstein-penalty"; });
  EXPECT_FALSE(child<QDoubleSpinBox>("playClip")->isVisibleTo(&play()));
  number("playPenaltyWeight", 2, [](PlaySettings& s) { s.penaltyWeight = 2; });
  number("playR1", 1.5, [](PlaySettings& s) { s.r1 = 1.5; });
  number("playBeta1", 0.2, [](PlaySettings& s) { s.beta1 = 0.2; });
  changed([&] { child<QCheckBox>("playSpectralNorm")->setChecked(true); },
          [](PlaySettings& s) { s.spectralNorm = true; });
  count("playSeed", 77, [](PlaySettings& s) { s.seed = 77; });
  count("generatorLayers", 1, [](PlaySettings& s) { s.generator.layers = 1; });
  count("generatorWidth", 8, [](PlaySettings& s) { s.generator.width = 8; });
  count("generatorUpdates", 2, [](PlaySettings& s) { s.generator.updates = 2; });
  number("generatorRate", 0.004, [](PlaySettings& s) { s.generator.rate = 0.004; });
  count("discriminatorLayers", 3, [](PlaySettings& s) { s.discriminator.layers = 3; });
  count("discriminatorWidth", 12, [](PlaySettings& s) { s.discriminator.width = 12; });
  count("discriminatorUpdates", 4, [](PlaySettings& s) { s.discriminator.updates = 4; });
  number("discriminatorRate", 0.02, [](PlaySettings& s) { s.discriminator.rate = 0.02; });
  EXPECT_TRUE(text("playRateText").contains("G 0.004"));

  auto* rate = child<QSlider>("playRate");
  changed([&] { rate->setValue(sliderOfRate(0.1)); },
          [](PlaySettings& s) { s.generator.rate = s.discriminator.rate = 0.1; });
  EXPECT_EQ(text("playRateText"), "0.1");
  EXPECT_EQ(child<QDoubleSpinBox>("generatorRate")->value(), 0.1);
  EXPECT_EQ(banner("playBanner"), "");
  // And it plays by them.
  ASSERT_TRUE(stepTo(1));
}

TEST_F(PlayTest, WhatIsShown) {
  ASSERT_TRUE(stepTo(1));
  const auto differs = [&](const char* name) {
    const QImage before = side().canvas().picture(200);
    child<QCheckBox>(name)->toggle();
    return side().canvas().picture(200) != before;
  };
  for (const char* layer : {"playField", "playPoints", "playGrid", "playArrows"})
    EXPECT_TRUE(differs(layer)) << layer;
  EXPECT_EQ(side().canvas().layers(), (PlayCanvas::Layers{false, false, true, true}));

  auto* speed = child<QSlider>("playSpeed");
  EXPECT_EQ(text("playSpeedText"), "as fast as it goes");
  speed->setValue(sliderOfSpeed(4));
  EXPECT_EQ(text("playSpeedText"), "4 steps/s");
}

TEST(PlayScales, ThereAndBack) {
  for (int value = 0; value <= kSpeedEnd; ++value) {
    EXPECT_EQ(sliderOfSpeed(speedOfSlider(value)), value);
    EXPECT_EQ(sliderOfRate(rateOfSlider(value)), value);
  }
  EXPECT_EQ(rateOfSlider(sliderOfRate(0.001)), 0.001);
}

TEST_F(PlayTest, OneSeedRepeatsAndAnotherDoesNot) {
  ASSERT_TRUE(stepTo(2));
  const double loss = look().discriminatorLoss;
  ASSERT_TRUE(reset());
  ASSERT_TRUE(stepTo(2));
  EXPECT_EQ(look().discriminatorLoss, loss);
  child<QSpinBox>("playSeed")->setValue(2);
  ASSERT_TRUE(taken());
  ASSERT_TRUE(reset());
  ASSERT_TRUE(stepTo(2));
  EXPECT_NE(look().discriminatorLoss, loss);
}

TEST_F(PlayTest, TheTimelineGoesBackAndForth) {
  child<QComboBox>("playBatch")->setCurrentIndex(0);  // 16, for speed
  ASSERT_TRUE(taken());
  ASSERT_TRUE(runTo(101));
  const qint64 end = look().iteration;
  const QList<QPointF> points = look().scene->fake;
  auto* timeline = child<QSlider>("playTimeline");
  ASSERT_GE(timeline->maximum(), 2);  // the beginning, 100, and now
  EXPECT_EQ(timeline->value(), timeline->maximum());
  timeline->setValue(0);
  ASSERT_TRUE(waitFor([&] { return look().iteration == 0; }));
  EXPECT_NE(look().scene->fake, points);
  EXPECT_TRUE(text("playTimelineText").startsWith("step 0 of"));
  timeline->setValue(timeline->maximum());
  ASSERT_TRUE(waitFor([&] { return look().iteration == end; }));
  EXPECT_EQ(look().scene->fake, points);
}

TEST_F(PlayTest, ASavedRunIsRepeated) {
  ASSERT_TRUE(stepTo(2));
  child<QDoubleSpinBox>("playR1")->setValue(0.7);
  ASSERT_TRUE(taken());
  ASSERT_TRUE(stepTo(3));
  const double loss = look().discriminatorLoss;
  const PlaySettings settings = look().settings;
  fileToSave_ = fileToOpen_ = file("run.json");
  play().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  child<QComboBox>("playLoss")->setCurrentIndex(2);
  ASSERT_TRUE(reset());
  play().actions().open->trigger();
  ASSERT_TRUE(waitFor([&] { return look().iteration == 3; }));
  EXPECT_EQ(look().discriminatorLoss, loss);
  EXPECT_EQ(look().settings, settings);
  ASSERT_TRUE(waitFor([&] { return play().controls().settings() == settings; }));

  writeFile("none.json", "{}");
  fileToOpen_ = file("none.json");
  play().actions().open->trigger();
  ASSERT_TRUE(waitFor([&] { return banner("playBanner").contains("no run of the playground"); }));
  EXPECT_EQ(look().iteration, 3);  // the run that was there still is
  ASSERT_TRUE(stepTo(4));

  fileToSave_ = file("plane.png");
  play().actions().picture->trigger();
  EXPECT_EQ(QImage(fileToSave_), side().canvas().picture(QImage(fileToSave_).width()));
}

TEST_F(PlayTest, OwnDrawing) {
  auto* data = child<QComboBox>("playData");
  EXPECT_FALSE(child<QPushButton>("clearDrawing")->isVisible());
  data->setCurrentIndex(data->findData("drawn"));
  EXPECT_TRUE(side().canvas().isDrawing());
  EXPECT_TRUE(child<QPushButton>("clearDrawing")->isVisible());
  EXPECT_EQ(look().settings.data, "two-clusters");  // until something is drawn
  const QPoint middle = side().canvas().rect().center();
  QTest::mousePress(&side().canvas(), Qt::LeftButton, {}, middle);
  for (int i = 1; i <= 10; ++i) QTest::mouseMove(&side().canvas(), middle + QPoint(8 * i, 0));
  QTest::mouseRelease(&side().canvas(), Qt::LeftButton, {}, middle + QPoint(80, 0));
  ASSERT_TRUE(waitFor([&] { return look().settings.data == "drawn"; }));
  ASSERT_GE(look().settings.drawn.size(), 5);
  EXPECT_NEAR(look().settings.drawn[0].x(), 0, 0.02);
  EXPECT_GT(look().settings.drawn.last().x(), 0.1);
  EXPECT_NEAR(look().settings.drawn.last().y(), 0, 0.02);
  for (const QPointF& point : look().scene->real) EXPECT_NEAR(point.y(), 0, 0.1);
  child<QPushButton>("clearDrawing")->click();
  EXPECT_TRUE(play().controls().settings().drawn.isEmpty());
}

TEST_F(PlayTest, ATroubleIsShownWithItsRemedy) {
  EXPECT_EQ(child<QPushButton>("remedy-collapse"), nullptr);
  PlayLook troubled = look();
  troubled.troubles = {{"collapse", "Mode collapse", "All in one place.", "Learn more slowly."}};
  emit side().session().looked(troubled);
  auto* help = child<QPushButton>("remedy-collapse");
  ASSERT_NE(help, nullptr);
  EXPECT_EQ(help->toolTip(), "Learn more slowly.");
  const PlaySettings better = PlaygroundSession::remedied("collapse", play().controls().settings());
  EXPECT_NE(better, play().controls().settings());
  help->click();
  EXPECT_EQ(play().controls().settings(), better);
  ASSERT_TRUE(waitFor([&] { return look().settings == better; }));
  EXPECT_EQ(child<QWidget>("playTroubles")->findChildren<QPushButton*>().size(), 0);
}

TEST_F(PlayTest, PresetsBeginRuns) {
  auto* preset = child<QComboBox>("playPreset");
  const QList<PlayPreset>& presets = PlaygroundSession::presets();
  ASSERT_EQ(preset->count(), presets.size());
  preset->setCurrentIndex(2);
  emit preset->activated(2);
  ASSERT_TRUE(waitFor([&] { return look().settings == presets[2].settings; }));
  EXPECT_EQ(play().controls().settings(), presets[2].settings);
  EXPECT_EQ(text("playPresetText"), presets[2].text);
  EXPECT_EQ(look().iteration, 0);
}

TEST_F(PlayTest, TwoRunsSideBySideWithOneControlDifferent) {
  ASSERT_TRUE(stepTo(1));
  play().actions().compare->trigger();
  ASSERT_EQ(play().sides().size(), 2u);
  const auto both = [&](qint64 iteration) {
    return waitFor([&] {
      return look(0).scene && look(1).scene && look(0).iteration == iteration &&
             look(1).iteration == iteration;
    });
  };
  ASSERT_TRUE(both(0));
  play().actions().step->trigger();
  ASSERT_TRUE(both(1));
  EXPECT_EQ(look(0).discriminatorLoss, look(1).discriminatorLoss);
  child<QComboBox>("playLoss")->setCurrentIndex(2);  // of the second
  ASSERT_TRUE(waitFor([&] { return look(1).settings.loss == "least-squares"; }));
  EXPECT_EQ(look(0).settings.loss, "non-saturating");
  play().actions().step->trigger();
  ASSERT_TRUE(both(2));
  EXPECT_NE(look(0).discriminatorLoss, look(1).discriminatorLoss);
  child<QComboBox>("playEdited")->setCurrentIndex(0);
  EXPECT_EQ(play().controls().settings().loss, "non-saturating");
  play().actions().compare->trigger();
  EXPECT_EQ(play().sides().size(), 1u);
}

TEST(Contour, IsACircleWhereTheValuesAreDistances) {
  constexpr int kSide = 41;
  QList<float> values;
  for (int row = 0; row < kSide; ++row)
    for (int column = 0; column < kSide; ++column)
      values.append(std::hypot(static_cast<float>(column) - 20, static_cast<float>(row) - 20));
  const QList<QLineF> lines = contour(values, kSide, 12.3f);
  double length = 0;
  for (const QLineF& line : lines) {
    for (const QPointF& end : {line.p1(), line.p2()})
      EXPECT_NEAR(std::hypot(end.x() - 20, end.y() - 20), 12.3, 0.02);
    length += line.length();
  }
  EXPECT_NEAR(length, 2 * std::numbers::pi * 12.3, 0.5);
}

TEST(Contour, CornersThatAlternateAreCutOff) {
  // 1 0 / 0 1 with a mean below the level: the two high corners stand alone.
  const QList<QLineF> apart = contour({1, 0, 0, 1}, 2, 0.6f);
  ASSERT_EQ(apart.size(), 2);
  for (const QLineF& line : apart) EXPECT_LT(line.length(), 0.7);
  const QList<QLineF> joined = contour({1, 0, 0, 1}, 2, 0.4f);
  ASSERT_EQ(joined.size(), 2);
  for (const QLineF& line : joined) {
    EXPECT_LT(line.length(), 0.7);  // around the low corners
    EXPECT_GT(std::abs(line.center().x() - line.center().y()), 0.4);
  }
}

TEST_F(PlayTest, AnotherRunEndsTheRepeatingOfALongOne) {
  const QString path = folder_.filePath("long.json");
  side().session().save(path);
  ASSERT_TRUE(waitFor([&] { return QFile::exists(path); }));
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  QByteArray text = file.readAll();
  file.close();
  ASSERT_TRUE(text.contains("\"iteration\": 0"));
  text.replace("\"iteration\": 0", "\"iteration\": 100000000");  // weeks
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(text);
  file.close();

  QSignalSpy repeating(&side().session(), &PlaygroundSession::repeating);
  QSignalSpy opened(&side().session(), &PlaygroundSession::opened);
  side().session().open(path);
  ASSERT_TRUE(waitFor([&] { return !repeating.isEmpty(); }));
  EXPECT_TRUE(reset());
  EXPECT_TRUE(stepTo(2));
  EXPECT_TRUE(opened.isEmpty());
}

TEST_F(PlayTest, WhatIsSeenIsRecorded) {
  QAction* record = play().actions().record;
  fileToSave_ = file("learning.gif");
  record->trigger();
  EXPECT_TRUE(record->isChecked());
  EXPECT_EQ(record->text(), "Stop Recor&ding");
  EXPECT_FALSE(play().actions().compare->isEnabled());
  ASSERT_TRUE(runTo(20));
  record->trigger();
  EXPECT_FALSE(record->isChecked());
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  QImageReader film(fileToSave_);
  const QImage first = film.read();
  EXPECT_EQ(first.size(), QSize(640, 640));
  QImage last;
  while (film.canRead()) last = film.read();
  ASSERT_FALSE(last.isNull());
  EXPECT_NE(first, last);
  EXPECT_FALSE(QFile::exists(fileToSave_ + ".imago"));
  EXPECT_TRUE(play().actions().compare->isEnabled());

  fileToSave_ = file("learning.txt");
  record->trigger();
  ASSERT_TRUE(waitFor([&] { return banner("playBanner").contains("ilms are written as mp4"); }));
  EXPECT_FALSE(record->isChecked());
  EXPECT_FALSE(QFile::exists(fileToSave_));
}

}  // namespace
}  // namespace imago::gui
