#include "gui/widgets/line_chart.h"

#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QGraphicsLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLineSeries>
#include <QLocale>
#include <QLogValueAxis>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <QValueAxis>
#include <algorithm>
#include <array>
#include <cmath>

#include "gui/widgets/curve.h"
#include "gui/widgets/curve_key.h"

namespace imago::gui {

namespace {

constexpr double kLine = 1.8, kPoint = 5;
constexpr int kMostPoints = 1200;  // of a curve; about what a wide screen has pixels

// Okabe and Ito's colours, which people with any colour vision can tell apart; those too pale for
// thin lines on white are left out.
constexpr std::array<QRgb, 7> kColors = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
                                         0xb8860b, 0x56b4e9, 0x7a5cb0};

QRectF bounds_of(const QList<QPointF>& points) {
  QRectF bounds;
  bool first = true;
  for (const QPointF& point : points) {
    const QRectF spot(point, QSizeF(0, 0));
    if (first) bounds = spot;
    first = false;
    bounds.setLeft(std::min(bounds.left(), point.x()));
    bounds.setRight(std::max(bounds.right(), point.x()));
    bounds.setTop(std::min(bounds.top(), point.y()));
    bounds.setBottom(std::max(bounds.bottom(), point.y()));
  }
  return bounds;
}

/// A round distance for about `ticks` ticks over `range`: 1, 2 or 5 times a power of ten.
double round_step(double range, int ticks) {
  const double rough = range / ticks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

void fit(QValueAxis& axis, double low, double high, int ticks, bool whole) {
  if (high <= low) {  // a single value stands in the middle
    const double room = whole ? 1 : std::max(std::abs(low) * 0.1, 1e-6);
    high = low + room;
    low -= room;
  }
  double step = round_step(high - low, ticks);
  if (whole) step = std::max(1.0, step);
  axis.setTickType(QValueAxis::TicksDynamic);
  axis.setTickAnchor(0);
  axis.setTickInterval(step);
  if (whole) {
    axis.setLabelFormat("%.0f");
    axis.setRange(low, high);
    return;
  }
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step))), 0, 8);
  axis.setLabelFormat(QString("%.%1f").arg(decimals));
  axis.setRange(std::floor(low / step) * step, std::ceil(high / step) * step);
}

}  // namespace

LineChart::LineChart(const QString& name, const QString& nothing, QWidget* parent)
    : QWidget(parent),
      chart_(new QChart),
      view_(new QChartView(chart_, this)),
      nothing_(new QLabel(nothing, view_)),
      keys_(new QWidget(this)),
      keyGrid_(new QGridLayout(keys_)),
      mark_(new QLineSeries(chart_)),
      pointer_(new QLineSeries(chart_)),
      readOut_(new QLabel(view_)) {
  setAccessibleName(name);
  chart_->legend()->hide();
  chart_->setBackgroundVisible(false);
  chart_->setMargins(QMargins(4, 8, 12, 4));
  chart_->layout()->setContentsMargins(0, 0, 0, 0);
  chart_->addSeries(mark_);
  chart_->addSeries(pointer_);
  view_->setRenderHint(QPainter::Antialiasing);
  view_->setFrameShape(QFrame::StyledPanel);
  view_->setFocusPolicy(Qt::NoFocus);
  view_->viewport()->setFocusPolicy(Qt::NoFocus);
  view_->setMinimumHeight(90);
  view_->viewport()->setMouseTracking(true);
  view_->viewport()->installEventFilter(this);
  readOut_->setObjectName("readOut");
  readOut_->setAttribute(Qt::WA_TransparentForMouseEvents);
  readOut_->hide();
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setWordWrap(true);
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  auto* overlay = new QVBoxLayout(view_);
  overlay->addWidget(nothing_);
  keyGrid_->setContentsMargins(0, 0, 0, 0);
  keyGrid_->setHorizontalSpacing(4);
  keyGrid_->setVerticalSpacing(0);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(view_, 1);
  column->addWidget(keys_);
  makeAxes();
  redraw();
}

LineChart::~LineChart() = default;

void LineChart::setCurves(const QList<RunHistory::Curve>& curves) {
  curves_ = curves;
  for (const QString& known : QStringList(order_)) {
    const bool gone = std::ranges::none_of(
        curves_, [&](const RunHistory::Curve& curve) { return curve.name == known; });
    if (!gone) continue;
    const Line line = lines_.take(known);
    delete line.key;
    chart_->removeSeries(line.measured);
    chart_->removeSeries(line.smooth);
    delete line.measured;
    delete line.smooth;
    order_.removeAll(known);
  }
  for (const RunHistory::Curve& curve : curves_) lineFor(curve.name);
  arrangeKeys();
  applyColors();
  redraw();
}

void LineChart::setLogarithmic(bool on) {
  if (logarithmic_ == on) return;
  logarithmic_ = on;
  makeAxes();
  applyColors();
  redraw();
}

void LineChart::setSmoothing(double weight) {
  smoothing_ = std::clamp(weight, 0.0, 0.999);
  applyColors();
  redraw();
}

