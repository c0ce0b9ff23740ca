// The Draw page as a person uses it: strokes, what becomes of them, saving and closing.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QPointingDevice>
#include <QSlider>
#include <QTabletEvent>
#include <QtTest>

#include "gui/draw/canvas_view.h"
#include "gui/draw/draw_page.h"
#include "gui/session/session.h"
#include "gui/session/session_live.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

/// With a model whose photo is the drawing itself, so that every result is known.
class DrawTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    writeModel(file("models/sketch-copy.safetensors"), 1, 4, 1);
    startDrawing();
  }

  void startDrawing() {
    start();
    window_->showPage(draw());
    ASSERT_TRUE(waitFor([&] { return child<QComboBox>("drawModel")->count() > 0; }));
  }

  DrawPage& draw() const { return window_->drawPage(); }
  CanvasView& canvas() const { return *window_->findChild<CanvasView*>(); }
  ResultView& result() const { return *window_->findChild<ResultView*>(); }
  LiveSession* live() const { return window_->findChild<LiveSession*>(); }
  QImage drawing() const { return draw().document().picture(); }

  QPoint at(QPointF place) const { return canvas().toWidget(place).toPoint(); }
  void drag(const QList<QPointF>& places, Qt::MouseButton button = Qt::LeftButton) const {
    QTest::mousePress(&canvas(), button, {}, at(places.first()));
    for (const QPointF& place : places) {
      QMouseEvent move(QEvent::MouseMove, at(place), canvas().mapToGlobal(at(place)), Qt::NoButton,
                       button, {});
      QCoreApplication::sendEvent(&canvas(), &move);
    }
    QTest::mouseRelease(&canvas(), button, {}, at(places.last()));
  }
  bool resultIsDrawing() const {
    return waitFor(
        [&] { return result().picture().convertToFormat(QImage::Format_RGB888) == drawing(); });
  }
};

TEST_F(DrawTest, TheResultFollowsThePen) {
  drag({{40, 60}, {120, 70}, {200, 60}});
  ASSERT_TRUE(resultIsDrawing()) << banner("drawBanner").toStdString();
  EXPECT_LT(qGray(result().picture().pixel(120, 67)), 40);
  EXPECT_EQ(qGray(result().picture().pixel(120, 160)), 255);
  EXPECT_TRUE(waitFor(
      [&] { return child<QLabel>("drawRate")->text().contains("ms from pen to picture"); }));
  const QImage before = drawing();

  // While the button is down as well.
  QTest::mousePress(&canvas(), Qt::LeftButton, {}, at({100, 160}));
  QMouseEvent move(QEvent::MouseMove, at({140, 170}), canvas().mapToGlobal(at({140, 170})),
                   Qt::NoButton, Qt::LeftButton, {});
  QCoreApplication::sendEvent(&canvas(), &move);
  EXPECT_NE(drawing(), before);
  EXPECT_TRUE(resultIsDrawing());
  QTest::mouseRelease(&canvas(), Qt::LeftButton, {}, at({140, 170}));
}

