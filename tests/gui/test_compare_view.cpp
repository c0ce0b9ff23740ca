// Before and after: what is painted where, and how it moves.
#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QWheelEvent>
#include <QtTest>

#include "gui/translate/compare_view.h"

namespace imago::gui {
namespace {

QImage plain(int width, int height, Qt::GlobalColor color) {
  QImage image(width, height, QImage::Format_RGB888);
  image.fill(color);
  return image;
}

/// White but for one dark pixel at (x, y).
QImage dot(int width, int height, int x, int y) {
  QImage image = plain(width, height, Qt::white);
  image.setPixelColor(x, y, Qt::black);
  return image;
}

class CompareViewTest : public testing::Test {
 protected:
  void SetUp() override {
    view.resize(400, 300);
    view.show();
  }
  QColor at(const QPointF& point) { return view.grab().toImage().pixelColor(point.toPoint()); }
  void wheel(const QPointF& position, int delta) {
    QWheelEvent event(position, view.mapToGlobal(position), {}, {0, delta}, Qt::NoButton, {},
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&view, &event);
  }
  void drag(const QPoint& from, const QPoint& to) {
    QTest::mousePress(&view, Qt::LeftButton, {}, from);
    QTest::mouseMove(&view, (from + to) / 2);
    QTest::mouseMove(&view, to);
    QTest::mouseRelease(&view, Qt::LeftButton, {}, to);
  }
  /// The picture's point under a place of the widget.
  QPointF pictureAt(const QPointF& place) {
    const QRectF rect = view.pictureRect();
    return (place - rect.topLeft()) / (view.zoom() / view.devicePixelRatioF());
  }

