// A drawing without widgets: what strokes leave, and that all of it can be taken back.
#include <gtest/gtest.h>

#include <QPainter>
#include <cmath>
#include <functional>

#include "gui/draw/draw_document.h"

namespace imago::gui {
namespace {

constexpr QRgb kWhite = 0xffffffff, kBlack = 0xff000000;

void stroke(DrawDocument& document, const Brush& brush, const QList<QPointF>& places,
            double pressure = 1) {
  document.begin(brush, places.first(), pressure);
  for (const QPointF& place : places) document.extend(place, pressure);
  document.finish();
}

QList<QPointF> circle(QPointF centre, double radius, int places) {
  QList<QPointF> all;
  for (int i = 0; i <= places; ++i) {
    const double angle = 2 * M_PI * i / places;
    all.append(centre + radius * QPointF(std::cos(angle), std::sin(angle)));
  }
  return all;
}

int inked(const QImage& picture, QRgb paper = kWhite) {
  int count = 0;
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) count += picture.pixel(x, y) != paper;
  }
  return count;
}

TEST(DrawDocument, AStrokeLiesWhereThePenWas) {
  DrawDocument document({64, 48});
  EXPECT_TRUE(document.isEmpty());
  stroke(document, {Tool::pen, Qt::black, 4}, {{10, 20}, {30, 20}, {50, 20}});
  const QImage picture = document.picture();
  EXPECT_EQ(picture.size(), QSize(64, 48));
  for (const int x : {10, 20, 30, 40, 49}) {
    EXPECT_EQ(picture.pixel(x, 19), kBlack) << x;
    EXPECT_EQ(picture.pixel(x, 20), kBlack) << x;
    EXPECT_EQ(picture.pixel(x, 15), kWhite) << x;
    EXPECT_EQ(picture.pixel(x, 24), kWhite) << x;
  }
  EXPECT_EQ(picture.pixel(60, 20), kWhite);
  EXPECT_FALSE(document.isEmpty());
}

// What was painted piece by piece, with the straight end renewed at every place, must be the curve
// alone: a circle of few places is rounder than their polygon and has nothing inside.
TEST(DrawDocument, StrokesAreSmoothAndLeaveNothingBeside) {
  DrawDocument document({100, 100});
  stroke(document, {Tool::pen, Qt::black, 3}, circle({50, 50}, 36, 10));
  const QImage picture = document.picture();
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) {
      const double radius = std::hypot(x + 0.5 - 50, y + 0.5 - 50);
      if (radius > 31.5 && radius < 38.5) continue;
      ASSERT_EQ(picture.pixel(x, y), kWhite) << x << ' ' << y;
    }
  }
  // The curve through the middles of a polygon's sides never leaves the ring between its inner
  // circle and its corners, 34.2 and 36. It begins and ends with half a side.
  for (int i = 3; i < 41; ++i) {
    const double angle = 2 * M_PI * i / 44;
    const QPointF at = QPointF(50, 50) + 34.8 * QPointF(std::cos(angle), std::sin(angle));
    EXPECT_LT(qGray(picture.pixel(at.toPoint())), 160) << i;
  }
}

TEST(DrawDocument, PressureMakesLinesNarrower) {
  const auto ink = [](double pressure) {
    DrawDocument document({64, 64});
    stroke(document, {Tool::pen, Qt::black, 12}, {{8, 32}, {32, 32}, {56, 32}}, pressure);
    return inked(document.picture());
  };
  EXPECT_LT(ink(0.1), ink(0.5));
  EXPECT_LT(ink(0.5), ink(1));
  EXPECT_GT(ink(0), 0);
}

TEST(DrawDocument, TheEraserShowsThePaper) {
  DrawDocument document({32, 32});
  stroke(document, {Tool::rectangle, Qt::red, 1}, {{0, 0}, {32, 32}});
  EXPECT_EQ(document.picture().pixel(16, 16), 0xffff0000);
  stroke(document, {Tool::eraser, Qt::black, 8}, {{16, 4}, {16, 16}, {16, 28}});
  EXPECT_EQ(document.picture().pixel(16, 16), kWhite);
  EXPECT_EQ(document.picture().pixel(4, 16), 0xffff0000);
  document.setPaper(QColor(0, 0, 170));
  EXPECT_EQ(document.picture().pixel(16, 16), qRgb(0, 0, 170));
}

TEST(DrawDocument, LinesAndRectanglesFollowUntilTheyAreLetGo) {
  DrawDocument document({64, 64}), straight({64, 64});
  stroke(document, {Tool::line, Qt::black, 3}, {{10, 10}, {60, 3}, {3, 60}, {50, 40}});
  stroke(straight, {Tool::line, Qt::black, 3}, {{10, 10}, {50, 40}});
  EXPECT_EQ(document.picture(), straight.picture());

  DrawDocument boxes({64, 64});
  stroke(boxes, {Tool::rectangle, Qt::black, 3}, {{40, 40}, {60, 60}, {10, 20}});
  EXPECT_EQ(inked(boxes.picture()), 30 * 20);
}