void LineChart::setMark(qint64 step) {
  markStep_ = step;
  redraw();
}

QList<QPointF> LineChart::painted(const QString& curve) const {
  const auto line = lines_.constFind(curve);
  if (line == lines_.constEnd() || !line->key->isChecked()) return {};
  return line->smooth->points();
}

LineChart::Line& LineChart::lineFor(const QString& name) {
  Line& line = lines_[name];
  if (line.key != nullptr) return line;
  order_.append(name);
  line.key = new CurveKey(keys_);
  line.key->setObjectName("key " + name);
  line.key->setToolTip(tr("Show or hide %1").arg(name));
  line.measured = new QLineSeries(chart_);
  line.smooth = new QLineSeries(chart_);
  for (QLineSeries* series : {line.measured, line.smooth}) {
    chart_->addSeries(series);
    for (QAbstractAxis* axis : chart_->axes()) series->attachAxis(axis);
  }
  line.key->setChecked(!hidden_.contains(name));
  connect(line.key, &QAbstractButton::toggled, this, [this, name](bool shown) {
    shown ? void(hidden_.remove(name)) : void(hidden_.insert(name));
    applyColors();
    redraw();
  });
  return line;
}

void LineChart::makeAxes() {
  // What the old axes had a place for the new ones may not have.
  for (QAbstractSeries* series : chart_->series()) {
    static_cast<QLineSeries*>(series)->replace(QList<QPointF>());
  }
  for (QAbstractAxis* axis : chart_->axes()) {
    chart_->removeAxis(axis);
    delete axis;
  }
  auto* steps = new QValueAxis(chart_);
  QAbstractAxis* values = nullptr;
  if (logarithmic_) {
    auto* log = new QLogValueAxis(chart_);
    log->setBase(10);
    log->setLabelFormat("%g");
    log->setMinorTickCount(8);
    values = log;
  } else {
    values = new QValueAxis(chart_);
  }
  chart_->addAxis(steps, Qt::AlignBottom);
  chart_->addAxis(values, Qt::AlignLeft);
  for (QAbstractSeries* series : chart_->series()) {
    series->attachAxis(steps);
    series->attachAxis(values);
  }
}

void LineChart::redraw() {
  QRectF bounds;
  bool any = false;
  for (const RunHistory::Curve& curve : curves_) {
    Line& line = lines_[curve.name];
    const QList<QPointF> finite = smoothed(curve.points, 0);
    const QList<QPointF> measured = logarithmic_ ? positive(finite) : finite;
    const QList<QPointF> smooth = smoothed(measured, smoothing_);
    const bool shown = line.key->isChecked();
    const bool both = shown && smoothing_ > 0;
    line.measured->replace(both ? thinned(measured, kMostPoints) : QList<QPointF>());
    line.smooth->replace(shown ? thinned(smooth, kMostPoints) : QList<QPointF>());
    // A single value has no line.
    const bool single = smooth.size() == 1;
    line.smooth->setPointsVisible(single);
    QPen pen = line.smooth->pen();
    pen.setWidthF(single ? kPoint : kLine);
    line.smooth->setPen(pen);
    if (!shown || measured.isEmpty()) continue;
    // With smoothing the axis is that of the smooth curves: single peaks may leave it.
    const QRectF own = bounds_of(smooth);
    bounds = any ? QRectF(QPointF(std::min(bounds.left(), own.left()),
                                  std::min(bounds.top(), own.top())),
                          QPointF(std::max(bounds.right(), own.right()),
                                  std::max(bounds.bottom(), own.bottom())))
                 : own;
    any = true;
  }
  nothing_->setVisible(!any);
  for (QAbstractAxis* axis : chart_->axes()) axis->setVisible(any);
  keys_->setVisible(!curves_.isEmpty());
  if (any) fitAxes(bounds);
  if (!any) pointNowhere();
  showKeys();
}

void LineChart::showKeys() {
  for (const RunHistory::Curve& curve : curves_) {
    const Line& line = lines_[curve.name];
    const QString words = curve.words.isEmpty() ? curve.name : curve.words;
    const QList<QPointF> points = line.smooth->points();
    const QList<QPointF> all = points.isEmpty() ? smoothed(curve.points, smoothing_) : points;
    if (all.isEmpty()) {
      line.key->setText(words);
      continue;
    }
    const QPointF told = pointed_ ? nearest(all, static_cast<double>(*pointed_)) : all.last();
    line.key->setText(words + "  " + shortNumber(told.y()));
  }
}

void LineChart::point(const QPointF& place) {
  const auto* steps = qobject_cast<QValueAxis*>(chart_->axes(Qt::Horizontal).value(0));
  const QRectF plot = chart_->plotArea();
  const QPointF inside = chart_->mapFromScene(view_->mapToScene(place.toPoint()));
  if (!steps->isVisible() || !plot.contains(inside)) return pointNowhere();
  const double share = (inside.x() - plot.left()) / plot.width();
  const double wanted = steps->min() + share * (steps->max() - steps->min());
  QList<QPointF> shown;
  for (const RunHistory::Curve& curve : curves_) shown += painted(curve.name);
  std::ranges::sort(shown, {}, &QPointF::x);
  if (shown.isEmpty()) return pointNowhere();
  const double step = nearest(shown, wanted).x();
  pointed_ = std::llround(step);
  pointer_->replace(QList<QPointF>{{step, bottom_}, {step, top_}});
  readOut_->setText(tr("Step %1").arg(QLocale().toString(*pointed_)));
  readOut_->adjustSize();
  readOut_->move(view_->width() - readOut_->width() - 14, 6);
  readOut_->show();
  showKeys();
}