  CompareView view;
};

TEST_F(CompareViewTest, FitsThePictureAndShowsBeforeLeftOfTheDivider) {
  view.setPictures(Pyramid(plain(100, 75, Qt::red)), Pyramid(plain(400, 300, Qt::blue)));
  EXPECT_EQ(view.pictureRect(), QRectF(0, 0, 400, 300));
  EXPECT_EQ(at({100, 250}), QColor(Qt::red));
  EXPECT_EQ(at({300, 250}), QColor(Qt::blue));
}

TEST_F(CompareViewTest, DraggingTheDividerMovesWhatIsShown) {
  view.setPictures(Pyramid(plain(100, 75, Qt::red)), Pyramid(plain(400, 300, Qt::blue)));
  ASSERT_EQ(at({150, 250}), QColor(Qt::red));
  drag({200, 250}, {80, 250});
  EXPECT_NEAR(view.dividerX(), 80, 1);
  EXPECT_EQ(at({150, 250}), QColor(Qt::blue));
  EXPECT_EQ(at({40, 250}), QColor(Qt::red));
  drag({80, 250}, {-300, 250});
  EXPECT_EQ(view.divider(), 0);  // stops at the edge
}

TEST_F(CompareViewTest, KeysMoveTheDivider) {
  view.setPictures(Pyramid(plain(100, 75, Qt::red)), Pyramid(plain(400, 300, Qt::blue)));
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_NEAR(view.divider(), 0.52, 1e-9);
  QTest::keyClick(&view, Qt::Key_Left);
  QTest::keyClick(&view, Qt::Key_Left);
  EXPECT_NEAR(view.divider(), 0.48, 1e-9);
}

TEST_F(CompareViewTest, TheWheelZoomsAboutThePointer) {
  view.setPictures({}, Pyramid(plain(1600, 1200, Qt::white)));
  const QPointF pointer(310, 90);
  const QPointF before = pictureAt(pointer);
  const double zoom = view.zoom();
  wheel(pointer, 240);
  EXPECT_GT(view.zoom(), zoom * 1.5);
  const double pixel = 1 / view.zoom();
  EXPECT_NEAR(pictureAt(pointer).x(), before.x(), pixel);
  EXPECT_NEAR(pictureAt(pointer).y(), before.y(), pixel);
}

TEST_F(CompareViewTest, OneToOneShowsThePicturesOwnPixels) {
  view.setPictures({}, Pyramid(dot(1600, 1200, 800, 600)));
  view.zoomToPixels();
  EXPECT_EQ(view.zoom(), 1);
  const QPointF place = view.pictureRect().topLeft() + QPointF(800, 600);
  EXPECT_EQ(at(place), QColor(Qt::black));
  EXPECT_EQ(at(place + QPointF(1, 0)), QColor(Qt::white));
  EXPECT_EQ(at(place + QPointF(0, -1)), QColor(Qt::white));
}

TEST_F(CompareViewTest, BothSidesStayTogetherThroughZoomAndPan) {
  // One dark pixel before, and the four of it after: in the same place at any zoom.
  QImage after = plain(1600, 1200, Qt::white);
  for (const QPoint& p : {QPoint(900, 500), {901, 500}, {900, 501}, {901, 501}}) {
    after.setPixelColor(p, Qt::black);
  }
  view.setPictures(Pyramid(dot(800, 600, 450, 250)), Pyramid(after));
  view.zoomToPixels();
  for (int i = 0; i < 8; ++i) view.zoomIn();  // beyond 4: single pixels are sharp
  ASSERT_GT(view.zoom(), 4);
  // Pan until the dark pixel is in the middle, away from the divider.
  view.setDivider(1);
  const QPointF wanted(901, 501);
  const QPointF delta = (view.centre() - wanted) * view.zoom();
  const QPoint from(20, 280);
  drag(from, from + delta.toPoint());
  EXPECT_NEAR(view.centre().x(), wanted.x(), 1);
  EXPECT_NEAR(view.centre().y(), wanted.y(), 1);
  view.setDivider(1);
  const QImage left = view.grab().toImage();
  view.setDivider(0);
  const QImage right = view.grab().toImage();
  const auto dark = [](const QImage& image) {
    QRect box;
    for (int y = 100; y < 200; ++y) {
      for (int x = 100; x < 300; ++x) {
        if (image.pixelColor(x, y).lightness() < 64) box |= QRect(x, y, 1, 1);
      }
    }
    return box;
  };
  EXPECT_FALSE(dark(left).isEmpty());
  EXPECT_EQ(dark(left), dark(right));
}

TEST_F(CompareViewTest, PanningStopsAtThePicturesEdge) {
  view.setPictures({}, Pyramid(plain(1600, 1200, Qt::white)));
  view.zoomToPixels();
  for (int i = 0; i < 20; ++i) drag({20, 20}, {380, 280});
  EXPECT_EQ(view.pictureRect().topLeft(), QPointF(0, 0));
}

TEST_F(CompareViewTest, ATranslationThatArrivesLeavesTheSightWhereItIs) {
  view.setPictures(Pyramid(plain(800, 600, Qt::red)), {});
  view.zoomToPixels();
  wheel({100, 100}, 120);
  const QPointF middle(200, 150);
  const QPointF before = pictureAt(middle);
  const QRectF rect = view.pictureRect();
  view.setPictures(Pyramid(plain(800, 600, Qt::red)), Pyramid(plain(3200, 2400, Qt::blue)));
  EXPECT_NEAR(pictureAt(middle).x(), before.x() * 4, 4);
  EXPECT_NEAR(pictureAt(middle).y(), before.y() * 4, 4);
  EXPECT_NEAR(view.pictureRect().width(), rect.width(), 1e-6);
}

TEST_F(CompareViewTest, FitReturnsAndFollowsTheWindow) {
  view.setPictures({}, Pyramid(plain(1600, 1200, Qt::white)));
  QSignalSpy zoomed(&view, &CompareView::zoomChanged);
  view.zoomIn();
  EXPECT_FALSE(view.isFit());
  view.zoomToFit();
  EXPECT_NEAR(zoomed.last().first().toDouble(), 0.25, 1e-9);
  view.resize(800, 600);
  EXPECT_NEAR(view.zoom(), 0.5, 1e-9);
}

TEST(Pyramid, GivesTheSmallestCopyThatStillHasEveryPaintedPixel) {
  const Pyramid pyramid(plain(4000, 2000, Qt::red));
  EXPECT_EQ(pyramid.size(), QSize(4000, 2000));
  EXPECT_EQ(pyramid.levelFor(3).width(), 4000);
  EXPECT_EQ(pyramid.levelFor(0.51).width(), 4000);
  EXPECT_EQ(pyramid.levelFor(0.5).width(), 2000);
  EXPECT_EQ(pyramid.levelFor(0.2).width(), 1000);
  EXPECT_EQ(pyramid.levelFor(0.001).width(), 500);  // the last one
  EXPECT_EQ(pyramid.levelFor(0.1).pixelColor(3, 3), QColor(Qt::red));
}

TEST_F(CompareViewTest, SideBySideShowsTheSamePlaceOfBoth) {
  view.setMode(CompareView::Mode::sideBySide);
  view.setPictures(Pyramid(dot(40, 60, 12, 33)), Pyramid(dot(40, 60, 12, 33)));
  EXPECT_EQ(view.pictureRect(), QRectF(0, 0, 200, 300));
  const QPointF place = QPointF(12.5, 33.5) * 5;
  EXPECT_EQ(at(place), QColor(Qt::black));
  EXPECT_EQ(at(place + QPointF(200, 0)), QColor(Qt::black));
  EXPECT_EQ(at(place - QPointF(view.zoom(), 0)), QColor(Qt::white));
  // Zooming about a place in the right half keeps what it shows.
  const QPointF point = pictureAt(place);
  wheel(place + QPointF(200, 0), 240);
  EXPECT_NEAR(QLineF(pictureAt(place), point).length(), 0, 0.2);
  EXPECT_EQ(at(place), QColor(Qt::black));
  EXPECT_EQ(at(place + QPointF(200, 0)), QColor(Qt::black));
  // One alone has the whole view.
  view.setPictures(Pyramid(dot(80, 60, 2, 3)), {});
  view.zoomToFit();
  EXPECT_EQ(view.pictureRect().width(), 400);
}

TEST_F(CompareViewTest, FlickerShowsBothInTurns) {
  view.setPictures(Pyramid(plain(400, 300, Qt::red)), Pyramid(plain(400, 300, Qt::blue)));
  view.setMode(CompareView::Mode::flicker);
  for (const QColor colour : {QColor(Qt::blue), QColor(Qt::red), QColor(Qt::blue)})
    EXPECT_TRUE(QTest::qWaitFor([&] { return at({200, 250}) == colour; }));
}

TEST_F(CompareViewTest, DifferenceIsThatOfTheValuesFourfold) {
  QImage one = plain(400, 300, Qt::black), other = one;
  one.fill(QColor(100, 50, 20));
  other.fill(QColor(90, 57, 200));
  view.setPictures(Pyramid(one), Pyramid(other));
  view.setMode(CompareView::Mode::difference);
  EXPECT_EQ(at({200, 250}), QColor(40, 28, 255));
}

TEST_F(CompareViewTest, TheLensShowsTheFirstAboutThePointer) {
  view.setPictures(Pyramid(plain(400, 300, Qt::red)), Pyramid(plain(400, 300, Qt::blue)));
  view.setMode(CompareView::Mode::lens);
  QTest::mouseMove(&view, {20, 20});  // where the pointer is already, no event comes
  QTest::mouseMove(&view, {120, 160});
  ASSERT_TRUE(QTest::qWaitFor([&] { return view.underMouse(); }));
  EXPECT_EQ(at({120, 160}), QColor(Qt::red));
  EXPECT_EQ(at({350, 250}), QColor(Qt::blue));
}

}  // namespace
}  // namespace imago::gui