TEST(DrawDocument, FillStaysInsideTheLinesAndLeavesNoSeam) {
  DrawDocument document({96, 96});
  stroke(document, {Tool::pen, Qt::black, 4}, circle({48, 48}, 30, 60));
  stroke(document, {Tool::fill, Qt::red, 1}, {{48, 48}});
  const QImage picture = document.picture();
  EXPECT_EQ(picture.pixel(2, 2), kWhite);
  EXPECT_EQ(picture.pixel(48, 48), 0xffff0000);
  // From the middle to the line there is red, then dark red and black: green never shines through.
  for (int x = 48; x < 79; ++x) EXPECT_LT(qGreen(picture.pixel(x, 48)), 8) << x;
}

TEST(DrawDocument, AnotherSizeKeepsTheShapeOfWhatIsDrawn) {
  DrawDocument document({64, 64});
  stroke(document, {Tool::rectangle, Qt::black, 1}, {{16, 16}, {48, 48}});
  document.resize({128, 64});
  const QImage wide = document.picture();
  EXPECT_EQ(wide.size(), QSize(128, 64));
  EXPECT_EQ(inked(wide), 32 * 32);
  EXPECT_EQ(wide.pixel(64, 32), kBlack);
  document.resize({256, 128});
  EXPECT_GE(inked(document.picture()), 64 * 64);
  EXPECT_LE(inked(document.picture()), 66 * 66);  // edges are as soft as a pixel before
}

TEST(DrawDocument, LabelMapsHoldLabelsOnly) {
  DrawDocument document({64, 64});
  document.setHardEdges(true);
  document.setPaper(Qt::blue);
  stroke(document, {Tool::pen, Qt::red, 9}, circle({32, 32}, 20, 30), 0.7);
  stroke(document, {Tool::fill, Qt::yellow, 1}, {{32, 32}});
  const QImage picture = document.picture();
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const QRgb pixel = picture.pixel(x, y);
      ASSERT_TRUE(pixel == 0xff0000ff || pixel == 0xffff0000 || pixel == 0xffffff00)
          << x << ' ' << y;
    }
  }
  EXPECT_EQ(picture.pixel(32, 32), 0xffffff00);
}

TEST(DrawDocument, WhiteOnBlackIsTheNegative) {
  DrawDocument document({32, 32});
  stroke(document, {Tool::pen, QColor(40, 90, 200), 5}, {{4, 4}, {20, 25}, {28, 9}});
  QImage expected = document.picture();
  expected.invertPixels();
  document.setNegative(true);
  EXPECT_EQ(document.picture(), expected);
  EXPECT_EQ(document.shownPaper(), QColor(Qt::black));
}

/// Every kind of action once.
QList<std::function<void(DrawDocument&)>> actions() {
  QImage lines(48, 40, QImage::Format_Grayscale8);
  lines.fill(255);
  for (int x = 5; x < 40; ++x) lines.scanLine(12)[x] = static_cast<uchar>(4 * x);
  const auto drawn = [](const Brush& brush, const QList<QPointF>& places) {
    return [=](DrawDocument& document) { stroke(document, brush, places, 0.6); };
  };
  return {drawn({Tool::pen, Qt::black, 5}, circle({30, 30}, 20, 12)),
          drawn({Tool::fill, Qt::green, 1}, {{30, 30}}),
          drawn({Tool::eraser, Qt::black, 9}, {{-5, 20}, {30, 30}, {90, 35}}),
          [](DrawDocument& document) {
            document.resize({96, 32});
          },
          drawn({Tool::rectangle, Qt::blue, 1}, {{5, 5}, {90, 20}}),
          [=](DrawDocument& document) { document.setLines(lines); },
          drawn({Tool::line, Qt::red, 2}, {{2, 30}, {40, 3}}),
          [](DrawDocument& document) { document.clear(); }};
}

TEST(DrawDocument, UndoAndRedoRestoreEveryBit) {
  DrawDocument document({64, 64});
  QList<QImage> states = {document.shownInk()};
  for (const auto& act : actions()) {
    act(document);
    ASSERT_NE(document.shownInk(), states.last()) << states.size();
    states.append(document.shownInk());
  }
  EXPECT_EQ(document.size(), QSize(48, 40));
  for (qsizetype i = states.size() - 2; i >= 0; --i) {
    ASSERT_TRUE(document.canUndo());
    document.undo();
    EXPECT_EQ(document.shownInk(), states[i]) << i;
    EXPECT_EQ(document.size() * DrawDocument::kDetail, states[i].size());
  }
  EXPECT_FALSE(document.canUndo());
  EXPECT_TRUE(document.isEmpty());
  for (qsizetype i = 1; i < states.size(); ++i) {
    document.redo();
    EXPECT_EQ(document.shownInk(), states[i]) << i;
  }
  EXPECT_FALSE(document.canRedo());
}

