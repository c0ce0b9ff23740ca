// Curves over the steps of a run, with a legend that shows the last values and hides curves.
#pragma once

#include <QHash>
#include <QList>
#include <QSet>
#include <QWidget>
#include <optional>

#include "gui/session/train_types.h"

class QChart;
class QChartView;
class QGridLayout;
class QLabel;
class QLineSeries;
class QValueAxis;

namespace imago::gui {

class CurveKey;

class LineChart : public QWidget {
  Q_OBJECT

 public:
  /// `name` is what a screen reader calls it; `nothing` stands there while there are no points.
  LineChart(const QString& name, const QString& nothing, QWidget* parent = nullptr);
  ~LineChart() override;

  void setCurves(const QList<RunHistory::Curve>& curves);
  void setLogarithmic(bool on);
  /// 0: as measured; towards 1: ever smoother, with the measured values behind.
  void setSmoothing(double weight);
  /// Puts a mark at this step; -1: none.
  void setMark(qint64 step);

  /// The step under the pointer, whose values the legend shows; nothing: it is elsewhere.
  std::optional<qint64> pointedStep() const { return pointed_; }
  /// What is painted of a curve; empty where there is none or it is hidden.
  QList<QPointF> painted(const QString& curve) const;
  bool isLogarithmic() const { return logarithmic_; }

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Line {
    CurveKey* key = nullptr;
    QLineSeries *measured = nullptr, *smooth = nullptr;
  };

  Line& lineFor(const QString& name);
  void makeAxes();
  void redraw();
  void fitAxes(const QRectF& bounds);
  void applyColors();
  void arrangeKeys();
  /// Follows the pointer, at `place` of the view.
  void point(const QPointF& place);
  void pointNowhere();
  void showKeys();
  QColor colorOf(qsizetype index) const;

  QChart* chart_;
  QChartView* view_;
  QLabel* nothing_;
  QWidget* keys_;
  QGridLayout* keyGrid_;
  QLineSeries *mark_, *pointer_;
  QLabel* readOut_;  // the step under the pointer
  QList<RunHistory::Curve> curves_;
  QStringList order_;  // of the curves that have been seen, which decides their colours
  QHash<QString, Line> lines_;
  QSet<QString> hidden_;  // stay so when they are gone and come again
  bool logarithmic_ = false;
  double smoothing_ = 0;
  qint64 markStep_ = -1;
  std::optional<qint64> pointed_;
  double bottom_ = 0, top_ = 1;  // of the axis of values
};

}  // namespace imago::gui