TEST_F(DrawTest, KeysUndoRedoAndClear) {
  const QImage empty = drawing();
  EXPECT_FALSE(draw().actions().undo->isEnabled());
  drag({{40, 60}, {200, 60}});
  const QImage one = drawing();
  drag({{40, 160}, {200, 160}});
  const QImage two = drawing();
  press(Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(drawing(), one);
  press(Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(drawing(), empty);
  press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_EQ(drawing(), two);
  EXPECT_TRUE(resultIsDrawing());
  press(Qt::Key_Delete);
  EXPECT_EQ(drawing(), empty);
  EXPECT_TRUE(resultIsDrawing());
  press(Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(drawing(), two);
}

TEST_F(DrawTest, KeysChooseToolsAndWidths) {
  const std::pair<Qt::Key, Tool> tools[] = {{Qt::Key_E, Tool::eraser},
                                            {Qt::Key_L, Tool::line},
                                            {Qt::Key_R, Tool::rectangle},
                                            {Qt::Key_F, Tool::fill},
                                            {Qt::Key_P, Tool::pen}};
  for (const auto& [key, tool] : tools) {
    press(key);
    EXPECT_EQ(canvas().brush().tool, tool);
  }
  const double width = canvas().brush().width;
  press(Qt::Key_BracketRight);
  EXPECT_GT(canvas().brush().width, width);
  EXPECT_EQ(child<QSlider>("drawWidth")->value(), qRound(canvas().brush().width));
  press(Qt::Key_BracketLeft);
  EXPECT_EQ(canvas().brush().width, width);
  for (int i = 0; i < 40; ++i) press(Qt::Key_BracketLeft);
  EXPECT_EQ(canvas().brush().width, CanvasView::kThinnest);

  // Elsewhere the letters are none of ours.
  window_->showPage(page());
  press(Qt::Key_E);
  EXPECT_EQ(canvas().brush().tool, Tool::pen);
}

TEST_F(DrawTest, TheRightButtonErases) {
  press(Qt::Key_R);
  drag({{50, 50}, {200, 200}});
  child<QSlider>("drawWidth")->setValue(20);
  drag({{60, 120}, {190, 120}}, Qt::RightButton);
  EXPECT_EQ(qGray(drawing().pixel(120, 120)), 255);
  EXPECT_EQ(qGray(drawing().pixel(120, 60)), 0);
}

TEST_F(DrawTest, APenThatPressesLessDrawsThinner) {
  child<QSlider>("drawWidth")->setValue(16);
  const QPointingDevice pen("pen", 7, QInputDevice::DeviceType::Stylus,
                            QPointingDevice::PointerType::Pen, QInputDevice::Capability::Pressure,
                            1, 1);
  const auto send = [&](QEvent::Type type, QPointF place, double pressure) {
    const QPointF local = at(place);
    QTabletEvent event(type, &pen, local, canvas().mapToGlobal(local), pressure, 0, 0, 0, 0, 0, {},
                       Qt::LeftButton, Qt::LeftButton);
    QCoreApplication::sendEvent(&canvas(), &event);
    EXPECT_TRUE(event.isAccepted());
  };
  for (const auto& [y, pressure] : {std::pair(60, 1.0), std::pair(180, 0.2)}) {
    send(QEvent::TabletPress, QPointF(40, y), pressure);
    send(QEvent::TabletMove, QPointF(120, y), pressure);
    send(QEvent::TabletMove, QPointF(200, y), pressure);
    send(QEvent::TabletRelease, QPointF(200, y), 0);
  }
  const auto thickness = [&](int from, int to) {
    int count = 0;
    const QImage picture = drawing();
    for (int y = from; y < to; ++y) count += qGray(picture.pixel(120, y)) < 128;
    return count;
  };
  EXPECT_NEAR(thickness(0, 120), 16, 1);
  EXPECT_LT(thickness(120, 256), 8);
  EXPECT_GT(thickness(120, 256), 1);
}

TEST_F(DrawTest, NothingWaitsForTheModel) {
  writeModel(file("models/sketch-copy.safetensors"), 4, 32, 1);
  startDrawing();
  Heard made(live(), &LiveSession::made), opened(live(), &LiveSession::opened);
  ASSERT_TRUE(waitFor([&] { return opened.count() > 0; }));
  const int before = made.count();
  constexpr int kStrokes = 20;
  for (int i = 0; i < kStrokes; ++i) {
    drag({{20.0 + 10 * i, 40}, {30.0 + 10 * i, 200}});
    QCoreApplication::sendPostedEvents();
    QTest::qWait(0);
  }
  // The strokes are there, most results are not, and those of old strokes never come.
  EXPECT_TRUE(draw().document().canUndo());
  ASSERT_TRUE(resultIsDrawing());
  EXPECT_LT(made.count() - before, kStrokes / 2);
}

TEST_F(DrawTest, SavesTheDrawingAndItsPhoto) {
  writeFile("out_drawing.png", "somebody's file");
  drag({{40, 60}, {120, 200}, {200, 60}});
  nameToSave_ = file("out.png");
  press(Qt::Key_S, Qt::ControlModifier);
  EXPECT_TRUE(suggested_.endsWith("drawn_sketch-copy.png")) << suggested_.toStdString();
  Heard saved(live(), &LiveSession::saved);
  const QImage expected = drawing();
  drag({{10, 10}, {250, 250}});  // after the save: not part of it
  ASSERT_TRUE(waitFor([&] { return saved.count() > 0; }));
  const auto read = [&](const QString& name) {
    return QImage(file(name)).convertToFormat(QImage::Format_RGB888);
  };
  EXPECT_EQ(read("out.png"), expected);
  EXPECT_EQ(read("out_drawing (2).png"), expected);
  QFile other(file("out_drawing.png"));
  ASSERT_TRUE(other.open(QIODevice::ReadOnly));
  EXPECT_EQ(other.readAll(), "somebody's file");
}

TEST_F(DrawTest, AFailedSaveSaysWhere) {
  drag({{40, 60}, {120, 200}});
  nameToSave_ = file("no such folder/out.png");
  draw().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return !banner("drawBanner").isEmpty(); }));
  EXPECT_TRUE(banner("drawBanner").contains("no such folder/out_drawing.png"))
      << banner("drawBanner").toStdString();
  unsavedAnswer_ = UnsavedAnswer::keep;
  EXPECT_FALSE(window_->close());
}