TEST(DrawDocument, ANewStrokeEndsRedoAndAnAbandonedOneWasNeverThere) {
  DrawDocument document({64, 64});
  stroke(document, {}, {{5, 5}, {50, 50}});
  document.undo();
  EXPECT_TRUE(document.canRedo());
  stroke(document, {}, {{5, 50}, {50, 5}});
  EXPECT_FALSE(document.canRedo());

  const QImage before = document.shownInk();
  document.begin({Tool::eraser, Qt::black, 20}, {30, 30});
  document.extend({40, 40});
  document.extend({10, 40});
  EXPECT_NE(document.shownInk(), before);
  document.abandon();
  EXPECT_EQ(document.shownInk(), before);
  document.undo();
  EXPECT_FALSE(document.canUndo());
}

TEST(DrawDocument, TellsWhereItChanged) {
  constexpr int kDetail = DrawDocument::kDetail;
  DrawDocument document({64, 64});
  document.takeChanged();
  document.begin({Tool::pen, Qt::black, 3}, {10, 10});
  QImage before = document.shownInk();
  document.takeChanged();
  const QList<QPointF> places = circle({30, 30}, 20, 9);
  for (const QPointF& place : places) {
    document.extend(place);
    const QRect changed = document.takeChanged();
    const QImage now = document.shownInk();
    for (int y = 0; y < kDetail * 64; ++y) {
      for (int x = 0; x < kDetail * 64; ++x) {
        if (changed.contains(x / kDetail, y / kDetail)) continue;
        ASSERT_EQ(now.pixel(x, y), before.pixel(x, y)) << x << ' ' << y;
      }
    }
    EXPECT_LT(changed.width() * changed.height(), 64 * 64);
    before = now;
  }
}

// Whoever asks for the picture after every move gets what somebody gets who never did before.
TEST(DrawDocument, ThePictureIsThatOfAllTheInkWheneverItIsAskedFor) {
  using Change = std::function<void(DrawDocument&)>;
  const QList<Change> changes = {
      [](auto& d) {
        d.begin({Tool::pen, Qt::black, 5}, {5, 6});
      },
      [](auto& d) {
        d.extend({40, 9}, 0.4);
      },
      [](auto& d) {
        d.extend({11, 50});
      },
      [](auto& d) {
        d.extend({60, 60});
      },
      [](auto& d) { d.finish(); },
      [](auto& d) {
        d.begin({Tool::fill, Qt::green, 1}, {62, 2});
      },
      [](auto& d) { d.finish(); },
      [](auto& d) {
        d.begin({Tool::line, Qt::red, 3}, {1, 30});
      },
      [](auto& d) {
        d.extend({60, 33});
      },
      [](auto& d) {
        d.extend({9, 3});
      },
      [](auto& d) { d.abandon(); },
      [](auto& d) { d.setNegative(true); },
      [](auto& d) {
        stroke(d, {Tool::eraser, Qt::black, 9}, {{20, 20}, {40, 44}, {50, 20}});
      },
      [](auto& d) { d.undo(); },
      [](auto& d) { d.redo(); },
      [](auto& d) { d.setPaper(Qt::blue); },
      [](auto& d) {
        stroke(d, {Tool::rectangle, Qt::cyan, 1}, {{3, 3}, {9, 60}});
      },
      [](auto& d) { d.setHardEdges(true); },
      [](auto& d) {
        d.resize({80, 48});
      },
      [](auto& d) {
        stroke(d, {Tool::pen, Qt::white, 4}, circle({40, 24}, 20, 8));
      },
      [](auto& d) { d.undo(); },
      [](auto& d) { d.undo(); },
      [](auto& d) { d.redo(); },
      [](auto& d) { d.clear(); },
      [](auto& d) { d.undo(); },
      [](auto& d) {
        QImage lines(64, 64, QImage::Format_Grayscale8);
        lines.fill(200);
        d.setLines(lines);
      }};
  DrawDocument followed({64, 64});
  for (qsizetype done = 0; done < changes.size(); ++done) {
    changes[done](followed);
    DrawDocument alone({64, 64});
    for (qsizetype i = 0; i <= done; ++i) changes[i](alone);
    ASSERT_EQ(followed.picture(), alone.picture()) << "after change " << done;
  }
}

}  // namespace
}  // namespace imago::gui
