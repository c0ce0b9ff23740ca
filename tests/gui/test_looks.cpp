// What can be read, and what stays where it is.
#include <QApplication>
#include <QComboBox>
#include <QGraphicsView>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QScreen>
#include <QScrollBar>
#include <QSettings>
#include <QStyleOptionComboBox>
#include <QToolButton>
#include <QtTest>
#include <algorithm>
#include <utility>
#include <vector>

#include "gui/widgets/line_chart.h"
#include "gui/widgets/palette.h"
#include "gui/widgets/tool_scroll.h"
#include "tests/gui/train_fixture.h"

namespace imago::gui {
namespace {

/// Gives the palette back that was there before.
class LooksTest : public TrainTest {
 protected:
  void TearDown() override {
    QApplication::setPalette(before_);
    TrainTest::TearDown();
  }
  const QPalette before_ = QApplication::palette();
};

/// A dark theme as Qt reads KDE's: every role but that of hints, which stays black.
QPalette darkWithoutHints() {
  QPalette dark(QColor(42, 46, 50));
  dark.setColor(QPalette::Base, QColor(27, 30, 32));
  for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
    dark.setColor(role, QColor(252, 252, 252));
  dark.setColor(QPalette::PlaceholderText, QColor(0, 0, 0, 128));
  return dark;
}

TEST_F(LooksTest, HintsCanBeReadWhereTheThemeSaysNothingOfThem) {
  ASSERT_LT(hintContrast(darkWithoutHints()), kReadableContrast);
  QApplication::setPalette(darkWithoutHints());
  AppTest::start();
  EXPECT_GE(hintContrast(QApplication::palette()), kReadableContrast);
  const auto hintsOf = [](const QWidget* widget) { return hintContrast(widget->palette()); };
  EXPECT_GE(hintsOf(child<QLabel>("startProblem")), kReadableContrast);
  // Changed while the window is open.
  QApplication::setPalette(QPalette(QColor(239, 240, 241)));
  QTest::qWait(10);
  QApplication::setPalette(darkWithoutHints());
  EXPECT_TRUE(waitFor([&] { return hintContrast(QApplication::palette()) >= kReadableContrast; }));
  EXPECT_EQ(QApplication::palette().color(QPalette::Text), QColor(252, 252, 252)) << "no other";
}

TEST_F(LooksTest, TheTextUnderAModelMovesNothing) {
  writeModel(file("models/told.safetensors"), 1, 4, 1);
  writeFile("models/told.json",
            QString(R"({"imago_card": 1, "title": "Told", "task": "upscale", "description": "%1",
                        "limits": "%1"})")
                .arg(QString("Many words about what it does. ").repeated(9))
                .toUtf8());
  AppTest::start();
  window_->showPage(page());
  auto* list = child<QListView>("modelList");
  child<QToolButton>("detailsSection")->click();
  const auto places = [&] {
    QTest::qWait(1);
    return QList<QRect>{list->geometry(), child<QToolButton>("detailsSection")->geometry(),
                        child<QPushButton>("openModel")->geometry()};
  };
  ASSERT_TRUE(chooseRow("fast"));
  const QList<QRect> before = places();
  ASSERT_TRUE(chooseRow("Told"));
  EXPECT_EQ(places(), before);
  EXPECT_TRUE(child<QLabel>("modelAbout")->text().contains("Many words"));
}

TEST_F(LooksTest, WhatOpensMovesNothingAboveIt) {
  writeModel(file("models/other.safetensors"), 1, 4, 1);
  AppTest::start();
  window_->showPage(page());
  const std::vector<const char*> names = {"modelList",    "modelAbout",     "detailsSection",
                                          "openModel",    "optionsSection", "resultSize",
                                          "selfEnsemble", "outputSection"};
  const auto* area = page().findChild<ToolScroll*>();
  auto* bar = area->verticalScrollBar();
  const auto places = [&](size_t count) {
    QTest::qWait(1);
    QList<QRect> found;
    for (size_t i = 0; i < count; ++i) {
      const auto* widget = child<QWidget>(names[i]);
      found.append(QRect(widget->mapTo(window_.get(), QPoint()), widget->size()));
    }
    return found;
  };
  for (const QSize size : {QSize(1280, 800), QSize(1100, 700), QSize(960, 500)}) {
    window_->resize(size);
    for (const auto& [section, above] :
         {std::pair("outputSection", size_t{8}), std::pair("detailsSection", size_t{3})}) {
      for (const bool scrolled : {false, true}) {
        bar->setValue(scrolled ? bar->maximum() : 0);
        const QList<QRect> before = places(above);
        child<QToolButton>(section)->click();
        EXPECT_EQ(places(above), before) << section << " opened at " << size.height();
        bar->setValue(scrolled ? bar->maximum() : 0);
        const QList<QRect> open = places(above);
        child<QToolButton>(section)->click();
        EXPECT_EQ(places(above), open) << section << " closed at " << size.height();
      }
    }
    // Scrolled up again, there is nothing below the last one but what the place has.
    bar->setValue(0);
    const auto* last = child<QToolButton>("outputSection");
    const int end = last->mapTo(area, QPoint(0, last->height())).y();
    EXPECT_LE(bar->maximum(), std::max(0, end - bar->pageStep()) + 1) << size.height();
  }
}

TEST_F(LooksTest, TheListOfModelsShowsFourAndTheButtonsAreInSight) {
  for (const char* name : {"a", "b", "c", "d", "e"})
    writeModel(file(QString("models/%1.safetensors").arg(name)), 1, 4, 1);
  AppTest::start();
  window_->showPage(page());
  auto* list = child<QListView>("modelList");
  const auto seen = [&] {
    QTest::qWait(1);
    list->scrollToTop();
    const QRect place(list->viewport()->mapTo(window_.get(), QPoint()), list->viewport()->size());
    const QRect window = window_->rect().intersected(place);
    int whole = 0;
    for (int row = 0; row < list->model()->rowCount(); ++row) {
      const QRect rect = list->visualRect(list->model()->index(row, 0));
      const bool model = list->model()->flags(list->model()->index(row, 0)) & Qt::ItemIsSelectable;
      whole += model && window.contains(rect.translated(place.topLeft()));
    }
    return whole;
  };
  for (const QSize size : {QSize(1280, 800), QSize(1100, 700)}) {
    window_->resize(size);
    EXPECT_GE(seen(), 4) << size.height();
  }
  window_->resize(1280, 480);
  EXPECT_GE(seen(), 2);
  ASSERT_LE(window_->height(), 480);
  for (const char* name : {"translate", "translateAll"}) {
    const auto* button = child<QPushButton>(name);
    EXPECT_TRUE(button->isVisible());
    EXPECT_TRUE(
        window_->rect().contains(QRect(button->mapTo(window_.get(), QPoint()), button->size())))
        << name;
  }
}

TEST_F(LooksTest, TheBoxOfSizesShowsItsWords) {
  window_->showPage(page());
  window_->resize(window_->minimumSizeHint());
  auto* box = child<QComboBox>("resultSize");
  for (int row = 0; row < box->count(); ++row) {
    box->setCurrentIndex(row);
    QTest::qWait(1);
    QStyleOptionComboBox option;
    option.initFrom(box);
    const int room =
        box->style()
            ->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, box)
            .width();
    EXPECT_GE(room, box->fontMetrics().horizontalAdvance(box->currentText()))
        << box->currentText().toStdString();
  }
  box->setCurrentIndex(0);
}