TEST_F(DrawTest, ClosingAsksForWhatIsNotSavedAndSavesFirst) {
  EXPECT_TRUE(draw().mayClose());
  drag({{40, 60}, {120, 200}});
  unsavedAnswer_ = UnsavedAnswer::keep;
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(unsavedAsked_, 1);
  unsavedAnswer_ = UnsavedAnswer::save;
  nameToSave_ = file("out.png");
  EXPECT_FALSE(window_->close());
  ASSERT_TRUE(waitFor([&] { return !window_->isVisible(); }));
  EXPECT_TRUE(QFileInfo::exists(file("out.png")));
  EXPECT_TRUE(QFileInfo::exists(file("out_drawing.png")));
}

TEST_F(DrawTest, OfTwoSavesTheFailedOneIsNotTakenForSaved) {
  drag({{40, 60}, {120, 200}});
  Heard saved(live(), &LiveSession::saved);
  nameToSave_ = file("out.png");
  draw().actions().save->trigger();
  drag({{200, 60}, {120, 200}});
  nameToSave_ = file("no such folder/out.png");
  draw().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return saved.count() == 2; }));
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(unsavedAsked_, 1);
}

TEST_F(DrawTest, TheDrawingIsSavedWhateverBecomesOfTheModel) {
  start();
  writeFile("models/sketch-copy.safetensors", "torn");
  window_->showPage(draw());
  ASSERT_TRUE(waitFor([&] { return !banner("drawBanner").isEmpty(); }));
  drag({{40, 60}, {120, 200}});
  std::optional<DrawingSaved> saved;
  QObject context;
  QObject::connect(live(), &LiveSession::saved, &context,
                   [&](const DrawingSaved& outcome) { saved = outcome; });
  nameToSave_ = file("out.png");
  draw().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return saved.has_value(); }));
  EXPECT_EQ(QImage(file("out_drawing.png")).convertToFormat(QImage::Format_RGB888), drawing());
  EXPECT_FALSE(QFileInfo::exists(file("out.png")));
  EXPECT_TRUE(saved->drawingSaved);
  EXPECT_TRUE(saved->error.contains("out.png")) << saved->error.toStdString();
  EXPECT_TRUE(window_->close());
}

TEST_F(DrawTest, WithoutAModelTheDrawingIsStillSaved) {
  ASSERT_TRUE(QFile::remove(file("models/sketch-copy.safetensors")));
  start();
  window_->showPage(draw());
  drag({{40, 60}, {120, 200}});
  ASSERT_EQ(child<QComboBox>("drawModel")->count(), 0);
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(unsavedAsked_, 1);
  nameToSave_ = file("mine.png");
  draw().actions().save->trigger();
  EXPECT_TRUE(suggested_.endsWith("/drawing.png")) << suggested_.toStdString();
  ASSERT_TRUE(waitFor([&] { return QFileInfo::exists(file("mine.png")); }));
  EXPECT_EQ(QImage(file("mine.png")).convertToFormat(QImage::Format_RGB888), drawing());
  EXPECT_TRUE(waitFor([&] { return window_->close(); }));
  EXPECT_EQ(unsavedAsked_, 1);
}

TEST_F(DrawTest, AModelThatChangedOrCouldNotBeOpenedIsOpenedAnew) {
  const QString model = file("models/sketch-copy.safetensors");
  Heard opened(live(), &LiveSession::opened), failed(live(), &LiveSession::failed);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
  auto* models = child<QComboBox>("drawModel");
  writeFile("models/sketch-copy.safetensors", "torn");
  emit models->activated(models->currentIndex());
  ASSERT_TRUE(waitFor([&] { return failed.count() == 1; }));
  EXPECT_FALSE(banner("drawBanner").isEmpty());
  // Whole again, and of the same time.
  const QDateTime time = QFileInfo(model).lastModified();
  writeModel(model, 1, 4, 1);
  QFile whole(model);
  ASSERT_TRUE(whole.open(QIODevice::ReadWrite));
  ASSERT_TRUE(whole.setFileTime(time, QFileDevice::FileModificationTime));
  whole.close();
  emit models->activated(models->currentIndex());
  ASSERT_TRUE(waitFor([&] { return opened.count() == 2; }));
  EXPECT_EQ(banner("drawBanner"), "");
  // Another one in its place, as a training writes it, told of by the session.
  writeModel(model, 2, 4, 1);
  window_->findChild<Session*>()->readModel(model);
  EXPECT_TRUE(waitFor([&] { return opened.count() == 3; }));
}

