// Curves over the steps of a run, with a legend that shows the last values and hides curves.
#pragma once

#include <QHash>
#include <QList>
#include <QWidget>

#include "gui/session/train_types.h"

class QAbstractButton;
class QChart;
class QChartView;
class QGridLayout;
class QLabel;
class QLineSeries;
class QValueAxis;

namespace imago::gui {

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

  /// What is painted of a curve; empty where there is none or it is hidden.
  QList<QPointF> painted(const QString& curve) const;
  bool isLogarithmic() const { return logarithmic_; }

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  struct Line {
    QAbstractButton* key = nullptr;
    QLineSeries *measured = nullptr, *smooth = nullptr;
  };

  Line& lineFor(const QString& name);
  void makeAxes();
  void redraw();
  void fitAxes(const QRectF& bounds);
  void applyColors();
  void arrangeKeys();
  QColor colorOf(qsizetype index) const;

  QChart* chart_;
  QChartView* view_;
  QLabel* nothing_;
  QWidget* keys_;
  QGridLayout* keyGrid_;
  QLineSeries* mark_;
  QList<RunHistory::Curve> curves_;
  QStringList order_;  // of the curves that have been seen, which decides their colours
  QHash<QString, Line> lines_;
  bool logarithmic_ = false;
  double smoothing_ = 0;
  qint64 markStep_ = -1;
};

}  // namespace imago::gui