TEST_F(LooksTest, ThatTrainingHasEndedIsToldAtItsPagesButton) {
  const auto shows = [&] {
    for (const QAction* action : window_->findChildren<QAction*>()) {
      if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_4))
        return action->icon().pixmap(24).toImage();
    }
    return QImage();
  };
  const QImage plain = shows();
  ASSERT_FALSE(plain.isNull());
  start("pairs", 1);
  window_->showPage(page());
  window_->hide();  // somebody is elsewhere
  ASSERT_TRUE(waitFor([&] { return train().trained().isEmpty(); }, kTrainMs));
  window_->show();
  EXPECT_NE(shows(), plain);
  EXPECT_EQ(notified_, QStringList{"Training has ended: pairs is trained."});
  window_->showPage(train());
  EXPECT_EQ(shows(), plain) << "it was looked at";
}

TEST_F(LooksTest, TheWindowBeginsNoLargerThanItsScreen) {
  QSettings().remove("window/geometry");
  const MainWindow another(Dialogs::native());
  const QSize screen = another.screen()->availableSize();
  EXPECT_LT(another.width(), screen.width());
  EXPECT_LT(another.height(), screen.height());
  EXPECT_LE(another.minimumSizeHint().height(), 480);
}

/// How many pixels of this colour the chart has.
int pixelsOf(LineChart& chart, const QColor& color) {
  const QImage picture = chart.grab().toImage();
  int count = 0;
  for (int y = 0; y < picture.height() * 3 / 4; ++y)
    for (int x = 0; x < picture.width(); ++x) count += picture.pixelColor(x, y) == color;
  return count;
}