TEST_F(DrawTest, ClosingWhileTheModelWorksIsSafe) {
  writeModel(file("models/sketch-copy.safetensors"), 4, 32, 1);
  startDrawing();
  Heard opened(live(), &LiveSession::opened);
  ASSERT_TRUE(waitFor([&] { return opened.count() > 0; }));
  drag({{40, 60}, {120, 200}});
  QTest::qWait(0);
  unsavedAnswer_ = UnsavedAnswer::discard;
  EXPECT_TRUE(window_->close());
  window_.reset();
}

TEST_F(DrawTest, SketchesOnAPhoto) {
  QImage photo(300, 200, QImage::Format_RGB888);
  photo.fill(QColor(220, 210, 190));
  for (int y = 60; y < 140; ++y) {
    for (int x = 90; x < 210; ++x) photo.setPixelColor(x, y, QColor(30, 60, 90));
  }
  ASSERT_TRUE(photo.save(file("photo.png")));
  const QImage before = drawing();
  draw().openPhoto(file("photo.png"));
  ASSERT_TRUE(waitFor([&] { return drawing() != before; })) << banner("drawBanner").toStdString();
  EXPECT_EQ(drawing().size(), QSize(384, 256));  // the shape is the photo's
  EXPECT_EQ(canvas().photo().size(), QSize(384, 256));
  // Lines at the border of the dark rectangle, and none in its middle or outside.
  const QImage lines = drawing();
  const auto darkest = [&](const QRect& area) {
    int least = 255;
    for (int y = area.top(); y <= area.bottom(); ++y) {
      for (int x = area.left(); x <= area.right(); ++x) {
        least = std::min(least, qGray(lines.pixel(x, y)));
      }
    }
    return least;
  };
  EXPECT_LT(darkest({107, 120, 16, 10}), 60);  // 90 * 1.28 = 115
  EXPECT_EQ(darkest({160, 100, 60, 50}), 255);
  EXPECT_EQ(darkest({20, 20, 40, 200}), 255);
  EXPECT_TRUE(resultIsDrawing());
  press(Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(drawing(), before);

  writeFile("broken.png", "\x89PNG\r\n\x1a\n and then nothing of use");
  draw().openPhoto(file("broken.png"));
  EXPECT_TRUE(waitFor([&] { return !banner("drawBanner").isEmpty(); }));
}

TEST_F(DrawTest, OffersWhatTheModelTakes) {
  writeModel(file("models/facades_label2photo_pretrained.safetensors"), 1, 4, 1);
  startDrawing();
  auto* models = child<QComboBox>("drawModel");
  ASSERT_TRUE(waitFor([&] { return models->count() == 2; }));
  EXPECT_LT(models->findText("fast"), 0);  // twice as large: no drawing's photo
  const auto choose = [&](const QString& name) {
    models->setCurrentIndex(models->findText(name));
    emit models->activated(models->currentIndex());
  };
  choose("sketch-copy");
  EXPECT_FALSE(child<QListWidget>("drawLabels")->isVisible());
  EXPECT_TRUE(child<QCheckBox>("drawNegative")->isVisible());
  EXPECT_EQ(drawing().pixel(5, 5), 0xffffffff);
  choose("facades_label2photo_pretrained");
  auto* labels = child<QListWidget>("drawLabels");
  EXPECT_TRUE(labels->isVisible());
  EXPECT_FALSE(child<QCheckBox>("drawNegative")->isVisible());
  EXPECT_EQ(drawing().pixel(5, 5), qRgb(0, 0, 170));
  labels->setCurrentRow(3);
  press(Qt::Key_R);
  drag({{50, 50}, {200, 200}});
  EXPECT_EQ(drawing().pixel(100, 100), qRgb(0, 170, 255));
  EXPECT_TRUE(resultIsDrawing());
}

TEST_F(DrawTest, WhiteOnBlackIsGivenAway) {
  drag({{40, 60}, {120, 200}});
  QImage expected = drawing();
  expected.invertPixels();
  child<QCheckBox>("drawNegative")->setChecked(true);
  EXPECT_EQ(drawing(), expected);
  EXPECT_TRUE(resultIsDrawing());
}

TEST_F(DrawTest, ATornModelSaysWhyAndTheNextOneWorks) {
  drag({{40, 60}, {120, 200}});
  writeFile("torn.safetensors", "torn");
  modelToOpen_ = file("torn.safetensors");
  draw().actions().openModel->trigger();
  ASSERT_TRUE(waitFor([&] { return !banner("drawBanner").isEmpty(); }));
  EXPECT_TRUE(banner("drawBanner").contains("torn"));
  EXPECT_TRUE(resultIsDrawing());
}

}  // namespace
}  // namespace imago::gui