void LineChart::pointNowhere() {
  if (!pointed_) return;
  pointed_.reset();
  pointer_->replace(QList<QPointF>());
  readOut_->hide();
  showKeys();
}

bool LineChart::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseMove) point(static_cast<QMouseEvent*>(event)->position());
  if (event->type() == QEvent::Leave) pointNowhere();
  return QWidget::eventFilter(watched, event);
}

void LineChart::fitAxes(const QRectF& bounds) {
  auto* steps = qobject_cast<QValueAxis*>(chart_->axes(Qt::Horizontal).value(0));
  fit(*steps, bounds.left(), bounds.right(), std::clamp(width() / 90, 2, 8), true);
  QAbstractAxis* values = chart_->axes(Qt::Vertical).value(0);
  double low = bounds.top(), high = bounds.bottom();
  if (auto* log = qobject_cast<QLogValueAxis*>(values)) {
    // Whole powers of ten: an axis within one would carry no number at all.
    low = std::pow(10, std::floor(std::log10(low)));
    high = std::pow(10, std::ceil(std::log10(high)));
    log->setRange(low, high > low ? high : low * 10);
  } else if (auto* plain = qobject_cast<QValueAxis*>(values)) {
    fit(*plain, low, high, std::clamp(view_->height() / 40, 2, 6), false);
    low = plain->min();
    high = plain->max();
  }
  bottom_ = low;
  top_ = high;
  if (pointed_) {
    const auto step = static_cast<double>(*pointed_);
    pointer_->replace(QList<QPointF>{{step, low}, {step, high}});
  }
  const auto x = static_cast<double>(markStep_);
  mark_->replace(markStep_ < 0 ? QList<QPointF>() : QList<QPointF>{{x, low}, {x, high}});
}

QColor LineChart::colorOf(qsizetype index) const {
  const QColor color(kColors[static_cast<size_t>(index) % kColors.size()]);
  const bool dark = palette().color(QPalette::Base).lightness() < 128;
  return dark ? color.lighter(135) : color;
}

void LineChart::applyColors() {
  const QColor text = palette().color(QPalette::Text);
  QColor grid = text, dim = text;
  grid.setAlphaF(0.13f);
  dim.setAlphaF(0.7f);
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.9);
  for (QAbstractAxis* axis : chart_->axes()) {
    axis->setLabelsBrush(dim);
    axis->setLabelsFont(small);
    axis->setLinePen(QPen(grid, 1));
    axis->setGridLinePen(QPen(grid, 1));
    grid.setAlphaF(0.06f);
    axis->setMinorGridLinePen(QPen(grid, 1));
    grid.setAlphaF(0.13f);
  }
  view_->setBackgroundBrush(palette().color(QPalette::Base));
  mark_->setPen(QPen(dim, 1, Qt::DashLine));
  pointer_->setPen(QPen(dim, 1));
  for (qsizetype i = 0; i < order_.size(); ++i) {
    const Line& line = lines_[order_[i]];
    const QColor color = colorOf(i);
    QColor faint = color;
    faint.setAlphaF(0.25f);
    line.measured->setPen(QPen(faint, 1));
    QPen pen = line.smooth->pen();
    pen.setColor(color);
    line.smooth->setPen(pen);
    line.key->setColor(color);
  }
}

void LineChart::arrangeKeys() {
  if (order_.isEmpty()) return;
  int widest = 60;
  for (const QString& name : order_) {
    // As wide as with a long number, so that the keys stay where they are while numbers change.
    const auto curve = std::ranges::find(curves_, name, &RunHistory::Curve::name);
    const bool told = curve != curves_.end() && !curve->words.isEmpty();
    const QString words = told ? curve->words : name;
    widest = std::max(widest, fontMetrics().horizontalAdvance(words + "  -0.00123") + 30);
  }
  const int columns = std::clamp(width() / widest, 1, 8);
  while (keyGrid_->count() > 0) delete keyGrid_->takeAt(0);
  for (int column = 0; column <= 8; ++column) {
    keyGrid_->setColumnMinimumWidth(column, column < columns ? widest : 0);
    keyGrid_->setColumnStretch(column, column == columns ? 1 : 0);
  }
  for (qsizetype i = 0; i < order_.size(); ++i) {
    keyGrid_->addWidget(lines_[order_[i]].key, static_cast<int>(i) / columns,
                        static_cast<int>(i) % columns, Qt::AlignLeft);
  }
}

void LineChart::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyColors();
  QWidget::changeEvent(event);
}

void LineChart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrangeKeys();
  redraw();
}

}  // namespace imago::gui