TEST(Chart, ASingleValueIsSeen) {
  LineChart chart("Validation", "Nothing");
  chart.resize(500, 300);
  chart.setCurves({{"psnr", {{100, 21.5}}}});
  chart.show();
  QTest::qWait(20);
  EXPECT_GE(pixelsOf(chart, QColor(0x00, 0x72, 0xb2)), 4);
}

TEST(Chart, TheLegendTellsWhatIsUnderThePointer) {
  LineChart chart("Losses", "Nothing");
  chart.resize(600, 300);
  chart.setCurves({{"G_L1", {{0, 8}, {100, 4}, {200, 2}}, "Distance"}});
  chart.setLogarithmic(true);
  chart.show();
  QTest::qWait(20);
  auto* key = chart.findChild<QAbstractButton*>("key G_L1");
  EXPECT_EQ(key->text(), "Distance  2");
  auto* area = chart.findChild<QGraphicsView*>()->viewport();
  const auto hover = [&](double share) {
    QTest::mouseMove(area, QPoint(static_cast<int>(share * area->width()), area->height() / 2));
    QTest::qWait(5);
  };
  hover(0.55);
  EXPECT_EQ(chart.pointedStep(), 100);
  EXPECT_EQ(key->text(), "Distance  4");
  EXPECT_EQ(chart.findChild<QLabel*>("readOut")->text(), "Step 100");
  hover(0.97);
  EXPECT_EQ(key->text(), "Distance  2");
  QEvent leave(QEvent::Leave);
  QCoreApplication::sendEvent(area, &leave);
  EXPECT_EQ(chart.pointedStep(), std::nullopt);
}

TEST_F(LooksTest, LossesHaveNamesThatPeopleRead) {
  start("pairs", 1);
  ASSERT_TRUE(ends());
  ASSERT_TRUE(waitFor([&] { return !view().losses()->painted("G_L1").isEmpty(); }));
  EXPECT_TRUE(view().losses()->isLogarithmic()) << "what falls fast at first can be seen later";
  auto* key = view().losses()->findChild<QAbstractButton*>("key G_L1");
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(key->text().startsWith("Distance from target (L1)  ")) << key->text().toStdString();
}

TEST_F(LooksTest, WhatHasNoRoomAboveARunIsElidedAndToldInTheToolTip) {
  const QString name = QString("of a long journey ").repeated(12) + "home";
  start(name, 1);
  ASSERT_TRUE(ends());
  window_->resize(960, 540);  // 1920 × 1080 at 200 %
  QTest::qWait(1);
  for (const char* line : {"runName", "runAbout", "trainProgressText"}) {
    const auto* label = child<QLabel>(line);
    EXPECT_LE(label->fontMetrics().horizontalAdvance(label->text()), label->width()) << line;
  }
  const auto *title = child<QLabel>("runName"), *about = child<QLabel>("runAbout");
  EXPECT_TRUE(title->text().startsWith("of a")) << title->text().toStdString();
  EXPECT_TRUE(title->text().contains("…")) << title->text().toStdString();
  EXPECT_TRUE(title->text().endsWith("home")) << title->text().toStdString();
  EXPECT_EQ(title->toolTip(), name + "\n" + run(name));
  EXPECT_TRUE(about->text().contains("…")) << about->text().toStdString();
  EXPECT_TRUE(about->toolTip().contains(file(name))) << about->toolTip().toStdString();
  // Where there is room nothing is left out.
  window_->resize(6000, 540);
  QTest::qWait(1);
  EXPECT_EQ(title->text(), name);
  EXPECT_EQ(title->toolTip(), run(name));
  EXPECT_TRUE(about->text().contains(file(name))) << about->text().toStdString();
}

TEST_F(LooksTest, TheDirectionIsOnThePreview) {
  makePairs("pairs", 3);
  choose("pairs", 1);
  const auto direction = [&] {
    auto* strip = child<QWidget>("examples");
    return strip == nullptr ? QString() : strip->accessibleName();
  };
  ASSERT_TRUE(waitFor([&] { return direction() == "From A to B"; }));
  child<QComboBox>("direction")->setCurrentIndex(1);
  ASSERT_TRUE(waitFor([&] { return direction() == "From B to A"; }));
}

}  // namespace
}  // namespace imago::gui
